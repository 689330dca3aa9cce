//! What a request can end in besides an answer, and how that is said: a calm page for people, `application/problem+json`
//! (RFC 9457) for programs.
//!
//! Words shown here never hold a cause that only the owner may know; causes go to the log. Every handler and guard ends
//! in this one type.

use std::error::Error as Cause;
use std::time::Duration;

use askama::Template;
use serde::Serialize;
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::reply::{self, Response};
use super::views::message::{Failure, NotFound, OwnerFailure, TooMany};
use crate::actions::Refusal;
pub use crate::billing::field::FieldError;
use crate::billing::language::Language;
use crate::size::size;
use crate::store;
use crate::words::Words;

/// Why a request is not answered as asked. The text of each is for whoever sent it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    BadRequest(String),
    #[error("This needs a valid sign-in or token.")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(String),
    #[error("Another site had your browser send this, so nothing was done. Open the page again and repeat it there.")]
    CrossSite,
    #[error("There is nothing at this address. If a link brought you here, ask its sender for a new one.")]
    NotFound,
    #[error("This address takes only {}.", listed(allowed))]
    MethodNotAllowed { allowed: Vec<Method> },
    #[error("The request took too long to arrive. Please send it again.")]
    TooSlow,
    /// There was no room for the body among all that are coming.
    #[error("Too much is being sent to this server just now, so nothing was done. Please try again in a minute.")]
    Crowded,
    #[error("{0}")]
    Conflict(String),
    /// An `Idempotency-Key` came with another request than at first.
    #[error("This Idempotency-Key was used for another request. Choose a new key for each request.")]
    KeyReused,
    /// The first request with an `Idempotency-Key` is still being worked on.
    #[error(
        "The first request with this Idempotency-Key is still being worked on. Send it again in a moment for its answer."
    )]
    KeyInUse { retry_after: Duration },
    #[error("This is larger than the {} that can be sent here.", size(u64::try_from(*bytes_max).unwrap_or(u64::MAX)))]
    TooLarge { bytes_max: usize },
    #[error("Please send this as {expected}.")]
    UnsupportedMediaType { expected: &'static str },
    #[error("This server goes by another name. Use the address that it was set up with (server.public_url).")]
    Misdirected,
    #[error("Some of what was sent is not right.")]
    Invalid(Vec<FieldError>),
    #[error("Please wait {} seconds, then try again.", seconds(*retry_after))]
    TooManyRequests { retry_after: Duration },
    /// Something that we need does not answer; asking again later helps. The text is for whoever asked.
    #[error("{detail}")]
    Unavailable { detail: String, retry_after: Duration },
    /// Our fault. The cause is logged, not shown.
    #[error("Something went wrong on this server. It has been noted; please try again.")]
    Internal(Box<dyn Cause + Send + Sync>),
    /// Not an error of the visitor's: the way leads elsewhere, for instance to the sign-in page.
    #[error("See {0}")]
    SeeOther(String),
}

/// How long a caller waits before asking again for what was not available.
const RETRY_AFTER: Duration = Duration::from_secs(30);

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(_) => Self::NotFound,
            Refusal::Invalid(errors) => Self::Invalid(errors),
            Refusal::Conflict(words) => Self::Conflict(words),
            Refusal::Unavailable(detail) => Self::Unavailable { detail, retry_after: RETRY_AFTER },
            Refusal::Store(error) => error.into(),
        }
    }
}

/// A store that cannot be used just now is unavailable; anything else about it is our fault.
impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        let words = match &error {
            store::Error::ReadOnly(_) | store::Error::Busy => {
                "Nothing can be stored just now, so nothing was changed. Please try again in a minute."
            }
            store::Error::InDoubt(_) => {
                "The disk failed just now. Please look in a minute whether this was done before you send it again."
            }
            store::Error::Storage(_) | store::Error::Disk(_) => {
                "What is stored cannot be read just now. Please try again in a minute."
            }
            store::Error::Damaged { .. } => {
                "What is stored on this server is damaged, and its owner has to restore a backup. Nothing was changed."
            }
            store::Error::Closed => "This server is being restarted. Please try again in a minute.",
            _ => return Self::internal(error),
        };
        match error {
            // The writer said so once; a line for each refusal would fill the disk that is full already.
            store::Error::ReadOnly(_) | store::Error::Closed => tracing::debug!(%error, "the store could not be used"),
            _ => tracing::error!(%error, "the store could not be used"),
        }
        Self::later(words)
    }
}

/// Who reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// In the language that they chose, or that their browser asks for.
    Person(Language),
    /// Whoever is at the admin page, signed in or not.
    Owner,
    Program,
}

/// RFC 9457. `type` is `about:blank` where the status says what kind of problem it is, and a relative address where a
/// program must tell two of one status apart.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Reader {
    /// Paths for programs, and whoever asks for JSON and not for a page.
    #[must_use]
    pub fn of(path: &str, headers: &HeaderMap) -> Self {
        let programs = ["/api/", "/webhooks/", "/healthz", "/readyz", "/metrics"];
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let asks_for_json = accept.contains("json") && !accept.contains("text/html");
        if asks_for_json || programs.iter().any(|prefix| path.starts_with(prefix)) {
            Self::Program
        } else if path == "/admin" || path.starts_with("/admin/") {
            Self::Owner
        } else {
            Self::Person(asked_for(headers))
        }
    }

    /// The same, who may have chosen a language of the page: `lang=de`.
    #[must_use]
    pub fn choosing(self, query: &str) -> Self {
        let chosen = query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Language::of);
        match self {
            Self::Person(language) => Self::Person(chosen.unwrap_or(language)),
            other => other,
        }
    }
}

/// The first that we speak of those that a browser asks for, which names the best first.
fn asked_for(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|asked| asked.to_str().ok()).unwrap_or_default();
    let tag = |range: &str| Language::of(range.split(';').next().unwrap_or_default().trim());
    asked.split(',').find_map(tag).unwrap_or_default()
}

impl Error {
    /// Our fault, with its cause for the log.
    pub fn internal(cause: impl Into<Box<dyn Cause + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// `503` in these words: asking again in a while may help.
    pub fn later(words: &str) -> Self {
        Self::Unavailable { detail: words.to_owned(), retry_after: RETRY_AFTER }
    }

    /// One field that is wrong.
    pub fn field(field: &str, detail: &str) -> Self {
        Self::Invalid(vec![FieldError { field: field.to_owned(), detail: detail.to_owned() }])
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.facts().0
    }

    /// The heading of its page.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.facts().1
    }

    /// The answer, in the words of `reader`.
    #[must_use]
    pub fn into_response(self, reader: Reader) -> Response {
        if let Self::Internal(cause) = &self {
            tracing::error!(cause = &**cause as &dyn Cause, "a request could not be answered");
        }
        if let Self::SeeOther(location) = &self {
            return reply::see_other(location);
        }
        let mut response = match reader {
            Reader::Person(language) => self.page(&Words::of(language.tag())),
            Reader::Owner => self.owners_page(),
            Reader::Program => self.problem(),
        };
        if let Some((name, value)) = self.extra_header() {
            response.headers_mut().insert(name, value);
        }
        if matches!(self, Self::TooSlow | Self::Crowded | Self::TooLarge { .. }) {
            // The rest of the body may still come: it must not be taken for a request.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    fn page(&self, t: &Words) -> Response {
        let status = self.status();
        let own = match self {
            Self::NotFound => NotFound { t: *t }.render(),
            Self::TooManyRequests { retry_after } => TooMany { t: *t, again: t.again(*retry_after) }.render(),
            _ => self.failure(t).render(),
        };
        own.map_or_else(|_| reply::text(status, &self.to_string()), |html| reply::html(status, html))
    }

    /// What happened in the reader's words. Details are in English, and so are told to readers of English only.
    fn failure(&self, t: &Words) -> Failure {
        let (title, text) = match self {
            Self::BadRequest(_) | Self::UnsupportedMediaType { .. } => (t.bad_request(), t.bad_request_text()),
            Self::Unauthorized | Self::Forbidden(_) | Self::SeeOther(_) => (t.forbidden(), t.bad_request_text()),
            Self::CrossSite => (t.cross_site(), t.cross_site_text()),
            Self::NotFound => (t.not_found(), t.not_found_text()),
            Self::MethodNotAllowed { .. } => (t.not_possible_here(), t.not_possible_here_text()),
            Self::TooSlow => (t.too_slow(), t.too_slow_text()),
            Self::Conflict(_) | Self::KeyReused | Self::KeyInUse { .. } => (t.conflict(), t.conflict_text()),
            Self::TooLarge { .. } => (t.too_large(), t.too_large_text()),
            Self::Misdirected => (t.misdirected(), t.misdirected_text()),
            Self::Invalid(_) => (t.invalid(), t.invalid_text()),
            Self::TooManyRequests { retry_after } => (t.wait_title(), t.wait_text(t.again(*retry_after))),
            Self::Unavailable { .. } | Self::Crowded => (t.not_available(), t.unavailable_text()),
            Self::Internal(_) => (t.internal(), t.internal_text()),
        };
        if t.language() == Language::English {
            return Failure { t: *t, title: self.title().to_owned(), text: self.to_string(), wrong: self.wrong() };
        }
        Failure { t: *t, title, text, wrong: Vec::new() }
    }

    /// Before it is known who asks, so without navigation; what is refused behind the guard has it.
    fn owners_page(&self) -> Response {
        let (status, title) = self.facts();
        let own = OwnerFailure { title: title.to_owned(), text: self.to_string(), wrong: self.wrong() }.render();
        own.map_or_else(|_| reply::text(status, &self.to_string()), |html| reply::html(status, html))
    }

    /// What is wrong, in sentences.
    fn wrong(&self) -> Vec<String> {
        self.errors().iter().map(|error| error.detail.clone()).collect()
    }

    fn problem(&self) -> Response {
        let (status, _) = self.facts();
        let (kind, title) = match self {
            Self::KeyReused => ("/problems/idempotency-key-reused", "Idempotency key reused"),
            Self::KeyInUse { .. } => ("/problems/idempotency-key-in-use", "Idempotency key in use"),
            _ => ("about:blank", status.canonical_reason().unwrap_or("Problem")),
        };
        let detail = match self {
            Self::NotFound => "There is nothing at this address: no such path, or nothing of this id.".to_owned(),
            other => other.to_string(),
        };
        let errors = self.errors();
        let problem = Problem { r#type: kind, title, status: status.as_u16(), detail, errors };
        let mut response = reply::json(status, &problem);
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }

    fn errors(&self) -> &[FieldError] {
        if let Self::Invalid(errors) = self { errors } else { &[] }
    }

    /// The status, and the page's heading.
    fn facts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "That could not be understood"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Please sign in"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "Not allowed"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "That came from elsewhere"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Nothing here"),
            Self::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "Not possible here"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "That took too long"),
            Self::Conflict(_) | Self::KeyReused | Self::KeyInUse { .. } => {
                (StatusCode::CONFLICT, "Not possible any more")
            }
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "Too large"),
            Self::UnsupportedMediaType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Another format, please"),
            Self::Misdirected => (StatusCode::MISDIRECTED_REQUEST, "Wrong name"),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Please check your entries"),
            Self::TooManyRequests { .. } => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::Unavailable { .. } | Self::Crowded => {
                (StatusCode::SERVICE_UNAVAILABLE, "Not available at the moment")
            }
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong"),
            Self::SeeOther(_) => (StatusCode::SEE_OTHER, "See elsewhere"),
        }
    }

    fn extra_header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::MethodNotAllowed { allowed } => Some((header::ALLOW, HeaderValue::from_str(&listed(allowed)).ok()?)),
            Self::TooManyRequests { retry_after }
            | Self::Unavailable { retry_after, .. }
            | Self::KeyInUse { retry_after } => Some((header::RETRY_AFTER, HeaderValue::from(seconds(*retry_after)))),
            Self::Crowded => Some((header::RETRY_AFTER, HeaderValue::from(seconds(RETRY_AFTER)))),
            Self::Unauthorized => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            _ => None,
        }
    }
}

fn listed(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

/// Whole seconds, never too few.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use std::time::Duration;

    use http_body_util::BodyExt;

    use super::{Error, FieldError, HeaderMap, Language, Method, Reader, Response, header, store};

    async fn text(response: Response) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_program_gets_a_problem() {
        let errors = vec![FieldError { field: "lines[0].quantity".into(), detail: "is required".into() }];
        let response = Error::Invalid(errors).into_response(Reader::Program);
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (422, &"application/problem+json".parse().unwrap())
        );
        let problem: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
        let expected = serde_json::json!({
            "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "detail": "Some of what was sent is not right.",
            "errors": [{"field": "lines[0].quantity", "detail": "is required"}],
        });
        assert_eq!(problem, expected);
        let plain = text(Error::NotFound.into_response(Reader::Program)).await;
        assert!(!plain.contains("errors"), "{plain}");
    }

    #[tokio::test]
    async fn a_person_gets_a_page_and_no_cause() {
        let response = Error::internal("disk /dev/sda1 is full").into_response(Reader::Person(Language::English));
        assert_eq!(response.status().as_u16(), 500);
        let page = text(response).await;
        assert!(page.contains("/public.css") && page.contains("Something went wrong on this server."), "{page}");
        assert!(!page.contains("sda1"), "{page}");
        let page = text(Error::Conflict("<b> & co".into()).into_response(Reader::Person(Language::English))).await;
        assert!(!page.contains("<b>"), "what was said is text: {page}");
    }

    #[test]
    fn what_to_do_next_is_said_in_a_header() {
        let wait = Duration::from_millis(1_200);
        for (error, status, name, value) in [
            (Error::MethodNotAllowed { allowed: vec![Method::GET, Method::HEAD] }, 405, header::ALLOW, "GET, HEAD"),
            (Error::TooManyRequests { retry_after: wait }, 429, header::RETRY_AFTER, "2"),
            (Error::Unavailable { detail: "Later.".into(), retry_after: wait }, 503, header::RETRY_AFTER, "2"),
            (Error::Unauthorized, 401, header::WWW_AUTHENTICATE, "Bearer"),
            (Error::TooSlow, 408, header::CONNECTION, "close"),
            (Error::TooLarge { bytes_max: 1 << 20 }, 413, header::CONNECTION, "close"),
            (Error::SeeOther("/admin/login".into()), 303, header::LOCATION, "/admin/login"),
            (Error::SeeOther("/a\r\nb".into()), 500, header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        ] {
            let response = error.into_response(Reader::Person(Language::English));
            assert_eq!((response.status().as_u16(), response.headers()[&name].to_str().unwrap()), (status, value));
        }
    }

    #[test]
    fn a_store_that_cannot_be_used_is_asked_again_later_and_no_more_is_said_than_is_known() {
        for (error, nothing_was_changed) in [
            (store::Error::ReadOnly("disk full".into()), true),
            (store::Error::Busy, true),
            (store::Error::InDoubt("disk full".into()), false),
            (store::Error::Closed, false),
        ] {
            let error = Error::from(error);
            let words = error.to_string();
            assert_eq!(words.contains("nothing was changed"), nothing_was_changed, "{words}");
            assert!(!words.contains("disk full"), "causes are for the owner: {words}");
            let response = error.into_response(Reader::Program);
            assert_eq!(response.status().as_u16(), 503, "{words}");
            assert_eq!(response.headers()["retry-after"], "30", "{words}");
        }
    }

    #[test]
    fn programs_are_told_by_the_path_or_by_what_they_accept() {
        let english = Reader::Person(Language::English);
        for (path, accept, expected) in [
            ("/api/v1/invoices", "text/html", Reader::Program),
            ("/webhooks/stripe", "*/*", Reader::Program),
            ("/i/x", "text/html,application/xhtml+xml,*/*", english),
            ("/i/x/status", "application/json", Reader::Program),
            ("/admin", "*/*", Reader::Owner),
            ("/admin/invoices", "text/html", Reader::Owner),
            ("/admin/invoices", "application/json", Reader::Program),
            ("/administrator", "text/html", english),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(Reader::of(path, &headers), expected, "{path} {accept}");
        }
    }

    #[test]
    fn a_person_is_told_in_the_language_that_they_chose_else_in_one_that_their_browser_asks_for() {
        for (asked, query, expected) in [
            ("", "", Language::English),
            ("pl,de-AT;q=0.9,fr;q=0.8", "", Language::German),
            ("pl", "", Language::English),
            ("de", "x=1&lang=ar", Language::Arabic),
            ("de", "lang=tlh", Language::German),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, asked.parse().unwrap())]);
            assert_eq!(Reader::of("/i/x", &headers).choosing(query), Reader::Person(expected), "{asked} {query}");
        }
    }

    /// Details are in English: who reads another language is told the whole in that one.
    #[tokio::test]
    async fn a_person_is_told_in_one_language() {
        let page = text(Error::Conflict("It is paid.".into()).into_response(Reader::Person(Language::German))).await;
        assert!(page.contains("lang=\"de\"") && !page.contains("It is paid."), "{page}");
        let page = text(Error::NotFound.into_response(Reader::Person(Language::Arabic))).await;
        assert!(page.contains("lang=\"ar\" dir=\"rtl\""), "{page}");
    }
}

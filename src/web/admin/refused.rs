//! What the owner reads when a page cannot be shown or a form cannot be taken: inside the navigation, with the way back.
//!
//! A form whose entries are wrong is shown again by its own handler; here is what is left: what does not exist (any more),
//! what is not allowed, and what went wrong on the server.

use warp::http::StatusCode;
use warp::http::header::{self, HeaderValue};

use super::desk::Desk;
use super::guard::SignedIn;
use crate::actions::Refusal;
use crate::web::error::{Error, Reader};
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::route::Answer;
use crate::web::routes::State;
use crate::web::views::confirm::ErrorPage;
use crate::web::views::parts::{Link, Tone};
use crate::web::views::shell::{Banner, Section};
use askama::Template;

/// How long a caller waits before it asks again for what was not possible just now.
const RETRY_AFTER_SECONDS: u64 = 30;

/// What an action refused, for the top of the page on which it was asked.
///
/// # Errors
/// What is wrong with us, or what does not exist, is said on a page of its own.
pub fn banner(refusal: Refusal) -> Result<(StatusCode, Banner), Error> {
    let (status, text) = match refusal {
        Refusal::Conflict(words) => (StatusCode::CONFLICT, words),
        Refusal::Unavailable(words) => (StatusCode::SERVICE_UNAVAILABLE, words),
        invalid @ Refusal::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, invalid.to_string()),
        other => return Err(other.into()),
    };
    Ok((status, Banner { tone: Tone::Bad, text, link: None }))
}

/// That page with the status of the refusal.
///
/// # Errors
/// The page cannot be rendered.
pub fn answer(status: StatusCode, page: &impl Template) -> Result<Response, Error> {
    let mut response = reply::page_with(status, page)?;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    }
    Ok(response)
}

/// What is kept of a request while its handler has it.
struct Visit {
    path: String,
    reader: Reader,
    me: SignedIn,
}

/// `handler`, whose refusals are said on a page of the owner's.
pub fn at_desk<H, F>(handler: H) -> impl Fn(State, Request<SignedIn>) -> Answer + Clone + Send + Sync + 'static
where
    H: Fn(State, Request<SignedIn>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    move |app, request| {
        let reader = Reader::of(&request.path, &request.headers);
        let visit = Visit { path: request.path.clone(), reader, me: request.by.clone() };
        visit.explained(app.clone(), Box::pin(handler(app, request)))
    }
}

/// `GET /admin/…`, whatever no other route is for.
pub async fn nowhere(_app: State, _request: Request<SignedIn>) -> Result<Response, Error> {
    Err(Error::NotFound)
}

impl Visit {
    fn explained(self, app: State, work: Answer) -> Answer {
        Box::pin(async move { work.await.or_else(|refusal| self.explain(app, refusal)) })
    }

    /// The answer that it would be anyway, with a page of the owner's in it.
    fn explain(self, app: State, refusal: Error) -> Result<Response, Error> {
        if matches!(refusal, Error::SeeOther(_)) || self.reader == Reader::Program {
            return Err(refusal);
        }
        let (section, link) = way_back(&self.path, matches!(refusal, Error::NotFound));
        let page = Desk::at(app, self.me).and_then(|desk| desk.shell(section)).map(|shell| ErrorPage {
            shell,
            title: refusal.title().to_owned(),
            text: text_of(&refusal),
            link,
        });
        let html = page.and_then(|page| page.render().map_err(Error::internal));
        let mut response = refusal.into_response(Reader::Owner);
        // Where even the navigation cannot be read, the plain page has to do.
        if let Ok(html) = html {
            *response.body_mut() = html.into();
        }
        Ok(response)
    }
}

fn text_of(refusal: &Error) -> String {
    match refusal {
        Error::NotFound => "It was deleted, or the address is not complete.".to_owned(),
        Error::Invalid(errors) => errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Where to go on: to the thing itself, or, if that is gone, to the list of its kind.
fn way_back(path: &str, is_gone: bool) -> (Section, Option<Link>) {
    let mut parts = path.split('/').skip(2);
    let (kind, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (section, list, one) = match kind {
        "invoices" => (Section::Invoices, Link::new("All invoices", "/admin/invoices"), "Back to the invoice"),
        "customers" => (Section::Customers, Link::new("All customers", "/admin/customers"), "Back to the customer"),
        "payments" => (Section::Payments, Link::new("All payments", "/admin/payments"), ""),
        "review" => (Section::Review, Link::new("Review", "/admin/review"), "Back to the question"),
        "outbox" => (Section::Outbox, Link::new("Outbox", "/admin/outbox"), ""),
        "reconciliations" => (Section::Reconciliation, Link::new("Reconciliation", "/admin/reconciliations"), ""),
        "settings" => (Section::Settings, Link::new("Settings", "/admin/settings/business"), ""),
        "" => return (Section::Today, None),
        _ => return (Section::Elsewhere, None),
    };
    let leads_to_it = !one.is_empty() && id.contains('_') && !is_gone;
    let link = if leads_to_it { Link::new(one, format!("/admin/{kind}/{id}")) } else { list };
    (section, Some(link))
}

#[cfg(test)]
mod tests {
    use super::way_back;

    #[test]
    fn the_way_back_leads_to_the_thing_or_to_the_others_of_its_kind() {
        for (path, is_gone, expected) in [
            ("/admin/invoices/inv_1/void", false, Some("/admin/invoices/inv_1")),
            ("/admin/invoices/inv_1/void", true, Some("/admin/invoices")),
            ("/admin/invoices/preview", false, Some("/admin/invoices")),
            ("/admin/outbox/mail_1/retry", false, Some("/admin/outbox")),
            ("/admin/settings/tokens", false, Some("/admin/settings/business")),
            ("/admin/nothing", true, None),
            ("/admin", false, None),
        ] {
            assert_eq!(way_back(path, is_gone).1.map(|link| link.url).as_deref(), expected, "{path}");
        }
    }
}

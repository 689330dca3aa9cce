//! The pages beside the product: where everything is, and a mailbox that shows every mail that was sent.
//!
//! A mail's HTML is shown as it is, in a frame that may run nothing and load nothing.

use std::sync::{Arc, OnceLock};

use askama::Template;
use warp::filters::BoxedFilter;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::mailbox::{Mailbox, Received};
use super::sample::{OWNER, PASSWORD};

/// Mails have their styles in themselves; nothing else of them may do anything. Links open beside the frame.
const MAIL_POLICY: &str =
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-src 'self'; img-src data:; form-action 'none'; base-uri 'none'";

/// Where the parts of the demo are.
pub(super) struct Places {
    /// Origin of the product.
    pub product: String,
    /// Origin of the stand-in and of these pages.
    pub beside: String,
    invoice: OnceLock<String>,
}

impl Places {
    pub fn new(product: String, beside: String) -> Self {
        Self { product, beside, invoice: OnceLock::new() }
    }

    /// Names the invoice that visitors are shown.
    pub fn show(&self, invoice: &str) {
        let _ = self.invoice.set(invoice.to_owned());
    }

    pub fn invoice(&self) -> &str {
        self.invoice.get().map_or("", String::as_str)
    }
}

#[derive(Template)]
#[template(path = "demo/places.html")]
struct PlacesPage {
    product: String,
    invoice: String,
    owner: &'static str,
    password: &'static str,
}

struct Row {
    id: u64,
    to: String,
    subject: String,
}

#[derive(Template)]
#[template(path = "demo/mail.html")]
struct MailPage {
    rows: Vec<Row>,
}

/// A line of a mail's text, and whether it is an address to open.
struct TextLine {
    words: String,
    is_link: bool,
}

#[derive(Template)]
#[template(path = "demo/letter.html")]
struct LetterPage {
    id: u64,
    subject: String,
    from: String,
    to: String,
    text: Vec<TextLine>,
    has_html: bool,
}

/// `/demo`, `/demo/mail`, `/demo/mail/N` and `/demo/mail/N/html`.
pub(super) fn routes(mailbox: &Arc<Mailbox>, places: &Arc<Places>) -> BoxedFilter<(Response,)> {
    let with = |mailbox: &Arc<Mailbox>| {
        let mailbox = Arc::clone(mailbox);
        warp::any().map(move || Arc::clone(&mailbox))
    };
    let places = Arc::clone(places);
    let index = warp::path!("demo").map(move || index(&places));
    let list = warp::path!("demo" / "mail").and(with(mailbox)).map(|mailbox: Arc<Mailbox>| list(&mailbox));
    let letter = warp::path!("demo" / "mail" / u64)
        .and(with(mailbox))
        .map(|id, mailbox: Arc<Mailbox>| mailbox.message(id).map_or_else(missing, |mail| letter(&mail)));
    let html = warp::path!("demo" / "mail" / u64 / "html")
        .and(with(mailbox))
        .map(|id, mailbox: Arc<Mailbox>| mailbox.message(id).map_or_else(missing, |mail| html(&mail)));
    warp::get().and(index.or(list).unify().or(letter).unify().or(html).unify()).boxed()
}

fn index(places: &Places) -> Response {
    page(&PlacesPage {
        product: places.product.clone(),
        invoice: places.invoice().to_owned(),
        owner: OWNER,
        password: PASSWORD,
    })
}

fn list(mailbox: &Mailbox) -> Response {
    let messages = mailbox.messages();
    let rows = messages.iter().rev().map(|mail| Row { id: mail.id, to: mail.to.join(", "), subject: mail.subject() });
    page(&MailPage { rows: rows.collect() })
}

fn letter(mail: &Received) -> Response {
    let text = mail.text().unwrap_or_default();
    let lines = text.lines().map(|line| TextLine {
        words: line.to_owned(),
        is_link: (line.starts_with("http://") || line.starts_with("https://")) && !line.contains(char::is_whitespace),
    });
    page(&LetterPage {
        id: mail.id,
        subject: mail.subject(),
        from: mail.header("From").unwrap_or_default(),
        to: mail.to.join(", "),
        text: lines.collect(),
        has_html: mail.html().is_some(),
    })
}

fn html(mail: &Received) -> Response {
    let Some(html) = mail.html() else { return missing() };
    // A frame cannot show the product, which lets nobody frame it.
    let html = html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    answer(StatusCode::OK, html, MAIL_POLICY)
}

fn page(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => answer(StatusCode::OK, html, PAGE_POLICY),
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, error.to_string(), PAGE_POLICY),
    }
}

fn missing() -> Response {
    answer(StatusCode::NOT_FOUND, "There is no such mail.".to_owned(), PAGE_POLICY)
}

fn answer(status: StatusCode, html: String, policy: &'static str) -> Response {
    let mut response = warp::reply::with_status(warp::reply::html(html), status).into_response();
    let headers = response.headers_mut();
    headers.insert("content-security-policy", HeaderValue::from_static(policy));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

//! What the owner reads when a page cannot be shown or a form cannot be taken: inside the navigation, with the way back.
//!
//! A form whose entries are wrong is shown again by its own handler; here is what is left: what does not exist (any more),
//! what is not allowed, and what went wrong on the server. What was typed is shown there too, whichever form it was, so
//! that it can be copied and need not be typed again.

use warp::http::header::{self, HeaderValue};
use warp::http::{Method, StatusCode};

use super::desk::Desk;
use super::entered::Wrong;
use super::guard::SignedIn;
use super::{kept, trimmed};
use crate::actions::Refusal;
use crate::web::error::{Error, Reader};
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::route::Answer;
use crate::web::routes::State;
use crate::web::views::confirm::{ConfirmPage, ErrorPage};
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

/// What an action refused, on the question before it, with the reason as it was typed.
///
/// # Errors
/// As [`banner`].
pub fn asked_again(refusal: Refusal, mut question: ConfirmPage, typed: &str) -> Result<Response, Error> {
    let wrong = match &refusal {
        Refusal::Invalid(errors) => Wrong::new(errors.clone()),
        _ => Wrong::default(),
    };
    let (status, banner) = banner(refusal)?;
    if wrong.about("reason").is_none() {
        question.shell.banners.insert(0, banner);
    }
    if let Some(reason) = &mut question.reason {
        reason.field = wrong.field("reason", typed);
    }
    answer(status, &question)
}

/// What is kept of a request while its handler has it: all of it, for the sake of what was typed.
struct Visit(Request<SignedIn>);

/// `handler`, whose refusals are said on a page of the owner's.
pub fn at_desk<H, F>(handler: H) -> impl Fn(State, Request<SignedIn>) -> Answer + Clone + Send + Sync + 'static
where
    H: Fn(State, Request<SignedIn>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response, Error>> + Send + 'static,
{
    move |app, request| {
        let visit = Visit(request.clone());
        let role = visit.0.by.owner.role;
        let answer = visit.explained(app.clone(), Box::pin(handler(app, request)));
        Box::pin(async move { trimmed::for_role(answer.await?, role).await })
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
        if matches!(refusal, Error::SeeOther(_)) || Reader::of(&self.0.path, &self.0.headers) == Reader::Program {
            return Err(refusal);
        }
        let (section, link) = way_back(&self.0.path, matches!(refusal, Error::NotFound));
        let typed = self.typed();
        let page = Desk::at(app, self.0.by).and_then(|desk| desk.shell(section)).map(|shell| ErrorPage {
            shell,
            title: refusal.title().to_owned(),
            text: text_of(&refusal),
            link,
            typed,
            elsewhere: None,
        });
        let html = page.and_then(|page| page.render().map_err(Error::internal));
        let mut response = refusal.into_response(Reader::Owner);
        // Where even the navigation cannot be read, the plain page has to do.
        if let Ok(html) = html {
            *response.body_mut() = html.into();
        }
        Ok(response)
    }

    /// What was typed in the form that was sent, if one was. Files cannot be given back.
    fn typed(&self) -> Vec<(String, String)> {
        let sent = |request: &Request<SignedIn>| match request.form() {
            Ok(form) => Some(form),
            Err(_) => request.parts().ok().map(|parts| parts.form),
        };
        let form: Option<Form> = Some(&self.0).filter(|request| request.method == Method::POST).and_then(sent);
        form.map_or_else(Vec::new, |form| kept::typed(form.iter()))
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

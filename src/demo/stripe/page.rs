//! The hosted Checkout page: `GET` shows where a session stands, `POST` is the payer's doing. It is plain HTML with
//! no script; what it says happened is only ever read from the session.

use askama::Template;
use serde_json::Value;
use warp::filters::BoxedFilter;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::StandIn;
use super::cards::{Card, Means};
use super::charges::Payer;
use super::money;
use super::params::Params;
use super::paying::{self, Outcome};
use super::refusal::Refusal;
use super::routes;
use super::session_order;
use super::state::State;

const STYLE: &str = include_str!("../../../assets/demo.css");

/// A line of what is paid.
struct Line {
    words: String,
    amount: String,
}

/// A way to pay that the page offers.
struct Choice {
    /// The card's number, or `debit`.
    value: &'static str,
    label: &'static str,
    outcome: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "demo/checkout.html")]
struct CheckoutPage {
    id: String,
    business: String,
    /// The first letter of the business, in the place of a logo.
    initial: String,
    amount: String,
    lines: Vec<Line>,
    email: String,
    /// The merchant gave the address: it is shown and not asked for.
    email_fixed: bool,
    name: String,
    choices: Vec<Choice>,
    more: Vec<Choice>,
    problem: Option<String>,
    problem_with_email: bool,
    cancel_url: Option<String>,
}

#[derive(Template)]
#[template(path = "demo/secure.html")]
struct SecurePage {
    id: String,
    business: String,
    amount: String,
    last4: &'static str,
}

#[derive(Template)]
#[template(path = "demo/over.html")]
struct OverPage {
    title: &'static str,
    words: &'static str,
    good: bool,
    back: Option<String>,
}

/// What the payer typed.
struct Typed {
    payer: Payer,
    means: String,
    decline: bool,
}

pub(super) fn routes(stand_in: &StandIn) -> BoxedFilter<(Response,)> {
    let with = |stand_in: &StandIn| {
        let stand_in = stand_in.clone();
        warp::any().map(move || stand_in.clone())
    };
    let pay = warp::path!("c" / "pay" / String);
    let secure = warp::path!("c" / "pay" / String / "secure");
    let style = warp::get().and(warp::path!("c" / "style.css")).map(style);
    let show = warp::get().and(pay).and(with(stand_in)).map(|id: String, stand_in: StandIn| show(&stand_in, &id));
    let act = warp::post().and(pay).and(posted(stand_in)).then(act);
    let ask = warp::get().and(secure).and(with(stand_in)).map(|id: String, stand_in: StandIn| ask(&stand_in, &id));
    let agree = warp::post().and(secure).and(posted(stand_in)).then(agree);
    style.or(show).unify().or(act).unify().or(ask).unify().or(agree).unify().boxed()
}

/// The stand-in and a posted form; forms of other sites are none.
pub(super) fn posted(stand_in: &StandIn) -> BoxedFilter<(StandIn, Option<Params>)> {
    let stand_in = stand_in.clone();
    warp::any()
        .map(move || stand_in.clone())
        .and(warp::header::optional::<String>("sec-fetch-site"))
        .and(routes::body())
        .map(|stand_in, site: Option<String>, body: bytes::Bytes| {
            let own = site.as_deref() != Some("cross-site");
            let form = std::str::from_utf8(&body).ok().and_then(|body| Params::parse(body).ok());
            (stand_in, form.filter(|_| own))
        })
        .untuple_one()
        .boxed()
}

fn style() -> Response {
    let mut response = Response::new(STYLE.into());
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/css; charset=utf-8"));
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-cache"));
    response
}

fn show(stand_in: &StandIn, id: &str) -> Response {
    stand_in.with(|state| match state.sessions.get(id) {
        Some(session) if session["status"] == "open" => {
            let problem = intent_of(state, session).and_then(|intent| intent["last_payment_error"]["message"].as_str());
            let page = checkout(state, session, problem.map(str::to_owned));
            html(&page, StatusCode::OK, &target(session))
        }
        Some(session) => over(session),
        None => missing(),
    })
}

async fn act(id: String, stand_in: StandIn, form: Option<Params>) -> Response {
    let Some(form) = form else { return foreign() };
    let tried = stand_in.with(|state| {
        let typed = typed(state, &id, &form)?;
        if typed.decline {
            return paying::decline(state, &id, "generic_decline", &typed.payer);
        }
        let means = if typed.means == "debit" { Means::Debit } else { Means::Card(card(&typed.means)?) };
        paying::attempt(state, &id, means, &typed.payer)
    });
    match tried {
        Ok(outcome) => after(&stand_in, &id, &outcome).await,
        Err(refusal) => refused(&stand_in, &id, &form, &refusal),
    }
}

fn ask(stand_in: &StandIn, id: &str) -> Response {
    stand_in.with(|state| match state.sessions.get(id) {
        Some(session) if intent_of(state, session).is_some_and(|intent| intent["status"] == "requires_action") => {
            let page = SecurePage {
                id: id.to_owned(),
                business: business(session),
                amount: amount(session),
                last4: Card::Secure.last4(),
            };
            html(&page, StatusCode::OK, &target(session))
        }
        Some(session) if session["status"] == "open" => see(&format!("/c/pay/{id}")),
        Some(session) => over(session),
        None => missing(),
    })
}

async fn agree(id: String, stand_in: StandIn, form: Option<Params>) -> Response {
    let Some(form) = form else { return foreign() };
    let agreed = form.text("answer").ok().flatten() == Some("agree");
    let tried = stand_in.with(|state| {
        let payer = known_payer(state, &id);
        paying::confirm(state, &id, agreed, &payer)
    });
    match tried {
        Ok(outcome) => after(&stand_in, &id, &outcome).await,
        Err(_) => show(&stand_in, &id),
    }
}

/// Where the payer goes from here. Before a success page Checkout waits for the webhook's answer.
async fn after(stand_in: &StandIn, id: &str, outcome: &Outcome) -> Response {
    match outcome {
        Outcome::Declined { .. } => see(&format!("/c/pay/{id}")),
        Outcome::NeedsConfirmation => see(&format!("/c/pay/{id}/secure")),
        Outcome::Paid | Outcome::Processing => {
            if let Some(event) = stand_in.peek(|state| completion(state, id)) {
                stand_in.first_answer(&event).await;
            }
            let url = stand_in.session(id).unwrap_or_default()["success_url"].as_str().unwrap_or("/").to_owned();
            see(&url.replace("{CHECKOUT_SESSION_ID}", id))
        }
    }
}

fn completion(state: &State, id: &str) -> Option<String> {
    let event = state
        .events
        .newest()
        .find(|event| event["type"] == "checkout.session.completed" && event["data"]["object"]["id"] == *id)?;
    event["id"].as_str().map(str::to_owned)
}

fn typed(state: &State, id: &str, form: &Params) -> Result<Typed, Refusal> {
    let session = super::sessions::find(state, id)?;
    let text = |name: &str| form.text(name).ok().flatten().unwrap_or_default().trim().to_owned();
    let email = session["customer_email"].as_str().map_or_else(|| text("email"), str::to_owned);
    if !session_order::is_email(&email) {
        return Err(Refusal::invalid("Your email is incomplete.").param("email"));
    }
    let name = Some(text("name")).filter(|name| !name.is_empty()).unwrap_or_else(|| Payer::default().name);
    let decline = form.text("act").ok().flatten() == Some("decline");
    Ok(Typed { payer: Payer { email, name }, means: text("means"), decline })
}

fn card(number: &str) -> Result<Card, Refusal> {
    Card::by_number(number).ok_or_else(|| Refusal::invalid("Choose how to pay.").param("means"))
}

/// The payer of a 3-D Secure step, which asks for nothing a second time.
fn known_payer(state: &State, id: &str) -> Payer {
    let email = state.sessions.get(id).and_then(|session| session["customer_email"].as_str().map(str::to_owned));
    Payer { email: email.unwrap_or_else(|| Payer::default().email), ..Payer::default() }
}

fn refused(stand_in: &StandIn, id: &str, form: &Params, refusal: &Refusal) -> Response {
    stand_in.with(|state| match state.sessions.get(id) {
        Some(session) if session["status"] == "open" => {
            let mut page = checkout(state, session, Some(refusal.message.clone()));
            page.problem_with_email = refusal.param.as_deref() == Some("email");
            if !page.email_fixed {
                form.text("email").ok().flatten().unwrap_or_default().clone_into(&mut page.email);
            }
            html(&page, StatusCode::UNPROCESSABLE_ENTITY, &target(session))
        }
        Some(session) => over(session),
        None => missing(),
    })
}

fn checkout(state: &State, session: &Value, problem: Option<String>) -> CheckoutPage {
    let id = session["id"].as_str().unwrap_or_default();
    let currency = session["currency"].as_str().unwrap_or_default();
    let lines = state.orders.get(id).map(|order| order.lines.iter().map(|line| shown_line(line, currency)).collect());
    let fixed = session["customer_email"].as_str();
    CheckoutPage {
        id: id.to_owned(),
        initial: business(session).chars().take(1).flat_map(char::to_uppercase).collect(),
        business: business(session),
        amount: amount(session),
        lines: lines.unwrap_or_default(),
        email: fixed.unwrap_or_default().to_owned(),
        email_fixed: fixed.is_some(),
        name: Payer::default().name,
        choices: choices(session),
        more: Card::ALL[3..].iter().map(|card| choice(*card)).collect(),
        problem,
        problem_with_email: false,
        cancel_url: session["cancel_url"].as_str().map(str::to_owned),
    }
}

fn shown_line(line: &Value, currency: &str) -> Line {
    let name = line["description"].as_str().unwrap_or_default();
    let quantity = line["quantity"].as_i64().unwrap_or(1);
    let words = if quantity == 1 { name.to_owned() } else { format!("{name} × {quantity}") };
    Line { words, amount: money::shown(line["amount_total"].as_i64().unwrap_or_default(), currency) }
}

fn choices(session: &Value) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Card::ALL[..3].iter().map(|card| choice(*card)).collect();
    let takes = |method: &str| {
        session["payment_method_types"].as_array().is_some_and(|types| types.iter().any(|kind| kind == method))
    };
    let debit = ["sepa_debit", "us_bank_account", "bacs_debit"].into_iter().find(|method| takes(method));
    if !takes("card") {
        choices.clear();
    }
    if debit.is_some() {
        let outcome = "Confirmed at once, arrives or fails days later";
        choices.push(Choice { value: "debit", label: "Bank debit (takes days)", outcome, chosen: choices.is_empty() });
    }
    choices
}

fn choice(card: Card) -> Choice {
    let outcome = match card {
        Card::Visa => "Visa · pays",
        Card::Mastercard => "Mastercard · pays",
        Card::Secure => "Visa · asks for 3-D Secure first",
        Card::InsufficientFunds => "Visa · declined, insufficient funds",
        Card::Declined => "Visa · declined",
        Card::Disputed => "Visa · pays, then disputed",
        Card::Expired => "Visa · declined, expired",
    };
    Choice { value: card.number(), label: card.number(), outcome, chosen: card == Card::Visa }
}

fn intent_of<'a>(state: &'a State, session: &Value) -> Option<&'a Value> {
    state.intents.get(session["payment_intent"].as_str()?)
}

fn business(session: &Value) -> String {
    session["branding_settings"]["display_name"].as_str().unwrap_or_default().to_owned()
}

fn amount(session: &Value) -> String {
    money::shown(session["amount_total"].as_i64().unwrap_or_default(), session["currency"].as_str().unwrap_or_default())
}

fn over(session: &Value) -> Response {
    let back = session["cancel_url"].as_str().map(str::to_owned);
    let page = if session["status"] == "complete" {
        let words = "You have already completed your payment. You can close this page.";
        OverPage { title: "You’re all done here", words, good: true, back }
    } else {
        let words = "Nothing was charged. Go back to the merchant to start again.";
        OverPage { title: "This link has timed out", words, good: false, back }
    };
    html(&page, StatusCode::OK, "")
}

fn missing() -> Response {
    let words = "Check the address, or ask the merchant for a new one.";
    html(&OverPage { title: "There is no such checkout", words, good: false, back: None }, StatusCode::NOT_FOUND, "")
}

fn foreign() -> Response {
    let words = "This form was sent by another site. Nothing was charged.";
    html(&OverPage { title: "This was not sent from here", words, good: false, back: None }, StatusCode::FORBIDDEN, "")
}

/// The origin that a form of the page may lead to: Chromium holds redirects to `form-action`, too.
fn target(session: &Value) -> String {
    let url = session["success_url"].as_str().unwrap_or_default();
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    let origin = &url[..end];
    let plain = origin.chars().all(|letter| letter.is_ascii_alphanumeric() || ":/.-[]_".contains(letter));
    if plain { origin.to_owned() } else { String::new() }
}

fn see(url: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(url) = HeaderValue::from_str(url) {
        response.headers_mut().insert("location", url);
    }
    response
}

/// A page whose forms may lead to this stand-in and to `target`.
pub(super) fn html(page: &impl Template, status: StatusCode, target: &str) -> Response {
    let Ok(text) = page.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' {target}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let mut response = warp::reply::with_status(warp::reply::html(text), status).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert("content-security-policy", policy);
    }
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

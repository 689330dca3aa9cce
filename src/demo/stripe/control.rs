//! `/demo/stripe`: the side of Stripe that nobody sees, for people who try the demo. What exists, which webhook went
//! where, and buttons to lose, hold, repeat and replay. Plain forms, no script.

use askama::Template;
use jiff::Timestamp;
use serde_json::Value;
use warp::filters::BoxedFilter;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::StandIn;
use super::money;
use super::page;
use super::params::Params;
use super::paying;
use super::refunds::{self, RefundFate};
use super::refusal::Refusal;
use super::sessions;
use super::state::State;
use super::webhooks::{Delivery, DeliveryMode, Progress};

/// A person looks at the newest; the API lists the rest.
const SESSIONS_SHOWN: usize = 20;
const PAYMENTS_SHOWN: usize = 20;
const PAYOUTS_SHOWN: usize = 10;
const EVENTS_SHOWN: usize = 60;

/// The modes, by the name in the form, the words on the button and what it means.
const MODES: [(DeliveryMode, &str, &str, &str); 5] = [
    (DeliveryMode::AtOnce, "at-once", "Deliver", "Every event is sent the moment it happens."),
    (DeliveryMode::Hold, "hold", "Hold", "Events wait here until you deliver them."),
    (DeliveryMode::Lose, "lose", "Lose", "Events are never sent, as if the network had swallowed them."),
    (DeliveryMode::Duplicate, "duplicate", "Duplicate", "Every event is sent twice."),
    (DeliveryMode::Reorder, "reorder", "Reorder", "The events of one payment arrive last first."),
];

/// What the next refund may meet, by the name in the form and the words on the button.
const FATES: [(RefundFate, &str, &str); 3] = [
    (RefundFate::Processing, "processing", "The next one waits for the bank"),
    (RefundFate::Unfunded, "unfunded", "The next one waits for money"),
    (RefundFate::RequiresAction, "asks", "The next one asks the customer"),
];

struct ModeButton {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

struct SessionRow {
    id: String,
    words: String,
    amount: String,
    state: &'static str,
    /// Colour of the state: `good`, `wait` or `off`.
    tone: &'static str,
    open: bool,
}

struct PaymentRow {
    id: String,
    amount: String,
    state: String,
    tone: &'static str,
    detail: String,
    processing: bool,
    /// Something of it can be refunded in the dashboard.
    refundable: bool,
}

struct RefundRow {
    id: String,
    amount: String,
    state: String,
    tone: &'static str,
    detail: String,
    /// It waits and may get through.
    waits: bool,
    /// It may still come to nothing.
    may_fail: bool,
}

struct PayoutRow {
    id: String,
    amount: String,
    state: &'static str,
    tone: &'static str,
    /// It may still arrive, or come back.
    on_its_way: bool,
    paid: bool,
}

struct EventRow {
    id: String,
    kind: String,
    object: String,
    time: String,
    delivery: String,
    tone: &'static str,
    /// It has not arrived, so that it can still be delivered for the first time.
    waiting: bool,
}

#[derive(Template)]
#[template(path = "demo/control.html")]
struct ControlPage {
    business: String,
    modes: Vec<ModeButton>,
    mode_words: &'static str,
    endpoints: Vec<String>,
    sessions: Vec<SessionRow>,
    payments: Vec<PaymentRow>,
    refunds: Vec<RefundRow>,
    /// The name and the words of what the next refund may meet.
    fates: Vec<(&'static str, &'static str)>,
    payouts: Vec<PayoutRow>,
    events: Vec<EventRow>,
    waiting: usize,
}

pub(super) fn routes(stand_in: &StandIn) -> BoxedFilter<(Response,)> {
    let shown = stand_in.clone();
    let show = warp::get().and(warp::path!("demo" / "stripe")).map(move || show(&shown));
    let act = warp::post().and(warp::path!("demo" / "stripe" / "act")).and(page::posted(stand_in)).then(act);
    show.or(act).unify().boxed()
}

fn show(stand_in: &StandIn) -> Response {
    let page = stand_in.with(|state| ControlPage {
        business: state.options.business.clone(),
        modes: MODES
            .iter()
            .map(|(mode, value, label, _)| ModeButton { value, label, chosen: *mode == state.webhooks.mode })
            .collect(),
        mode_words: MODES.iter().find(|(mode, ..)| *mode == state.webhooks.mode).map_or("", |(.., words)| words),
        endpoints: state.webhooks.endpoints.iter().map(|endpoint| endpoint.url.clone()).collect(),
        sessions: state.sessions.newest().take(SESSIONS_SHOWN).map(|session| session_row(state, session)).collect(),
        payments: state.intents.newest().take(PAYMENTS_SHOWN).map(|intent| payment_row(state, intent)).collect(),
        refunds: state.refunds.newest().take(PAYMENTS_SHOWN).map(refund_row).collect(),
        fates: FATES.iter().map(|(_, value, words)| (*value, *words)).collect(),
        payouts: state.payouts.newest().take(PAYOUTS_SHOWN).map(payout_row).collect(),
        events: state.events.newest().take(EVENTS_SHOWN).map(|event| event_row(state, event)).collect(),
        waiting: state.webhooks.all().iter().filter(|delivery| delivery.progress.stuck()).count(),
    });
    page::html(&page, StatusCode::OK, "")
}

/// One button was pressed: `do` names it, `id` what it is about. An object that has moved on meanwhile is simply shown.
async fn act(stand_in: StandIn, form: Option<Params>) -> Response {
    let Some(form) = form else { return StatusCode::FORBIDDEN.into_response() };
    let text = |name: &str| form.text(name).ok().flatten().unwrap_or_default().to_owned();
    let (verb, id) = (text("do"), text("id"));
    let place = match verb.as_str() {
        "mode" => {
            if let Some((mode, ..)) = MODES.iter().find(|(_, value, ..)| *value == id) {
                stand_in.set_delivery_mode(*mode);
            }
            "webhooks"
        }
        "deliver" => {
            stand_in.deliver_now(&id).await;
            "events"
        }
        "replay" => {
            stand_in.replay(&id).await;
            "events"
        }
        "deliver-all" => {
            stand_in.resend_all().await;
            "events"
        }
        "clear" | "fail" | "expire" | "refund" => {
            stand_in.with(|state| move_on(state, &verb, &id));
            "payments"
        }
        "next-refund" => {
            if let Some((fate, ..)) = FATES.iter().find(|(_, value, _)| *value == id) {
                stand_in.next_refund(*fate);
            }
            "refunds"
        }
        "refund-succeeds" | "refund-fails" => {
            stand_in.with(|state| move_on(state, &verb, &id));
            "refunds"
        }
        "pay-out" => {
            stand_in.pay_out();
            "payouts"
        }
        "arrive" => {
            stand_in.payout_arrives(&id);
            "payouts"
        }
        "return" => {
            stand_in.payout_fails(&id);
            "payouts"
        }
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(url) = HeaderValue::from_str(&format!("/demo/stripe#{place}")) {
        response.headers_mut().insert("location", url);
    }
    response
}

fn move_on(state: &mut State, verb: &str, id: &str) {
    // A refusal means that another tab was faster; the page that follows shows what is.
    let _ = match verb {
        "clear" => paying::clear(state, id),
        "fail" => paying::bounce(state, id),
        "refund" => refund_all(state, id),
        "refund-succeeds" => refunds::succeed(state, id),
        "refund-fails" => refunds::fail(state, id, "lost_or_stolen_card"),
        _ => sessions::expire_call(state, id, &Params::empty()).map(|_| ()),
    };
}

/// What the dashboard's own button does: all that is left of a payment goes back.
fn refund_all(state: &mut State, intent: &str) -> Result<(), Refusal> {
    let mut params = Params::empty();
    params.put("payment_intent", intent)?;
    refunds::create(state, &params).map(|_| ())
}

fn session_row(state: &State, session: &Value) -> SessionRow {
    let id = session["id"].as_str().unwrap_or_default();
    let first = state.orders.get(id).and_then(|order| order.lines.first());
    let (text, tone) = match (session["status"].as_str(), session["payment_status"].as_str()) {
        (Some("open"), _) => ("Open", "wait"),
        (Some("complete"), Some("paid")) => ("Paid", "good"),
        (Some("complete"), _) => ("Complete, not paid", "wait"),
        _ => ("Expired", "off"),
    };
    SessionRow {
        id: id.to_owned(),
        words: first.and_then(|line| line["description"].as_str()).unwrap_or("Checkout").to_owned(),
        amount: amount(session, "amount_total"),
        state: text,
        tone,
        open: session["status"] == "open",
    }
}

fn payment_row(state: &State, intent: &Value) -> PaymentRow {
    let status = intent["status"].as_str().unwrap_or_default();
    let (text, tone) = match status {
        "succeeded" => ("Paid", "good"),
        "processing" => ("Waiting for the bank", "wait"),
        "requires_action" => ("Waiting for 3-D Secure", "wait"),
        "requires_payment_method" => ("Declined", "bad"),
        "canceled" => ("Canceled", "off"),
        other => (other, "off"),
    };
    let charge = intent["latest_charge"].as_str().and_then(|charge| state.charges.get(charge));
    let card = charge.and_then(|charge| charge["payment_method_details"]["card"]["last4"].as_str());
    let means = card.map(|last4| format!("Card ending in {last4}"));
    let means = means.or_else(|| charge.map(|_| "Bank debit".to_owned())).unwrap_or_default();
    let error = intent["last_payment_error"]["message"].as_str().map(str::to_owned);
    PaymentRow {
        id: intent["id"].as_str().unwrap_or_default().to_owned(),
        amount: amount(intent, "amount"),
        state: text.to_owned(),
        tone,
        detail: error.unwrap_or(means),
        processing: status == "processing",
        refundable: status == "succeeded" && charge.is_some_and(|charge| charge["refunded"] == false),
    }
}

fn refund_row(refund: &Value) -> RefundRow {
    let status = refund["status"].as_str().unwrap_or_default();
    let (text, tone) = match status {
        "succeeded" => ("Refunded", "good"),
        "pending" => ("Waiting", "wait"),
        "requires_action" => ("Waiting for the customer", "wait"),
        "failed" => ("Failed", "bad"),
        "canceled" => ("Canceled", "off"),
        other => (other, "off"),
    };
    let why = ["failure_reason", "pending_reason"].into_iter().find_map(|field| refund[field].as_str());
    let waits = matches!(status, "pending" | "requires_action");
    RefundRow {
        id: refund["id"].as_str().unwrap_or_default().to_owned(),
        amount: amount(refund, "amount"),
        state: text.to_owned(),
        tone,
        detail: why.map(|word| word.replace('_', " ")).unwrap_or_default(),
        waits,
        may_fail: waits || status == "succeeded",
    }
}

fn payout_row(payout: &Value) -> PayoutRow {
    let status = payout["status"].as_str().unwrap_or_default();
    let (text, tone) = match status {
        "paid" => ("At the bank", "good"),
        "failed" => ("Sent back by the bank", "bad"),
        _ => ("On its way", "wait"),
    };
    PayoutRow {
        id: payout["id"].as_str().unwrap_or_default().to_owned(),
        amount: amount(payout, "amount"),
        state: text,
        tone,
        on_its_way: status == "in_transit",
        paid: status == "paid",
    }
}

fn event_row(state: &State, event: &Value) -> EventRow {
    let id = event["id"].as_str().unwrap_or_default();
    let deliveries: Vec<&Delivery> = state.webhooks.of(id).collect();
    let (delivery, tone) = delivery_words(&deliveries);
    EventRow {
        id: id.to_owned(),
        kind: event["type"].as_str().unwrap_or_default().to_owned(),
        object: event["data"]["object"]["id"].as_str().unwrap_or_default().to_owned(),
        time: time(event["created"].as_i64().unwrap_or_default()),
        delivery,
        tone,
        waiting: deliveries.iter().any(|delivery| delivery.progress.stuck()),
    }
}

fn delivery_words(deliveries: &[&Delivery]) -> (String, &'static str) {
    let Some(last) = deliveries.last() else { return ("No endpoint".to_owned(), "off") };
    let status =
        last.tries.last().map(|tried| tried.status.map_or("no answer".to_owned(), |status| status.to_string()));
    let status = status.unwrap_or_default();
    let times = deliveries.iter().filter(|delivery| delivery.progress == Progress::Delivered).count();
    match last.progress {
        Progress::Held => ("Held".to_owned(), "wait"),
        Progress::Lost => ("Lost".to_owned(), "bad"),
        Progress::Queued if last.tries.is_empty() => ("On its way".to_owned(), "wait"),
        Progress::Queued => (format!("Refused ({status}), will try again"), "wait"),
        Progress::Failed => (format!("Failed ({status})"), "bad"),
        Progress::Delivered if times > 1 => (format!("Delivered {times} times ({status})"), "good"),
        Progress::Delivered => (format!("Delivered ({status})"), "good"),
    }
}

fn amount(object: &Value, field: &str) -> String {
    money::shown(object[field].as_i64().unwrap_or_default(), object["currency"].as_str().unwrap_or_default())
}

fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).strftime("%H:%M:%S").to_string()
}

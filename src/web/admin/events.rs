//! What Stripe told us: the inbox, with what became of each event, its payload on demand, and another try.

use super::desk::{Desk, ROWS_MAX, paged};
use super::guard::SignedIn;
use crate::actions::reviews;
use crate::billing::event::{Arrival, Event, Handling, Outcome};
use crate::billing::review::Reason;
use crate::payments::inbox;
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::events::{EventPage, EventRow, EventsPage, Fact};
use crate::web::views::parts::{Link, Tab, Tag, Tone};
use crate::web::views::shell::Section;

const PAGE: &str = "/admin/events";
/// Longer payloads are cut where they are shown: a browser is no archive.
const SHOWN_CHARS_MAX: usize = 100_000;

const TABS: [(&str, &str, Option<Outcome>); 5] = [
    ("all", "All", None),
    ("waiting", "Waiting", Some(Outcome::Waiting)),
    ("ignored", "Not acted on", Some(Outcome::NotActedOn)),
    ("failed", "Given up", Some(Outcome::GivenUp)),
    ("done", "Done", Some(Outcome::Done)),
];

/// `GET /admin/events?s=&after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let asked = TABS.iter().find(|(name, ..)| *name == request.query.text("s"));
    let (tab, outcome) = asked.map_or((TABS[0].0, None), |(name, _, outcome)| (*name, *outcome));
    let after = Some(request.query.text("after").to_owned()).filter(|after| !after.is_empty());
    let mut found = desk.app.store.read(|r| page_of(&r, outcome, after.as_deref()))?;
    let none_at_all = found.is_empty() && outcome.is_none() && after.is_none();
    let base = format!("{PAGE}?s={tab}&");
    let pager = paged(&mut found, after.is_none(), &base, |event: &Event| event.id.clone());
    reply::page(&EventsPage {
        shell: desk.shell(Section::Reconciliation)?,
        tabs: tabs(tab),
        rows: found.iter().map(|event| row(&desk, event)).collect(),
        pager,
        none_at_all,
    })
}

/// A page of a tab's events from behind `after`, and one more if there are more.
fn page_of(r: &Reader<'_>, tab: Option<Outcome>, after: Option<&str>) -> Result<Vec<Event>, StoreError> {
    let after = after.map(|id| r.event(id)).transpose()?.flatten();
    match tab {
        Some(outcome) => r.events_with(outcome, after.as_ref(), ROWS_MAX.saturating_add(1)),
        None => r.events_before(after.as_ref(), ROWS_MAX.saturating_add(1)),
    }
}

fn tabs(current: &str) -> Vec<Tab> {
    let tab = |(name, text, _): &(&str, &str, Option<Outcome>)| Tab {
        text: (*text).to_owned(),
        url: format!("{PAGE}?s={name}"),
        count: None,
        current: *name == current,
    };
    TABS.iter().map(tab).collect()
}

fn row(desk: &Desk, event: &Event) -> EventRow {
    EventRow {
        url: format!("{PAGE}/{}", event.id),
        kind: event.kind.clone(),
        at: desk.ago(event.received_at),
        tag: tag(event),
        reason: reason(event),
    }
}

fn tag(event: &Event) -> Tag {
    match event.state {
        Handling::Pending { .. } if event.tries > 0 => Tag::new("Tried again later", Tone::Warn),
        Handling::Pending { .. } => Tag::new("Waiting", Tone::Info),
        Handling::Done { .. } => Tag::new("Done", Tone::Good),
        Handling::Ignored { .. } | Handling::OtherMode => Tag::new("Not acted on", Tone::Plain),
        Handling::Foreign => Tag::new("Not ours", Tone::Plain),
        Handling::Dead { .. } => Tag::new("Given up", Tone::Bad),
    }
}

/// A whole sentence, or nothing.
fn reason(event: &Event) -> String {
    let words = match &event.state {
        Handling::Ignored { reason } => reason.as_str(),
        Handling::OtherMode => {
            "it is of the other mode (test or live) than the key in use, and is taken up when a key of its mode is"
        }
        Handling::Foreign => "it is about something that this installation did not make",
        Handling::Pending { .. } | Handling::Dead { .. } => event.last_error.as_deref().unwrap_or_default(),
        Handling::Done { .. } => "",
    };
    let mut letters = words.chars();
    let Some(first) = letters.next() else { return String::new() };
    format!("{}{}.", first.to_uppercase(), letters.as_str().trim_end_matches('.'))
}

/// `GET /admin/events/{id}`
pub async fn detail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: String = request.param("id")?;
    let matter = reviews::dedupe(Reason::UnknownPayment, &id);
    let (event, review) =
        desk.app.store.read(|r| Ok::<_, StoreError>((r.event(&id)?, r.review_of_matter(&matter)?)))?;
    let event = event.ok_or(Error::NotFound)?;
    reply::page(&EventPage {
        shell: desk.shell(Section::Reconciliation)?,
        path: format!("{PAGE}/{}", event.id),
        kind: event.kind.clone(),
        tag: tag(&event),
        reason: reason(&event),
        facts: facts(&desk, &event),
        can_retry: event.may_be_tried(),
        review: review.map(|review| Link::new("Its case", format!("/admin/review/{}", review.id))),
        payload: shown(&event.payload),
    })
}

fn facts(desk: &Desk, event: &Event) -> Vec<Fact> {
    let fact = |name, value: String| Fact { name, value };
    let object = match (event.object_kind.as_str(), event.object_id.as_str()) {
        (_, "") => "none".to_owned(),
        ("", id) => id.to_owned(),
        (kind, id) => format!("{kind} {id}"),
    };
    let arrival = match event.arrival {
        Arrival::Webhook => "sent by Stripe",
        Arrival::Poll => "asked for, because it had not been sent",
    };
    let mut facts = vec![
        fact("Event", event.id.clone()),
        fact("About", object),
        fact("Happened", desk.when_exactly(event.created).text),
        fact("Arrived", format!("{}, {arrival}", desk.when_exactly(event.received_at).text)),
        fact("Mode", if event.livemode { "live" } else { "test" }.to_owned()),
    ];
    facts.extend(event.api_version.clone().map(|version| fact("API version", version)));
    facts.extend(event.account.clone().map(|account| fact("Connected account", account)));
    if event.tries > 0 {
        facts.push(fact("Tries", event.tries.to_string()));
    }
    if let Handling::Pending { next_try } = event.state {
        facts.push(fact("Next try", desk.ahead(next_try)));
    }
    facts
}

/// Indented, if it is JSON.
fn shown(payload: &str) -> String {
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(payload);
    let text = parsed.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| payload.to_owned());
    if text.len() <= SHOWN_CHARS_MAX {
        return text;
    }
    let cut: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{cut}\n… cut off here")
}

/// `POST /admin/events/{id}/retry`
pub async fn retry(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let id: String = request.param("id")?;
    let path = format!("{PAGE}/{id}");
    if desk.app.store.read(|r| r.event(&id))?.is_none() {
        return Err(Error::NotFound);
    }
    let is_tried = desk.app.store.write(move |w| inbox::try_again(w, &id)).await?;
    if !is_tried {
        return Err(Error::Conflict("This event was worked off meanwhile.".to_owned()));
    }
    Ok(reply::see_other(&format!("{path}?done=trying")))
}

//! What Stripe told.

use super::{Page, at, page, shell, tag};
use crate::web::views::events::{EventPage, EventRow, EventsPage, Fact};
use crate::web::views::parts::{Link, Pager, Tab, Tone};
use crate::web::views::shell::Section;

fn row(kind: &str, state: &str, tone: Tone, reason: &str) -> EventRow {
    EventRow {
        url: "/admin/events/evt_1".into(),
        kind: kind.into(),
        at: at("2 minutes ago"),
        tag: tag(state, tone),
        reason: reason.into(),
    }
}

fn events() -> EventsPage {
    let tab = |text: &str, current| Tab { text: text.into(), url: "/admin/events?s=all".into(), count: None, current };
    EventsPage {
        shell: shell(Section::Reconciliation),
        tabs: vec![tab("All", true), tab("Waiting", false), tab("Not acted on", false), tab("Given up", false)],
        rows: vec![
            row("checkout.session.completed", "Done", Tone::Good, ""),
            row("charge.dispute.funds_reinstated", "Waiting", Tone::Info, ""),
            row(
                "checkout.session.async_payment_succeeded",
                "Not ours",
                Tone::Plain,
                "It is about something that this installation did not make.",
            ),
            row(
                "v1.billing.meter.error_report_triggered",
                "Not acted on",
                Tone::Plain,
                "It is a thin event, which says nothing that can be acted on; make the endpoint with snapshot events.",
            ),
            row(
                "payment_intent.succeeded",
                "Given up",
                Tone::Bad,
                "Stripe does not know what was asked for; the key may belong to another account or mode: No such payment_intent: 'pi_3QXyZ0123456789abcdefghij'.",
            ),
        ],
        pager: Pager { first_url: None, next_url: Some("/admin/events?after=evt_1".into()) },
        none_at_all: false,
    }
}

fn event() -> EventPage {
    let fact = |name, value: &str| Fact { name, value: value.into() };
    EventPage {
        shell: shell(Section::Reconciliation),
        path: "/admin/events/evt_1".into(),
        kind: "payment_intent.succeeded".into(),
        tag: tag("Given up", Tone::Bad),
        reason: "Stripe does not know what was asked for; the key may belong to another account or mode.".into(),
        facts: vec![
            fact("Event", "evt_1QXyZ0123456789abcdefghij"),
            fact("About", "payment_intent pi_3QXyZ0123456789abcdefghij"),
            fact("Arrived", "22 Nov 2026, 14:02:07, sent by Stripe"),
            fact("Mode", "test"),
            fact("API version", "2026-05-27.dahlia"),
        ],
        can_retry: true,
        review: Some(Link::new("Its case", "/admin/review/rev_1")),
        payload: "{\n  \"id\": \"evt_1QXyZ0123456789abcdefghij\",\n  \"object\": \"event\"\n}".into(),
    }
}

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("events", &events()),
        page("events-none", &EventsPage { none_at_all: true, rows: vec![], ..events() }),
        page("event", &event()),
    ]
}

//! Disputes: all of them, and one: what the bank wants, until when, what the books hold, and the answer.

pub mod answer;
mod proposal;

use jiff::Timestamp;

use self::answer::Entered;
use super::desk::{Desk, ROWS_MAX, after, paged};
use super::guard::SignedIn;
use super::invoice;
use crate::actions::disputes::refund_obstacle;
use crate::actions::file_evidence::{check_acceptance, check_at};
use crate::actions::refund::left_of;
use crate::billing::bookings::disputes::Sums;
use crate::billing::dispute::{Dispute, Phase};
use crate::billing::filing::{Attached, Filing, State as Course, TextField};
use crate::billing::id::DisputeId;
use crate::billing::payment::Payment;
use crate::store::invoices::Summary;
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::disputes::{DisputeListRow, DisputePage, DisputesPage, Told, UnderWay};
use crate::web::views::invoice::DisputeNotice;
use crate::web::views::parts::{Link, Tag, Tone};
use crate::web::views::reviews::Comparison;
use crate::web::views::shell::Section;

/// `GET /admin/disputes?after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let from: Option<DisputeId> = after(&request)?;
    let mut found = desk.app.store.read(|r| {
        let disputes = r.disputes(from, ROWS_MAX)?;
        disputes.into_iter().map(|dispute| About::of(&r, dispute)).collect::<Result<Vec<_>, StoreError>>()
    })?;
    let pager = paged(&mut found, from.is_none(), "/admin/disputes?", |about: &About| about.dispute.id.to_string());
    let rows = found.iter().map(|about| row(&desk, about)).collect();
    reply::page(&DisputesPage { shell: desk.shell(Section::Review)?, rows, pager })
}

/// `GET /admin/disputes/{id}`
pub async fn detail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    reply::page(&page(&desk, request.param("id")?, None)?)
}

/// The page of a dispute.
pub fn path(id: DisputeId) -> String {
    format!("/admin/disputes/{id}")
}

/// A word about a dispute; nothing if it ended well.
pub fn tag(dispute: &Dispute) -> Option<Tag> {
    match dispute.phase() {
        Phase::Inquiry => Some(Tag::new("Bank asks", Tone::Warn)),
        Phase::Open => Some(Tag::new("Disputed", Tone::Bad)),
        Phase::Lost => Some(Tag::new("Charged back", Tone::Bad)),
        Phase::Won | Phase::ClosedNoMoney => None,
    }
}

/// `10 Dec 2026, 12:00`, while the bank waits for an answer.
pub fn deadline(desk: &Desk, dispute: &Dispute) -> Option<String> {
    dispute.respond_by.filter(|_| dispute.can_be_answered(desk.now)).map(|at| desk.when(at).text)
}

/// A dispute on the page of its invoice; nothing if it ended well.
pub fn notice(desk: &Desk, dispute: &Dispute) -> Option<DisputeNotice> {
    let amount = desk.money(dispute.amount);
    let (tone, title) = match dispute.phase() {
        Phase::Inquiry => (Tone::Warn, format!("A bank asks about {amount}")),
        Phase::Open => (Tone::Bad, format!("{amount} are disputed")),
        Phase::Lost => (Tone::Bad, format!("{amount} were charged back")),
        Phase::Won | Phase::ClosedNoMoney => return None,
    };
    let text = match deadline(desk, dispute) {
        Some(at) => format!("Answer by {at}."),
        None => format!("{}.", dispute.status.words()),
    };
    Some(DisputeNotice { tone, title, text, link: next(desk, dispute) })
}

/// The way from a card to the dispute itself.
pub fn next(desk: &Desk, dispute: &Dispute) -> Link {
    let words = if dispute.can_be_answered(desk.now) { "Answer the bank" } else { "See the dispute" };
    Link::new(words, path(dispute.id))
}

/// Where a payment is given back, if it can be.
pub fn refund_url(r: &Reader<'_>, payment: &Payment) -> Result<Option<String>, StoreError> {
    let can = left_of(r, payment)? > 0 && refund_obstacle(r, payment)?.is_none();
    Ok(can.then(|| format!("/admin/payments/{}/refund", payment.id)))
}

/// A dispute with what it is about.
struct About {
    dispute: Dispute,
    payment: Option<Payment>,
    summary: Option<Summary>,
}

impl About {
    fn of(r: &Reader<'_>, dispute: Dispute) -> Result<Self, StoreError> {
        let summary = match dispute.invoice {
            Some(invoice) => r.summary(invoice)?,
            None => None,
        };
        Ok(Self { payment: r.payment(dispute.payment)?, summary, dispute })
    }

    fn customer(&self) -> String {
        let payer = || self.payment.as_ref().and_then(|payment| payment.payer_email.clone());
        let named = self.summary.as_ref().map(|summary| summary.customer_name.clone()).or_else(payer);
        named.unwrap_or_else(|| "Unknown payer".to_owned())
    }

    fn number(&self) -> Option<String> {
        self.summary.as_ref().and_then(|summary| summary.number.clone())
    }
}

fn row(desk: &Desk, about: &About) -> DisputeListRow {
    let dispute = &about.dispute;
    DisputeListRow {
        url: path(dispute.id),
        customer: about.customer(),
        invoice: about.number().unwrap_or_default(),
        opened: desk.when(dispute.opened_at),
        tag: state(dispute),
        deadline: deadline(desk, dispute).map(|at| format!("answer by {at}")),
        amount: desk.money(dispute.amount),
    }
}

fn state(dispute: &Dispute) -> Tag {
    let tone = match dispute.phase() {
        Phase::Inquiry => Tone::Warn,
        Phase::Open if dispute.submissions > 0 => Tone::Info,
        Phase::Open | Phase::Lost => Tone::Bad,
        Phase::Won | Phase::ClosedNoMoney => Tone::Good,
    };
    Tag::new(dispute.status.words(), tone)
}

/// The page; `entered` is the form as it was typed, if it was refused: it is shown even while nothing can be filed.
fn page(desk: &Desk, id: DisputeId, entered: Option<&Entered>) -> Result<DisputePage, Error> {
    let found = desk.app.store.read(|r| {
        let Some(dispute) = r.dispute(id)? else { return Ok::<_, StoreError>(None) };
        let (withdrawn, lost) = (r.withdrawn_by(&dispute)?, r.lost_by(&dispute)?);
        let filings = r.filings_of_dispute(id)?;
        let can_answer = check_at(&r, &dispute, desk.now).is_ok();
        let can_accept = check_acceptance(&r, &dispute).is_ok();
        let proposed = if dispute.draft.is_empty() && can_answer { proposal::of(desk, &r, &dispute)? } else { None };
        let about = About::of(&r, dispute)?;
        let refund_url = match &about.payment {
            Some(payment) if about.dispute.phase() == Phase::Inquiry => refund_url(&r, payment)?,
            _ => None,
        };
        Ok(Some((about, withdrawn, lost, filings, can_answer, can_accept, proposed, refund_url)))
    })?;
    let (about, withdrawn, lost, filings, can_answer, can_accept, proposed, refund_url) =
        found.ok_or(Error::NotFound)?;
    let dispute = &about.dispute;
    let form = (can_answer || entered.is_some()).then(|| answer::form(dispute, proposed, filings.len(), entered));
    let held = if dispute.phase() == Phase::Lost { &lost } else { &withdrawn };
    Ok(DisputePage {
        shell: desk.shell(Section::Review)?,
        path: path(id),
        amount: desk.money(dispute.amount),
        tags: vec![state(dispute)],
        invoice: dispute.invoice.zip(about.number()).map(|(id, number)| Link::new(number, invoice::path(id))),
        customer: about.customer(),
        opened: desk.when(dispute.opened_at),
        reason: dispute.reason_words(),
        story: story(dispute, desk.now).to_owned(),
        tone: state(dispute).tone,
        deadline: deadline(desk, dispute),
        comparison: comparison(desk, &about, held),
        under_way: filings.first().and_then(|last| under_way(desk, last)),
        told: if can_answer { Vec::new() } else { told(dispute) },
        files: if can_answer { Vec::new() } else { dispute.files.iter().map(file_words).collect() },
        form,
        can_accept,
        refund_url,
        facts: facts(desk, &about),
        external: about.payment.as_ref().and_then(|payment| invoice::dashboard(payment, "The payment at Stripe")),
    })
}

/// What the state means, and what to do.
fn story(dispute: &Dispute, now: Timestamp) -> &'static str {
    match dispute.phase() {
        Phase::Won => "The bank decided for you, and the money comes back.",
        Phase::ClosedNoMoney => "The matter is over, and no money was taken.",
        Phase::Lost => {
            "The bank decided for its customer, and the money is gone. The invoice stays paid in the books. If you think \
             that it is owed all the same, ask your customer for it in another way."
        }
        Phase::Inquiry | Phase::Open if dispute.submissions > 0 => {
            "Your answer is with the bank, which decides within two to three months. Nothing more needs to be done."
        }
        Phase::Open if dispute.respond_by.is_none() => {
            "The bank has taken the money back and takes no answer. Talk to your customer."
        }
        Phase::Open if !dispute.can_be_answered(now) => {
            "The bank has taken the money back, and the time to answer is over. It will decide without your side."
        }
        Phase::Open => {
            "The money is held until the bank has decided. Without an answer it is lost. The bank takes evidence once, so \
             gather everything before you submit it."
        }
        Phase::Inquiry => {
            "The bank only asks, and no money has moved. Tell your side, or refund the payment: then no dispute comes of it."
        }
    }
}

fn comparison(desk: &Desk, about: &About, held: &Sums) -> Vec<Comparison> {
    let dispute = &about.dispute;
    let of = about.payment.as_ref().map(|payment| format!("of a payment of {}", desk.money(payment.amount)));
    let taken = sums(desk, &dispute.taken);
    let (label, kept) = match dispute.phase() {
        Phase::Lost => ("Taken back, booked as lost", sums(desk, held)),
        _ => ("Taken back, booked as held", sums(desk, held)),
    };
    // A bank may dispute a part, and in its own currency: only what was taken is told by both sides.
    let disputed = Comparison {
        label: "Disputed".to_owned(),
        stripe: desk.money(dispute.amount),
        books: of.unwrap_or_default(),
        differs: false,
    };
    vec![disputed, Comparison { label: label.to_owned(), differs: taken != kept, stripe: taken, books: kept }]
}

fn sums(desk: &Desk, sums: &Sums) -> String {
    let shown: Vec<String> = sums.iter().map(|(currency, minor)| desk.minor(*minor, *currency)).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// What was last filed, unless it is simply there.
fn under_way(desk: &Desk, last: &Filing) -> Option<UnderWay> {
    match &last.state {
        Course::Done { .. } => None,
        Course::Waiting { next_try, words } => Some(UnderWay {
            tone: Tone::Warn,
            title: format!("{} is on its way to Stripe", last.words()),
            text: match words {
                Some(words) => format!(
                    "Stripe has not taken it yet: {words}. It is kept here and sent again by itself, {}. Nothing needs to \
                     be done twice.",
                    desk.ahead(*next_try)
                ),
                None => "It is kept here and sent by itself. Nothing needs to be done twice.".to_owned(),
            },
        }),
        Course::Refused { words, .. } => Some(UnderWay {
            tone: Tone::Bad,
            title: format!("Stripe refused {}", last.words().to_lowercase()),
            text: format!("{words}. What you wrote is kept below; change it, choose the files again, and save."),
        }),
    }
}

fn told(dispute: &Dispute) -> Vec<Told> {
    let text = |field: &TextField| {
        dispute.draft.get(field).map(|text| Told { label: answer::label(*field).to_owned(), text: text.clone() })
    };
    TextField::ALL.iter().filter_map(text).collect()
}

/// `receipt.pdf, 120 KB`.
fn file_words(file: &Attached) -> String {
    format!("{}, {} KB", file.name, file.bytes.div_ceil(1000))
}

fn facts(desk: &Desk, about: &About) -> Vec<(String, String)> {
    let dispute = &about.dispute;
    let mut facts = vec![
        ("Dispute".to_owned(), dispute.id.to_string()),
        ("At Stripe".to_owned(), dispute.stripe_dispute.clone()),
        ("Stripe calls it".to_owned(), format!("{}, {}", dispute.status.name(), dispute.reason)),
        ("Payment".to_owned(), dispute.payment.to_string()),
        ("Opened".to_owned(), desk.when_exactly(dispute.opened_at).text),
    ];
    facts.extend(dispute.closed_at.map(|at| ("Closed".to_owned(), desk.when_exactly(at).text)));
    facts.extend(dispute.movements.iter().map(|movement| ("Movement".to_owned(), movement.clone())));
    facts
}

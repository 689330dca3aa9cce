//! A dispute takes a turn: it is stored, its money goes where its outcome puts it, the log and the review say so, and
//! the owner is told.
//!
//! Whoever calls this has asked Stripe, and has booked what Stripe moved. Done twice with the same news, it writes
//! nothing the second time.

mod card;

use jiff::{SignedDuration, Timestamp};

use super::refund::course;
use super::{lost_credit, mailings, reviews};
use crate::billing::bookings::disputes::{self as bookings, Sums};
use crate::billing::dispute::{Dispute, Phase};
use crate::billing::id::DisputeId;
use crate::billing::letter::{Matter, Turn};
use crate::billing::log::{Channel, Happening, LogLine};
use crate::billing::payment::Payment;
use crate::store::{Error, Reader, Writer};

/// How often Stripe is asked about a dispute that is open: events may be lost.
pub const LOOK: SignedDuration = SignedDuration::from_hours(24);
/// For how long one that is over is looked at still: a bank may change its mind.
const LOOK_AFTER_END: SignedDuration = SignedDuration::from_hours(10 * 24);

/// By which way the news came, for the log.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub source: Channel,
    /// Stripe's event, if one brought it.
    pub event: Option<&'a str>,
}

/// Stores what a dispute is now. Whether anything changed.
///
/// # Errors
/// The store failed.
pub fn take_turn(
    w: &mut Writer<'_>,
    before: Option<&Dispute>,
    now: Dispute,
    payment: &Payment,
    told: Told<'_>,
) -> Result<bool, Error> {
    let mut dispute = Dispute { closed_at: closed_at(w, before, &now), ..now };
    let losses = losses_to_book(w, &dispute)?;
    if before == Some(&dispute) && losses.is_empty() {
        return Ok(false);
    }
    dispute.next_look = next_look(&dispute, w.now());
    if !losses.is_empty() {
        dispute.losses += 1;
        let entry = bookings::loss(&dispute, dispute.losses, &losses, w.now())?;
        w.book(&entry)?;
    }
    let turn = turn(before, &dispute);
    if turn.is_some() {
        dispute.turns = dispute.turns.saturating_add(1);
    }
    w.put_dispute(&dispute)?;
    if !losses.is_empty() {
        lost_credit::level(w, payment, told.source)?;
    }
    if let Some(turn) = turn {
        log(w, before, &dispute, payment, turn, told)?;
    }
    if dispute.phase() == Phase::Lost {
        let given = "The payer's bank has given the money to its customer.";
        course::close_failed(w, payment, given, |_, _, failed| Ok(failed.amount.minor() <= dispute.amount.minor()))?;
    }
    card::keep(w, &dispute, payment, turn)?;
    if let Some(turn) = turn {
        tell_owners(w, dispute.id, turn, dispute.turns)?;
    }
    Ok(true)
}

/// Reminds the owners of disputes whose deadline comes near. When the next reminder is due.
///
/// # Errors
/// The store failed.
pub fn remind(w: &mut Writer<'_>) -> Result<Option<Timestamp>, Error> {
    let (now, open) = (w.now(), w.open_disputes()?);
    for dispute in &open {
        if let Some((days, deadline)) = dispute.reminder_due(now).zip(dispute.respond_by) {
            tell_owners(w, dispute.id, Turn::DaysLeft { days, deadline }, 1)?;
        }
    }
    Ok(open.iter().filter_map(|dispute| dispute.next_reminder(now)).min())
}

/// When Stripe is asked about it again.
#[must_use]
pub fn next_look(dispute: &Dispute, now: Timestamp) -> Option<Timestamp> {
    let is_over = dispute.closed_at.is_some_and(|closed| now.duration_since(closed) >= LOOK_AFTER_END);
    if is_over { None } else { now.checked_add(LOOK).ok() }
}

const GONE: &str = "The payer's bank has taken this payment back already, so it cannot be refunded.";

/// Why a payment cannot be refunded now, if a dispute is in the way.
///
/// # Errors
/// The store failed.
pub fn refund_obstacle(reader: &Reader<'_>, payment: &Payment) -> Result<Option<&'static str>, Error> {
    if reader.is_taken_back_by_bank(payment.id)? {
        return Ok(Some(GONE));
    }
    let Some(dispute) = reader.dispute_that_blocks_refund(payment.id)? else { return Ok(None) };
    Ok(Some(match dispute.phase() {
        Phase::Lost => GONE,
        Phase::Open | Phase::Inquiry => {
            "The payer's bank disputes this payment, so Stripe does not refund it. Answer the dispute or accept it."
        }
        Phase::Won | Phase::ClosedNoMoney => "Stripe does not refund this payment after its dispute.",
    }))
}

fn closed_at(w: &Writer<'_>, before: Option<&Dispute>, now: &Dispute) -> Option<Timestamp> {
    if now.is_open() {
        return None;
    }
    before.filter(|before| before.phase() == now.phase()).and_then(|before| before.closed_at).or(Some(w.now()))
}

/// What has become a loss since it was last booked; negative for what ceased to be one.
fn losses_to_book(w: &Writer<'_>, dispute: &Dispute) -> Result<Sums, Error> {
    let mut sums = w.to_be_lost_by(dispute)?;
    for (currency, booked) in w.lost_by(dispute)? {
        let sum = sums.entry(currency).or_default();
        *sum = i64::saturating_sub(*sum, booked);
    }
    sums.retain(|_, sum| *sum != 0);
    Ok(sums)
}

/// What of a change is news to a person.
fn turn(before: Option<&Dispute>, now: &Dispute) -> Option<Turn> {
    if before.is_some_and(|before| before.phase() == now.phase()) {
        return None;
    }
    Some(match now.phase() {
        Phase::Inquiry => Turn::Asked,
        Phase::Open => Turn::Opened,
        Phase::Won => Turn::Won,
        Phase::Lost => Turn::Lost,
        Phase::ClosedNoMoney => Turn::Closed,
    })
}

/// Writes the lines into the log of every invoice that the money concerns. Only the first of them bears the amount: a sum
/// over the log must not count it twice.
fn log(
    w: &mut Writer<'_>,
    before: Option<&Dispute>,
    dispute: &Dispute,
    payment: &Payment,
    turn: Turn,
    told: Told<'_>,
) -> Result<(), Error> {
    let intent = payment.method.stripe().map(|stripe| stripe.payment_intent.as_str());
    for (kind, words) in lines(before, dispute, turn) {
        for (place, invoice) in w.invoices_of_payment(payment)?.into_iter().enumerate() {
            let line = LogLine::new(w.now(), kind, told.source).stripe(told.event, None, intent).detail(&words);
            w.append_log(invoice, if place == 0 { line.amount(dispute.amount) } else { line })?;
        }
    }
    Ok(())
}

/// What is written of a turn; a dispute that was over when it was first seen had been opened all the same.
fn lines(before: Option<&Dispute>, dispute: &Dispute, turn: Turn) -> Vec<(Happening, String)> {
    let (name, mut lines) = (&dispute.stripe_dispute, Vec::new());
    if before.is_none() || matches!(turn, Turn::Asked | Turn::Opened) {
        let what = match (dispute.phase(), before.map(Dispute::phase)) {
            (Phase::Inquiry, _) => "The bank asks about the payment",
            (_, Some(Phase::Inquiry)) => "The inquiry has become a dispute",
            (_, Some(_)) => "The dispute was opened again",
            (_, None) => "The bank disputes the payment",
        };
        lines.push((Happening::DisputeOpened, format!("{what}. {}. {name}", dispute.reason_words())));
    }
    let end = match turn {
        Turn::Won => Some((Happening::DisputeWon, "The bank decided for you")),
        Turn::Closed => Some((Happening::DisputeWon, "Closed; no money was taken")),
        Turn::Lost => Some((Happening::DisputeLost, "The bank decided for its customer")),
        Turn::Asked | Turn::Opened | Turn::DaysLeft { .. } => None,
    };
    lines.extend(end.map(|(kind, what)| (kind, format!("{what}. {name}"))));
    lines
}

fn tell_owners(w: &mut Writer<'_>, dispute: DisputeId, about: Turn, nth: u32) -> Result<(), Error> {
    if w.settings()?.notify_reviews {
        let (to, now) = (reviews::owners(w)?, w.now());
        mailings::queue(w, Matter::OwnerDispute { dispute, about, nth }, to, Vec::new(), now)?;
    }
    Ok(())
}

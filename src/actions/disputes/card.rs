//! The card of a dispute in the review queue: one, which says what is true now. It closes by itself when the dispute
//! ends well; what was lost stays until a person has seen it.

use crate::actions::reviews::{self, Case};
use crate::billing::bookings::disputes::Sums;
use crate::billing::dispute::{Dispute, Phase};
use crate::billing::letter::Turn;
use crate::billing::money::Money;
use crate::billing::payment::Payment;
use crate::billing::review::{Action, Evidence, Reason, Resolution, Review};
use crate::store::{Error, Writer};

/// Who closes a case when the bank has decided.
const BY: &str = "Stripe";

/// What the card says.
struct Words {
    headline: &'static str,
    detail: String,
}

pub(super) fn keep(w: &mut Writer<'_>, dispute: &Dispute, payment: &Payment, turn: Option<Turn>) -> Result<(), Error> {
    let standing = open_card(w, dispute, payment)?;
    match (dispute.phase(), standing) {
        (Phase::Won | Phase::ClosedNoMoney, Some(review)) => close(w, dispute, review),
        (Phase::Won | Phase::ClosedNoMoney, None) => Ok(()),
        (_, Some(review)) => update(w, dispute, payment, &review),
        (_, None) if turn.is_some() => open(w, dispute, payment),
        (_, None) => Ok(()),
    }
}

/// The card that is open, whichever turn opened it.
fn open_card(w: &Writer<'_>, dispute: &Dispute, payment: &Payment) -> Result<Option<Review>, Error> {
    for review in w.open_reviews_of_payment(payment)? {
        if w.dispute_of_review(&review)?.is_some_and(|about| about.id == dispute.id) {
            return Ok(Some(review));
        }
    }
    Ok(None)
}

/// Opens a card. The first is called as the dispute; one that is opened after a person closed it, or after the dispute had
/// ended, by the turn that opens it as well.
fn open(w: &mut Writer<'_>, dispute: &Dispute, payment: &Payment) -> Result<(), Error> {
    let matter = match dispute.turns {
        1 => dispute.stripe_dispute.clone(),
        turn => format!("{}:{turn}", dispute.stripe_dispute),
    };
    let Words { headline, detail } = words(dispute);
    let case = Case::new(Reason::Dispute, &matter, detail)
        .headline(headline)
        .invoice(w.invoices_of_payment(payment)?.first().copied())
        .payment(dispute.payment)
        .evidence(evidence(w, dispute, payment)?)
        .told_otherwise();
    reviews::open(w, case).map(drop)
}

fn update(w: &mut Writer<'_>, dispute: &Dispute, payment: &Payment, review: &Review) -> Result<(), Error> {
    let Words { headline, detail } = words(dispute);
    let evidence = evidence(w, dispute, payment)?;
    let now = Review { headline: Some(headline.to_owned()), detail, evidence, ..review.clone() };
    if now == *review { Ok(()) } else { w.put_review(&now) }
}

fn close(w: &mut Writer<'_>, dispute: &Dispute, review: Review) -> Result<(), Error> {
    let note = match dispute.phase() {
        Phase::Won => "The bank decided for you.",
        _ => "Closed; no money was taken.",
    };
    let resolution = Resolution { at: w.now(), action: Action::Ignore, note: note.to_owned(), by: BY.to_owned() };
    w.put_review(&Review { resolved: Some(resolution), ..review })
}

fn words(dispute: &Dispute) -> Words {
    let (amount, reason) = (dispute.amount, dispute.reason_words());
    let (headline, detail) = match dispute.phase() {
        Phase::Inquiry if dispute.submissions > 0 => {
            ("A bank looks at your answer", format!("{reason}. Your answer about {amount} is with the bank."))
        }
        Phase::Inquiry => (
            "A bank asks about a payment",
            format!(
                "{reason}. No money has moved. Answer the bank's question about {amount}, or refund the payment: then it \
                 does not become a dispute."
            ),
        ),
        Phase::Open if !dispute.status.is_known() => (
            "The customer's bank disputes a payment",
            format!(
                "{reason}. Stripe calls the state of this dispute over {amount} “{}”, which Quittance does not know. Look \
                 at it in Stripe's dashboard.",
                dispute.status.words()
            ),
        ),
        Phase::Open if dispute.submissions > 0 => (
            "The bank looks at your evidence",
            format!("{reason}. {amount} are held until the bank has decided, which takes two to three months."),
        ),
        Phase::Open if dispute.respond_by.is_none() => (
            "The customer's bank disputes a payment",
            format!("{reason}. {amount} were taken back, and this dispute cannot be answered. Talk to your customer."),
        ),
        Phase::Open => (
            "The customer's bank disputes a payment",
            format!(
                "{reason}. {amount} are held until the bank has decided. Answer with evidence before the deadline; \
                 without an answer the money is lost."
            ),
        ),
        _ => (
            "A dispute was lost",
            format!(
                "{reason}. The bank decided for its customer and {amount} are gone. The invoice stays paid in the books. \
                 If you think that it is owed all the same, ask your customer for it in another way."
            ),
        ),
    };
    Words { headline, detail }
}

fn evidence(w: &Writer<'_>, dispute: &Dispute, payment: &Payment) -> Result<Vec<Evidence>, Error> {
    let held = match dispute.phase() {
        Phase::Lost => w.lost_by(dispute)?,
        _ => w.withdrawn_by(dispute)?,
    };
    Ok(vec![
        Evidence::new("Amount", dispute.amount.to_string(), payment.amount.to_string()),
        Evidence::new("Taken back", shown(&dispute.taken), shown(&held)),
    ])
}

fn shown(sums: &Sums) -> String {
    let sums: Vec<String> = sums
        .iter()
        .filter_map(|(currency, minor)| Money::new(*minor, *currency).ok())
        .map(|money| money.to_string())
        .collect();
    if sums.is_empty() { "nothing".to_owned() } else { sums.join(", ") }
}

//! The owner credits an invoice, or uses a customer's credit for one, while somebody may just be paying it: either
//! changes what is due, so the open checkout is closed at Stripe first.
//!
//! What a note pays back is stored in the transaction that issues it: note and refunds are there together or not at
//! all. Stripe is asked afterwards, and by the sweep if that comes to nothing; what Stripe does not pay back stays the
//! customer's credit on the note, and is a case.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::owner_acts::close_first;
use super::refunds::{ask_each, frame, reachable};
use super::till::Till;
use crate::actions::credit::{self, Wanted};
use crate::actions::refund::course::OF_A_NOTE;
use crate::actions::refund::{self, Of};
use crate::actions::{Actor, Refusal, apply_credit, mailings};
use crate::billing::credit_note::{CreditNote, Settle};
use crate::billing::id::{InvoiceId, PaymentId};
use crate::billing::invoice::{Draft, Invoice};
use crate::billing::letter::Letter;
use crate::billing::log::Channel;
use crate::billing::payment::Method;
use crate::billing::refund::{Refund, State};
use crate::store::{Error, Store, Writer};

/// A credit note that can be issued: what had to be asked of Stripe before has been asked.
#[derive(Clone)]
pub struct Prepared {
    id: InvoiceId,
    wanted: Wanted,
    through: Option<Method>,
    till: Option<Till>,
    /// The payments that the key in use can refund.
    reachable: BTreeSet<PaymentId>,
    /// The place that the note must have among those of its invoice, if that matters.
    place: Option<u64>,
}

/// Looks whether an invoice can be credited so, and closes its open checkout. `through` is how the owner gives back what
/// had not come through Stripe.
///
/// # Errors
/// More is asked for than is possible, the customer was faster, or Stripe cannot be asked.
pub async fn prepare(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    wanted: Wanted,
    through: Option<Method>,
    channel: Channel,
) -> Result<Prepared, Refusal> {
    let parts = store.read(|r| {
        let outlook = credit::outlook(&r, id, &wanted)?;
        match wanted.settle {
            Settle::Refund if outlook.beyond > 0 => {
                refund::plan_for_note(&r, id, outlook.beyond).map_err(about_settling)
            }
            _ => Ok(Vec::new()),
        }
    })?;
    let reachable = reachable(till, &parts).await?;
    close_first(store, till, id, channel).await?;
    Ok(Prepared { id, wanted, through, till: till.cloned(), reachable, place: None })
}

/// What cannot be paid back is said where paying back was chosen, not where the amount of the note stands.
fn about_settling(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Invalid(errors) => {
            let words: Vec<_> = errors.iter().map(|error| error.detail.clone()).collect();
            Refusal::field("settle", words.join(" "))
        }
        other => other,
    }
}

impl Prepared {
    /// Only as the note of this place: what is sent twice finds it taken.
    #[must_use]
    pub fn at(self, place: u64) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Issues the note and stores the refunds that it asks for, in a transaction of the caller's.
    ///
    /// # Errors
    /// As [`prepare`], or another note has the place that this one was to have.
    pub fn issue(&self, w: &mut Writer<'_>, actor: &Actor) -> Result<(CreditNote, Vec<Refund>), Refusal> {
        if let Some(place) = self.place
            && credit::next_place(w, self.id)? != place
        {
            return Err(Refusal::conflict(
                "Another credit note was issued since this form was opened, so this one was not. If yours is not among \
                 them, issue it below.",
            ));
        }
        let note = credit::credit(w, self.id, &self.wanted, actor)?;
        let beyond = w.left_of_note(&note)?;
        if beyond == 0 || note.settle != Settle::Refund {
            return Ok((note, Vec::new()));
        }
        let wanted = refund::Wanted {
            of: Of::Invoice(self.id),
            amount: beyond,
            reason: None,
            credit_note: Some(note.id),
            through: self.through.clone(),
            nonce: Some(format!("{OF_A_NOTE}{}", note.id)),
        };
        let framed = |id, part: &_, reason| frame(self.till.as_ref(), &self.reachable, id, part, reason);
        let requested = refund::request(w, &wanted, actor, framed).map_err(about_settling)?;
        Ok((note, requested.refunds))
    }

    /// Asks Stripe to make the refunds that were stored with a note. One that Stripe does not make is a case of its own by
    /// then, and one that it cannot be asked about now is asked for by the sweep.
    pub async fn pay_back(&self, channel: Channel) {
        let Some(till) = self.till.as_ref().filter(|_| self.wanted.settle == Settle::Refund) else { return };
        let stored = till.store.read(|r| {
            let mut refunds = Vec::new();
            for note in r.credit_notes_of_invoice(self.id)? {
                refunds.extend(r.refunds_of_note(&note)?);
            }
            Ok::<_, Error>(refunds)
        });
        let Ok(mut refunds) = stored else { return };
        refunds.retain(|refund| refund.state == State::Requested);
        if let Err(refusal) = ask_each(till, refunds, Of::Invoice(self.id), channel).await {
            tracing::warn!(invoice = %self.id, %refusal, "what a credit note pays back was not refunded");
        }
    }
}

/// Credits an invoice.
///
/// # Errors
/// More is asked for than is possible, the customer was faster, or Stripe cannot be asked.
pub async fn credit(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    wanted: Wanted,
    through: Option<Method>,
    mail_after: Option<SignedDuration>,
    actor: &Actor,
) -> Result<(CreditNote, Option<Letter>), Refusal> {
    let prepared = prepare(store, till, id, wanted, through, actor.channel).await?;
    carry_out(store, &prepared, mail_after, actor).await
}

/// Issues what was prepared, and mails the note after `mail_after` if it is to be mailed.
///
/// # Errors
/// As [`Prepared::issue`].
pub async fn carry_out(
    store: &Store,
    prepared: &Prepared,
    mail_after: Option<SignedDuration>,
    actor: &Actor,
) -> Result<(CreditNote, Option<Letter>), Refusal> {
    let (theirs, by) = (prepared.clone(), actor.clone());
    let issued = store.write(move |w| {
        let (note, _) = theirs.issue(w, &by)?;
        let letter = mail_after.map(|after| mailings::send_credit_note(w, &note, after, &by)).transpose()?;
        Ok::<_, Refusal>((note, letter))
    });
    let (note, letter) = issued.await?;
    prepared.pay_back(actor.channel).await;
    Ok((note, letter))
}

/// Takes back all that is left of an invoice (so says `wanted`) and begins the draft that takes its place.
///
/// # Errors
/// As [`credit`].
pub async fn reissue(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    wanted: Wanted,
    actor: &Actor,
) -> Result<(CreditNote, Draft), Refusal> {
    store.read(|r| credit::outlook(&r, id, &wanted).map(drop))?;
    close_first(store, till, id, actor.channel).await?;
    let actor = actor.clone();
    store.write(move |w| credit::reissue(w, id, &wanted, &actor)).await
}

/// Uses a customer's credit for an invoice.
///
/// # Errors
/// Less is due or held, the customer was faster, or Stripe cannot be asked.
pub async fn apply_credit(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    amount: i64,
    actor: &Actor,
) -> Result<Invoice, Refusal> {
    store.read(|r| apply_credit::check(&r, id, amount))?;
    close_first(store, till, id, actor.channel).await?;
    let actor = actor.clone();
    store.write(move |w| apply_credit::apply(w, id, amount, &actor)).await
}

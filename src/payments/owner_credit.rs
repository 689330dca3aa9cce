//! The owner credits an invoice, or uses a customer's credit for one, while somebody may just be paying it: either
//! changes what is due, so the open checkout is closed at Stripe first.

use jiff::SignedDuration;

use super::owner_acts::close_first;
use super::till::Till;
use crate::actions::credit::{self, Wanted};
use crate::actions::{Actor, Refusal, apply_credit, mailings};
use crate::billing::credit_note::CreditNote;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Draft, Invoice};
use crate::billing::letter::Letter;
use crate::store::Store;

/// Credits an invoice, and mails the note after `mail_after` if it is to be mailed.
///
/// # Errors
/// More is asked for than is possible, the customer was faster, or Stripe cannot be asked.
pub async fn credit(
    store: &Store,
    till: Option<&Till>,
    id: InvoiceId,
    wanted: Wanted,
    mail_after: Option<SignedDuration>,
    actor: &Actor,
) -> Result<(CreditNote, Option<Letter>), Refusal> {
    store.read(|r| credit::outlook(&r, id, &wanted).map(drop))?;
    close_first(store, till, id, actor.channel).await?;
    let actor = actor.clone();
    store
        .write(move |w| {
            let note = credit::credit(w, id, &wanted, &actor)?;
            let letter = mail_after.map(|after| mailings::send_credit_note(w, &note, after, &actor)).transpose()?;
            Ok((note, letter))
        })
        .await
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

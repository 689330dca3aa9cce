//! Money that went back: what the customer is told of it, and the owner if it was made at Stripe.

use super::{ComposeError, Desk, customer};
use crate::billing::id::RefundId;
use crate::billing::invoice::Invoice;
use crate::billing::payment::Payment;
use crate::billing::refund::{Refund, State, Waiting};
use crate::mail::letters::{self, Content};
use crate::mail::words;
use crate::words::Words;

impl Desk<'_> {
    pub(super) fn refund_issued(&self, id: RefundId) -> Result<Content, ComposeError> {
        let (refund, payment, invoice) = self.refund(id)?;
        let t = self.words(&invoice);
        let arrives = match (&refund.state, payment.method.stripe()) {
            (_, None) => letters::Arrives::ByHand,
            (State::Pending { waits_for: Waiting::Customer }, _) => letters::Arrives::WhenAnswered,
            _ => letters::Arrives::InDays,
        };
        let made_at = refund.accepted.as_ref().map_or(refund.created_at, |accepted| accepted.at);
        let view = letters::RefundIssued {
            letterhead: self.letterhead(t),
            customer: customer(&invoice),
            number: invoice.number.clone(),
            amount: t.money(refund.amount),
            issued_on: t.date(crate::actions::day(&self.settings, made_at)),
            method: t.method(refund.method(&payment)),
            arrives,
            note: self.refunded_note(&refund, &invoice, &t)?,
            url: self.page(&invoice),
        };
        Ok(view.render()?)
    }

    /// The credit note that a refund was asked for with.
    fn refunded_note(
        &self,
        refund: &Refund,
        invoice: &Invoice,
        t: &Words,
    ) -> Result<Option<letters::RefundedNote>, ComposeError> {
        let Some(note) = refund.credit_note.map(|id| self.reader.credit_note(id)).transpose()?.flatten() else {
            return Ok(None);
        };
        Ok(Some(letters::RefundedNote {
            amount: t.money(note.total()),
            reason: Some(note.reason.clone()).filter(|reason| !reason.is_empty()),
            url: self.app.url(&format!("/i/{}/credit/{}", invoice.link.token(), note.ordinal)),
            number: note.number,
        }))
    }

    pub(super) fn owner_refund(&self, id: RefundId) -> Result<Content, ComposeError> {
        let (refund, payment, invoice) = self.refund(id)?;
        let amount = words::money(refund.amount);
        let view = letters::OwnerAlert {
            business: self.business.clone(),
            headline: format!("{amount} was refunded at Stripe (invoice {})", invoice.number),
            what_happened: format!(
                "A refund of {amount} to {} was made at Stripe, not in Quittance. It is in the books now, and the \
                 customer was told.",
                payment.method.words()
            ),
            next_step: "If nobody of you made it, look at it in Stripe's dashboard.".to_owned(),
            url: self.app.url(&format!("/admin/invoices/{}", invoice.id)),
        };
        Ok(view.render()?)
    }

    fn refund(&self, id: RefundId) -> Result<(Refund, Payment, Invoice), ComposeError> {
        let refund = self.reader.refund(id)?.ok_or(ComposeError::Gone)?;
        if !refund.stands() {
            return Err(ComposeError::Needless("the refund failed"));
        }
        let payment = self.reader.payment(refund.payment)?.ok_or(ComposeError::Gone)?;
        let invoice = self.invoice_of(refund.invoice)?;
        Ok((refund, payment, invoice))
    }
}

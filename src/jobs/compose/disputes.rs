//! What the owner is told of a dispute.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{ComposeError, Desk};
use crate::billing::dispute::{Dispute, Phase};
use crate::billing::id::DisputeId;
use crate::billing::letter::Turn;
use crate::mail::letters::{self, Content};
use crate::mail::words;

impl Desk<'_> {
    pub(super) fn owner_dispute(&self, id: DisputeId, turn: Turn) -> Result<Content, ComposeError> {
        let dispute = self.reader.dispute(id)?.ok_or(ComposeError::Gone)?;
        let payment = self.reader.payment(dispute.payment)?.ok_or(ComposeError::Gone)?;
        let invoice = self.reader.invoices_of_payment(&payment)?.first().copied();
        let invoice = invoice.map(|invoice| self.reader.invoice(invoice)).transpose()?.flatten();
        let buyer = invoice.as_ref().map(|invoice| invoice.buyer.name.clone());
        let view = letters::OwnerDispute {
            business: self.business.clone(),
            turn: self.turn(&dispute, turn)?,
            customer: buyer.or(payment.payer_email).unwrap_or_else(|| "an unknown payer".to_owned()),
            number: invoice.map(|invoice| invoice.number),
            amount: words::money(dispute.amount),
            reason: dispute.reason_words(),
            respond_by: dispute.respond_by.map(|at| self.deadline(at)),
            url: self.app.url(&format!("/admin/disputes/{id}")),
        };
        Ok(view.render()?)
    }

    /// What is true when the mail is sent; a reminder of what is answered or over is not sent any more.
    fn turn(&self, dispute: &Dispute, turn: Turn) -> Result<letters::DisputeTurn, ComposeError> {
        Ok(match turn {
            Turn::Asked if dispute.phase() != Phase::Inquiry => {
                return Err(ComposeError::Needless("the inquiry is over"));
            }
            Turn::Asked => letters::DisputeTurn::Asked,
            Turn::Opened if dispute.phase() != Phase::Open => {
                return Err(ComposeError::Needless("the dispute is over"));
            }
            Turn::Opened => letters::DisputeTurn::Opened,
            Turn::DaysLeft { deadline, .. }
                if dispute.respond_by != Some(deadline) || !dispute.can_be_answered(self.app.clock.now()) =>
            {
                return Err(ComposeError::Needless("the dispute is answered, or over"));
            }
            Turn::DaysLeft { days, .. } => letters::DisputeTurn::DaysLeft(days),
            Turn::Won => letters::DisputeTurn::Won,
            Turn::Lost => letters::DisputeTurn::Lost,
            Turn::Closed => letters::DisputeTurn::Closed,
        })
    }

    /// `6 December 2026, 23:59 CET`.
    fn deadline(&self, at: Timestamp) -> String {
        let zone = TimeZone::get(&self.settings.time_zone).unwrap_or(TimeZone::UTC);
        at.to_zoned(zone).strftime("%-d %B %Y, %H:%M %Z").to_string()
    }
}

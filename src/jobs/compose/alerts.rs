//! What the owner is told: a case to decide, cards that were declined, mails that did not arrive, something to mend.
//!
//! What is over when the mail leaves is not told any more.

use super::{ComposeError, Desk};
use crate::actions::case_words;
use crate::actions::resolve_review::possible;
use crate::billing::id::{InvoiceId, ReviewId};
use crate::billing::letter::{Delivery, Letter};
use crate::billing::log::{Happening, LogLine};
use crate::billing::refund::{State, Waiting};
use crate::mail::letters::{Content, ITEMS_MAX, OwnerAlert, OwnerDigest};
use crate::mail::words;
use crate::payments::notices::{Notice, Words};

/// Lines of an invoice's log that are looked through for declined cards: an hour of card testing has hundreds.
const LOG_LINES_MAX: usize = 10_000;
/// Mails that are looked through for failed ones, newest first: days of a busy outbox.
const MAILS_MAX: usize = 1_000;
const HOUR_SECONDS: i64 = 3600;

impl Desk<'_> {
    pub(super) fn owner_alert(&self, id: ReviewId) -> Result<Content, ComposeError> {
        let review = self.reader.review(id)?.ok_or(ComposeError::Gone)?;
        let about = match review.invoice {
            Some(invoice) => self.reader.invoice(invoice)?.map(|invoice| format!(" (invoice {})", invoice.number)),
            None => None,
        };
        if !review.is_open() {
            return Err(ComposeError::Needless("the case is closed already"));
        }
        let possible = possible(&self.reader, &review)?;
        let choices: Vec<String> = possible.iter().map(|action| format!("“{}”", action.words())).collect();
        let view = OwnerAlert {
            business: self.business.clone(),
            headline: format!("{}{}", review.title(), about.unwrap_or_default()),
            what_happened: case_words::words(&self.reader, &review)?,
            next_step: format!("Open the case and decide: {}.", choices.join(" or ")),
            url: self.app.url(&format!("/admin/review/{id}")),
        };
        Ok(view.render()?)
    }

    pub(super) fn owner_declines(&self, id: InvoiceId, hour: i64) -> Result<Content, ComposeError> {
        let invoice = self.invoice_of(Some(id))?;
        let is_told = |line: &LogLine| {
            line.kind == Happening::PaymentFailed && line.at.as_second().div_euclid(HOUR_SECONDS) == hour
        };
        let mut lines = self.reader.log(id, 0, LOG_LINES_MAX)?;
        lines.retain(is_told);
        let tries = if lines.len() == 1 { "One try".to_owned() } else { format!("{} tries", lines.len()) };
        let were = if lines.len() == 1 { "was" } else { "were" };
        let items = lines.iter().take(ITEMS_MAX).filter_map(|line| line.detail.clone()).collect();
        let view = OwnerDigest {
            business: self.business.clone(),
            headline: format!("Card payments of invoice {} were declined", invoice.number),
            what_happened: format!("{tries} to pay invoice {} {were} declined within an hour.", invoice.number),
            items,
            more: lines.len().saturating_sub(ITEMS_MAX),
            next_step: "If your customer is not trying, give the invoice a new link on its page.".to_owned(),
            url: self.app.url(&format!("/admin/invoices/{id}")),
        };
        Ok(view.render()?)
    }

    pub(super) fn owner_failed_mails(&self) -> Result<Content, ComposeError> {
        let mut failed = self.reader.letters(None, MAILS_MAX)?;
        failed
            .retain(|letter| matches!(letter.state, Delivery::Failed { .. }) && !letter.subject_matter.is_for_owner());
        let number = failed.len();
        let headline = match number {
            0 => return Err(ComposeError::Needless("no mail is left that could not be delivered")),
            1 => "A mail could not be delivered".to_owned(),
            number => format!("{number} mails could not be delivered"),
        };
        let view = OwnerDigest {
            business: self.business.clone(),
            what_happened: format!("{headline}. This is what the mail server said:"),
            headline,
            items: failed.iter().take(ITEMS_MAX).map(item).collect(),
            more: number.saturating_sub(ITEMS_MAX),
            next_step: "Correct the address, or send it again once the mail server takes it.".to_owned(),
            url: self.app.url("/admin/outbox?s=failed"),
        };
        Ok(view.render()?)
    }

    pub(super) fn owner_trouble(&self, name: &str) -> Result<Content, ComposeError> {
        let notice = Notice::named(name).ok_or(ComposeError::Gone)?;
        if !notice.stands(&self.reader, self.app.clock.now())? {
            return Err(ComposeError::Needless("it is mended already"));
        }
        let Words { title, remedy, .. } = notice.words();
        if notice == Notice::RefundsUnfunded {
            return self.unfunded(title, remedy, notice.place());
        }
        let state = &self.app.certificates.state;
        let in_full = match notice {
            Notice::CertificateMissing | Notice::CertificateOld => state.trouble().map(|said| said.in_full()),
            Notice::DoorLocked => state.locked().map(|said| said.in_full()),
            _ => None,
        };
        let view = OwnerAlert {
            business: self.business.clone(),
            headline: title.to_owned(),
            what_happened: format!("{title}."),
            next_step: in_full.unwrap_or(remedy),
            url: self.app.url(notice.place()),
        };
        Ok(view.render()?)
    }

    /// Which refunds wait for money, and whose they are.
    fn unfunded(&self, title: &str, remedy: String, place: &str) -> Result<Content, ComposeError> {
        let mut waiting = self.reader.refunds_unfinished()?;
        waiting.retain(|refund| refund.state == State::Pending { waits_for: Waiting::Funds });
        let mut items = Vec::new();
        for refund in waiting.iter().take(ITEMS_MAX) {
            let invoice = refund.invoice.map(|id| self.reader.invoice(id)).transpose()?.flatten();
            let whose = invoice.map(|invoice| format!(" to {}, of invoice {}", invoice.buyer.name, invoice.number));
            items.push(format!("{}{}", words::money(refund.amount), whose.unwrap_or_default()));
        }
        let view = OwnerDigest {
            business: self.business.clone(),
            headline: title.to_owned(),
            what_happened: "Stripe has taken the refund and cannot send it yet:".to_owned(),
            items,
            more: waiting.len().saturating_sub(ITEMS_MAX),
            next_step: remedy,
            url: self.app.url(place),
        };
        Ok(view.render()?)
    }
}

/// `Invoice 2026-0001, to anna@example.com: 550 no such mailbox`
fn item(letter: &Letter) -> String {
    let subject = if letter.subject.is_empty() { "A mail" } else { letter.subject.as_str() };
    let words = letter.last_words.as_deref().unwrap_or("the mail server said nothing");
    format!("{subject}, to {}: {words}", letter.owed().join(", "))
}

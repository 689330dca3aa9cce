//! Money that bears our name and that no checkout explains (row M2): it is booked, applied to nothing, and a person is
//! asked.
//!
//! Its PaymentIntent says that it is ours; it was made by hand at Stripe from one of ours, or the checkout behind it is
//! gone. Nothing of it was asked for here, so nothing can be checked against what was.

use super::super::objects::{PaymentIntent, bears};
use super::{Arrived, News, Settled, booked, receipt, received};
use crate::actions::book_receipt::{self, Checks};
use crate::actions::reviews::{self, Case};
use crate::billing::bookings::book_of;
use crate::billing::id::InvoiceId;
use crate::billing::invoice::Invoice;
use crate::billing::log::{Happening, LogLine};
use crate::billing::review::{Evidence, Reason};
use crate::store::{Error, Writer};

const WORDS: &str = "Stripe received a payment that bears the name of this Quittance, and none of its checkouts explains \
                     it. The money is booked and held until you decide.";

/// Books what a PaymentIntent received that bears our name, if the books do not have it. The caller has looked for its
/// checkout.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn settle_stray(w: &mut Writer<'_>, intent: &PaymentIntent, news: &News) -> Result<Settled, Error> {
    let is_ours = bears(&intent.metadata, &w.appliance()?);
    if !is_ours || intent.livemode != Some(news.livemode) {
        return Ok(Settled::Foreign);
    }
    let known = w.payment_by_intent(intent.name())?.is_some();
    let Some(money) = received(intent).filter(|_| !known) else { return Ok(Settled::Unchanged) };
    let arrived = Arrived { session: None, intent, money, news };
    let invoice = named(w, intent, news)?;
    let id = invoice.as_ref().map(|invoice| invoice.id);
    let receipt = receipt(w, invoice, None, &arrived, Checks::Failed)?;
    let payment = book_receipt::book(w, receipt)?;
    if let Some(id) = id {
        let line = LogLine::new(w.now(), Happening::Mismatch, news.channel)
            .amount(money)
            .stripe(news.event.as_deref(), None, Some(intent.name()))
            .detail(WORDS);
        w.append_log(id, line)?;
    }
    let seen = vec![Evidence::new("Checkout", "none", "none"), Evidence::new("Amount", money.to_string(), "nothing")];
    let case = Case::new(Reason::UnknownPayment, intent.name(), WORDS).invoice(id).payment(payment.id).evidence(seen);
    reviews::open(w, case)?;
    booked(w, &arrived, &payment, id)
}

/// The invoice that it names, if that is one of this book.
fn named(w: &Writer<'_>, intent: &PaymentIntent, news: &News) -> Result<Option<Invoice>, Error> {
    let Some(Ok(id)) = intent.metadata.get("invoice").map(|text| text.parse::<InvoiceId>()) else { return Ok(None) };
    Ok(w.invoice(id)?.filter(|invoice| invoice.book == book_of(news.livemode)))
}

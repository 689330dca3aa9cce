//! What the books can say for the owner in a dispute: the invoice as text, who bought what, when it was paid and what was
//! mailed. The owner changes it before it is sent.

use super::super::desk::Desk;
use crate::billing::dispute::Dispute;
use crate::billing::filing::{TextField, Texts};
use crate::billing::invoice::Invoice;
use crate::billing::log::{Happening, LogLine};
use crate::billing::payment::Payment;
use crate::store::{Error, Reader};

/// Lines of an invoice, and mails, that are written out.
const LINES_MAX: usize = 50;
const LOG_LINES_MAX: usize = 500;

/// The proposal; nothing if the payment belongs to no invoice.
pub fn of(desk: &Desk, r: &Reader<'_>, dispute: &Dispute) -> Result<Option<Texts>, Error> {
    let invoice = dispute.invoice.map(|id| r.invoice(id)).transpose()?.flatten();
    let (Some(invoice), Some(payment)) = (invoice, r.payment(dispute.payment)?) else { return Ok(None) };
    let log = r.log(invoice.id, 0, LOG_LINES_MAX)?;
    let sold: Vec<String> =
        invoice.content.lines.iter().take(LINES_MAX).map(|line| one_line(&line.description)).collect();
    let mut texts = Texts::from([
        (TextField::ProductDescription, sold.join("; ")),
        (TextField::CustomerName, invoice.buyer.name.clone()),
        (TextField::CustomerEmailAddress, invoice.buyer.email.clone()),
        (TextField::UncategorizedText, story(desk, &invoice, &payment, &log)),
    ]);
    if let Some(day) = invoice.content.delivery_date {
        texts.insert(TextField::ServiceDate, day.to_string());
    }
    Ok(Some(texts))
}

fn story(desk: &Desk, invoice: &Invoice, payment: &Payment, log: &[LogLine]) -> String {
    let currency = invoice.content.currency;
    let mut story = vec![
        format!("Invoice {} of {}", invoice.number, desk.date(invoice.issue_date)),
        format!("From: {}", invoice.seller.name),
        format!("To: {}", invoice.buyer.name),
        String::new(),
    ];
    for (line, sums) in invoice.content.lines.iter().zip(&invoice.totals.lines).take(LINES_MAX) {
        let what = one_line(&line.description);
        story.push(format!("{} × {what}: {}", line.quantity, desk.minor(sums.gross, currency)));
    }
    story.push(format!("Total: {}", desk.money(invoice.total())));
    story.push(String::new());
    story.push(format!(
        "The customer opened the invoice's own page and paid {} there on {} through Stripe Checkout ({}).",
        desk.money(payment.amount),
        desk.date(payment.received_on),
        payment.method.words()
    ));
    story.extend(payment.payer_email.as_ref().map(|email| format!("E-mail given when paying: {email}")));
    let mailed = log.iter().filter(|line| line.kind == Happening::MailSent).take(LINES_MAX);
    story.extend(mailed.map(|line| {
        let what = line.detail.as_deref().unwrap_or("a mail");
        format!("{}: the mail server accepted “{}”", desk.when(line.at).text, one_line(what))
    }));
    story.join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

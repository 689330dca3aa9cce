//! Tables for spreadsheets (RFC 4180, UTF-8, a heading row), a sort of record a file.
//!
//! No cell is a formula, and numbers are written as numbers ([`sheet`](crate::billing::sheet)).

mod credit_notes;
mod disputes;
mod fee_invoices;
mod payments;
mod payouts;
mod reviews;

use serde::Serialize;

use super::{Emit, ExportError, Part};
use crate::billing::credit_note::CreditNote;
use crate::billing::invoice::Document;
use crate::billing::line::LineTotal;
use crate::billing::sheet::{decimal, text};
use crate::store::Reader;

/// Bytes that are gathered before they are passed on.
const CHUNK_BYTES: usize = 64 << 10;

pub(super) fn write(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    settings(reader, emit)?;
    customers(reader, emit)?;
    invoices(reader, emit)?;
    lines(reader, emit)?;
    payments::payments(reader, emit)?;
    credit_notes::credit_notes(reader, emit)?;
    fee_invoices::fee_invoices(reader, emit)?;
    refunds(reader, emit)?;
    disputes::disputes(reader, emit)?;
    payouts::payouts(reader, emit)?;
    payouts::movements(reader, emit)?;
    ledger(reader, emit)?;
    log(reader, emit)?;
    reviews::write(reader, emit)
}

fn settings(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let settings = reader.settings()?;
    let mut table = Table::new("settings.csv", emit, &["name", "value"])?;
    let business = &settings.business;
    let address = &business.address;
    for (name, value) in [
        ("business.name", business.name.clone()),
        ("business.email", business.email.clone()),
        ("business.phone", business.phone.clone()),
        ("business.website", business.website.clone()),
        ("business.tax_id", business.tax_id.clone()),
        ("business.iban", business.iban.clone()),
        ("business.bic", business.bic.clone()),
        ("business.address.line1", address.line1.clone()),
        ("business.address.line2", address.line2.clone()),
        ("business.address.postal_code", address.postal_code.clone()),
        ("business.address.city", address.city.clone()),
        ("business.address.state", address.state.clone()),
        ("business.address.country", address.country.clone()),
        ("currency", settings.currency.code().to_owned()),
        ("time_zone", settings.time_zone.clone()),
        ("language", settings.language.clone()),
        ("terms_days", settings.terms_days.to_string()),
    ] {
        table.row(&[text(name), text(&value)])?;
    }
    for rate in &settings.tax_rates {
        table.row(&[text(&format!("tax_rate {}", rate.name)), rate.rate.to_string()])?;
    }
    table.end()
}

fn customers(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let head = [
        "id",
        "name",
        "contact",
        "email",
        "phone",
        "website",
        "line1",
        "line2",
        "postal_code",
        "city",
        "state",
        "country",
        "tax_id",
        "buyer_reference",
        "language",
        "created_at",
    ];
    let mut table = Table::new("customers.csv", emit, &head)?;
    reader.each_customer(|customer| {
        let (party, address) = (&customer.party, &customer.party.address);
        let words = [
            &party.name,
            &party.contact,
            &party.email,
            &party.phone,
            &party.website,
            &address.line1,
            &address.line2,
            &address.postal_code,
            &address.city,
            &address.state,
            &address.country,
            &party.tax_id,
            &party.buyer_reference,
            &party.language,
        ];
        let mut row = vec![customer.id.to_string()];
        row.extend(words.map(|word| text(word)));
        row.push(customer.created_at.to_string());
        table.row(&row)
    })?;
    table.end()
}

fn invoices(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let head = [
        "id",
        "number",
        "status",
        "test",
        "customer",
        "customer_name",
        "currency",
        "issue_date",
        "due_date",
        "net",
        "tax",
        "total",
        "paid",
        "refunded",
        "due",
        "reference",
        "notes",
        "cc",
        "delivery_date",
        "prices_include_tax",
        "created_at",
        "credited",
        "credited_in_all",
        "not_asked",
    ];
    let mut table = Table::new("invoices.csv", emit, &head)?;
    reader.each_document(|document| {
        let Some(summary) = reader.summary(document.id())? else { return Ok(()) };
        let (currency, totals) = (summary.currency, document.totals());
        let notes: Vec<CreditNote> = reader.credit_notes_of_invoice(document.id())?;
        // A draft is not in the ledger; what it would ask for is its total.
        let (due, due_date) = match &document {
            Document::Draft(_) => (totals.total, None),
            Document::Issued(invoice) => (summary.standing.due(), Some(invoice.due_date)),
        };
        let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
        table.row(&[
            document.id().to_string(),
            text(summary.number.as_deref().unwrap_or_default()),
            word(&summary.status)?,
            summary.test.to_string(),
            summary.customer.to_string(),
            text(&summary.customer_name),
            currency.code().to_owned(),
            date(summary.issue_date),
            date(due_date),
            decimal(totals.subtotal, currency),
            decimal(totals.tax, currency),
            decimal(totals.total, currency),
            decimal(summary.standing.paid, currency),
            decimal(summary.standing.refunded, currency),
            decimal(due, currency),
            text(&summary.reference),
            text(&document.content().notes),
            text(&document.content().cc.join(", ")),
            date(document.content().delivery_date),
            document.content().prices_include_tax.to_string(),
            summary.created_at.to_string(),
            decimal(notes.iter().map(|note| note.applied).sum(), currency),
            decimal(summary.standing.credited, currency),
            decimal(summary.standing.difference, currency),
        ])
    })?;
    table.end()
}

fn lines(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let head = [
        "invoice",
        "number",
        "line",
        "description",
        "quantity",
        "unit",
        "unit_price",
        "discount_percent",
        "tax_percent",
        "tax_category",
        "optional",
        "selected",
        "currency",
        "net",
        "tax",
        "gross",
    ];
    let mut table = Table::new("invoice_lines.csv", emit, &head)?;
    reader.each_document(|document| {
        let (content, totals) = (document.content(), document.totals());
        let number = document.issued().map(|invoice| invoice.number.clone()).unwrap_or_default();
        for (line, sums) in content.lines.iter().zip(&totals.lines) {
            let sums = if line.counts() { *sums } else { LineTotal::default() };
            table.row(&[
                document.id().to_string(),
                text(&number),
                text(&line.id),
                text(&line.description),
                line.quantity.to_string(),
                text(&line.unit),
                line.unit_price.to_string(),
                line.discount.to_string(),
                line.tax_rate.to_string(),
                word(&line.tax_category)?,
                line.optional.to_string(),
                line.counts().to_string(),
                content.currency.code().to_owned(),
                decimal(sums.net, content.currency),
                decimal(sums.tax, content.currency),
                decimal(sums.gross, content.currency),
            ])?;
        }
        Ok::<_, ExportError>(())
    })?;
    table.end()
}

fn refunds(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let head = [
        "id",
        "payment",
        "invoice",
        "customer",
        "test",
        "currency",
        "amount",
        "status",
        "reason",
        "source",
        "stripe_refund",
        "credit_note",
        "created_at",
    ];
    let mut table = Table::new("refunds.csv", emit, &head)?;
    reader.each_refund(|refund| {
        let currency = refund.amount.currency();
        table.row(&[
            refund.id.to_string(),
            refund.payment.to_string(),
            refund.invoice.map(|id| id.to_string()).unwrap_or_default(),
            refund.customer.map(|id| id.to_string()).unwrap_or_default(),
            refund.book.is_test().to_string(),
            currency.code().to_owned(),
            decimal(refund.amount.minor(), currency),
            refund.status().name().to_owned(),
            refund.reason.map(|reason| reason.name().to_owned()).unwrap_or_default(),
            refund.origin.name().to_owned(),
            text(refund.stripe_refund.as_deref().unwrap_or_default()),
            refund.credit_note.map(|id| id.to_string()).unwrap_or_default(),
            refund.created_at.to_string(),
        ])
    })?;
    table.end()
}

fn ledger(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let mut table =
        Table::new("ledger.csv", emit, &["entry", "at", "test", "source", "account", "currency", "amount"])?;
    reader.each_entry(|seq, entry| {
        for posting in entry.postings() {
            table.row(&[
                seq.to_string(),
                entry.at().to_string(),
                entry.book().is_test().to_string(),
                text(entry.source().as_str()),
                posting.account.to_string(),
                posting.currency.code().to_owned(),
                decimal(posting.amount, posting.currency),
            ])?;
        }
        Ok::<_, ExportError>(())
    })?;
    table.end()
}

fn log(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let head = [
        "invoice",
        "seq",
        "at",
        "kind",
        "source",
        "currency",
        "amount",
        "stripe_event",
        "stripe_session",
        "stripe_payment_intent",
        "detail",
        "about",
    ];
    let mut table = Table::new("log.csv", emit, &head)?;
    reader.each_log_line(|invoice, line| {
        let optional = |word: &Option<String>| text(word.as_deref().unwrap_or_default());
        table.row(&[
            invoice.to_string(),
            line.seq.to_string(),
            line.at.to_string(),
            word(&line.kind)?,
            word(&line.source)?,
            line.amount.map(|amount| amount.currency().code().to_owned()).unwrap_or_default(),
            line.amount.map(|amount| decimal(amount.minor(), amount.currency())).unwrap_or_default(),
            optional(&line.stripe_event),
            optional(&line.stripe_session),
            optional(&line.stripe_payment_intent),
            optional(&line.detail),
            line.about.as_ref().map(word).transpose()?.unwrap_or_default(),
        ])
    })?;
    table.end()
}

/// A file that is passed on while it grows.
struct Table<'a, 'e> {
    emit: &'a mut Emit<'e>,
    writer: csv::Writer<Vec<u8>>,
    gathered: usize,
}

impl<'a, 'e> Table<'a, 'e> {
    fn new(name: &str, emit: &'a mut Emit<'e>, head: &[&str]) -> Result<Self, ExportError> {
        emit(Part::File(name))?;
        let mut table = Self { emit, writer: writer(), gathered: 0 };
        table.writer.write_record(head)?;
        Ok(table)
    }

    fn row(&mut self, cells: &[String]) -> Result<(), ExportError> {
        self.writer.write_record(cells)?;
        self.gathered += cells.iter().map(String::len).sum::<usize>();
        if self.gathered > CHUNK_BYTES { self.pass_on() } else { Ok(()) }
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        let full = std::mem::replace(&mut self.writer, writer());
        self.gathered = 0;
        let bytes = full.into_inner().map_err(csv::IntoInnerError::into_error)?;
        Ok((self.emit)(Part::Data(&bytes))?)
    }

    fn end(mut self) -> Result<(), ExportError> {
        self.pass_on()
    }
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new())
}

/// A word of ours as the API writes it.
fn word(value: &impl Serialize) -> Result<String, ExportError> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}

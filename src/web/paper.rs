//! Fills the sheet of paper that the public page, the owner's preview and the print show.
//!
//! The rule: every figure is one that was stored when the document was written; nothing is added up here.

use jiff::civil::Date;

use super::qr;
use super::views::paper::{Buyer, Line, Movement, Paper, Seller, Tax, Totals, Transfer};
use crate::billing::bank::Iban;
use crate::billing::credit_note::CreditNote;
use crate::billing::credit_note::plan::Plan as Credited;
use crate::billing::currency::Currency;
use crate::billing::due::Due;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::invoice::{Content, Draft, Invoice};
use crate::billing::line::{self, LineTotal, TaxTotal};
use crate::billing::money::Money;
use crate::billing::party::Party;
use crate::billing::payment::Payment;
use crate::billing::plan::Plan;
use crate::billing::quantity::TaxRate;
use crate::billing::settings::Settings;
use crate::billing::standing::Standing;
use crate::words::Words;

/// An issued invoice with what was paid on it and credited. `path` is `/i/TOKEN`, behind which the receipts are.
#[must_use]
pub fn of_invoice(
    invoice: &Invoice,
    standing: &Standing,
    payments: &[Payment],
    notes: &[CreditNote],
    settings: &Settings,
    t: &Words,
    path: &str,
) -> Paper {
    let mut paper = sheet(&invoice.content, &invoice.totals, &invoice.seller, &invoice.buyer, settings, t);
    paper.number = Some(invoice.number.clone());
    paper.issued_on = t.date(invoice.issue_date);
    paper.due_on = t.date(invoice.due_date);
    paper.totals.movements = movements(standing, payments, notes, invoice.content.currency, t, path);
    if !paper.totals.movements.is_empty() {
        paper.totals.due = Some(t.minor(standing.due(), invoice.content.currency));
    }
    paper
}

/// A credit note.
#[must_use]
pub fn of_note(note: &CreditNote, invoice: &Invoice, settings: &Settings, t: &Words) -> Paper {
    let content = Content { lines: note.lines.clone(), ..credited(invoice, &note.reason) };
    let mut paper = sheet(&content, &note.totals, &note.seller, &note.buyer, settings, t);
    paper.credits = Some(invoice.number.clone());
    paper.number = Some(note.number.clone());
    paper.issued_on = t.date(note.issue_date);
    paper
}

/// A credit note as it would be if it were issued `today` under `number`.
#[must_use]
pub fn of_planned_note(
    plan: &Credited,
    number: &str,
    invoice: &Invoice,
    reason: &str,
    settings: &Settings,
    today: Date,
) -> Paper {
    let content = Content { lines: plan.lines.clone(), ..credited(invoice, reason) };
    let t = &Words::for_customer(&invoice.buyer, settings);
    let mut paper = sheet(&content, &plan.totals, &settings.business, &invoice.buyer, settings, t);
    paper.credits = Some(invoice.number.clone());
    paper.number = Some(number.to_owned());
    paper.issued_on = t.date(today);
    paper
}

/// The document of a fee; `invoice` is the number of the invoice that was paid.
#[must_use]
pub fn of_fee(document: &FeeInvoice, invoice: &str, settings: &Settings, t: &Words) -> Paper {
    let mut lines = document.lines(invoice);
    for line in &mut lines {
        line.description = t.fee_description(document, invoice);
    }
    let content = Content { lines, ..Content::blank(document.customer, document.currency, Due::InDays(0)) };
    let mut paper = sheet(&content, &document.totals(), &document.seller, &document.buyer, settings, t);
    paper.paid_with = Some(invoice.to_owned());
    paper.number = Some(document.number.clone());
    paper.issued_on = t.date(document.issue_date);
    paper
}

/// What a credit note has in common with its invoice; its note is its reason.
fn credited(invoice: &Invoice, reason: &str) -> Content {
    Content { notes: reason.to_owned(), plan: Plan::default(), ..invoice.content.clone() }
}

/// A draft as the customer would see it if it were issued `today`.
#[must_use]
pub fn of_draft(draft: &Draft, buyer: &Party, settings: &Settings, today: Date) -> Paper {
    let t = &Words::for_customer(buyer, settings);
    let mut paper = sheet(&draft.content, &draft.totals, &settings.business, buyer, settings, t);
    paper.issued_on = t.date(today);
    paper.due_on = t.date(draft.content.due_date(today).unwrap_or(today));
    paper
}

/// Who sends the invoice, with what a reader may need to reach them.
#[must_use]
pub fn seller(party: &Party, t: &Words) -> Seller {
    Seller {
        name: party.name.clone(),
        address: address(party, t),
        tax_id: filled(&party.tax_id),
        email: filled(&party.email),
        phone: filled(&party.phone),
        website: filled(&party.website).filter(|address| address.starts_with("https://")),
    }
}

/// Who is asked to pay.
#[must_use]
pub fn buyer(party: &Party, t: &Words) -> Buyer {
    Buyer { name: party.name.clone(), address: address(party, t), tax_id: filled(&party.tax_id) }
}

/// As on an envelope, a line each.
fn address(party: &Party, t: &Words) -> Vec<String> {
    party.address.lines().iter().map(|line| t.typed(line)).collect()
}

/// Where exactly `due` can be transferred to, if the seller has an account; `reference` is what the transfer is known by.
#[must_use]
pub fn transfer(seller: &Party, reference: &str, due: Money, t: &Words) -> Option<Transfer> {
    let iban = Iban::parse(&seller.iban).ok()?;
    Some(Transfer {
        account_name: seller.name.clone(),
        iban: iban.grouped(),
        bic: filled(&seller.bic),
        reference: reference.to_owned(),
        amount: t.money(due),
        amount_plain: due.to_decimal_string(),
        qr: qr::transfer(&seller.name, &iban, &seller.bic, due, reference),
    })
}

fn sheet(
    content: &Content,
    totals: &line::Totals,
    seller_of: &Party,
    buyer_of: &Party,
    settings: &Settings,
    t: &Words,
) -> Paper {
    Paper {
        t: *t,
        seller: seller(seller_of, t),
        buyer: buyer(buyer_of, t),
        delivered_on: content.delivery_date.map(|date| t.date(date)),
        reference: filled(&content.reference).or_else(|| filled(&buyer_of.buyer_reference)),
        lines: lines(content, totals, t),
        totals: sums(content, totals, settings, t),
        notes: content
            .notes
            .split("\n\n")
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| t.typed(text))
            .collect(),
        tax_notes: totals.taxes.iter().filter_map(|tax| t.exemption_reason(tax.category)).collect(),
        ..Paper::default()
    }
}

/// What was offered and not chosen is no part of the document.
fn lines(content: &Content, totals: &line::Totals, t: &Words) -> Vec<Line> {
    let is_taxed = totals.taxes.iter().any(|tax| !tax.rate.is_zero());
    let both = content.lines.iter().zip(&totals.lines).filter(|(line, _)| line.counts());
    both.map(|(line, sum)| shown_line(content, line, *sum, is_taxed, t)).collect()
}

fn shown_line(content: &Content, line: &line::Line, sum: LineTotal, is_taxed: bool, t: &Words) -> Line {
    let amount = if content.prices_include_tax { sum.gross } else { sum.net };
    let discount =
        (!line.discount.is_zero()).then(|| t.discount(t.numbers().percent(&line.discount.normalised().to_string())));
    Line {
        description: t.typed(&line.description),
        quantity: t.typed(&t.quantity_of(line.quantity, &line.unit)),
        unit_price: t.unit_price(line.unit_price, content.currency),
        discount,
        tax: if is_taxed { t.rate(line.tax_rate) } else { String::new() },
        amount: t.minor(amount, content.currency),
    }
}

fn sums(content: &Content, totals: &line::Totals, settings: &Settings, t: &Words) -> Totals {
    let shown = |minor| t.minor(minor, content.currency);
    let tax = |tax: &TaxTotal| Tax {
        label: t.typed(&tax_label(tax.rate, settings, t)),
        base: shown(tax.base),
        amount: shown(tax.amount),
    };
    Totals {
        prices_include_tax: content.prices_include_tax,
        subtotal: shown(totals.subtotal),
        taxes: totals.taxes.iter().filter(|tax| !tax.rate.is_zero()).map(tax).collect(),
        total: shown(totals.total),
        movements: Vec::new(),
        due: None,
    }
}

/// The owner's name for the rate, with the rate unless the name says it.
pub fn tax_label(tax: TaxRate, settings: &Settings, t: &Words) -> String {
    let rate = t.rate(tax);
    let named = settings.tax_rates.iter().find(|named| named.rate.decimal() == tax.decimal());
    match named.map(|named| named.name.trim()).filter(|name| !name.is_empty()) {
        Some(name) if name.contains('%') => name.to_owned(),
        Some(name) => format!("{name} {rate}"),
        None => t.tax_unnamed(rate),
    }
}

/// What was applied to the invoice, payment by payment; what a person applied later stands in one line; then what of each
/// credit note reduced what was due.
fn movements(
    standing: &Standing,
    payments: &[Payment],
    notes: &[CreditNote],
    currency: Currency,
    t: &Words,
    path: &str,
) -> Vec<Movement> {
    let taken = |minor: i64| t.minor(-minor, currency);
    let own = payments.iter().filter(|payment| payment.applied > 0).map(|payment| Movement {
        label: t.paid_on(t.date(payment.received_on), t.method(&payment.method)),
        amount: taken(payment.applied),
        receipt_url: Some(format!("{path}/receipt/{}", payment.ordinal)),
    });
    let mut movements: Vec<Movement> = own.collect();
    let later = standing.paid - payments.iter().map(|payment| payment.applied).sum::<i64>();
    if later != 0 {
        movements.push(Movement { label: t.credit_applied(), amount: taken(later), receipt_url: None });
    }
    if standing.difference != 0 {
        let amount = taken(standing.difference);
        movements.push(Movement { label: t.small_difference(), amount, receipt_url: None });
    }
    movements.extend(notes.iter().map(|note| Movement {
        label: if note.rest().is_zero() {
            t.credit_note(&note.number)
        } else {
            t.credit_note_over(&note.number, t.money(note.total()))
        },
        amount: taken(note.applied),
        receipt_url: Some(format!("{path}/credit/{}", note.ordinal)),
    }));
    movements
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Draft, Party, Settings, Words, of_draft, transfer};
    use crate::billing::currency::Currency;
    use crate::billing::due::Due;
    use crate::billing::id::{CustomerId, InvoiceId};
    use crate::billing::invoice::Content;
    use crate::billing::line::{Line, totals};
    use crate::billing::money::Money;
    use crate::billing::settings::NamedRate;
    use crate::billing::tax::TaxCategory;
    use jiff::civil::date;

    fn draft(lines: Vec<Line>) -> Draft {
        let content = Content {
            lines,
            notes: "Thank you.\n\nSee you soon.".to_owned(),
            reference: "PO 77".to_owned(),
            ..Content::blank(CustomerId::from_parts(1, 1), Currency::EUR, Due::InDays(14))
        };
        let totals = totals(&content.lines, Currency::EUR, false).unwrap();
        let at = "2026-11-22T12:00:00Z".parse().unwrap();
        Draft { id: InvoiceId::from_parts(1, 1), revision: 1, created_at: at, content, totals }
    }

    #[test]
    fn a_sheet_shows_what_counts_with_its_tax_and_discount() {
        let design = Line {
            description: "Design".into(),
            quantity: number("2.50"),
            unit: "h".into(),
            unit_price: number("80"),
            discount: number("10"),
            tax_rate: number("19.00"),
            ..Line::default()
        };
        let export = Line {
            description: "Export".into(),
            unit_price: number("5"),
            tax_category: TaxCategory::G,
            ..Line::default()
        };
        let offered = Line { description: "Offered".into(), optional: true, selected: false, ..design.clone() };
        let settings =
            Settings { tax_rates: vec![NamedRate { name: "VAT".into(), rate: number("19") }], ..Settings::default() };
        let paper = of_draft(&draft(vec![design, export, offered]), &Party::default(), &settings, date(2026, 11, 22));
        assert_eq!(paper.lines.iter().map(|line| line.description.as_str()).collect::<Vec<_>>(), ["Design", "Export"]);
        let line = &paper.lines[0];
        let shown = [&line.quantity, &line.unit_price, line.discount.as_ref().unwrap(), &line.tax, &line.amount];
        assert_eq!(
            shown.map(|text| text.replace('\u{a0}', " ")),
            ["2.5 h", "€80.00", "10 % discount", "19 %", "€180.00"]
        );
        let taxes: Vec<_> = paper.totals.taxes.iter().map(|tax| tax.label.replace('\u{a0}', " ")).collect();
        assert_eq!(taxes, ["VAT 19 %"]);
        assert_eq!((paper.totals.subtotal.as_str(), paper.totals.total.as_str()), ("€185.00", "€219.20"));
        assert_eq!((paper.notes.len(), paper.tax_notes), (2, vec!["Tax-free export.".to_owned()]));
        assert_eq!(
            (paper.due_on.as_str(), paper.number, paper.reference.as_deref()),
            ("6 December 2026", None, Some("PO 77"))
        );
    }

    #[test]
    fn only_a_seller_with_an_account_can_be_transferred_to() {
        let due = Money::new(904_400, Currency::EUR).unwrap();
        let seller = Party { name: "Pat".into(), iban: "DE89370400440532013000".into(), ..Party::default() };
        let found = transfer(&seller, "2026-0042", due, &Words::of("de")).unwrap();
        assert_eq!((found.iban.as_str(), found.amount_plain.as_str()), ("DE89 3704 0044 0532 0130 00", "9044.00"));
        assert!(transfer(&Party::default(), "2026-0042", due, &Words::default()).is_none());
    }

    /// Reads a number of whatever kind is wanted.
    fn number<T: serde::de::DeserializeOwned>(text: &str) -> T {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap()
    }
}

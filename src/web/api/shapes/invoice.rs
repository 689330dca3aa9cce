//! An invoice with its lines and taxes.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::app::App;
use crate::billing::currency::Currency;
use crate::billing::id::{CustomerId, InvoiceId};
use crate::billing::invoice::{Content, Document};
use crate::billing::line::{Line, LineTotal, TaxTotal};
use crate::billing::standing::{Flag, Standing, Status, flags, status};
use crate::billing::tax::TaxCategory;
use crate::web::api::fee::{self, ChoiceShape};
use crate::web::api::plan::{self, PartShape, PlanShape};

#[derive(Serialize)]
pub(in crate::web::api) struct InvoiceShape {
    id: InvoiceId,
    number: Option<String>,
    status: Status,
    flags: Vec<Flag>,
    customer: CustomerId,
    currency: Currency,
    issue_date: Option<Date>,
    due_date: Option<Date>,
    prices_include_tax: bool,
    notes: String,
    reference: String,
    lines: Vec<LineShape>,
    subtotal: i64,
    taxes: Vec<TaxShape>,
    tax: i64,
    total: i64,
    amount_paid: i64,
    amount_refunded: i64,
    amount_due: i64,
    public_url: Option<String>,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    created_at: Timestamp,
    #[serde(serialize_with = "crate::web::api::time::exact_if")]
    issued_at: Option<Timestamp>,
    #[serde(serialize_with = "crate::web::api::time::exact_if")]
    paid_at: Option<Timestamp>,
    delivery_date: Option<Date>,
    cc: Vec<String>,
    /// Of `amount_due`, what is due now.
    due_now: i64,
    payment_plan: Option<PlanShape>,
    parts: Vec<PartShape>,
    /// The invoice's own choice; the level above decides where it is null.
    fee_passthrough: Option<ChoiceShape>,
    /// What credit notes took back of `total`.
    amount_credited: i64,
}

#[derive(Serialize)]
pub(super) struct LineShape {
    id: String,
    description: String,
    quantity: String,
    unit: String,
    unit_price: String,
    discount: String,
    tax_rate: String,
    optional: bool,
    selected: bool,
    net: i64,
    tax: i64,
    tax_category: TaxCategory,
}

#[derive(Serialize)]
pub(in crate::web::api) struct TaxShape {
    rate: String,
    base: i64,
    amount: i64,
}

/// An invoice as it stands on `today`.
pub(in crate::web::api) fn invoice(app: &App, document: &Document, standing: &Standing, today: Date) -> InvoiceShape {
    let status = status(document, standing);
    let (issued, asked) = (document.issued(), document.asked(standing, today));
    let (content, totals) = (document.content(), document.totals());
    InvoiceShape {
        id: document.id(),
        number: issued.map(|invoice| invoice.number.clone()),
        status,
        flags: flags(status, document.next_due(standing, today), standing, today),
        customer: content.customer,
        currency: content.currency,
        issue_date: issued.map(|invoice| invoice.issue_date),
        due_date: due_date(document, today),
        prices_include_tax: content.prices_include_tax,
        notes: content.notes.clone(),
        reference: content.reference.clone(),
        lines: lines(content, &totals.lines),
        subtotal: totals.subtotal,
        taxes: totals.taxes.iter().map(tax).collect(),
        tax: totals.tax,
        total: totals.total,
        amount_paid: standing.paid,
        amount_refunded: standing.refunded,
        // A draft is not in the ledger; what it would ask for is its total.
        amount_due: if status == Status::Draft { totals.total } else { standing.due() },
        public_url: issued.map(|invoice| app.url(&format!("/i/{}", invoice.link.token()))),
        created_at: document.created_at(),
        issued_at: issued.map(|invoice| invoice.issued_at),
        paid_at: standing.paid_at,
        delivery_date: content.delivery_date,
        cc: content.cc.clone(),
        due_now: asked.now,
        payment_plan: plan::shape(&content.plan),
        parts: plan::parts(&asked),
        fee_passthrough: fee::shape(content.fee),
        amount_credited: standing.credited,
    }
}

/// A draft's is the one that it would have if it were issued today.
fn due_date(document: &Document, today: Date) -> Option<Date> {
    match document {
        Document::Draft(draft) => draft.content.due_date(today).ok(),
        Document::Issued(invoice) => Some(invoice.due_date),
    }
}

fn lines(content: &Content, totals: &[LineTotal]) -> Vec<LineShape> {
    content.lines.iter().zip(totals).map(|(line, total)| line_shape(line, *total)).collect()
}

/// A line that was offered and not chosen is in no sum, so it says none.
pub(super) fn line_shape(line: &Line, total: LineTotal) -> LineShape {
    let total = if line.counts() { total } else { LineTotal::default() };
    LineShape {
        id: line.id.clone(),
        description: line.description.clone(),
        quantity: line.quantity.to_string(),
        unit: line.unit.clone(),
        unit_price: line.unit_price.to_string(),
        discount: line.discount.to_string(),
        tax_rate: line.tax_rate.to_string(),
        optional: line.optional,
        selected: line.selected,
        net: total.net,
        tax: total.tax,
        tax_category: line.tax_category,
    }
}

pub(in crate::web::api) fn tax(total: &TaxTotal) -> TaxShape {
    TaxShape { rate: total.rate.to_string(), base: total.base, amount: total.amount }
}

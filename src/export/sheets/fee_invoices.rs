//! Invoices over fees as a table.

use super::{Table, decimal, text, word};
use crate::export::{Emit, ExportError};
use crate::store::Reader;

pub(super) fn fee_invoices(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let head = [
        "id",
        "number",
        "payment",
        "invoice",
        "customer",
        "test",
        "currency",
        "issue_date",
        "net",
        "tax",
        "total",
        "percent",
        "fixed",
        "set_by",
        "issued_at",
        "corrects",
        "refund",
    ];
    let mut table = Table::new("fee_invoices.csv", emit, &head)?;
    reader.each_fee_invoice(|document| {
        let fee = &document.fee;
        table.row(&[
            document.id.to_string(),
            text(&document.number),
            document.payment.to_string(),
            document.invoice.to_string(),
            document.customer.to_string(),
            document.book.is_test().to_string(),
            document.currency.code().to_owned(),
            document.issue_date.to_string(),
            decimal(fee.net, document.currency),
            decimal(fee.tax(), document.currency),
            decimal(fee.total, document.currency),
            fee.rate.percent().to_string(),
            fee.rate.fixed().map(|fixed| decimal(fixed.minor(), fixed.currency())).unwrap_or_default(),
            word(&fee.origin)?,
            document.issued_at.to_string(),
            text(document.corrects.as_ref().map(|of| of.number.as_str()).unwrap_or_default()),
            document.corrects.as_ref().map(|of| of.refund.to_string()).unwrap_or_default(),
        ])
    })?;
    table.end()
}

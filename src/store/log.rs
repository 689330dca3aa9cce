//! The payment log of each invoice: appended to, never edited.

use super::error::Error;
use super::journal::Sort;
use super::table::{Order, Reader, Span};
use super::tables::LOG;
use super::writer::Writer;
use crate::billing::id::InvoiceId;
use crate::billing::log::LogLine;

impl Reader<'_> {
    /// Lines of an invoice's log behind the line `after`, oldest first; one more than `limit` if there are more.
    pub fn log(&self, invoice: InvoiceId, after: u64, limit: usize) -> Result<Vec<LogLine>, Error> {
        let span = Span::of(&invoice).after(&(invoice, after));
        let lines = self.collect(&LOG, span, Order::Ascending, limit.saturating_add(1))?;
        Ok(lines.into_iter().map(|(_, line)| line).collect())
    }
}

impl Writer<'_> {
    /// Appends a line to an invoice's log and gives it its place.
    pub fn append_log(&mut self, invoice: InvoiceId, line: LogLine) -> Result<(), Error> {
        let last = self.collect(&LOG, Span::of(&invoice), Order::Descending, 1)?.pop();
        let seq = last.map_or(1, |((_, seq), _)| seq + 1);
        let line = LogLine { seq, ..line };
        self.put(&LOG, &(invoice, seq), &line)?;
        self.seal(Sort::Line, format!("{invoice}:{seq}"), &line)
    }
}

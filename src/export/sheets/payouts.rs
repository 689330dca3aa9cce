//! What Stripe sent to the bank, and what moved on its balance.

use super::{Table, decimal, text};
use crate::billing::payout::Group;
use crate::export::{Emit, ExportError};
use crate::store::Reader;

const PAYOUTS: [&str; 12] = [
    "id",
    "test",
    "currency",
    "amount",
    "status",
    "arrival_date",
    "created_at",
    "automatic",
    "lines",
    "explained",
    "remainder",
    "failure",
];

const MOVEMENTS: [&str; 14] = [
    "id",
    "test",
    "category",
    "of",
    "payment",
    "source",
    "currency",
    "amount",
    "fee",
    "net",
    "exchange_rate",
    "payout",
    "created_at",
    "available_at",
];

pub(super) fn payouts(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let mut table = Table::new("payouts.csv", emit, &PAYOUTS)?;
    reader.each_payout(|payout| {
        let currency = payout.amount.currency();
        let sum = |of: Option<i64>| of.map(|minor| decimal(minor, currency)).unwrap_or_default();
        table.row(&[
            text(&payout.id),
            payout.book.is_test().to_string(),
            currency.code().to_owned(),
            decimal(payout.amount.minor(), currency),
            text(payout.status.name()),
            payout.arrival_date.to_string(),
            payout.created.to_string(),
            payout.automatic.to_string(),
            payout.sum.map(|sum| sum.lines.to_string()).unwrap_or_default(),
            sum(payout.sum.map(|sum| sum.explained)),
            sum(payout.sum.map(|sum| sum.remainder)),
            text(payout.failure.as_deref().unwrap_or_default()),
        ])
    })?;
    table.end()
}

pub(super) fn movements(reader: &Reader<'_>, emit: &mut Emit<'_>) -> Result<(), ExportError> {
    let mut table = Table::new("movements.csv", emit, &MOVEMENTS)?;
    reader.each_movement(|movement| {
        let optional = |word: &Option<String>| text(word.as_deref().unwrap_or_default());
        table.row(&[
            text(&movement.id),
            movement.book.is_test().to_string(),
            text(movement.category.name()),
            Group::of(movement.belongs).name().to_owned(),
            movement.belongs.payment().map(|id| id.to_string()).unwrap_or_default(),
            optional(&movement.source),
            movement.currency.code().to_owned(),
            decimal(movement.amount, movement.currency),
            decimal(movement.fee, movement.currency),
            decimal(movement.net, movement.currency),
            optional(&movement.exchange_rate),
            optional(&movement.payout),
            movement.created.to_string(),
            movement.available_on.map(|at| at.to_string()).unwrap_or_default(),
        ])
    })?;
    table.end()
}

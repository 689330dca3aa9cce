//! What Stripe sent to the bank, and what it carried.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::billing::currency::Currency;
use crate::billing::id::PaymentId;
use crate::billing::movement::Movement;
use crate::billing::payout::{Group, GroupSum, PayoutRecord, Sorted};

#[derive(Serialize)]
pub(in crate::web::api) struct PayoutShape<'a> {
    id: &'a str,
    amount: i64,
    currency: Currency,
    arrival_date: Date,
    status: &'a str,
    /// Whether Stripe made it by schedule; of others it lists no lines.
    automatic: bool,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    created_at: Timestamp,
    /// What its lines come to; null until they were read.
    explained: Option<i64>,
    remainder: Option<i64>,
}

pub(in crate::web::api) fn payout(payout: &PayoutRecord) -> PayoutShape<'_> {
    PayoutShape {
        id: &payout.id,
        amount: payout.amount.minor(),
        currency: payout.amount.currency(),
        arrival_date: payout.arrival_date,
        status: payout.status.name(),
        automatic: payout.automatic,
        created_at: payout.created,
        explained: payout.sum.map(|sum| sum.explained),
        remainder: payout.sum.map(|sum| sum.remainder),
    }
}

#[derive(Serialize)]
struct SumShape {
    lines: u64,
    amount: i64,
    fee: i64,
    net: i64,
}

#[derive(Serialize)]
struct FullShape<'a, L> {
    #[serde(flatten)]
    payout: PayoutShape<'a>,
    /// By sort: `payments`, `refunds`, `disputes`, `fees`, `reserve`, `bank`, `foreign`, `unknown`.
    sums: BTreeMap<&'static str, SumShape>,
    /// The payouts that came back and whose money this one carries: their lines are its own.
    returned: Vec<String>,
    lines: L,
}

pub(in crate::web::api) fn payout_in_full<'a>(
    record: &'a PayoutRecord,
    sorted: &Sorted,
    returned: Vec<String>,
    lines: impl Serialize + 'a,
) -> impl Serialize + 'a {
    let sum = |(group, sum): (&Group, &GroupSum)| {
        (group.name(), SumShape { lines: sum.lines, amount: sum.amount, fee: sum.fee, net: sum.net })
    };
    FullShape { payout: payout(record), sums: sorted.0.iter().map(sum).collect(), returned, lines }
}

#[derive(Serialize)]
pub(in crate::web::api) struct MovementShape<'a> {
    id: &'a str,
    /// Stripe's reporting category.
    category: &'a str,
    of: &'static str,
    payment: Option<PaymentId>,
    source: Option<&'a str>,
    amount: i64,
    fee: i64,
    net: i64,
    currency: Currency,
    exchange_rate: Option<&'a str>,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    created_at: Timestamp,
    #[serde(serialize_with = "crate::web::api::time::exact_if")]
    available_at: Option<Timestamp>,
}

pub(in crate::web::api) fn movement(movement: &Movement) -> MovementShape<'_> {
    MovementShape {
        id: &movement.id,
        category: movement.category.name(),
        of: Group::of(movement.belongs).name(),
        payment: movement.belongs.payment(),
        source: movement.source.as_deref(),
        amount: movement.amount,
        fee: movement.fee,
        net: movement.net,
        currency: movement.currency,
        exchange_rate: movement.exchange_rate.as_deref(),
        created_at: movement.created,
        available_at: movement.available_on,
    }
}

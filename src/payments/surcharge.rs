//! Which fee is asked for on top of an invoice at Stripe, with the key that is in use.
//!
//! What the owner chose is in [`billing::passthrough`](crate::billing::passthrough); here it meets the Stripe account and
//! the amounts that Stripe takes. A fee never stands in the way of a payment: where it cannot be charged, none is.

use super::accounts;
use super::scale;
use super::till::Till;
use crate::billing::invoice::Content;
use crate::billing::line::TaxTotal;
use crate::billing::money::Money;
use crate::billing::passthrough::{Fee, NoFee, Terms};
use crate::store::{Error, Reader};

/// What the payer reads beside the fee, at Stripe and on every page.
pub const NAME: &str = "Payment fee";

/// What counts for a document for a customer in this country, now. Without a till nothing is charged by card.
///
/// # Errors
/// The store failed.
pub fn terms(r: &Reader<'_>, till: Option<&Till>, content: &Content, country: &str) -> Result<Terms, Error> {
    let account = till.map(|till| accounts::of_key(r, &till.account)).transpose()?.flatten();
    Ok(r.settings()?.fee_passthrough.terms(content.fee, account.as_deref(), country))
}

/// The fee for paying `principal` of a document with these taxes.
///
/// # Errors
/// None is taken, and why.
pub fn fee(terms: &Terms, principal: Money, taxes: &[TaxTotal]) -> Result<Fee, NoFee> {
    let fee = terms.fee(principal, taxes)?;
    let sum = fee.sum().ok_or(NoFee::NotChargeable)?;
    // At Stripe the fee stands on a line of its own, and must be a whole amount there like the sum.
    let scale = scale::scale(principal.currency().code()).ok_or(NoFee::NotChargeable)?;
    let is_whole = scale.to_stripe(fee.total).is_ok();
    let is_taken = scale::chargeable(sum, principal.currency().code()).is_ok();
    if is_whole && is_taken { Ok(fee) } else { Err(NoFee::NotChargeable) }
}

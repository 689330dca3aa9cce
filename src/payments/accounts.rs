//! Which Stripe account a key opens, as far as Stripe has said: one mark a key, which everybody asks here.
//!
//! The rule it keeps: a key is known by its fingerprint, and opens one account for ever. A key that may not ask for its
//! account is noted as such, so that it is not asked about all the time: reads are rationed.

use crate::store::{Error, Reader, Writer};

/// The mark of a key, with Stripe's id of the account behind it, or nothing if the key may not ask.
fn mark(key: &str) -> String {
    format!("stripe.account_of:{key}:")
}

/// Stripe's id of the account that a key opens (`acct_…`), once Stripe has said it.
///
/// # Errors
/// The store failed.
pub fn of_key(r: &Reader<'_>, key: &str) -> Result<Option<String>, Error> {
    let mut noted = r.marks_under(&mark(key))?.into_iter().map(|(account, _)| account);
    Ok(noted.rfind(|account| !account.is_empty()))
}

/// Whether Stripe was asked about a key, and said it or did not let it ask.
///
/// # Errors
/// The store failed.
pub fn is_noted(r: &Reader<'_>, key: &str) -> Result<bool, Error> {
    Ok(!r.marks_under(&mark(key))?.is_empty())
}

/// Notes what Stripe said of a key; `None` if the key may not ask. What was known stays known then.
///
/// # Errors
/// The store failed.
pub fn note(w: &mut Writer<'_>, key: &str, account: Option<&str>) -> Result<(), Error> {
    let known = of_key(w, key)?;
    let Some(account) = account.or(known.as_deref()) else { return w.put_first_mark(&mark(key)) };
    for (noted, _) in w.marks_under(&mark(key))? {
        if noted != account {
            w.remove_mark(&format!("{}{noted}", mark(key)))?;
        }
    }
    w.put_first_mark(&format!("{}{account}", mark(key)))
}

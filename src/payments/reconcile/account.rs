//! Whose account it is: a key of another one would make every payment look missing (row L10).

use super::{Pass, Stopped};
use crate::billing::ledger::Book;
use crate::payments::client::{CallError, FailKind, Patience};
use crate::payments::movements::opening_mark;
use crate::payments::notices::{self, Notice};
use crate::payments::surcharge;
use crate::payments::sync::SyncError;
use crate::payments::till::Till;
use crate::store::{Error, Reader, Writer};

/// How the report of a pass begins that was stopped for it.
pub(super) const OTHER_ACCOUNT: &str = "The key belongs to the Stripe account";

/// Whether a pass was stopped because the key opens another account.
#[must_use]
pub fn is_other_account(error: &str) -> bool {
    error.starts_with(OTHER_ACCOUNT)
}

/// The accounts that the books are of; the name of a mark, with Stripe's id behind it.
fn accounts(book: Book) -> &'static str {
    if book.is_test() { "stripe.account.test:" } else { "stripe.account.live:" }
}

fn known(r: &Reader<'_>, book: Book) -> Result<Option<String>, Error> {
    Ok(r.marks_under(accounts(book))?.pop().map(|(account, _)| account))
}

/// The account that a key opens; the name of a mark, with the key's fingerprint and Stripe's id behind it. A key opens
/// one account for ever, so that a short pass need not ask: reads are rationed.
fn key_mark(key: &str) -> String {
    format!("stripe.account_of:{key}:")
}

/// What Stripe said of the key when it was asked; an empty one if the key may not ask.
pub(in crate::payments) fn account_of_key(r: &Reader<'_>, key: &str) -> Result<Option<String>, Error> {
    Ok(r.marks_under(&key_mark(key))?.pop().map(|(account, _)| account))
}

impl Pass<'_> {
    /// Stops the pass if the key opens another account than the books are of. A restricted key may not be allowed to
    /// ask; then the circuit breaker is what is left. Asked `anew`, or only of a key that was never asked about.
    pub(super) async fn same_account(&mut self, anew: bool) -> Result<(), Stopped> {
        let Some(is) = self.account_now(anew).await? else { return Ok(()) };
        let book = self.till.book();
        match self.till.store.read(|r| known(&r, book))? {
            Some(was) if was != is => Err(Stopped::OtherAccount { was, is }),
            Some(_) => Ok(()),
            None => Ok(self.till.store.write(move |w| remember(w, book, &is)).await?),
        }
    }

    async fn account_now(&self, anew: bool) -> Result<Option<String>, Stopped> {
        let key = self.till.account.clone();
        let before = self.till.store.read(|r| account_of_key(&r, &key))?;
        if let Some(account) = before.as_ref().filter(|_| !anew) {
            return Ok(Some(account.clone()).filter(|account| !account.is_empty()));
        }
        let is = account_of(self.till).await?;
        if let Some(account) = is.clone() {
            let key = key.clone();
            self.till.store.write(move |w| surcharge::note_account(w, &key, &account)).await?;
        }
        let (was, now) = (before, is.clone().unwrap_or_default());
        if was.as_ref() != Some(&now) {
            self.till.store.write(move |w| remember_key(w, &key, was.as_deref(), &now)).await?;
        }
        Ok(is)
    }
}

/// Stripe's id of the account behind the key; `None` if the key may not ask.
async fn account_of(till: &Till) -> Result<Option<String>, CallError> {
    match till.ask(Patience::Background).account().await {
        Ok(answer) => Ok(answer.value.id),
        Err(CallError::Fail { kind: FailKind::NoPermission { .. }, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn remember_key(w: &mut Writer<'_>, key: &str, was: Option<&str>, is: &str) -> Result<(), Error> {
    if let Some(was) = was {
        w.remove_mark(&format!("{}{was}", key_mark(key)))?;
    }
    w.put_mark(&format!("{}{is}", key_mark(key)), w.now())
}

fn remember(w: &mut Writer<'_>, book: Book, account: &str) -> Result<(), Error> {
    w.put_mark(&format!("{}{account}", accounts(book)), w.now())
}

/// The owner means to go on with the account of the present key: what its balance holds is looked at anew.
///
/// # Errors
/// Stripe could not be asked, or the store failed.
pub async fn accept_account(till: &Till) -> Result<(), SyncError> {
    let Some(is) = account_of(till).await? else { return Ok(()) };
    let book = till.book();
    till.store
        .write(move |w| {
            for (was, _) in w.marks_under(accounts(book))? {
                w.remove_mark(&format!("{}{was}", accounts(book)))?;
            }
            w.remove_mark(opening_mark(book))?;
            notices::lower(w, Notice::OtherAccount)?;
            remember(w, book, &is)
        })
        .await?;
    Ok(())
}

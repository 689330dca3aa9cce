//! Whose account it is: a key of another one would make every payment look missing (row L10).

use super::{Pass, Stopped};
use crate::billing::ledger::Book;
use crate::payments::accounts;
use crate::payments::client::{CallError, FailKind, Patience};
use crate::payments::movements::opening_mark;
use crate::payments::notices::{self, Notice};
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
        if !anew && self.till.store.read(|r| accounts::is_noted(&r, &key))? {
            return Ok(self.till.store.read(|r| accounts::of_key(&r, &key))?);
        }
        let (before, is) = (self.till.store.read(|r| accounts::of_key(&r, &key))?, account_of(self.till).await?);
        if before.is_none() || (is.is_some() && is != before) {
            let now = is.clone();
            self.till.store.write(move |w| accounts::note(w, &key, now.as_deref())).await?;
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

//! Damage of the data file, met while it is read or written.
//!
//! redb trusts a page that it reads, and panics where the page is none. Every call that may touch one goes through
//! [`guarded`], which makes an error of that, with the remedy in it. A panic of our own is never taken for damage: what
//! callers do within a transaction runs [`unguarded`].

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::Error;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
    static MET_AT: Cell<Option<String>> = const { Cell::new(None) };
}

/// Whether a panic of this thread is about to become an error: then there is nothing to say about it.
#[must_use]
pub fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// Does what may meet a damaged page; `place` is the table or the part of the file that it is in.
pub(super) fn guarded<T, E: Into<Error>>(place: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, Error> {
    let outcome = with(true, || catch_unwind(AssertUnwindSafe(work)));
    let outcome =
        outcome.map_or_else(|_| Err(Error::Damaged { place: place.to_owned() }), |outcome| outcome.map_err(Into::into));
    if outcome.as_ref().is_err_and(Error::is_damage) {
        MET_AT.set(Some(place.to_owned()));
    }
    outcome
}

/// Does what is our own, within what is [`guarded`].
pub(super) fn unguarded<T>(work: impl FnOnce() -> T) -> T {
    with(false, work)
}

/// Where this thread has met damage since it was last asked.
pub(super) fn met() -> Option<String> {
    MET_AT.take()
}

/// Puts the mark back also when `work` panics.
fn with<T>(guarded: bool, work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            IS_GUARDED.set(self.0);
        }
    }
    let _restore = Restore(IS_GUARDED.replace(guarded));
    work()
}

#[cfg(test)]
mod tests {
    use super::{Error, guarded, is_guarded, met, unguarded};

    #[test]
    fn a_panic_within_becomes_an_error_and_is_remembered_once() {
        assert_eq!(met(), None);
        let outcome = guarded("invoices.1", || -> Result<(), Error> { panic!("a page that is none") });
        assert!(matches!(outcome, Err(Error::Damaged { place }) if place == "invoices.1"));
        assert_eq!((met(), met()), (Some("invoices.1".to_owned()), None));
        assert!(!is_guarded());
    }

    #[test]
    fn what_is_our_own_is_not_guarded() {
        let seen = guarded("meta.1", || Ok::<_, Error>((is_guarded(), unguarded(is_guarded), is_guarded())));
        assert_eq!(seen.ok(), Some((true, false, true)));
        let refused = guarded("meta.1", || Err::<(), _>(Error::Busy));
        assert!(matches!(refused, Err(Error::Busy)));
        assert_eq!(met(), None);
    }
}

//! Everything besides money: that it can be read, is sealed where it must be, and has the rows that follow from it.

use super::Check;
use crate::billing::attempt::{Attempt, State};
use crate::billing::ledger::Book;
use crate::billing::review::Review;
use crate::store::attempts::attempt_rows;
use crate::store::error::Error;
use crate::store::inbox::event_rows;
use crate::store::journal::Sort;
use crate::store::outbox::letter_rows;
use crate::store::reviews::review_rows;
use crate::store::tables::{
    API_TOKENS, ATTEMPTS, BACKUPS, CERTIFICATES, COUNTERS, CUSTOMERS, ENDPOINTS, HOME, INBOX, INVOICES, LOG,
    LOST_NUMBERS, MARKS, META, OBSERVED, OLD_HOST, OUTBOX, OWNERS, PAYMENTS, PURSUITS, REMEMBERED, REVIEWS, RUNS,
    SECRETS, SESSIONS, SETTINGS,
};

impl Check<'_> {
    /// Documents whose numbers are not known, of books in which there are any: where nothing was ever tried out, nobody will say
    /// where that goes on.
    fn numbers_unknown(&self) -> Result<Vec<String>, Error> {
        let (settings, mut names) = (self.reader.settings()?, Vec::new());
        for book in [Book::Live, Book::Test] {
            let unknown = self.reader.lacking_numbers(book)?.into_iter();
            let unknown = unknown.filter(|each| book == Book::Live || !settings.series(*each, book).is_unused());
            names.extend(unknown.map(|documents| documents.name_in(book)));
        }
        Ok(names)
    }

    pub(super) fn log(&mut self) -> Result<(), Error> {
        self.each(&LOG, |check, (invoice, seq), line| check.sealed(Sort::Line, &format!("{invoice}:{seq}"), &line))
    }

    pub(super) fn facts(&mut self) -> Result<(), Error> {
        self.each(&ATTEMPTS, |check, _, attempt| check.attempt(&attempt))?;
        self.each(&REVIEWS, |check, _, review| check.review(&review))?;
        self.each(&OUTBOX, |check, _, letter| check.expect(letter_rows(&letter)?))?;
        self.each(&INBOX, |check, _, event| {
            check.expect(event_rows(&event)?)?;
            check.event_is_shown(&event)
        })?;
        self.each(&META, |_, _, _| Ok(()))?;
        if self.reader.appliance().is_err() {
            self.proof.problem(format!("{} does not say whose data this is", META.name));
        }
        self.each(&LOST_NUMBERS, |check, number, _| {
            check.proof.lost_numbers.push(number);
            Ok(())
        })?;
        match self.numbers_unknown() {
            // What cannot be read is named where it is.
            Err(error) if error.is_damage() => {}
            Err(Error::Unreadable { .. }) => {}
            unknown => self.proof.numbers_unknown = unknown?,
        }
        self.each(&SETTINGS, |_, _, _| Ok(()))?;
        self.each(&SECRETS, |_, _, _| Ok(()))?;
        self.each(&OWNERS, |_, _, _| Ok(()))?;
        self.each(&CUSTOMERS, |_, _, _| Ok(()))?;
        self.each(&RUNS, |_, _, _| Ok(()))?;
        self.each(&BACKUPS, |_, _, _| Ok(()))?;
        self.each(&HOME, |_, _, _| Ok(()))?;
        self.each(&SESSIONS, |_, _, _| Ok(()))?;
        self.each(&API_TOKENS, |_, _, _| Ok(()))?;
        self.each(&REMEMBERED, |_, _, _| Ok(()))?;
        self.each(&ENDPOINTS, |_, _, _| Ok(()))?;
        self.each(&OBSERVED, |_, _, _| Ok(()))?;
        self.each(&OLD_HOST, |_, _, _| Ok(()))?;
        self.each(&CERTIFICATES, |_, _, _| Ok(()))?;
        self.each(&PURSUITS, |_, _, _| Ok(()))?;
        self.each(&MARKS, |_, _, _| Ok(()))?;
        self.each(&COUNTERS, |_, _, _| Ok(()))
    }

    fn attempt(&mut self, attempt: &Attempt) -> Result<(), Error> {
        let who = format!("attempt {}", attempt.id);
        self.expect(attempt_rows(attempt)?)?;
        self.refers(&who, &INVOICES, &attempt.invoice)?;
        self.attempt_chain(attempt)?;
        match &attempt.state {
            State::Paid { payment } => self.refers(&who, &PAYMENTS, payment),
            _ => Ok(()),
        }
    }

    fn review(&mut self, review: &Review) -> Result<(), Error> {
        let who = format!("review {}", review.id);
        self.expect(review_rows(review)?)?;
        if let Some(invoice) = &review.invoice {
            self.refers(&who, &INVOICES, invoice)?;
        }
        if let Some(payment) = &review.payment {
            self.refers(&who, &PAYMENTS, payment)?;
        }
        for (n, undone) in review.undone.iter().enumerate() {
            let name = review.name_of_decision(n + 1);
            self.sealed(Sort::Resolution, &name, &undone.decision)?;
            self.sealed(Sort::Undone, &name, undone)?;
        }
        match &review.resolved {
            Some(resolution) => self.sealed(Sort::Resolution, &review.name_of_decision(review.decisions()), resolution),
            None => Ok(()),
        }
    }
}

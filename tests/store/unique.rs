//! What must be once is refused twice, and the refusal stores nothing: the last line behind what actions check first.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use quittance::actions::checkout::{self, Created};
use quittance::actions::{Refusal, drafts, link, void};
use quittance::billing::bookings;
use quittance::billing::id::InvoiceId;
use quittance::billing::invoice::{Document, Invoice};
use quittance::billing::letter::{Delivery, Letter, Matter};
use quittance::store::{Error, Writer};

use super::business::{Business, content, open_checkout, owner, pay_by_card};
use super::disk::Disk;

/// Makes the change, sees it refused as a defect, and that not a byte of it was stored.
fn refused(business: &Business, change: impl Fn(&mut Writer<'_>) -> Result<(), Error> + Send + 'static) -> String {
    let before = business.read(|r| r.journal_head());
    let error = business.write(change).unwrap_err();
    assert!(matches!(error, Error::Unsound(_)), "{error}");
    assert_eq!(business.read(|r| r.journal_head()), before);
    business.assert_whole();
    error.to_string()
}

fn business() -> (Business, Invoice) {
    let business = Business::new();
    let ada = business.customer("Ada");
    let invoice = business.invoice(ada, 11_900);
    (business, invoice)
}

#[test]
fn a_fact_is_booked_once() {
    let (business, invoice) = business();
    let words = refused(&business, move |w| w.book(&bookings::issue(&invoice)?));
    assert!(words.ends_with("is booked already"), "{words}");
}

#[test]
fn money_of_one_payment_intent_is_booked_once() {
    let (business, invoice) = business();
    let id = invoice.id;
    business.write(move |w| pay_by_card(w, id, 11_900, "pi_1")).unwrap();
    let words = refused(&business, move |w| pay_by_card(w, id, 11_900, "pi_1").map(drop));
    assert!(words.ends_with("is stored already"), "{words}");
    assert_eq!(business.read(|r| r.payments_of_invoice(id)).len(), 1);
}

#[test]
fn an_invoice_has_one_live_attempt() {
    let (business, invoice) = business();
    let id = invoice.id;
    let first = business.write(move |w| open_checkout(w, &invoice, "cs_1")).unwrap();
    let words = refused(&business, move |w| {
        let second = quittance::billing::attempt::Attempt { id: w.id()?, session: None, ..first.clone() };
        w.put_attempt(&second)
    });
    assert!(words.ends_with("would have two live attempts"), "{words}");
    assert_eq!(business.read(|r| r.attempts_of_invoice(id, 10)).len(), 1);
}

#[test]
fn a_session_belongs_to_one_attempt() {
    let (business, one) = business();
    let other = business.invoice(one.content.customer, 500);
    business.write(move |w| open_checkout(w, &one, "cs_1")).unwrap();
    refused(&business, move |w| match open_checkout(w, &other, "cs_1") {
        Err(Refusal::Store(error)) => Err(error),
        other => panic!("{other:?}"),
    });
}

#[test]
fn a_number_belongs_to_one_invoice() {
    let (business, one) = business();
    let number = one.number.clone();
    let words = refused(&business, move |w| {
        w.put_document(&Document::Issued(Box::new(Invoice { id: w.id()?, ..one.clone() })))
    });
    assert_eq!(words, "invoice_by_number.1 would hold two records under one key");
    assert!(business.read(|r| r.invoice_by_number(&number)).is_some());
}

#[test]
fn a_matter_is_written_about_once() {
    let (business, invoice) = business();
    let letter = move |w: &Writer<'_>| {
        Ok::<_, Error>(Letter {
            id: w.id()?,
            subject_matter: Matter::Invoice { invoice: invoice.id, ordinal: 1 },
            to: vec!["ada@example.com".into()],
            cc: Vec::new(),
            taken: Vec::new(),
            queued_at: w.now(),
            not_before: w.now(),
            state: Delivery::Queued,
            attempts: 0,
            last_words: None,
            subject: String::new(),
        })
    };
    business.write(move |w| w.put_letter(&letter(w)?)).unwrap();
    refused(&business, move |w| w.put_letter(&letter(w)?));
}

#[test]
fn what_an_issued_invoice_says_cannot_be_changed_by_any_code() {
    let (business, invoice) = business();
    let dearer =
        Invoice { totals: quittance::billing::line::Totals { total: 1, ..invoice.totals.clone() }, ..invoice.clone() };
    let words = refused(&business, move |w| w.put_document(&Document::Issued(Box::new(dearer.clone()))));
    assert_eq!(words, format!("the issued invoice {} would be changed", invoice.id));
    let content = content(invoice.content.customer, 5);
    refused(&business, move |w| {
        let draft = drafts::create(w, content.clone()).map_err(|_| Error::Closed)?;
        w.put_document(&Document::Draft(Box::new(quittance::billing::invoice::Draft { id: invoice.id, ..draft })))
    });
}

#[test]
fn a_decided_case_cannot_be_changed_by_any_code() {
    let (business, invoice) = business();
    business.pay(invoice.id, 20_000);
    let case = business.read(|r| r.reviews_of_invoice(invoice.id)).remove(0);
    let id = case.id;
    let action = case.actions[0];
    business.write(move |w| quittance::actions::resolve_review::resolve(w, id, action, "", None, &owner())).unwrap();
    refused(&business, move |w| w.put_review(&case));
}

#[test]
fn an_old_link_and_a_rolled_back_one_open_nothing() {
    let (business, invoice) = business();
    let id: InvoiceId = invoice.id;
    let old = invoice.link.token().to_owned();
    let new = business.write(move |w| link::rotate(w, id)).unwrap().link.token().to_owned();
    assert_eq!(business.read(|r| r.invoice_by_link(&old)), None);
    assert_eq!(business.read(|r| r.invoice_by_link(&new)).map(|invoice| invoice.id), Some(id));
    let lost = business
        .write(move |w| {
            let rotated = link::rotate(w, id)?;
            Err::<(), _>(Refusal::conflict(rotated.link.token()))
        })
        .unwrap_err()
        .to_string();
    assert_eq!(business.read(|r| r.invoice_by_link(&lost)), None);
    assert!(business.read(|r| r.invoice_by_link(&new)).is_some());
}

#[test]
fn an_attempt_that_moved_on_is_not_moved_back() {
    let (business, invoice) = business();
    let id = invoice.id;
    let attempt = business.write(move |w| open_checkout(w, &invoice, "cs_1")).unwrap();
    let again = Created::Refused { reason: "late answer".into() };
    let moved = business.write(move |w| checkout::created(w, attempt.id, &again)).unwrap();
    assert_eq!(moved, None);
    assert!(business.read(|r| r.live_attempt(id)).is_some());
    assert!(matches!(business.write(move |w| void::void(w, id, "", &owner())), Err(Refusal::Unavailable(_))));
}

#[test]
fn a_commit_that_fails_tells_every_caller_of_the_batch() {
    let disk = Disk::default();
    let business = Business::on(&disk, super::business::NEVER).unwrap();
    disk.fail(super::disk::Fault::WritesFrom(1));
    let error = business.write(|w| w.add_to_counter("sum", 1)).unwrap_err();
    assert!(matches!(error, Error::InDoubt(_)), "{error}");
    let error = business.write(|w| w.add_to_counter("sum", 1)).unwrap_err();
    assert!(matches!(error, Error::ReadOnly(_)), "it was not even tried: {error}");
}

//! What is owed by mail: once, taken back for good, and with an outcome that only moves forward.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::SignedDuration;
use quittance::actions::mailings::{self, Outcome, note_outcome, retry, send_invoice, withdraw};
use quittance::billing::letter::Delivery;
use quittance::billing::log::Happening;

use super::business::{Business, owner};

fn accepted() -> Outcome {
    Outcome::Accepted { reply: "250 OK".into() }
}

fn later(business: &Business) -> Outcome {
    Outcome::Later { at: business.read(|r| r.next_letter_at()).unwrap_or_default(), words: "try later".into() }
}

fn sent_invoice() -> (Business, quittance::billing::letter::Letter) {
    let business = Business::new();
    let ada = business.customer("Ada");
    let invoice = business.invoice(ada, 500);
    let letter = business.write(move |w| send_invoice(w, invoice.id, SignedDuration::ZERO, &owner())).unwrap();
    (business, letter)
}

#[test]
fn a_mail_that_was_taken_back_is_not_tried_again() {
    let (business, letter) = sent_invoice();
    let outcome = later(&business);
    business.write(move |w| withdraw(w, letter.id)).unwrap();
    // The worker had it in hand already, and comes back with bad news.
    business.write(move |w| note_outcome(w, letter.id, "Invoice", &outcome)).unwrap();
    let stored = business.read(|r| r.letter(letter.id)).unwrap();
    assert!(matches!(stored.state, Delivery::Withdrawn { .. }), "{:?}", stored.state);
    assert_eq!(business.read(|r| r.count_waiting_letters()), 0);
    business.assert_whole();
}

#[test]
fn a_mail_that_left_all_the_same_is_shown_as_sent() {
    let (business, letter) = sent_invoice();
    business.write(move |w| withdraw(w, letter.id)).unwrap();
    business.write(move |w| note_outcome(w, letter.id, "Invoice", &accepted())).unwrap();
    assert!(matches!(business.read(|r| r.letter(letter.id)).unwrap().state, Delivery::Sent { .. }));
}

/// Taken for Ada, and not yet for `others`.
fn partly(business: &Business, again: bool) -> Outcome {
    let next = again.then(|| business.read(|r| r.next_letter_at()).unwrap_or_default());
    Outcome::Partly {
        taken: vec!["ada@example.com".into()],
        next,
        reply: "250 OK; no copy to books@example.com".into(),
    }
}

fn told(business: &Business, letter: &quittance::billing::letter::Letter) -> Vec<String> {
    let log = business.read(|r| r.log(mailings::invoice_of(&r, &letter.subject_matter)?.unwrap(), 0, 100));
    let about_mail = |kind| matches!(kind, Happening::MailSent | Happening::MailFailed);
    log.into_iter().filter(|line| about_mail(line.kind)).filter_map(|line| line.detail).collect()
}

/// The same with a copy, at addresses that the mail server writes otherwise.
fn sent_with_copy() -> (Business, quittance::billing::letter::Letter) {
    let (business, letter) = sent_invoice();
    let letter = quittance::billing::letter::Letter {
        to: vec!["Ada@example.com".into()],
        cc: vec!["books@bücher.example".into()],
        ..letter
    };
    let stored = letter.clone();
    business.write(move |w| w.put_letter(&stored)).unwrap();
    (business, letter)
}

#[test]
fn a_mail_that_was_taken_back_while_it_left_for_some_is_tried_for_nobody_else() {
    let (business, letter) = sent_with_copy();
    let outcome = partly(&business, true);
    business.write(move |w| withdraw(w, letter.id)).unwrap();
    business.write(move |w| note_outcome(w, letter.id, "Invoice", &outcome)).unwrap();
    let stored = business.read(|r| r.letter(letter.id)).unwrap();
    assert!(matches!(stored.state, Delivery::Sent { .. }), "{:?}", stored.state);
    assert_eq!(business.read(|r| Ok((r.count_waiting_letters()?, r.count_failed_letters()?))), (0, 0));
    let told = told(&business, &letter);
    assert!(told[1].ends_with("to ada@example.com") && told[2].starts_with("Not sent to books@"), "{told:?}");
    business.assert_whole();
}

#[test]
fn whom_a_mail_has_not_reached_is_named_and_can_be_given_another_address() {
    let (business, letter) = sent_with_copy();
    let outcome = partly(&business, false);
    business.write(move |w| note_outcome(w, letter.id, "Invoice", &outcome)).unwrap();
    let stored = business.read(|r| r.letter(letter.id)).unwrap();
    assert!(matches!(stored.state, Delivery::Failed { .. }), "{:?}", stored.state);
    assert_eq!(stored.owed(), ["books@bücher.example"], "Ada has it, however her address is written");
    let told = told(&business, &letter);
    assert!(!told[0].contains("follow") && told[1].starts_with("Not sent to books@"), "{told:?}");
    let again = business.write(move |w| retry(w, letter.id, Some("desk@example.com"))).unwrap();
    assert_eq!((again.to, again.cc), (vec!["Ada@example.com".to_owned()], vec!["desk@example.com".to_owned()]));
    let back = business.write(move |w| withdraw(w, letter.id)).unwrap();
    assert!(matches!(back.state, Delivery::Sent { .. }), "{:?}", back.state);
}

#[test]
fn a_mail_that_was_sent_stays_sent() {
    let (business, letter) = sent_invoice();
    let outcome = later(&business);
    // The first commit was in doubt and had succeeded.
    for outcome in [accepted(), accepted(), outcome, Outcome::Failed { words: "no".into() }] {
        business.write(move |w| note_outcome(w, letter.id, "Invoice", &outcome)).unwrap();
    }
    let log = business.read(|r| r.log(mailings::invoice_of(&r, &letter.subject_matter)?.unwrap(), 0, 100));
    let told = log.iter().filter(|line| matches!(line.kind, Happening::MailSent | Happening::MailFailed));
    assert_eq!(told.count(), 1, "{log:?}");
    assert!(matches!(business.read(|r| r.letter(letter.id)).unwrap().state, Delivery::Sent { .. }));
    business.write(move |w| withdraw(w, letter.id)).unwrap_err();
    business.write(move |w| retry(w, letter.id, None)).unwrap_err();
    assert_eq!(business.read(|r| Ok((r.count_waiting_letters()?, r.count_failed_letters()?))), (0, 0));
}

#[test]
fn a_mail_that_failed_can_be_sent_to_another_address() {
    let (business, letter) = sent_invoice();
    business
        .write(move |w| note_outcome(w, letter.id, "Invoice", &Outcome::Failed { words: "no such box".into() }))
        .unwrap();
    assert_eq!(business.read(|r| r.count_failed_letters()), 1);
    let again = business.write(move |w| mailings::retry(w, letter.id, Some("new@example.com"))).unwrap();
    assert_eq!((again.to, again.attempts), (vec!["new@example.com".to_owned()], 0));
    assert_eq!(business.read(|r| r.count_failed_letters()), 0);
    assert_eq!(business.read(|r| r.count_waiting_letters()), 1);
    business.assert_whole();
}

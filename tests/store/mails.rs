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

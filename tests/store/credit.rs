//! Credit notes and customers' credit, in the books.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use quittance::actions::refund::{Of, Wanted, request};
use quittance::actions::{Refusal, apply_credit, resolve_review, take_back, void, write_off};
use quittance::billing::bookings;
use quittance::billing::credit_note::Settle;
use quittance::billing::credit_note::plan::What;
use quittance::billing::currency::Currency;
use quittance::billing::id::InvoiceId;
use quittance::billing::ledger::{Account, Book};
use quittance::billing::refund::{Accepted, Refund, Share, State, Way};
use quittance::billing::review::Action;
use quittance::billing::standing::Status;
use quittance::store::Writer;

use super::broken::rewrite;
use super::business::{Business, credit, open_case, open_checkout, owner, pay_by_card};

fn credited(
    business: &Business,
    invoice: InvoiceId,
    what: What,
    settle: Settle,
) -> Result<quittance::billing::credit_note::CreditNote, Refusal> {
    business.write(move |w| credit(w, invoice, what.clone(), settle))
}

fn uses(business: &Business, invoice: InvoiceId, amount: i64) -> Result<(), Refusal> {
    business.write(move |w| apply_credit::apply(w, invoice, amount, &owner()).map(drop))
}

/// Due, credited and paid.
fn stands(business: &Business, invoice: InvoiceId) -> (i64, i64, i64) {
    let standing = business.summary(invoice).standing;
    (standing.due(), standing.credited, standing.paid)
}

/// A stored note changed by hand: its reason, what it reduced, what it took over, its total, its number.
#[test]
fn a_note_that_was_changed_by_hand_is_named_by_verify() {
    let folder = tempfile::tempdir().unwrap();
    let business = Business::in_folder(folder.path());
    let ada = business.customer("Ada");
    let invoice = business.invoice(ada, 10_000);
    business.pay(invoice.id, 7_000);
    credited(&business, invoice.id, What::Amount(4_000), Settle::CustomerCredit).unwrap();
    drop(business);
    let path = folder.path().join("quittance.redb");
    let whole = std::fs::read(&path).unwrap();
    for (from, to, says) in [
        ("\"reason\":\"Returned\"", "\"reason\":\"Sorry\"", ""),
        ("\"applied\":3000", "\"applied\":2000", "credit note CN-2026-0001 is not booked as it is"),
        ("\"applied\":3000", "\"applied\":3000,\"taken_over\":500", "credit note CN-2026-0001 is not booked as it is"),
        ("\"total\":4000", "\"total\":400000", "has 400000 credited of 10000"),
        ("CN-2026-0001", "CN-2026-0009", ""),
    ] {
        std::fs::write(&path, &whole).unwrap();
        rewrite(&path, "credit_notes.1", from, to);
        let said = Business::in_folder(folder.path()).prove().problems.join("\n");
        let sealed =
            said.lines().any(|line| line.starts_with("credit_note crn_") && line.ends_with("the journal sealed"));
        assert!(sealed && said.contains(says), "{from}: {said}");
    }
}

/// A refund that is booked against sales while a note still owes that money.
#[test]
fn a_sale_that_is_taken_back_twice_is_named_by_verify() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let invoice = business.invoice(ada, 10_000).id;
    let payment = business.write(move |w| pay_by_card(w, invoice, 10_000, "pi_1")).unwrap();
    credited(&business, invoice, What::Amount(4_000), Settle::CustomerCredit).unwrap();
    business.assert_whole();
    let wrong = move |w: &mut Writer<'_>| {
        let of = Of::Invoice(invoice);
        let wanted = Wanted { of, amount: 4_000, reason: None, credit_note: None, through: None, nonce: None };
        let asked = request(w, &wanted, &owner(), |_, _, _| {
            Ok(Way::Stripe { account: "account".into(), payment_intent: "pi_1".into(), request: None })
        });
        let asked = asked?.refunds.remove(0);
        let shares = vec![Share { invoice, amount: 4_000 }];
        let accepted = Accepted { at: w.now(), from_credit: 0, from_notes: Vec::new(), from_fee: 0, shares };
        let made = Refund {
            state: State::Succeeded,
            stripe_refund: Some("re_1".into()),
            accepted: Some(accepted.clone()),
            next_look: None,
            ..asked
        };
        w.book(&bookings::refund(&made, &payment, &accepted)?)?;
        Ok::<_, Refusal>(w.put_refund(&made)?)
    };
    business.write(wrong).unwrap();
    let said = business.prove().problems;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("has 4000 refunded from sales while its credit notes still owe 4000"), "{said:?}");
}

#[test]
fn what_is_due_is_reduced_first_and_the_rest_is_the_customers() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let invoice = business.invoice(ada, 10_000);
    business.pay(invoice.id, 7_000);
    let refused = credited(&business, invoice.id, What::Amount(4_000), Settle::Invoice).unwrap_err().to_string();
    assert!(refused.contains("Only 30.00 EUR is due on invoice 2026-0001"), "{refused}");

    let note = credited(&business, invoice.id, What::Amount(4_000), Settle::CustomerCredit).unwrap();
    assert_eq!((note.number.as_str(), note.applied, note.rest().minor()), ("CN-2026-0001", 3_000, 1_000));
    assert_eq!(stands(&business, invoice.id), (0, 4_000, 7_000));
    assert_eq!(business.summary(invoice.id).status, Status::Paid);
    let held = business.read(|r| r.balance(Book::Live, Currency::EUR, Account::NoteCredit(note.id)));
    assert_eq!(held, -1_000);

    let other = business.invoice(ada, 2_500);
    let refused = uses(&business, other.id, 1_001).unwrap_err().to_string();
    assert!(refused.contains("at most 10.00 EUR"), "{refused}");
    uses(&business, other.id, 400).unwrap();
    uses(&business, other.id, 600).unwrap();
    assert_eq!(stands(&business, other.id), (1_500, 0, 1_000));
    assert!(uses(&business, other.id, 1).unwrap_err().to_string().contains("no credit"));
    business.assert_whole();
}

#[test]
fn credit_is_used_oldest_first_and_not_before_it_is_decided_on() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let overpaid = business.invoice(ada, 1_000);
    let payment = business.pay(overpaid.id, 1_300);
    let other = business.invoice(ada, 10_000);
    assert!(uses(&business, other.id, 100).unwrap_err().to_string().contains("no credit"), "a case is open");
    let case = business.read(|r| Ok(open_case(&r, overpaid.id))).unwrap();
    business
        .write(move |w| resolve_review::resolve(w, case.id, Action::KeepCredit, "", None, &owner()).map(drop))
        .unwrap();
    credited(&business, overpaid.id, What::Amount(500), Settle::CustomerCredit).unwrap();
    uses(&business, other.id, 400).unwrap();
    let left = business.read(|r| r.held_for(ada));
    assert_eq!(left.iter().map(|held| held.amount.minor()).collect::<Vec<_>>(), [400], "the payment's 3.00 went first");

    let take = move |w: &mut Writer<'_>| take_back::take_back(w, payment.id, "typed wrong", &owner()).map(drop);
    let refused = business.write(take).unwrap_err().to_string();
    assert!(refused.contains("its credit note counts on this money"), "{refused}");
    business.assert_whole();
}

#[test]
fn what_was_never_paid_cannot_have_paid_anything() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let overpaid = business.invoice(ada, 1_000);
    let payment = business.pay(overpaid.id, 1_300);
    let other = business.invoice(ada, 10_000);
    let case = business.read(|r| Ok(open_case(&r, overpaid.id))).unwrap();
    business
        .write(move |w| resolve_review::resolve(w, case.id, Action::KeepCredit, "", None, &owner()).map(drop))
        .unwrap();
    uses(&business, other.id, 300).unwrap();
    business.write(move |w| take_back::take_back(w, payment.id, "typed wrong", &owner()).map(drop)).unwrap();
    assert_eq!((stands(&business, overpaid.id), stands(&business, other.id)), ((1_000, 0, 0), (10_000, 0, 0)));
    business.assert_whole();
}

#[test]
fn an_invoice_that_is_credited_in_full_is_neither_owed_nor_voided() {
    let business = Business::new();
    let invoice = business.invoice(business.customer("Ada"), 10_000);
    credited(&business, invoice.id, What::Amount(2_500), Settle::Invoice).unwrap();
    let id = invoice.id;
    let refused = business.write(move |w| void::void(w, id, "", &owner()).map(drop)).unwrap_err().to_string();
    assert!(refused.contains("Credit the rest"), "{refused}");
    credited(&business, invoice.id, What::Rest, Settle::Invoice).unwrap();
    let summary = business.summary(invoice.id);
    assert_eq!((summary.status, summary.standing.is_only_credited()), (Status::Paid, true));
    let refused = credited(&business, invoice.id, What::Rest, Settle::Invoice).unwrap_err().to_string();
    assert!(refused.contains("has been credited already"), "{refused}");
    business.assert_whole();
}

#[test]
fn what_was_written_off_stays_so_as_far_as_it_is_not_credited() {
    let business = Business::new();
    let invoice = business.invoice(business.customer("Ada"), 10_000);
    let id = invoice.id;
    business.write(move |w| write_off::write_off(w, id).map(drop)).unwrap();
    credited(&business, id, What::Amount(4_000), Settle::Invoice).unwrap();
    let summary = business.summary(id);
    assert_eq!((summary.status, summary.standing.written_off), (Status::Uncollectible, 6_000));
    credited(&business, id, What::Rest, Settle::Invoice).unwrap();
    assert_eq!(business.summary(id).status, Status::Paid);
    business.assert_whole();
}

#[test]
fn nothing_is_credited_while_a_checkout_is_open() {
    let business = Business::new();
    let invoice = business.invoice(business.customer("Ada"), 10_000);
    let opened = invoice.clone();
    business.write(move |w| open_checkout(w, &opened, "cs_1").map(drop)).unwrap();
    let refused = credited(&business, invoice.id, What::Rest, Settle::Invoice).unwrap_err();
    assert!(matches!(refused, Refusal::Unavailable(_)), "{refused}");
    assert!(business.read(|r| r.credit_notes(None, 10)).is_empty());
}

#[test]
fn numbers_of_credit_notes_have_no_gap_and_are_no_invoices() {
    let business = Business::new();
    let invoice = business.invoice(business.customer("Ada"), 10_000);
    let mut numbers = Vec::new();
    for _ in 0..3 {
        assert!(credited(&business, invoice.id, What::Amount(99_999), Settle::Invoice).is_err());
        numbers.push(credited(&business, invoice.id, What::Amount(1_000), Settle::Invoice).unwrap().number);
    }
    assert_eq!(numbers, ["CN-2026-0001", "CN-2026-0002", "CN-2026-0003"]);
    assert_eq!(business.invoice(invoice.content.customer, 100).number, "2026-0002");
}

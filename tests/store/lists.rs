//! What lists show follows every action at once, and pages neither skip nor repeat.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::civil::date;
use quittance::actions::resolve_review::resolve;
use quittance::actions::{customers, drafts, issue, void, write_off};
use quittance::billing::id::{CustomerId, InvoiceId};
use quittance::billing::ledger::{Account, Book};
use quittance::billing::log::Happening;
use quittance::billing::review::{Action, Reason};
use quittance::billing::standing::Status;
use quittance::store::invoices::Filter;

use super::business::{Business, content, invoice, open_case, open_checkout, owner, party, pay, pay_by_card};

/// Status, what is due, what was paid, what is held as credit.
type Shown = (Status, i64, i64, i64);

fn shown(business: &Business, id: InvoiceId) -> Shown {
    business.assert_whole();
    let summary = business.summary(id);
    let listed =
        business.read(|r| r.invoices(&Filter { status: Some(summary.status), ..Filter::default() }, None, 100));
    assert!(listed.iter().any(|(listed, _)| *listed == id), "{:?} does not list it", summary.status);
    let standing = summary.standing;
    (summary.status, standing.due(), standing.paid, standing.credit)
}

#[test]
fn a_summary_follows_every_action() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let draft = business.write(move |w| drafts::create(w, content(ada, 10_000))).unwrap();
    let id = draft.id;
    assert_eq!(shown(&business, id), (Status::Draft, 0, 0, 0));
    let issued = business.write(move |w| issue::issue(w, id, Book::Live, &owner())).unwrap();
    assert_eq!((shown(&business, id), issued.number.as_str()), ((Status::Open, 10_000, 0, 0), "2026-0001"));
    business.pay(id, 4_000);
    assert_eq!(shown(&business, id), (Status::Open, 6_000, 4_000, 0));
    business.write(move |w| write_off::write_off(w, id)).unwrap();
    assert_eq!(shown(&business, id), (Status::Uncollectible, 6_000, 4_000, 0));
    business.write(move |w| write_off::reopen(w, id)).unwrap();
    assert_eq!(shown(&business, id), (Status::Open, 6_000, 4_000, 0));
    business.write(move |w| write_off::write_off(w, id)).unwrap();
    // Money for what was given up asks for it again, all of it.
    business.pay(id, 1_000);
    assert_eq!(shown(&business, id), (Status::Open, 5_000, 5_000, 0));
    business.pay(id, 7_000);
    assert_eq!(shown(&business, id), (Status::Paid, 0, 10_000, 2_000));
    assert!(business.summary(id).standing.paid_at.is_some() && business.summary(id).standing.needs_review);
}

#[test]
fn voiding_takes_the_debt_back_and_keeps_late_money_as_credit() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let id = business.invoice(ada, 10_000).id;
    business.write(move |w| write_off::write_off(w, id)).unwrap();
    business.write(move |w| void::void(w, id, "wrong customer", &owner())).unwrap();
    assert_eq!(shown(&business, id), (Status::Void, 0, 0, 0));
    business.write(move |w| pay_by_card(w, id, 10_000, "pi_late")).unwrap();
    assert_eq!(shown(&business, id), (Status::Void, 0, 0, 10_000));
    let case = business.read(|r| Ok(open_case(&r, id))).unwrap();
    assert_eq!(case.reason, Reason::PaidAfterVoid);
    for account in [Account::Sales, Account::Tax, Account::Receivable(id), Account::WrittenOff(id)] {
        assert_eq!(business.read(|r| r.balance(Book::Live, content(ada, 1).currency, account)), 0, "{account}");
    }
}

#[test]
fn credit_that_goes_to_another_invoice_leaves_the_first() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let (first, second) = (business.invoice(ada, 1_000).id, business.invoice(ada, 2_500).id);
    business.pay(first, 3_000);
    assert_eq!(shown(&business, first), (Status::Paid, 0, 1_000, 2_000));
    let case = business.read(|r| Ok(open_case(&r, first))).unwrap();
    business.write(move |w| resolve(w, case.id, Action::Link, "agreed by phone", Some(second), &owner())).unwrap();
    assert_eq!(shown(&business, first), (Status::Paid, 0, 1_000, 0));
    assert_eq!(shown(&business, second), (Status::Open, 500, 2_000, 0));
    assert!(!business.summary(first).standing.needs_review);
}

#[test]
fn a_credit_is_applied_only_as_far_as_there_is_one() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let (first, second) = (business.invoice(ada, 1_000).id, business.invoice(ada, 2_500).id);
    business.pay(first, 1_000);
    business.pay(first, 700);
    let case = business.read(|r| Ok(open_case(&r, first))).unwrap();
    assert_eq!(case.reason, Reason::DuplicatePayment);
    let id = case.id;
    business.write(move |w| resolve(w, id, Action::Link, "", Some(first), &owner())).unwrap_err();
    business.write(move |w| resolve(w, id, Action::Link, "", Some(second), &owner())).unwrap();
    business.write(move |w| resolve(w, id, Action::Link, "", Some(second), &owner())).unwrap_err();
    assert_eq!(shown(&business, second), (Status::Open, 1_800, 700, 0));
}

#[test]
fn an_invoice_over_nothing_is_paid_when_it_is_issued() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let id = business.invoice(ada, 0).id;
    assert_eq!(shown(&business, id), (Status::Paid, 0, 0, 0));
    business.write(move |w| void::void(w, id, "", &owner())).unwrap();
    assert_eq!(shown(&business, id), (Status::Void, 0, 0, 0));
    assert_eq!(business.summary(id).standing.paid_at, None);
}

#[test]
fn the_log_tells_it_in_order() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let issued = business.invoice(ada, 10_000);
    let id = issued.id;
    business.write(move |w| open_checkout(w, &issued, "cs_1")).unwrap();
    business.write(move |w| pay_by_card(w, id, 10_000, "pi_1")).unwrap();
    let log = business.read(|r| r.log(id, 0, 100));
    let kinds: Vec<_> = log.iter().map(|line| line.kind).collect();
    let told = [Happening::Issued, Happening::CheckoutStarted, Happening::PaymentSucceeded, Happening::MailQueued];
    assert_eq!(kinds, told);
    assert_eq!(log.iter().map(|line| line.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(business.read(|r| r.log(id, 2, 1)).len(), 2, "one more than asked for says that there are more");
}

#[test]
fn a_draft_can_be_thrown_away_and_takes_no_number() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let draft = business.write(move |w| drafts::create(w, content(ada, 10_000))).unwrap();
    let id = draft.id;
    business.write(move |w| drafts::delete(w, id)).unwrap();
    assert_eq!(business.read(|r| Ok((r.document(id)?, r.summary(id)?))), (None, None));
    assert_eq!(business.read(|r| r.invoices(&Filter::default(), None, 10)).len(), 0);
    assert_eq!(business.invoice(ada, 500).number, "2026-0001");
    business.assert_whole();
}

#[test]
fn lines_have_ids_and_texts_that_can_be_printed() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let mut three = content(ada, 500);
    three.lines = vec![three.lines[0].clone(), three.lines[0].clone(), three.lines[0].clone()];
    three.lines[1].id = "7".into();
    let draft = business.write(move |w| drafts::create(w, three.clone())).unwrap();
    let ids: Vec<_> = draft.content.lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(ids, ["8", "7", "9"]);
    let mut silent = content(ada, 500);
    silent.lines[0].description = " ".into();
    silent.reference = "two\nlines".into();
    let refusal = business.write(move |w| drafts::create(w, silent.clone())).unwrap_err().to_string();
    assert!(refusal.contains("lines[0].description") && refusal.contains("reference"), "{refusal}");
}

#[test]
fn drafts_show_a_customers_new_name_and_invoices_keep_the_old_one() {
    let business = Business::new();
    let ada = business.customer("Ada");
    let issued = business.invoice(ada, 500).id;
    let draft = business.write(move |w| drafts::create(w, content(ada, 500))).unwrap().id;
    business.write(move |w| customers::update(w, ada, party("Countess Lovelace"))).unwrap();
    assert_eq!(business.summary(issued).customer_name, "Ada");
    assert_eq!(business.summary(draft).customer_name, "Countess Lovelace");
    business.assert_whole();
}

/// Thirty invoices of three customers: every third paid, every fifth void, the rest open; and three drafts.
fn thirty() -> (Business, Vec<CustomerId>, Vec<InvoiceId>) {
    let business = Business::new();
    let people = ["Ada Lovelace", "Grace Hopper", "Emmy Noether"].map(|name| business.customer(name)).to_vec();
    let customers = people.clone();
    let ids = business
        .write(move |w| {
            let mut ids = Vec::new();
            for n in 0..30_i64 {
                let customer = customers[usize::try_from(n % 3).unwrap()];
                let issued = invoice(w, customer, 10_000 + n)?;
                ids.push(issued.id);
                if n % 3 == 0 {
                    pay(w, issued.id, 10_000 + n)?;
                } else if n % 5 == 0 {
                    void::void(w, issued.id, "", &owner())?;
                }
            }
            for customer in &customers {
                ids.push(drafts::create(w, content(*customer, 7))?.id);
            }
            Ok::<_, quittance::actions::Refusal>(ids)
        })
        .unwrap();
    (business, people, ids)
}

#[test]
fn pages_neither_skip_nor_repeat() {
    let (business, people, ids) = thirty();
    let filters = [
        Filter::default(),
        Filter { status: Some(Status::Paid), ..Filter::default() },
        Filter { status: Some(Status::Open), ..Filter::default() },
        Filter { customer: Some(people[1]), ..Filter::default() },
        Filter { customer: Some(people[1]), status: Some(Status::Open), ..Filter::default() },
        Filter { words: vec!["grace".into()], ..Filter::default() },
        Filter { due_before: Some(date(2027, 1, 1)), ..Filter::default() },
    ];
    for filter in &filters {
        let all: Vec<_> = business.read(|r| r.invoices(filter, None, 1000));
        assert!(!all.is_empty() && all.is_sorted_by(|a, b| a.0 > b.0), "newest first: {filter:?}");
        for limit in [1, 2, 7, all.len()] {
            let mut paged = Vec::new();
            loop {
                let after = paged.last().map(|(id, _)| *id);
                let page = business.read(|r| r.invoices(filter, after, limit));
                let goes_on = page.len() > limit;
                paged.extend(page.into_iter().take(limit));
                if !goes_on {
                    break;
                }
            }
            assert_eq!(paged, all, "{filter:?} by {limit}");
        }
    }
    assert_eq!(business.read(|r| r.invoices(&Filter::default(), None, 1000)).len(), ids.len());
}

#[test]
fn a_filter_shows_what_it_says_and_nothing_else() {
    let (business, people, _) = thirty();
    let count = |filter: Filter| business.read(|r| r.invoices(&filter, None, 1000)).len();
    let status = |status| Filter { status: Some(status), ..Filter::default() };
    assert_eq!(count(status(Status::Paid)), 10);
    assert_eq!(count(status(Status::Void)), 4);
    assert_eq!(count(status(Status::Open)), 16);
    assert_eq!(count(status(Status::Draft)), 3);
    assert_eq!(count(Filter { customer: Some(people[0]), ..Filter::default() }), 11);
    assert_eq!(count(Filter { customer: Some(people[0]), ..status(Status::Paid) }), 10);
    // Overdue are only open ones, whatever else was due before that day.
    let overdue = Filter { due_before: Some(date(2026, 12, 7)), ..Filter::default() };
    assert_eq!(count(overdue.clone()), 16);
    assert_eq!(count(Filter { status: Some(Status::Paid), ..overdue.clone() }), 0);
    assert_eq!(count(Filter { customer: Some(people[0]), ..overdue }), 0);
    assert_eq!(
        count(Filter { due_before: Some(date(2026, 12, 6)), ..Filter::default() }),
        0,
        "due on that day is not before"
    );
    assert_eq!(count(Filter { needs_review: true, ..Filter::default() }), 0);
    for (status, listed) in [(Status::Open, 16), (Status::Paid, 10), (Status::Draft, 3), (Status::Uncollectible, 0)] {
        assert_eq!(business.read(|r| r.count_by_status(status)), listed);
    }
    assert_eq!(business.read(|r| r.count_overdue(date(2026, 12, 7))), 16);
    assert_eq!(business.read(|r| r.overdue(date(2026, 12, 7), 5)).len(), 5);
}

#[test]
fn words_are_looked_for_where_a_person_would() {
    let (business, _, _) = thirty();
    let count = |words: &[&str]| {
        let words = words.iter().map(ToString::to_string).collect();
        business.read(|r| r.invoices(&Filter { words, ..Filter::default() }, None, 1000)).len()
    };
    for (words, found) in [
        (&["lovelace"][..], 11),
        (&["love", "ada"], 11),
        (&["lovelace", "hopper"], 0),
        (&["2026-0007"], 1),
        (&["2026-00"], 30),
        (&["po", "77"], 33),
        (&["100.07"], 1),
        (&["100,07"], 1),
        (&["100"], 1),
        (&["0.07"], 3),
        (&["2026-12-06"], 30),
        (&["nowhere"], 0),
    ] {
        assert_eq!(count(words), found, "{words:?}");
    }
}

#[test]
fn customers_are_found_by_name_and_address() {
    let (business, people, _) = thirty();
    let found = |words: &[&str], after, limit| {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        business.read(|r| r.customers(&words, after, limit)).into_iter().map(|customer| customer.id).collect::<Vec<_>>()
    };
    assert_eq!(found(&[], None, 10), [people[2], people[1], people[0]]);
    assert_eq!(found(&["hopper"], None, 10), [people[1]]);
    assert_eq!(found(&["example.com"], Some(people[2]), 1), [people[1], people[0]]);
    assert_eq!(found(&["hopper", "ada@"], None, 10), [people[1]]);
    assert_eq!(found(&["turing"], None, 10), []);
}

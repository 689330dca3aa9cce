//! A fee on top of an invoice: asked for apart, paid beside it, and invoiced by itself. 100 EUR and 19 % tax throughout,
//! 2.9 % and 0.30 EUR unless a test says otherwise: 119.00 and a fee of 3.89 with 0.74 tax.

use quittance::actions::resolve_review::{possible, resolve};
use quittance::actions::undo_review::undo;
use quittance::actions::{Actor, Refusal, customers, drafts, issue};
use quittance::billing::attempt::{Attempt, State};
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::fee_invoice::FeeInvoice;
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::ledger::{Account, Book};
use quittance::billing::line::Line;
use quittance::billing::money::Money;
use quittance::billing::party::{Address, Party};
use quittance::billing::passthrough::{Choice, Origin, Passthrough, Rate};
use quittance::billing::plan::{Instalment, Plan, Share};
use quittance::billing::quantity::{Percent, TaxRate, UnitPrice};
use quittance::billing::review::{Action, Reason};
use quittance::billing::settings::Settings;
use quittance::billing::standing::Status;
use quittance::demo::stripe::Card;
use serde_json::json;

use super::stage::{CUSTOMER, OWNER, Stage, session};

const PRINCIPAL: i64 = 11_900;
const NET: i64 = 389;
const TAX: i64 = 74;
const FEE: i64 = NET + TAX;

fn rate(percent: &str, fixed: i64) -> Choice {
    let fixed = Money::new(fixed, Currency::EUR).unwrap();
    Choice::Rate(Rate::new(Percent::parse(percent).unwrap(), Some(fixed)).unwrap())
}

/// The owner's choices from now on.
async fn choose(stage: &Stage, passthrough: Passthrough) {
    let change = move |settings| Settings { fee_passthrough: passthrough.clone(), ..settings };
    let write = stage.app.store.write(move |w| {
        let settings = change(w.settings()?);
        w.put_settings(&settings)
    });
    write.await.unwrap();
}

async fn with_fee() -> Stage {
    let stage = Stage::set().await;
    choose(&stage, Passthrough { usual: rate("2.9", 30), ..Passthrough::default() }).await;
    stage
}

/// An issued invoice for a customer in `country`.
async fn bill(stage: &Stage, country: &'static str, fee: Choice, plan: Plan) -> Invoice {
    let write = stage.app.store.write(move |w| {
        let line = Line {
            description: "Design".into(),
            unit_price: UnitPrice::parse("100").unwrap(),
            tax_rate: TaxRate::parse("19").unwrap(),
            ..Line::default()
        };
        let address = Address { country: country.into(), ..Address::default() };
        let anna = Party { name: "Anna Buyer".into(), email: CUSTOMER.into(), address, ..Party::default() };
        let content = Content {
            lines: vec![line],
            plan: plan.clone(),
            fee,
            ..Content::blank(customers::create(w, anna)?.id, Currency::EUR, Due::InDays(14))
        };
        let draft = drafts::create(w, content)?;
        issue::issue(w, draft.id, Book::Test, &Actor::owner(OWNER))
    });
    write.await.unwrap_or_else(|error: Refusal| panic!("{error}"))
}

async fn american(stage: &Stage) -> Invoice {
    bill(stage, "US", Choice::Inherit, Plan::AtOnce).await
}

fn asked(stage: &Stage, attempt: &Attempt) -> i64 {
    stage.stripe.session(session(attempt)).unwrap()["amount_total"].as_i64().unwrap()
}

fn documents(stage: &Stage, invoice: &Invoice) -> Vec<FeeInvoice> {
    stage.app.store.read(|r| r.fees_of_invoice(invoice.id)).unwrap()
}

#[tokio::test]
async fn a_fee_is_paid_beside_the_invoice_and_has_a_document_of_its_own() {
    let stage = with_fee().await;
    let invoice = american(&stage).await;
    let attempt = stage.start(&invoice).await;
    let fee = attempt.fee.clone().unwrap();
    assert_eq!((attempt.principal(), fee.net, fee.tax(), fee.origin), (PRINCIPAL, NET, TAX, Origin::Settings));
    assert_eq!((attempt.amount.minor(), asked(&stage, &attempt)), (PRINCIPAL + FEE, PRINCIPAL + FEE));
    assert!(attempt.body.contains("line_items%5B1%5D%5Bprice_data%5D%5Bunit_amount%5D=463"), "{}", attempt.body);
    assert!(attempt.body.contains("Payment%20fee"), "the payer sees it at Stripe");
    stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    stage.deliver().await;

    stage.assert_paid_once(&invoice);
    assert!(stage.reviews().is_empty(), "{:?}", stage.reviews());
    let payment = stage.payments(&invoice).remove(0);
    assert_eq!((payment.amount.minor(), payment.applied, payment.due_after), (PRINCIPAL + FEE, PRINCIPAL, 0));
    let [document] = &documents(&stage, &invoice)[..] else { panic!("one document") };
    assert_eq!((document.number.as_str(), document.payment, &document.fee), ("TEST-FEE-2026-0001", payment.id, &fee));
    assert_eq!((document.buyer.name.as_str(), document.ordinal), ("Anna Buyer", 1));
    assert_eq!(stage.balance(Account::FeesCharged), -NET);
    assert_eq!((stage.balance(Account::Sales), stage.balance(Account::Tax)), (-10_000, -1_900 - TAX));
    assert_eq!(stage.balance(Account::Receivable(invoice.id)), 0);
    assert_eq!((stage.balance(Account::Credit(payment.id)), stage.at_stripe()), (0, PRINCIPAL + FEE));
    assert_eq!(stage.invoice_now(&invoice).totals, invoice.totals, "the invoice is as it was issued");
    let before = stage.fingerprint();
    stage.deliver().await;
    stage.look(&attempt).await;
    assert_eq!(stage.fingerprint(), before, "told again, nothing is written");
    let run = stage.reconcile().await;
    assert!(run.differences.is_empty() && stage.reviews().is_empty(), "{:?}", run.differences);
}

#[tokio::test]
async fn a_fee_whose_number_is_not_known_gets_one_that_no_other_has() {
    let stage = with_fee().await;
    let invoice = american(&stage).await;
    stage.app.store.write(|w| w.lose_numbers(w.now())).await.unwrap();
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    let number = documents(&stage, &invoice).remove(0).number;
    let behind = number.strip_prefix("TEST-FEE-2026-0001-").unwrap_or_else(|| panic!("{number}"));
    assert_eq!(behind.len(), 6, "money that arrived is booked, with a number like no other: {number}");
}

#[tokio::test]
async fn the_invoice_decides_before_the_account_and_the_account_before_the_settings() {
    let stage = Stage::set().await;
    // Which account the key opens is known once Stripe has said it.
    stage.reconcile().await;
    let accounts = [("acct_1QuittanceDemo".to_owned(), rate("1", 0))].into();
    choose(&stage, Passthrough { usual: rate("2.9", 30), accounts, ..Passthrough::default() }).await;
    for (own, origin, percent) in [
        (Choice::Inherit, Some(Origin::Account), "1"),
        (rate("2", 0), Some(Origin::Invoice), "2"),
        (Choice::Off, None, ""),
    ] {
        let attempt = stage.start(&bill(&stage, "US", own, Plan::AtOnce).await).await;
        let found = attempt.fee.as_ref();
        assert_eq!(found.map(|fee| fee.origin), origin);
        assert_eq!(found.map_or(String::new(), |fee| fee.rate.percent().to_string()), percent);
    }
    stage.stripe.set_account("acct_other");
    stage.reconcile().await;
    let attempt = stage.start(&bill(&stage, "US", Choice::Off, Plan::AtOnce).await).await;
    assert_eq!((attempt.fee.clone(), asked(&stage, &attempt)), (None, PRINCIPAL));
}

#[tokio::test]
async fn no_fee_is_taken_where_it_may_be_unlawful_unless_the_owner_says_otherwise() {
    let stage = with_fee().await;
    for country in ["DE", "GB", "NO", ""] {
        let invoice = bill(&stage, country, rate("2.9", 30), Plan::AtOnce).await;
        let attempt = stage.start(&invoice).await;
        assert_eq!((&attempt.fee, asked(&stage, &attempt)), (&None, PRINCIPAL), "{country}");
    }
    let off_in = Passthrough::default().off_in.into_iter().filter(|country| country != "DE").collect();
    choose(&stage, Passthrough { usual: rate("2.9", 30), off_in, ..Passthrough::default() }).await;
    let attempt = stage.start(&bill(&stage, "DE", Choice::Inherit, Plan::AtOnce).await).await;
    assert_eq!(asked(&stage, &attempt), PRINCIPAL + FEE);
}

#[tokio::test]
async fn a_fee_that_changed_is_for_the_next_checkout_and_what_is_paid_is_what_was_frozen() {
    let stage = with_fee().await;
    let invoice = american(&stage).await;
    let first = stage.start(&invoice).await;
    assert_eq!(stage.start(&invoice).await.id, first.id, "the same session while nothing changed");
    choose(&stage, Passthrough { usual: rate("1", 0), ..Passthrough::default() }).await;
    let second = stage.start(&invoice).await;
    assert_ne!(second.id, first.id);
    assert_eq!(stage.stripe.session(session(&first)).unwrap()["status"], "expired");
    // Turned off while the payer types the card: what was shown and asked for is what counts.
    choose(&stage, Passthrough::default()).await;
    stage.stripe.pay(session(&second), Card::Visa).unwrap();
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    let [document] = &documents(&stage, &invoice)[..] else { panic!("one document") };
    assert_eq!(Some(&document.fee), second.fee.as_ref());
    assert!(document.fee.total < FEE && stage.reviews().is_empty());
}

#[tokio::test]
async fn another_sum_is_held_without_a_fee_and_goes_back_whole() {
    let stage = with_fee().await;
    let invoice = american(&stage).await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.stripe.mutate_amount(session(&attempt), PRINCIPAL);
    stage.deliver().await;
    assert_eq!((stage.status(&invoice), stage.reasons()), (Status::Open, vec![Reason::AmountMismatch]));
    let payment = stage.payments(&invoice).remove(0);
    assert_eq!((payment.applied, stage.balance(Account::Credit(payment.id))), (0, -PRINCIPAL));
    assert!(documents(&stage, &invoice).is_empty());
    let case = stage.reviews().remove(0).id;
    let owner = Actor::owner(OWNER);
    stage.app.store.write(move |w| resolve(w, case, Action::Apply, "", None, &owner)).await.unwrap();
    assert_eq!(stage.status(&invoice), Status::Paid, "what came pays the invoice, and nobody owes a fee");
    assert!(documents(&stage, &invoice).is_empty());
    assert_eq!(stage.balance(Account::FeesCharged), 0);
}

#[tokio::test]
async fn money_that_was_held_is_split_once_it_is_applied() {
    let stage = with_fee().await;
    let invoice = american(&stage).await;
    let attempt = stage.start_and_pay(&invoice).await;
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    stage.stripe.mutate_intent(&intent, |made| made["capture_method"] = json!("manual"));
    stage.deliver().await;
    let payment = stage.payments(&invoice).remove(0);
    assert_eq!(stage.balance(Account::Credit(payment.id)), -(PRINCIPAL + FEE));
    assert!(documents(&stage, &invoice).is_empty(), "nothing is decided yet");
    let case = stage.reviews().remove(0);
    assert!(stage.app.store.read(|r| possible(&r, &case)).unwrap().contains(&Action::Apply));
    let owner = Actor::owner(OWNER);
    stage.app.store.write(move |w| resolve(w, case.id, Action::Apply, "", None, &owner)).await.unwrap();
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).paid), (Status::Paid, PRINCIPAL));
    assert_eq!(stage.balance(Account::Credit(payment.id)), 0);
    let [document] = &documents(&stage, &invoice)[..] else { panic!("one document") };
    assert_eq!((document.payment, document.fee.total), (payment.id, FEE));
    // The document stands, so the decision does: a fee is never charged on an invoice that was not paid.
    let owner = Actor::owner(OWNER);
    let undone = stage.app.store.write(move |w| undo(w, case.id, "a slip", &owner)).await;
    assert!(matches!(&undone, Err(Refusal::Conflict(words)) if words.contains(&document.number)), "{undone:?}");
    assert_eq!((stage.status(&invoice), stage.balance(Account::FeesCharged)), (Status::Paid, -NET));
}

#[tokio::test]
async fn every_document_of_an_invoice_has_a_place_of_its_own_also_of_money_that_was_linked_to_it() {
    let stage = with_fee().await;
    let share = Share::Percent(Percent::parse("30").unwrap());
    let invoice = bill(&stage, "US", Choice::Inherit, Plan::Deposit(Instalment { share, due: Due::InDays(7) })).await;
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.stripe.mutate_session(session(&attempt), |made| made["metadata"]["app"] = json!("x"));
    stage.deliver().await;
    let (case, to, owner) = (stage.reviews().remove(0).id, Some(invoice.id), Actor::owner(OWNER));
    stage.app.store.write(move |w| resolve(w, case, Action::Link, "", to, &owner)).await.unwrap();
    assert_eq!(stage.status(&invoice), Status::Paid);
    assert_eq!(documents(&stage, &invoice).iter().map(|one| one.ordinal).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn an_invoice_that_was_paid_meanwhile_leaves_the_whole_sum_to_the_customer() {
    let stage = with_fee().await;
    let invoice = american(&stage).await;
    let attempt = stage.start_and_pay(&invoice).await;
    stage.bank_transfer(&invoice, PRINCIPAL).await;
    stage.deliver().await;
    stage.look(&attempt).await;
    let by_card = stage.payments(&invoice).into_iter().find(|one| one.method.stripe().is_some()).unwrap();
    let credit = stage.payments(&invoice).iter().map(|one| -stage.balance(Account::Credit(one.id))).sum::<i64>();
    let fees = documents(&stage, &invoice);
    assert_eq!((by_card.applied, credit, fees.len()), (0, PRINCIPAL + FEE, 0));
}

#[tokio::test]
async fn a_part_bears_the_fee_of_that_part() {
    let stage = with_fee().await;
    let share = Share::Percent(Percent::parse("30").unwrap());
    let plan = Plan::Deposit(Instalment { share, due: Due::InDays(7) });
    let invoice = bill(&stage, "US", Choice::Inherit, plan).await;
    let mut fees = Vec::new();
    for principal in [3_570, 8_330] {
        let attempt = stage.start(&invoice).await;
        let fee = attempt.fee.clone().unwrap();
        assert_eq!((attempt.principal(), asked(&stage, &attempt)), (principal, principal + fee.total));
        stage.stripe.pay(session(&attempt), Card::Visa).unwrap();
        stage.deliver().await;
        fees.push(fee);
    }
    assert_eq!((stage.status(&invoice), stage.standing(&invoice).paid), (Status::Paid, PRINCIPAL));
    let documents = documents(&stage, &invoice);
    assert_eq!(
        documents.iter().map(|one| one.number.as_str()).collect::<Vec<_>>(),
        ["TEST-FEE-2026-0001", "TEST-FEE-2026-0002"]
    );
    assert_eq!(documents.into_iter().map(|one| one.fee).collect::<Vec<_>>(), fees);
    assert!(stage.reviews().is_empty());
}

#[tokio::test]
async fn a_refund_takes_from_the_invoice_first_and_from_the_fee_last() {
    let stage = with_fee().await;
    let invoice = american(&stage).await;
    stage.start_and_pay(&invoice).await;
    stage.deliver().await;
    stage.refund(&invoice, PRINCIPAL - 100).await;
    let [first] = &stage.refunds(&invoice)[..] else { panic!("one refund") };
    assert_eq!(first.accepted.as_ref().unwrap().from_fee, 0);
    let words = stage.try_refund(&invoice, 101 + FEE).await.unwrap_err().to_string();
    assert!(words.contains("5.63"), "the whole sum can go back, and no more: {words}");
    stage.refund(&invoice, 100 + FEE).await;
    let last = stage.refunds(&invoice).pop().unwrap().accepted.unwrap();
    assert_eq!((last.from_fee, last.shares.iter().map(|share| share.amount).sum::<i64>()), (FEE, 100));
    assert_eq!((stage.standing(&invoice).refunded, stage.at_stripe()), (PRINCIPAL, 0));
    // The document stands as it was issued, and a correction of its own number takes it back, tax and all.
    let [issued, correction] = &documents(&stage, &invoice)[..] else { panic!("a fee and its correction") };
    assert_eq!((issued.fee.total, correction.fee.total, correction.fee.tax()), (FEE, -FEE, -TAX));
    assert_eq!(correction.number, "TEST-FEE-2026-0002");
    let of = correction.corrects.as_ref().unwrap();
    assert_eq!((of.document, of.refund, of.nth), (issued.id, stage.refunds(&invoice)[1].id, 1));
    assert_eq!((stage.balance(Account::FeesCharged), stage.balance(Account::Refunds)), (0, PRINCIPAL));
    assert!(stage.reconcile().await.differences.is_empty() && stage.reviews().is_empty());
}

#[tokio::test]
async fn a_debit_that_takes_days_bears_the_fee_when_it_has_come() {
    let stage = with_fee().await;
    let invoice = american(&stage).await;
    let attempt = stage.start(&invoice).await;
    stage.stripe.pay_delayed(session(&attempt)).unwrap();
    stage.deliver().await;
    assert!(documents(&stage, &invoice).is_empty() && stage.payments(&invoice).is_empty());
    let intent = stage.stripe.session(session(&attempt)).unwrap()["payment_intent"].as_str().unwrap().to_owned();
    stage.stripe.clear_delayed(&intent).unwrap();
    stage.deliver().await;
    stage.assert_paid_once(&invoice);
    assert!(matches!(stage.attempt(attempt.id).state, State::Paid { .. }));
    assert_eq!(documents(&stage, &invoice).len(), 1);
}

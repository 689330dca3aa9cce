//! What the owner does. What is acknowledged is written down; what is not may be done all the same.

use std::fmt::Debug;

use quittance::actions::credit::Wanted as WantedNote;
use quittance::actions::record_payment::Recorded;
use quittance::actions::refund::{Of, Wanted as WantedRefund};
use quittance::actions::{Actor, Refusal, drafts, issue, resolve_review, take_back};
use quittance::billing::credit_note::Settle;
use quittance::billing::credit_note::plan::What;
use quittance::billing::currency::Currency;
use quittance::billing::due::Due;
use quittance::billing::id::{CustomerId, InvoiceId};
use quittance::billing::invoice::{Content, Invoice};
use quittance::billing::ledger::Book;
use quittance::billing::line::Line;
use quittance::billing::passthrough::{Choice, Rate};
use quittance::billing::payment::Method;
use quittance::billing::plan::{Instalment, Plan, Share};
use quittance::billing::quantity::{Percent, UnitPrice};
use quittance::billing::refund::Reason;
use quittance::billing::review::{Action, Reason as Why};
use quittance::payments::{owner_acts, owner_credit, refunds};
use quittance::store::Writer;

use super::step::{Parts, Step};
use super::world::{World, pick};
use crate::money_in::stage::OWNER;

/// What is asked of whoever pays by card, of the whole, where anything is.
pub const FEE_PERCENT: i64 = 3;

impl World {
    pub async fn owner_acts(&mut self, step: &Step) {
        let actor = Actor::owner(OWNER);
        match *step {
            Step::Issue { minor, customer, parts, with_fee } => self.issue(minor, customer, parts, with_fee).await,
            Step::Record { invoice, quarters } => self.record(invoice, quarters).await,
            Step::TakeBack(which) => self.take_back(which).await,
            Step::Void(which) => {
                let id = self.invoice(which).id;
                drop(owner_acts::void(&self.app.store, Some(&self.till), id, "wrong", &actor).await);
            }
            Step::WriteOff(which) => drop(owner_acts::write_off(&self.app.store, self.invoice(which).id).await),
            Step::NewLink(which) => {
                let id = self.invoice(which).id;
                drop(owner_acts::rotate_link(&self.app.store, Some(&self.till), id).await);
            }
            Step::Refund { invoice, quarters } => self.refund(invoice, quarters).await,
            Step::Credit { invoice, quarters, settle } => self.credit(invoice, quarters, settle).await,
            Step::UseCredit { invoice, quarters } => self.use_credit(invoice, quarters).await,
            Step::Overpay(which) => self.overpay(which).await,
            Step::IssueOnCredit { customer } => {
                self.issue(10_000, customer, Parts::Whole, false).await;
                self.use_credit(0, 1).await;
            }
            Step::Decide { case, action } => self.decide(case, action).await,
            _ => unreachable!("another part of the world takes this step"),
        }
    }

    pub async fn issue(&mut self, minor: i64, customer: usize, parts: Parts, with_fee: bool) {
        let customer = self.customers[customer % self.customers.len()];
        let billed = self.app.store.write(move |w| bill(w, customer, minor, parts, with_fee)).await;
        if let Some(invoice) = self.answered(minor, billed) {
            self.with_fee.extend(with_fee.then_some(invoice.id));
            self.invoices.push(invoice.id);
            self.issued.insert(invoice.id, minor);
        }
    }

    async fn record(&mut self, which: usize, quarters: i64) {
        let (invoice, amount) = self.part_of(which, quarters);
        let seen = Recorded { amount, method: Method::BankTransfer, received_on: None, reference: String::new() };
        let (store, actor) = (&self.app.store, Actor::owner(OWNER));
        let recorded = owner_acts::record_payment(store, Some(&self.till), invoice, seen, &actor).await;
        if let Some(payment) = self.answered(amount, recorded) {
            self.recorded.insert(payment.id, (invoice, amount));
        }
    }

    async fn take_back(&mut self, which: usize) {
        let Some(&id) = pick(&self.recorded.keys().collect::<Vec<_>>(), which).copied() else { return };
        self.asked_to_take_back = true;
        let taken = self.app.store.write(move |w| take_back::take_back(w, id, "a mistake", &Actor::owner(OWNER))).await;
        self.taken_back.extend(taken.map(|payment| payment.id));
    }

    async fn refund(&mut self, which: usize, quarters: i64) {
        let (invoice, amount) = self.part_of(which, quarters);
        let reason = Some(Reason::RequestedByCustomer);
        let wanted =
            WantedRefund { of: Of::Invoice(invoice), amount, reason, credit_note: None, through: None, nonce: None };
        let made = refunds::refund(&self.app.store, Some(&self.till), wanted, &Actor::owner(OWNER)).await;
        for refund in self.answered(amount, made).unwrap_or_default() {
            self.refunded.insert(refund.id, refund.amount.minor());
        }
    }

    async fn credit(&mut self, which: usize, quarters: i64, settle: Settle) {
        let (invoice, amount) = self.part_of(which, quarters);
        let wanted = WantedNote { what: What::Amount(amount), reason: "too much".into(), settle };
        let actor = Actor::owner(OWNER);
        let made = owner_credit::credit(&self.app.store, Some(&self.till), invoice, wanted, None, None, &actor).await;
        if let Some((note, _)) = self.answered(amount, made) {
            self.credited.insert(note.id, amount);
        }
    }

    async fn use_credit(&mut self, which: usize, quarters: i64) {
        let (invoice, amount) = self.part_of(which, quarters);
        let actor = Actor::owner(OWNER);
        let used = owner_credit::apply_credit(&self.app.store, Some(&self.till), invoice, amount, &actor).await;
        if self.answered(amount, used).is_some() {
            self.credit_used += amount;
        }
    }

    async fn overpay(&mut self, which: usize) {
        self.record(which, 5).await;
        let held = self.read(|r| r.reviews(None, None, 1_000)).iter().position(|case| case.reason == Why::Overpayment);
        if let Some(case) = held {
            self.decide(case, Action::KeepCredit).await;
        }
    }

    async fn decide(&mut self, which: usize, action: Action) {
        let cases = self.read(|r| r.reviews(None, None, 1_000));
        let Some(id) = pick(&cases, which).map(|case| case.id) else { return };
        let (store, actor) = (self.app.store.clone(), Actor::owner(OWNER));
        if action == Action::Refund {
            drop(refunds::resolve_review(&store, Some(&self.till), id, "decided", &actor).await);
        } else {
            let to = self.invoices.last().copied();
            drop(store.write(move |w| resolve_review::resolve(w, id, action, "decided", to, &actor)).await);
        }
    }

    /// Some quarters of an invoice's total, at least one cent.
    fn part_of(&self, which: usize, quarters: i64) -> (InvoiceId, i64) {
        let invoice = self.invoice(which);
        (invoice.id, (invoice.totals.total * quarters / 4).max(1))
    }

    /// What was acknowledged; of the rest it is remembered that it may be done.
    fn answered<T, E: Debug>(&mut self, amount: i64, answer: Result<T, E>) -> Option<T> {
        if answer.is_err() {
            self.unanswered.push(amount);
        }
        answer.ok()
    }
}

/// Issues an invoice over so much, without tax.
fn bill(
    w: &mut Writer<'_>,
    customer: CustomerId,
    minor: i64,
    parts: Parts,
    with_fee: bool,
) -> Result<Invoice, Refusal> {
    let fee = Rate::new(Percent::parse(&FEE_PERCENT.to_string()).unwrap(), None).unwrap();
    let price = UnitPrice::parse(&format!("{}.{:02}", minor / 100, minor % 100)).unwrap();
    let content = Content {
        lines: vec![Line { description: "Design".into(), unit_price: price, ..Line::default() }],
        plan: match parts {
            Parts::Deposit => {
                Plan::Deposit(Instalment { share: Share::Amount((minor / 4).max(50)), due: Due::InDays(3) })
            }
            Parts::Instalments => {
                let third = |percent, days| Instalment { share: Share::Percent(percent), due: Due::InDays(days) };
                let [first, rest] = ["33.4", "33.3"].map(|share| Percent::parse(share).unwrap());
                Plan::Instalments { instalments: vec![third(first, 0), third(rest, 10), third(rest, 20)] }
            }
            Parts::Minimum => Plan::Minimum { amount: (minor / 4).max(50) },
            Parts::Whole => Plan::AtOnce,
        },
        fee: if with_fee { Choice::Rate(fee) } else { Choice::Off },
        ..Content::blank(customer, Currency::EUR, Due::InDays(14))
    };
    let draft = drafts::create(w, content)?;
    issue::issue(w, draft.id, Book::Test, &Actor::owner(OWNER))
}

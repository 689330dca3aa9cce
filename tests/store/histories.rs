//! Random histories of a business: after every step the lists say what plain arithmetic says, and the proof is whole.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use quittance::actions::checkout::course::{Told, expired};
use quittance::actions::mailings::{Outcome, note_outcome, send_invoice, withdraw};
use quittance::actions::resolve_review::resolve;
use quittance::actions::{Refusal, customers, drafts, issue, link, void, write_off};
use quittance::billing::id::{CustomerId, InvoiceId, PaymentId};
use quittance::billing::ledger::{Account, Book};
use quittance::billing::log::Channel;
use quittance::billing::review::Action;
use quittance::billing::standing::Status;
use quittance::store::Error;
use quittance::store::invoices::Filter;

use super::business::{Business, NEVER, content, customer, open_case, open_checkout, owner, party, pay, pay_by_card};
use super::disk::Disk;

/// Each is a history of some dozens of steps, every one of which is committed and compared.
const HISTORIES: u32 = 24;
const STEPS: usize = 40;

/// One thing that happens; which of the invoices or customers it happens to is a number that is wrapped around.
#[derive(Clone, Debug)]
enum Step {
    Customer,
    Rename(usize),
    Draft {
        customer: usize,
        minor: i64,
    },
    Change {
        invoice: usize,
        minor: i64,
    },
    Delete(usize),
    Issue(usize),
    /// Of what is due, in quarters: 5 is a quarter too much.
    Pay {
        invoice: usize,
        quarters: i64,
        by_card: bool,
    },
    Void(usize),
    WriteOff(usize),
    Reopen(usize),
    Rotate(usize),
    Send(usize),
    Withdraw(usize),
    Deliver(usize),
    Checkout(usize),
    Expire(usize),
    Resolve {
        invoice: usize,
        action: Action,
        to: usize,
    },
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = any::<usize>();
    let actions = prop_oneof![Just(Action::KeepCredit), Just(Action::Link), Just(Action::Ignore), Just(Action::Apply)];
    let step = prop_oneof![
        1 => Just(Step::Customer),
        1 => which.prop_map(Step::Rename),
        5 => (any::<usize>(), 0..100_000_i64).prop_map(|(customer, minor)| Step::Draft { customer, minor }),
        1 => (any::<usize>(), 0..100_000_i64).prop_map(|(invoice, minor)| Step::Change { invoice, minor }),
        1 => which.prop_map(Step::Delete),
        5 => which.prop_map(Step::Issue),
        6 => (which, 1..=5_i64, any::<bool>())
            .prop_map(|(invoice, quarters, by_card)| Step::Pay { invoice, quarters, by_card }),
        1 => which.prop_map(Step::Void),
        2 => which.prop_map(Step::WriteOff),
        1 => which.prop_map(Step::Reopen),
        1 => which.prop_map(Step::Rotate),
        2 => which.prop_map(Step::Send),
        1 => which.prop_map(Step::Withdraw),
        1 => which.prop_map(Step::Deliver),
        2 => which.prop_map(Step::Checkout),
        1 => which.prop_map(Step::Expire),
        3 => (which, actions, any::<usize>()).prop_map(|(invoice, action, to)| Step::Resolve { invoice, action, to }),
        1 => Just(Step::Restart),
    ];
    vec(step, 1..STEPS)
}

/// What plain arithmetic says about an invoice.
#[derive(Clone, Debug, Default)]
struct Expected {
    issued: bool,
    total: i64,
    applied: i64,
    void: bool,
    given_up: bool,
}

impl Expected {
    fn due(&self) -> i64 {
        if self.void || !self.issued { 0 } else { self.total - self.applied }
    }

    fn status(&self) -> Status {
        match self {
            Self { issued: false, .. } => Status::Draft,
            Self { void: true, .. } => Status::Void,
            Self { given_up: true, .. } => Status::Uncollectible,
            _ if self.due() == 0 => Status::Paid,
            _ => Status::Open,
        }
    }
}

struct History {
    disk: Disk,
    business: Business,
    customers: Vec<CustomerId>,
    invoices: Vec<InvoiceId>,
    expected: BTreeMap<InvoiceId, Expected>,
    /// What is left of each payment, and the invoice that it was made for.
    credits: BTreeMap<PaymentId, (InvoiceId, i64)>,
    serial: u32,
}

impl History {
    fn new() -> Self {
        let disk = Disk::default();
        let business = Business::on(&disk, NEVER).unwrap();
        let customers = vec![business.customer("Ada")];
        Self {
            disk,
            business,
            customers,
            invoices: Vec::new(),
            expected: BTreeMap::new(),
            credits: BTreeMap::new(),
            serial: 0,
        }
    }

    fn invoice(&self, which: usize) -> Option<InvoiceId> {
        (!self.invoices.is_empty()).then(|| self.invoices[which % self.invoices.len()])
    }

    fn of(&mut self, id: InvoiceId) -> &mut Expected {
        self.expected.entry(id).or_default()
    }

    /// Makes a change that may be refused by the rules, and by nothing else.
    fn attempt<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut quittance::store::Writer<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Option<T> {
        match self.business.write(change) {
            Ok(value) => Some(value),
            Err(Refusal::Store(error)) => panic!("{error}"),
            Err(_) => None,
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Customer => self.customers.push(self.business.customer("Grace")),
            Step::Rename(which) => {
                let id = self.customers[which % self.customers.len()];
                self.attempt(move |w| customers::update(w, id, party("Another name")));
            }
            Step::Draft { customer, minor } => {
                let id = self.customers[customer % self.customers.len()];
                let draft = self.attempt(move |w| drafts::create(w, content(id, minor))).unwrap();
                self.invoices.push(draft.id);
                self.of(draft.id).total = minor;
            }
            Step::Restart => {
                self.business.store.close().unwrap();
                self.business = Business::on(&self.disk, NEVER).unwrap();
            }
            _ => self.take_on_invoice(step),
        }
    }

    fn take_on_invoice(&mut self, step: &Step) {
        let (Step::Change { invoice: which, .. }
        | Step::Delete(which)
        | Step::Issue(which)
        | Step::Pay { invoice: which, .. }
        | Step::Void(which)
        | Step::WriteOff(which)
        | Step::Reopen(which)
        | Step::Rotate(which)
        | Step::Send(which)
        | Step::Withdraw(which)
        | Step::Deliver(which)
        | Step::Checkout(which)
        | Step::Expire(which)
        | Step::Resolve { invoice: which, .. }) = *step
        else {
            return;
        };
        let Some(id) = self.invoice(which) else { return };
        match *step {
            Step::Change { minor, .. } => self.change(id, minor),
            Step::Delete(_) => self.delete(id),
            Step::Issue(_) => self.issue(id),
            Step::Pay { quarters, by_card, .. } => self.pay(id, quarters, by_card),
            Step::Void(_) => self.void(id),
            Step::WriteOff(_) => self.write_off(id),
            Step::Reopen(_) => self.reopen(id),
            Step::Resolve { action, to, .. } => self.resolve(id, action, to),
            _ => self.take_without_money(step, id),
        }
    }

    /// Steps after which every sum is as it was.
    fn take_without_money(&mut self, step: &Step, id: InvoiceId) {
        match step {
            Step::Rotate(_) => drop(self.attempt(move |w| link::rotate(w, id))),
            Step::Send(_) => drop(self.attempt(move |w| send_invoice(w, id, SignedDuration::ZERO, &owner()))),
            Step::Withdraw(_) => {
                let letter = self.business.read(|r| r.letters(None, 1)).pop();
                if let Some(letter) = letter {
                    self.attempt(move |w| withdraw(w, letter.id));
                }
            }
            Step::Deliver(_) => {
                let due = self.business.read(|r| r.letters(None, 1)).pop();
                if let Some(letter) = due {
                    let accepted = Outcome::Accepted { reply: "250 OK".into() };
                    self.business.write(move |w| note_outcome(w, letter.id, "Hello", &accepted)).unwrap();
                }
            }
            Step::Checkout(_) => {
                self.serial += 1;
                let session = format!("cs_{}", self.serial);
                let Some(invoice) = self.business.read(|r| r.invoice(id)) else { return };
                self.attempt(move |w| open_checkout(w, &invoice, &session));
            }
            Step::Expire(_) => {
                let Some(attempt) = self.business.read(|r| r.live_attempt(id)) else { return };
                let told = Told { source: Channel::Reconciliation, event: None, intent: None, method: None };
                self.business.write(move |w| expired(w, attempt.id, told)).unwrap();
            }
            _ => {}
        }
    }

    fn change(&mut self, id: InvoiceId, minor: i64) {
        let Some(document) = self.business.read(|r| r.document(id)) else { return };
        let customer = document.content().customer;
        let changed = self.attempt(move |w| drafts::update(w, id, content(customer, minor), None)).is_some();
        assert_eq!(changed, !self.of(id).issued);
        if changed {
            self.of(id).total = minor;
        }
    }

    fn delete(&mut self, id: InvoiceId) {
        let deleted = self.attempt(move |w| drafts::delete(w, id)).is_some();
        assert_eq!(deleted, !self.of(id).issued);
        if deleted {
            self.invoices.retain(|kept| *kept != id);
            self.expected.remove(&id);
        }
    }

    fn issue(&mut self, id: InvoiceId) {
        let issued = self.attempt(move |w| issue::issue(w, id, Book::Live, &owner())).is_some();
        assert_eq!(issued, !self.of(id).issued);
        self.of(id).issued = true;
    }

    fn pay(&mut self, id: InvoiceId, quarters: i64, by_card: bool) {
        let minor = (self.of(id).due() * quarters / 4).max(1);
        self.serial += 1;
        let intent = format!("pi_{}", self.serial);
        if by_card && !self.of(id).issued {
            return;
        }
        let paid =
            self.attempt(move |w| if by_card { Ok(pay_by_card(w, id, minor, &intent)?) } else { pay(w, id, minor) });
        assert_eq!(paid.is_some(), self.of(id).issued);
        let Some(payment) = paid else { return };
        let expected = self.of(id);
        let applied = minor.min(expected.due());
        assert_eq!((payment.applied, payment.due_after), (applied, expected.due() - applied));
        expected.applied += applied;
        if !expected.void {
            expected.given_up = false;
        }
        self.credits.insert(payment.id, (id, minor - applied));
    }

    fn void(&mut self, id: InvoiceId) {
        let voided = self.attempt(move |w| void::void(w, id, "a mistake", &owner())).is_some();
        let has_money = self.credits.values().any(|(invoice, _)| *invoice == id) || self.of(id).applied > 0;
        let has_checkout = self.business.read(|r| r.live_attempt(id)).is_some();
        let expected = self.of(id);
        assert_eq!(voided, expected.issued && !expected.void && !has_money && !has_checkout, "{expected:?}");
        if voided {
            (expected.void, expected.given_up) = (true, false);
        }
    }

    fn write_off(&mut self, id: InvoiceId) {
        let written_off = self.attempt(move |w| write_off::write_off(w, id)).is_some();
        let expected = self.of(id);
        assert_eq!(written_off, expected.status() == Status::Open);
        expected.given_up |= written_off;
    }

    fn reopen(&mut self, id: InvoiceId) {
        let reopened = self.attempt(move |w| write_off::reopen(w, id)).is_some();
        let expected = self.of(id);
        assert_eq!(reopened, expected.given_up);
        expected.given_up = false;
    }

    fn resolve(&mut self, id: InvoiceId, action: Action, to: usize) {
        let Some(case) = self.business.read(|r| Ok(open_case(&r, id))) else { return };
        let to = if action == Action::Link { self.invoice(to) } else { None };
        let case_id = case.id;
        let resolved = self.attempt(move |w| resolve(w, case_id, action, "", to, &owner())).is_some();
        let (Some(to), true) = (to.filter(|_| action == Action::Link), resolved) else { return };
        let credit = self.credits.get_mut(&case.payment.unwrap()).unwrap();
        let expected = self.expected.get_mut(&to).unwrap();
        let moved = credit.1.min(expected.due());
        assert!(moved > 0, "nothing to apply is refused");
        credit.1 -= moved;
        expected.applied += moved;
        expected.given_up = false;
    }

    fn check(&self) {
        let mut numbers = Vec::new();
        for (id, expected) in &self.expected {
            let summary = self.business.summary(*id);
            let held = self.credits.values().filter(|(of, _)| of == id).map(|(_, credit)| credit).sum::<i64>();
            let told = (summary.status, summary.standing.due(), summary.standing.paid, summary.standing.credit);
            assert_eq!(told, (expected.status(), expected.due(), expected.applied, held), "{expected:?}");
            assert_eq!(summary.standing.paid_at.is_some(), summary.status == Status::Paid, "{summary:?}");
            numbers.extend(summary.number);
        }
        numbers.sort_unstable();
        let gapless: Vec<_> = (1..=numbers.len()).map(|n| format!("2026-{n:04}")).collect();
        assert_eq!(numbers, gapless);
        for (payment, (_, credit)) in &self.credits {
            let currency = content(self.customers[0], 1).currency;
            assert_eq!(self.business.read(|r| r.balance(Book::Live, currency, Account::Credit(*payment))), -credit);
        }
        let listed = self.business.read(|r| r.invoices(&Filter::default(), None, 1000)).len();
        assert_eq!(listed, self.expected.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: HISTORIES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_adds_up(steps in steps()) {
        let mut history = History::new();
        for step in &steps {
            history.take(step);
            history.check();
        }
        history.business.assert_whole();
    }
}

#[test]
fn a_customer_is_made_in_the_transaction_that_needs_one() {
    let business = Business::new();
    let number = business
        .write(|w| {
            let ada = customer(w, "Ada")?;
            super::business::invoice(w, ada, 500).map(|invoice| invoice.number)
        })
        .unwrap();
    assert_eq!(number, "2026-0001");
    business.write(|w| w.counter("nothing")).map_err(|error: Error| error).unwrap();
}

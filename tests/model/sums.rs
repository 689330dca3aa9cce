//! The plain model: what every entry of the ledger must say, by arithmetic over what Stripe holds and what was
//! acknowledged. It asks the books only which fact an entry is of, and who is who; never for a sum.

use std::collections::{BTreeMap, BTreeSet};

use quittance::billing::currency::Currency;
use quittance::billing::id::{CreditNoteId, DisputeId, InvoiceId, PaymentId, RefundId};
use quittance::billing::ledger::{Account, Book, Entry};
use quittance::billing::refund::Refund;
use serde_json::Value;

use super::world::World;

/// Minor units by account; an account that nothing moves on is not there.
type Lines = BTreeMap<Account, i64>;

/// What the entries followed so far come to.
#[derive(Default)]
pub struct Sums {
    accounts: Lines,
    /// Entries followed.
    seen: u64,
    /// The sorts of them.
    facts: BTreeSet<String>,
    totals: BTreeMap<InvoiceId, i64>,
    void: BTreeSet<InvoiceId>,
    credited: BTreeMap<InvoiceId, i64>,
    amounts: BTreeMap<PaymentId, i64>,
    applied: BTreeMap<(PaymentId, InvoiceId), i64>,
    /// Customers' credit that was used for invoices.
    pub used: i64,
    /// What a refund took from which account, and the invoice it is of, by Stripe's name or ours; those that failed are
    /// gone.
    refunds: BTreeMap<String, (InvoiceId, Lines)>,
    /// What was refunded of an invoice's payments and stands on no note yet, and what notes took over of that.
    loose: BTreeMap<InvoiceId, i64>,
    taken_over: BTreeMap<InvoiceId, i64>,
    notes: BTreeMap<CreditNoteId, InvoiceId>,
    paid_for: BTreeMap<PaymentId, InvoiceId>,
    gone: BTreeMap<PaymentId, i64>,
    /// Movements that were taken for another program's.
    foreign: BTreeSet<String>,
    /// What Stripe has taken for a dispute, by `dp_…`, and what of it is booked as lost.
    held: BTreeMap<String, i64>,
    lost: BTreeMap<String, i64>,
    /// The same by payment, and what credit went with it.
    lost_of: BTreeMap<PaymentId, i64>,
    lost_with: BTreeMap<PaymentId, Lines>,
    /// What credit was owed no longer because an invoice was refunded beyond its sale.
    reclaimed: BTreeMap<InvoiceId, Lines>,
}

impl Sums {
    pub fn on(&self, account: Account) -> i64 {
        self.accounts.get(&account).copied().unwrap_or(0)
    }

    /// The sorts of facts that there are entries of.
    pub fn facts(&self) -> &BTreeSet<String> {
        &self.facts
    }

    /// What was paid of an invoice, and what of it was credited.
    pub fn of_invoice(&self, invoice: InvoiceId) -> (i64, i64) {
        let paid = self.applied.iter().filter(|((_, paid), _)| *paid == invoice).map(|(_, sum)| sum).sum();
        (paid, self.credited.get(&invoice).copied().unwrap_or(0))
    }

    /// What is left as credit of payments and notes: of each, and never less than nothing.
    pub fn credits(&self) -> impl Iterator<Item = (Account, i64)> {
        let is_credit = |account: &Account| matches!(account, Account::Credit(_) | Account::NoteCredit(_));
        self.accounts.iter().filter(move |(account, _)| is_credit(account)).map(|(account, sum)| (*account, -sum))
    }

    pub fn receivables(&self) -> i64 {
        let owed = |account: &Account| account.invoice().is_some();
        self.accounts.iter().filter(|(account, _)| owed(account)).map(|(_, sum)| sum).sum()
    }

    pub fn has_refund(&self, name: &str) -> bool {
        self.refunds.contains_key(name)
    }

    pub fn lost(&self, dispute: &str) -> i64 {
        self.lost.get(dispute).copied().unwrap_or(0)
    }

    /// Follows every entry that was made since.
    pub fn follow(&mut self, world: &World) {
        let mut fresh = Vec::new();
        world.read(|r| {
            r.each_entry(|seq, entry| {
                fresh.extend((seq > self.seen).then_some(entry));
                Ok(())
            })
        });
        for entry in fresh {
            self.seen += 1;
            self.follow_one(world, &entry);
        }
    }

    fn follow_one(&mut self, world: &World, entry: &Entry) {
        assert_eq!(entry.book(), Book::Test);
        let mut booked = Lines::new();
        for posting in entry.postings() {
            assert_eq!(posting.currency, Currency::EUR);
            add(&mut booked, posting.account, posting.amount);
        }
        let source = entry.source().as_str();
        let (what, id) = source.split_once(':').unwrap();
        self.facts.insert(what.to_owned());
        let expected = self.expected(world, what, id, &booked);
        assert_eq!(booked, expected, "{source} is not booked as what it is");
        for (account, amount) in expected {
            add(&mut self.accounts, account, amount);
        }
    }

    fn expected(&mut self, world: &World, what: &str, id: &str, booked: &Lines) -> Lines {
        match what {
            "issue" => self.issue(world, id.parse().unwrap(), booked),
            "void" => self.void(id.parse().unwrap()),
            "payment" if id.starts_with("pi_") => self.payment_at_stripe(world, id),
            "payment" => self.payment_recorded(world, id.parse().unwrap(), booked),
            "reverse" => self.taken_back(id.parse().unwrap()),
            "apply" | "apply_note" => self.credit_used(what, id, booked),
            "write_off" => self.given_up(id, Account::Receivable, Account::WrittenOff),
            "reopen" => self.given_up(id, Account::WrittenOff, Account::Receivable),
            "refund" if id.starts_with("re_") => self.refund_at_stripe(world, id, booked),
            "refund" => self.refund_recorded(world, id, booked),
            "refund_failed" => self.refund_failed(world, id, booked),
            "credit_note" => self.credit_note(world, id.parse().unwrap(), booked),
            "txn" | "txn_found" => self.movement(world, what, id, booked),
            "dispute_lost" | "dispute_regained" => self.loss(world, what, id, booked),
            "refunded_credit" => self.credit_reclaimed(id, booked),
            "lost_credit" => self.credit_lost(id, booked),
            "payout" => payout(world, id, Account::PayoutsInTransit, Account::StripeClearing),
            "payout_arrived" => payout(world, id, Account::Bank, Account::PayoutsInTransit),
            "payout_failed" => payout(world, id, Account::StripeClearing, Account::PayoutsInTransit),
            "payout_returned" => payout(world, id, Account::StripeClearing, Account::Bank),
            other => panic!("nothing here makes an entry of {other}"),
        }
    }

    fn issue(&mut self, world: &World, invoice: InvoiceId, booked: &Lines) -> Lines {
        let total = told(world, world.issued.get(&invoice), on(booked, Account::Receivable(invoice)));
        self.totals.insert(invoice, total);
        lines([(Account::Receivable(invoice), total), (Account::Sales, -total)])
    }

    fn void(&mut self, invoice: InvoiceId) -> Lines {
        let total = self.totals[&invoice];
        assert_eq!(self.on(Account::Receivable(invoice)), total, "an invoice was voided that money came for");
        self.void.insert(invoice);
        lines([(Account::Receivable(invoice), -total), (Account::Sales, total)])
    }

    /// Money that arrived: what is due is paid, the rest is the customer's.
    fn payment(&mut self, payment: PaymentId, invoice: InvoiceId, amount: i64, account: Account) -> Lines {
        let due = if self.void.contains(&invoice) { 0 } else { self.on(Account::Receivable(invoice)) };
        let applied = amount.min(due);
        assert_eq!(
            self.on(Account::WrittenOff(invoice)),
            0,
            "money came for what is given up, and it was not reopened"
        );
        assert!(self.amounts.insert(payment, amount).is_none(), "{payment} is booked twice");
        self.applied.insert((payment, invoice), applied);
        self.paid_for.insert(payment, invoice);
        lines([
            (account, amount),
            (Account::Receivable(invoice), -applied),
            (Account::Credit(payment), applied - amount),
        ])
    }

    fn payment_at_stripe(&mut self, world: &World, intent: &str) -> Lines {
        let real = world.at_stripe(intent);
        assert_eq!(real["status"], "succeeded", "{intent} is not paid at Stripe");
        let invoice = real["metadata"]["invoice"].as_str().unwrap().parse().unwrap();
        let payment = world.read(|r| r.payment_by_intent(intent)).unwrap();
        assert_eq!(payment.invoice, Some(invoice));
        self.payment(payment.id, invoice, amount(&real), Account::StripeClearing)
    }

    fn payment_recorded(&mut self, world: &World, id: PaymentId, booked: &Lines) -> Lines {
        let invoice = world.read(|r| r.payment(id)).unwrap().invoice.unwrap();
        let known = world.recorded.get(&id);
        assert!(known.is_none_or(|(of, _)| *of == invoice));
        let amount = told(world, known.map(|(_, amount)| amount), on(booked, Account::Bank));
        self.payment(id, invoice, amount, Account::Bank)
    }

    /// Wherever the money had gone, it is missing there again.
    fn taken_back(&mut self, payment: PaymentId) -> Lines {
        let amount = self.amounts[&payment];
        let mut all = lines([(Account::Bank, -amount)]);
        let mut rest = amount;
        for ((of, invoice), applied) in &mut self.applied {
            if *of == payment {
                add(&mut all, Account::Receivable(*invoice), *applied);
                rest -= std::mem::take(applied);
            }
        }
        add(&mut all, Account::Credit(payment), rest);
        all
    }

    fn credit_used(&mut self, what: &str, id: &str, booked: &Lines) -> Lines {
        let mut words = id.split(':');
        let (holder, invoice) = (words.next().unwrap(), words.next().unwrap().parse().unwrap());
        let account = match what {
            "apply" => Account::Credit(holder.parse().unwrap()),
            _ => Account::NoteCredit(holder.parse().unwrap()),
        };
        let used = -on(booked, Account::Receivable(invoice));
        let most = (-self.on(account)).min(self.on(Account::Receivable(invoice)));
        assert!(0 < used && used <= most, "{used} of credit was used where {most} is possible");
        self.used += used;
        if let Account::Credit(payment) = account {
            *self.applied.entry((payment, invoice)).or_default() += used;
        }
        lines([(account, used), (Account::Receivable(invoice), -used)])
    }

    fn given_up(&self, id: &str, from: fn(InvoiceId) -> Account, to: fn(InvoiceId) -> Account) -> Lines {
        let invoice = id.split(':').next().unwrap().parse().unwrap();
        let owed = self.on(from(invoice));
        lines([(from(invoice), -owed), (to(invoice), owed)])
    }

    fn refund_at_stripe(&mut self, world: &World, name: &str, booked: &Lines) -> Lines {
        let real = world.at_stripe(name);
        let payment = world.read(|r| r.payment_by_intent(real["payment_intent"].as_str().unwrap())).unwrap();
        let kept = world.read(|r| r.refund_by_stripe(name)).unwrap();
        assert_eq!(kept.payment, payment.id);
        let asked_as = real["metadata"]["refund"].as_str();
        assert!(asked_as.is_none_or(|id| id == kept.id.to_string()), "{name} is kept as another refund");
        self.refund(name, &kept, amount(&real), booked, Account::StripeClearing)
    }

    fn refund_recorded(&mut self, world: &World, name: &str, booked: &Lines) -> Lines {
        self.facts.insert("refund of a recorded payment".to_owned());
        let id: RefundId = name.parse().unwrap();
        let kept = world.read(|r| r.refund(id)).unwrap();
        let amount = match world.refunded.get(&id) {
            Some(amount) => *amount,
            None => -on(booked, Account::Bank),
        };
        self.refund(name, &kept, amount, booked, Account::Bank)
    }

    /// Money that went back: the payment's credit first, then what the notes of its invoice owe, the rest is a refund that
    /// no note stands for. What was asked for with a note is of that note's invoice, and takes what is held last.
    fn refund(&mut self, name: &str, kept: &Refund, amount: i64, booked: &Lines, from: Account) -> Lines {
        let (payment, named) = (kept.payment, kept.credit_note.map(|note| self.notes[&note]));
        let gone = self.gone.entry(payment).or_default();
        *gone += amount;
        assert!(amount > 0 && *gone <= self.amounts[&payment], "more went back of {payment} than it was");
        let held = -self.on(Account::Credit(payment));
        let credit = if named.is_some() { on(booked, Account::Credit(payment)) } else { amount.min(held) };
        assert!((0..=held.min(amount)).contains(&credit), "{credit} of {held} went back");
        if credit > 0 {
            self.facts.insert("refund of credit".to_owned());
        }
        let invoice = named.unwrap_or(self.paid_for[&payment]);
        let owed: i64 = self.notes_of(invoice).map(|note| -self.on(Account::NoteCredit(note))).sum();
        let from_notes = (amount - credit).min(owed);
        let loose = amount - credit - from_notes;
        *self.loose.entry(invoice).or_default() += loose;
        let mut all = lines([(Account::Credit(payment), credit), (Account::Refunds, loose), (from, -amount)]);
        let of_notes = self.of_notes(invoice, booked, |owed, moved| 0 < moved && moved <= owed);
        assert_eq!(of_notes.values().sum::<i64>(), from_notes, "notes paid back what they do not owe");
        all.extend(of_notes);
        self.refunds.insert(name.to_owned(), (invoice, all.clone()));
        all
    }

    fn notes_of(&self, invoice: InvoiceId) -> impl Iterator<Item = CreditNoteId> {
        self.notes.iter().filter(move |(_, of)| **of == invoice).map(|(note, _)| *note)
    }

    /// What an entry moved on the notes of an invoice; which of them is the product's choice, if it is a `possible` one.
    fn of_notes(&self, invoice: InvoiceId, booked: &Lines, possible: impl Fn(i64, i64) -> bool) -> Lines {
        let mut moved = Lines::new();
        for note in self.notes_of(invoice).map(Account::NoteCredit) {
            let amount = on(booked, note);
            assert!(amount == 0 || possible(-self.on(note), amount), "{amount} was moved on {note:?}");
            add(&mut moved, note, amount);
        }
        moved
    }

    /// What it took is put back where it came from; what a note took over of it since, that note owes again.
    fn refund_failed(&mut self, world: &World, name: &str, booked: &Lines) -> Lines {
        let real = world.at_stripe(name);
        assert!(matches!(real["status"].as_str(), Some("failed" | "canceled")), "{name} has not failed");
        let payment = world.read(|r| r.payment_by_intent(real["payment_intent"].as_str().unwrap())).unwrap();
        *self.gone.get_mut(&payment.id).unwrap() -= amount(&real);
        let (invoice, taken) = self.refunds.remove(name).unwrap_or_else(|| panic!("{name} was booked back before"));
        let mut all: Lines = taken.iter().map(|(account, amount)| (*account, -amount)).collect();
        let back = on(&taken, Account::Refunds) + on(booked, Account::Refunds);
        let (loose, over) = (self.loose.entry(invoice).or_default(), self.taken_over.entry(invoice).or_default());
        *loose -= on(&taken, Account::Refunds) - back;
        *over -= back;
        assert!(back >= 0 && *loose >= 0 && *over >= 0, "{name} came back from where it is not");
        add(&mut all, Account::Refunds, back);
        let of_notes = self.of_notes(invoice, booked, |_, moved| moved < 0);
        let had =
            |account: &Account| matches!(account, Account::NoteCredit(_)).then(|| on(&taken, *account)).unwrap_or(0);
        assert_eq!(-of_notes.values().sum::<i64>(), back + taken.keys().map(had).sum::<i64>());
        all.retain(|account, _| !matches!(account, Account::NoteCredit(_)));
        all.extend(of_notes);
        all
    }

    /// Sales are taken back: the customer owes less, what was refunded before is taken over, the rest is owed to them.
    fn credit_note(&mut self, world: &World, id: CreditNoteId, booked: &Lines) -> Lines {
        let invoice = world.read(|r| r.credit_note(id)).unwrap().invoice;
        let amount = told(world, world.credited.get(&id), on(booked, Account::Sales));
        let applied = amount.min(self.on(Account::Receivable(invoice)));
        *self.credited.entry(invoice).or_default() += amount;
        assert!(self.credited[&invoice] <= self.totals[&invoice], "more was credited than the invoice was over");
        let loose = self.loose.entry(invoice).or_default();
        let over = (amount - applied).min(*loose);
        *loose -= over;
        *self.taken_over.entry(invoice).or_default() += over;
        self.notes.insert(id, invoice);
        lines([
            (Account::Sales, amount),
            (Account::Receivable(invoice), -applied),
            (Account::Refunds, -over),
            (Account::NoteCredit(id), applied + over - amount),
        ])
    }

    /// What Stripe moved. Of a payment and of a refund only the fee is left: their facts book the rest.
    fn movement(&mut self, world: &World, what: &str, id: &str, booked: &Lines) -> Lines {
        let real = world.at_stripe(id);
        let figure = |name: &str| real[name].as_i64().unwrap();
        let (moved, fee, net) = (figure("amount"), figure("fee"), figure("net"));
        let others = lines([(Account::StripeClearing, net), (Account::Foreign, -net)]);
        if what == "txn" && booked.contains_key(&Account::Foreign) {
            assert!(self.foreign.insert(id.to_owned()));
            return others;
        }
        let mut all = match real["reporting_category"].as_str().unwrap() {
            "dispute" | "dispute_reversal" => {
                *self.held.entry(real["source"].as_str().unwrap().to_owned()).or_default() -= moved;
                lines([(Account::DisputesHeld, -moved), (Account::StripeFees, fee), (Account::StripeClearing, net)])
            }
            _ => lines([(Account::StripeFees, fee), (Account::StripeClearing, -fee)]),
        };
        if what == "txn_found" && self.foreign.remove(id) {
            for (account, amount) in others {
                add(&mut all, account, -amount);
            }
        }
        all
    }

    fn loss(&mut self, world: &World, what: &str, id: &str, booked: &Lines) -> Lines {
        let id: DisputeId = id.split(':').next().unwrap().parse().unwrap();
        let dispute = world.read(|r| r.dispute(id)).unwrap();
        let (name, moved) = (dispute.stripe_dispute, on(booked, Account::DisputeLosses));
        *self.lost_of.entry(dispute.payment).or_default() += moved;
        assert_eq!(moved > 0, what == "dispute_lost");
        let (held, lost) = (self.held.get(&name).copied().unwrap_or(0), self.lost.entry(name.clone()).or_default());
        *lost += moved;
        assert!(*lost == held || *lost == 0, "{lost} of {name} is booked as lost, of {held}");
        lines([(Account::DisputeLosses, moved), (Account::DisputesHeld, -moved)])
    }

    /// More was refunded of an invoice than was left of its sale, because credit of its notes had been spent: what notes of
    /// other invoices owe of that credit they owe no longer. Never more than was refunded so; back when a refund fails.
    fn credit_reclaimed(&mut self, id: &str, booked: &Lines) -> Lines {
        let invoice: InvoiceId = id.split(':').next().unwrap().parse().unwrap();
        let credited = self.credited.get(&invoice).copied().unwrap_or(0);
        let loose = self.loose.get(&invoice).copied().unwrap_or(0);
        let over = (loose - (self.totals[&invoice] - credited)).max(0);
        let before = self.reclaimed.entry(invoice).or_default().clone();
        let rest = over - before.values().sum::<i64>();
        let moved: Lines =
            booked.iter().filter(|(account, _)| **account != Account::Refunds).map(|(a, b)| (*a, *b)).collect();
        let sum: i64 = moved.values().sum();
        assert!(if rest < 0 { sum == rest } else { 0 < sum && sum <= rest }, "{sum} is owed no longer of {rest}");
        for (account, amount) in &moved {
            let Account::NoteCredit(note) = account else { panic!("{account} is no note") };
            assert_ne!(self.notes[note], invoice, "what the invoice's own notes owe is paid back first");
            assert!(if rest < 0 { -amount <= on(&before, *account) } else { *amount <= -self.on(*account) });
            add(self.reclaimed.entry(invoice).or_default(), *account, *amount);
        }
        let mut all = moved;
        add(&mut all, Account::Refunds, -sum);
        all
    }

    /// Credit of money that a bank took back is owed no longer: what is held of the payment first, then what notes owe, and
    /// no more than was lost. What the bank gives back is owed again where it was.
    fn credit_lost(&mut self, id: &str, booked: &Lines) -> Lines {
        let payment: PaymentId = id.split(':').next().unwrap().parse().unwrap();
        let lost = self.lost_of.get(&payment).copied().unwrap_or(0);
        let before = self.lost_with.entry(payment).or_default().clone();
        let rest = lost - before.values().sum::<i64>();
        let moved: Lines =
            booked.iter().filter(|(account, _)| **account != Account::DisputeLosses).map(|(a, b)| (*a, *b)).collect();
        let sum: i64 = moved.values().sum();
        if rest < 0 {
            assert_eq!(sum, rest, "the bank gave back {rest}");
            assert!(moved.iter().all(|(account, amount)| *amount < 0 && -amount <= on(&before, *account)));
        } else {
            assert!(0 < sum && sum <= rest, "{sum} is owed no longer of {rest}");
            let own = Account::Credit(payment);
            assert_eq!(on(&moved, own), rest.min(-self.on(own)), "what is held goes first");
            for (account, amount) in &moved {
                assert!(matches!(account, Account::Credit(_) | Account::NoteCredit(_)) && *amount > 0);
                assert!(*amount <= -self.on(*account), "{account} never owed {amount}");
            }
        }
        for (account, amount) in &moved {
            add(self.lost_with.entry(payment).or_default(), *account, *amount);
        }
        let mut all = moved;
        add(&mut all, Account::DisputeLosses, -sum);
        all
    }
}

fn payout(world: &World, id: &str, debit: Account, credit: Account) -> Lines {
    let amount = amount(&world.at_stripe(id));
    lines([(debit, amount), (credit, -amount)])
}

/// What the owner was told; else the amount must be one that was asked for and not answered.
fn told(world: &World, known: Option<&i64>, booked: i64) -> i64 {
    known.copied().unwrap_or_else(|| {
        assert!(world.unanswered.contains(&booked), "nobody ever asked for {booked}");
        booked
    })
}

fn amount(real: &Value) -> i64 {
    real["amount"].as_i64().unwrap()
}

fn on(lines: &Lines, account: Account) -> i64 {
    lines.get(&account).copied().unwrap_or(0)
}

fn lines<const N: usize>(moved: [(Account, i64); N]) -> Lines {
    let mut all = Lines::new();
    for (account, amount) in moved {
        add(&mut all, account, amount);
    }
    all
}

fn add(lines: &mut Lines, account: Account, amount: i64) {
    let sum = lines.entry(account).or_default();
    *sum += amount;
    if *sum == 0 {
        lines.remove(&account);
    }
}

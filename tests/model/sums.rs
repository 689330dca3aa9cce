//! The plain model: what every entry of the ledger must say, by arithmetic over what Stripe holds and what was
//! acknowledged. It asks the books only which fact an entry is of, and who is who; never for a sum.

use std::collections::{BTreeMap, BTreeSet};

use quittance::billing::currency::Currency;
use quittance::billing::id::{CreditNoteId, DisputeId, FeeInvoiceId, InvoiceId, PaymentId, RefundId};
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
    /// Fees that were charged and have not gone back.
    fees: BTreeMap<PaymentId, i64>,
    /// By Stripe's name or ours; those that failed are gone.
    refunds: BTreeMap<String, Gone>,
    /// What of them is refunded and has no correcting document yet.
    uncorrected: BTreeMap<PaymentId, i64>,
    /// What went back of what a payment had paid of an invoice, and of what notes' credit had.
    returned: BTreeMap<(PaymentId, InvoiceId), i64>,
    returned_credit: BTreeMap<InvoiceId, i64>,
    /// What notes' credit has paid of an invoice.
    by_credit: BTreeMap<InvoiceId, i64>,
    /// What of that stands on no note yet, and what notes paid back or took over.
    loose: BTreeMap<InvoiceId, i64>,
    by_notes: BTreeMap<InvoiceId, i64>,
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

/// What a refund took from which account, and of which invoices' payments.
struct Gone {
    lines: Lines,
    fee: i64,
    /// What had been paid with the payment, and what with a note's credit.
    shares: Vec<(InvoiceId, i64, i64)>,
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

    /// Credit that is owed no longer, because a bank took its money back: so much less is lost.
    pub fn lost_credit(&self) -> i64 {
        self.lost_with.values().flat_map(Lines::values).sum()
    }

    /// Whether every fee that went back has its correcting document.
    pub fn fees_are_corrected(&self) -> bool {
        self.uncorrected.values().all(|left| *left == 0)
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
            "fee" => self.fee(world, id.parse().unwrap()),
            "fee_correction" => self.fee_corrected(world, id.parse().unwrap()),
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

    /// Money that arrived: what is due is paid with what is no fee, the rest is the customer's.
    fn payment(&mut self, payment: PaymentId, invoice: InvoiceId, amount: i64, fee: i64, account: Account) -> Lines {
        let due = if self.void.contains(&invoice) { 0 } else { self.on(Account::Receivable(invoice)) };
        let applied = (amount - fee).min(due);
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
        self.payment(payment.id, invoice, amount(&real), world.fee_in(&real), Account::StripeClearing)
    }

    fn payment_recorded(&mut self, world: &World, id: PaymentId, booked: &Lines) -> Lines {
        let invoice = world.read(|r| r.payment(id)).unwrap().invoice.unwrap();
        let known = world.recorded.get(&id);
        assert!(known.is_none_or(|(of, _)| *of == invoice));
        let amount = told(world, known.map(|(_, amount)| amount), on(booked, Account::Bank));
        self.payment(id, invoice, amount, 0, Account::Bank)
    }

    /// The fee of a payment whose other part went to the invoice as a whole.
    fn fee(&mut self, world: &World, payment: PaymentId) -> Lines {
        let kept = world.read(|r| r.payment(payment)).unwrap();
        let intent = &kept.method.stripe().unwrap().payment_intent;
        let fee = world.fee_in(&world.at_stripe(intent));
        let paid = self.applied[&(payment, self.paid_for[&payment])];
        assert_eq!(paid, self.amounts[&payment] - fee, "a fee was charged without what it is the fee of");
        assert!(self.fees.insert(payment, fee).is_none());
        lines([(Account::Credit(payment), fee), (Account::FeesCharged, -fee)])
    }

    /// What went back of a fee is no income any more; what came back of that is again.
    fn fee_corrected(&mut self, world: &World, id: FeeInvoiceId) -> Lines {
        let payment = world.read(|r| r.fee_invoice(id)).unwrap().payment;
        let back = std::mem::take(self.uncorrected.get_mut(&payment).unwrap());
        assert_ne!(back, 0, "nothing of the fee went back");
        self.facts.insert("fee_correction".to_owned());
        lines([(Account::Refunds, -back), (Account::FeesCharged, back)])
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
        let holder = id.split(':').next().unwrap();
        let invoice = booked.keys().find_map(|account| account.invoice()).unwrap();
        let account = match what {
            "apply" => Account::Credit(holder.parse().unwrap()),
            _ => Account::NoteCredit(holder.parse().unwrap()),
        };
        let used = -on(booked, Account::Receivable(invoice));
        let most = (-self.on(account)).min(self.on(Account::Receivable(invoice)));
        assert!(0 < used && used <= most, "{used} of credit was used where {most} is possible");
        self.used += used;
        match account {
            Account::Credit(payment) => *self.applied.entry((payment, invoice)).or_default() += used,
            _ => *self.by_credit.entry(invoice).or_default() += used,
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
        let asked_as = real["metadata"]["refund"].as_str();
        assert!(asked_as.is_none_or(|id| id == kept.id.to_string()), "{name} is kept as another refund");
        assert_eq!(kept.payment, payment.id);
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

    /// Money that went back: the payment's credit first unless a note is paid back, then what it had paid, the payment's own
    /// invoice or the note's before others, then its fee. What notes of those invoices owe is theirs.
    fn refund(&mut self, name: &str, kept: &Refund, amount: i64, booked: &Lines, from: Account) -> Lines {
        let payment = kept.payment;
        let gone = self.gone.entry(payment).or_default();
        *gone += amount;
        assert!(amount > 0 && *gone <= self.amounts[&payment], "more went back of {payment} than it was");
        let credit = on(booked, Account::Credit(payment));
        let shares = self.shares(kept);
        let to_invoices: i64 = shares.iter().map(|(_, paid, passed_on)| paid + passed_on).sum();
        let (held, paid) = (-self.on(Account::Credit(payment)), self.still_paid(payment));
        let expected = match kept.credit_note {
            Some(note) => {
                let to_invoices = amount.min(paid + self.passable(self.notes[&note]));
                (held.min(amount - to_invoices), to_invoices)
            }
            None => (held.min(amount), paid.min(amount - held.min(amount))),
        };
        assert_eq!((credit, to_invoices), expected, "{name} took from the wrong place");
        if credit > 0 {
            self.facts.insert("refund of credit".to_owned());
        }
        let left_of_fee = self.fees.get(&payment).copied().unwrap_or(0);
        let fee = left_of_fee.min(amount - credit - to_invoices);
        if fee > 0 {
            self.facts.insert("refund of a fee".to_owned());
            self.fees.insert(payment, left_of_fee - fee);
            *self.uncorrected.entry(payment).or_default() += fee;
        }
        // Money that a bank had taken as well: its credit was owed no longer, and what goes back again is a loss.
        let lost = self.lost_with.get(&payment).map_or(0, |with| on(with, Account::Credit(payment)));
        assert!(amount - credit - to_invoices - fee <= lost, "{name} gives back what nobody had");
        let mut all = lines([(Account::Credit(payment), credit), (Account::Refunds, amount - credit), (from, -amount)]);
        for &(invoice, paid, passed_on) in &shares {
            let share = paid + passed_on;
            *self.returned.entry((payment, invoice)).or_default() += paid;
            *self.returned_credit.entry(invoice).or_default() += passed_on;
            let owed: i64 = self.notes_of(invoice).map(|note| -self.on(Account::NoteCredit(note))).sum();
            let of_notes = self.of_notes(invoice, booked, |owed, moved| 0 < moved && moved <= owed);
            let by_notes = of_notes.values().sum::<i64>();
            assert_eq!(by_notes, share.min(owed), "notes paid back what they do not owe");
            *self.by_notes.entry(invoice).or_default() += by_notes;
            *self.loose.entry(invoice).or_default() += share - by_notes;
            add(&mut all, Account::Refunds, -by_notes);
            all.extend(of_notes);
        }
        self.refunds.insert(name.to_owned(), Gone { lines: all.clone(), fee, shares });
        all
    }

    /// Whose payment goes back is the product's choice, if it is a possible one. A note's invoice gives back what credit of
    /// other notes had paid of it, too.
    fn shares(&self, kept: &Refund) -> Vec<(InvoiceId, i64, i64)> {
        let named = kept.credit_note.map(|note| self.notes[&note]);
        let first = named.or(kept.invoice);
        let is_first = |invoice: InvoiceId| first == Some(invoice);
        let mut shares = Vec::new();
        for share in &kept.accepted.as_ref().unwrap().shares {
            let paid = share.amount.min(self.left_paid(kept.payment, share.invoice));
            let passed_on = share.amount - paid;
            let passable = if named == Some(share.invoice) { self.passable(share.invoice) } else { 0 };
            assert!(share.amount > 0 && passed_on <= passable, "more went back than was paid");
            shares.push((share.invoice, paid, passed_on));
        }
        if let Some(first) = first.filter(|_| shares.iter().any(|(invoice, ..)| !is_first(*invoice))) {
            let of_first: i64 = shares.iter().filter(|(invoice, ..)| is_first(*invoice)).map(|(_, paid, _)| paid).sum();
            assert_eq!(of_first, self.left_paid(kept.payment, first), "another invoice's money went back first");
        }
        shares
    }

    /// What notes' credit had paid of an invoice and did not go back.
    fn passable(&self, invoice: InvoiceId) -> i64 {
        let of = |all: &BTreeMap<InvoiceId, i64>| all.get(&invoice).copied().unwrap_or(0);
        (of(&self.by_credit) - of(&self.returned_credit)).max(0)
    }

    /// What a payment has paid of an invoice and did not go back.
    fn left_paid(&self, payment: PaymentId, invoice: InvoiceId) -> i64 {
        let of = |all: &BTreeMap<(PaymentId, InvoiceId), i64>| all.get(&(payment, invoice)).copied().unwrap_or(0);
        of(&self.applied) - of(&self.returned)
    }

    fn still_paid(&self, payment: PaymentId) -> i64 {
        let invoices = self.applied.keys().filter(|(of, _)| *of == payment);
        invoices.map(|(_, invoice)| self.left_paid(payment, *invoice)).sum()
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

    /// What it took is put back where it came from; what no other refund had taken from sales, notes owe again.
    fn refund_failed(&mut self, world: &World, name: &str, booked: &Lines) -> Lines {
        let real = world.at_stripe(name);
        assert!(matches!(real["status"].as_str(), Some("failed" | "canceled")), "{name} has not failed");
        let payment = world.read(|r| r.payment_by_intent(real["payment_intent"].as_str().unwrap())).unwrap().id;
        *self.gone.get_mut(&payment).unwrap() -= amount(&real);
        let taken = self.refunds.remove(name).unwrap_or_else(|| panic!("{name} was booked back before"));
        let credit = on(&taken.lines, Account::Credit(payment));
        if taken.fee > 0 {
            *self.fees.get_mut(&payment).unwrap() += taken.fee;
            *self.uncorrected.get_mut(&payment).unwrap() -= taken.fee;
        }
        let back = credit - amount(&real);
        let mut all = lines([
            (Account::Credit(payment), -credit),
            (Account::Refunds, back),
            (Account::StripeClearing, amount(&real)),
        ]);
        for (invoice, paid, passed_on) in taken.shares {
            let share = paid + passed_on;
            *self.returned.get_mut(&(payment, invoice)).unwrap() -= paid;
            *self.returned_credit.get_mut(&invoice).unwrap() -= passed_on;
            let loose = self.loose.entry(invoice).or_default();
            let to_sales = share.min(*loose);
            *loose -= to_sales;
            let by_notes = self.by_notes.entry(invoice).or_default();
            *by_notes -= share - to_sales;
            assert!(*by_notes >= 0, "{name} came back from where it is not");
            let of_notes = self.of_notes(invoice, booked, |_, moved| moved < 0);
            assert_eq!(-of_notes.values().sum::<i64>(), share - to_sales, "notes owe again what was not theirs");
            add(&mut all, Account::Refunds, share - to_sales);
            all.extend(of_notes);
        }
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
        *self.by_notes.entry(invoice).or_default() += over;
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

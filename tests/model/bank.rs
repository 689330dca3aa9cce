//! What happens at Stripe without us: payers type cards, banks decide, somebody uses the dashboard.

use quittance::demo::stripe::{Card, DisputeOrder};
use serde_json::{Value, json};

use super::owner::FEE_PERCENT;
use super::step::{DisputeTurn, RefundTurn, Step};
use super::world::{World, pick};

impl World {
    /// Takes the step if it is one of payers or banks; whether it is.
    pub fn is_at_stripe(&mut self, step: &Step) -> bool {
        // A session that cannot be paid any more, or a debit that is over, refuses; that is Stripe's right.
        match *step {
            Step::Pay(which) => drop(self.session(which).map(|id| self.stripe.pay(&id, Card::Visa))),
            Step::Decline(which) => drop(self.session(which).map(|id| self.stripe.pay(&id, Card::Declined))),
            Step::Debit(which) => drop(self.session(which).map(|id| self.stripe.pay_delayed(&id))),
            Step::DebitClears(which) => drop(self.intent(which).map(|id| self.stripe.clear_delayed(&id))),
            Step::DebitFails(which) => drop(self.intent(which).map(|id| self.stripe.fail_delayed(&id))),
            Step::PayDespiteExpiry(which) => {
                let late = self.session(which).map(|id| self.stripe.pay_despite_expiry(&id));
                self.confirmed_late |= matches!(late, Some(Ok(_)));
            }
            Step::RefundAtStripe { payment, quarters } => {
                let Some((intent, amount)) = self.charged(payment) else { return true };
                drop(self.stripe.refund(&intent, amount * quarters / 4));
            }
            Step::NextRefund(fate) => self.stripe.next_refund(fate),
            Step::RefundMoves(which, turn) => self.refund_moves(which, turn),
            Step::Dispute { payment, inquiry, quarters } => self.dispute(payment, inquiry, quarters),
            Step::DisputeMoves(which, turn) => drop(self.dispute_moves(which, turn)),
            Step::FeesLate(late) => {
                self.stripe.set_transactions_late(late);
                let waiting = if late { Vec::new() } else { self.stripe.charges_without_transaction() };
                for charge in &waiting {
                    self.stripe.book_transaction(charge);
                }
            }
            Step::PayOut => self.payouts.splice(0..0, self.stripe.pay_out()).for_each(drop),
            Step::PayoutMoves { payout, arrives } => match pick(&self.payouts, payout) {
                Some(id) if !arrives => self.stripe.payout_fails(id),
                Some(id) if self.at_stripe(id)["status"] == "in_transit" => self.stripe.payout_arrives(id),
                _ => {}
            },
            _ => return false,
        }
        true
    }

    fn refund_moves(&self, which: usize, turn: RefundTurn) {
        let refunds = self.stripe.refunds();
        let Some(id) = pick(&refunds, which).and_then(|refund| refund["id"].as_str()) else { return };
        // One that is over refuses.
        let _ = match turn {
            RefundTurn::Succeeds => self.stripe.succeed_refund(id),
            RefundTurn::Fails => self.stripe.fail_refund(id, "lost_or_stolen_card"),
            RefundTurn::Canceled => self.stripe.cancel_refund(id),
        };
    }

    fn dispute(&mut self, which: usize, inquiry: bool, quarters: i64) {
        let Some((intent, amount)) = self.charged(which) else { return };
        // Stripe has one open dispute a payment at most.
        if self
            .disputes
            .iter()
            .any(|id| is_undecided(&self.at_stripe(id)) && self.at_stripe(id)["payment_intent"] == intent)
        {
            return;
        }
        let order = if inquiry { DisputeOrder::inquiry() } else { DisputeOrder::chargeback() };
        let order = DisputeOrder { amount: Some(amount * quarters / 4), ..order };
        let opened = self.stripe.dispute(&intent, &order).unwrap();
        self.disputes.insert(0, opened["id"].as_str().unwrap().to_owned());
    }

    fn dispute_moves(&self, which: usize, turn: DisputeTurn) -> Option<()> {
        let id = pick(&self.disputes, which)?;
        let dispute = self.at_stripe(id);
        let (is_held, is_inquiry) = (taken_by(&dispute) > 0, dispute["status"].as_str()?.starts_with("warning_"));
        let give_back = || if is_held { self.stripe.reinstate_dispute(id) } else { Ok(()) };
        let done = match turn {
            DisputeTurn::Escalates if !is_inquiry || is_held => Ok(()),
            DisputeTurn::Escalates => self
                .stripe
                .change_dispute(id, json!({ "status": "needs_response" }))
                .and_then(|()| self.stripe.withdraw_dispute(id)),
            DisputeTurn::GivesBack => give_back(),
            DisputeTurn::Drops if is_inquiry => self.stripe.close_dispute(id, "warning_closed"),
            DisputeTurn::Wins if !is_inquiry => self.stripe.close_dispute(id, "won").and_then(|()| give_back()),
            DisputeTurn::Loses if !is_inquiry => self.stripe.close_dispute(id, "lost"),
            _ => Ok(()),
        };
        done.ok()
    }

    pub fn at_stripe(&self, id: &str) -> Value {
        self.stripe.object(id).unwrap_or_else(|| panic!("Stripe has no {id}"))
    }

    /// What of a payment by card is the fee, at [`FEE_PERCENT`] of the whole: what is left is what the invoice says.
    pub fn fee_in(&self, intent: &Value) -> i64 {
        let invoice = intent["metadata"]["invoice"].as_str().unwrap().parse().unwrap();
        let whole = intent["amount"].as_i64().unwrap();
        if self.with_fee.contains(&invoice) { (whole * FEE_PERCENT + 99) / 100 } else { 0 }
    }

    /// A payment that succeeded at Stripe and what it was of, the newest session first.
    fn charged(&self, which: usize) -> Option<(String, i64)> {
        let intents = self.stripe.sessions().into_iter().filter_map(|session| {
            let intent = self.stripe.object(session["payment_intent"].as_str()?)?;
            (intent["status"] == "succeeded")
                .then(|| (intent["id"].as_str().unwrap().to_owned(), intent["amount"].as_i64().unwrap()))
        });
        pick(&intents.collect::<Vec<_>>(), which).cloned()
    }

    fn session(&self, which: usize) -> Option<String> {
        pick(&self.disclosed, which).cloned()
    }

    fn intent(&self, which: usize) -> Option<String> {
        let session = self.stripe.session(&self.session(which)?)?;
        Some(session["payment_intent"].as_str()?.to_owned())
    }
}

/// What a dispute has taken from the balance by now, its fees aside.
pub fn taken_by(dispute: &Value) -> i64 {
    let moved = dispute["balance_transactions"].as_array().unwrap();
    -moved.iter().map(|transaction| transaction["amount"].as_i64().unwrap()).sum::<i64>()
}

fn is_undecided(dispute: &Value) -> bool {
    !matches!(dispute["status"].as_str(), Some("won" | "lost" | "warning_closed" | "prevented"))
}

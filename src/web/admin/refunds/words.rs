//! What is said of refunds: which way the money takes, and how far it got.

use super::super::desk::Desk;
use crate::actions::refund::Part;
use crate::billing::payment::Method;
use crate::billing::refund::State;

const DONE: &str = "refunded";
const PENDING: &str = "refund-pending";
const ASKED: &str = "refund-asked";
const FAILED: &str = "refund-failed";

/// Which way each part of a refund takes, a sentence each; `through` is how the owner gives back what had not come
/// through Stripe.
pub fn ways(desk: &Desk, parts: &[Part], through: Option<&Method>) -> Vec<String> {
    let way = |part: &Part| {
        let (amount, came) = (desk.money(part.amount), part.payment.method.words());
        match part.payment.method.stripe() {
            Some(_) => format!(
                "{amount} goes back to {came} through Stripe. Banks usually take 5 to 10 business days. Stripe keeps the \
                 fee of the payment."
            ),
            None => format!(
                "{amount} is recorded as given back ({}). This only records it: give the money back yourself.",
                through.map_or(came, Method::words)
            ),
        }
    };
    parts.iter().map(way).collect()
}

/// How far refunds got, as the word of what is said about them: what went wrong first, then what is not known yet, then
/// what waits.
pub fn word<'a>(made: impl IntoIterator<Item = &'a State>) -> &'static str {
    let words: Vec<&str> = made.into_iter().map(word_of).collect();
    [FAILED, ASKED, PENDING].into_iter().find(|word| words.contains(word)).unwrap_or(DONE)
}

fn word_of(state: &State) -> &'static str {
    match state {
        State::Failed { .. } | State::Canceled | State::Rejected { .. } | State::Lost { .. } => FAILED,
        State::Requested | State::Unknown { .. } => ASKED,
        State::Pending { .. } => PENDING,
        State::Succeeded => DONE,
    }
}

#[cfg(test)]
mod tests {
    use super::{State, word};
    use crate::billing::refund::Waiting;

    #[test]
    fn refunds_are_called_refunded_only_if_all_of_them_are() {
        let (done, asked) = (State::Succeeded, State::Requested);
        let pending = State::Pending { waits_for: Waiting::Funds };
        let rejected = State::Rejected { reason: "Charge is disputed".to_owned() };
        let failed = State::Failed { reason: "The account is closed".to_owned() };
        for (states, expected) in [
            (vec![&done, &done], "refunded"),
            (vec![&done, &pending], "refund-pending"),
            (vec![&pending, &asked], "refund-asked"),
            (vec![&done, &rejected], "refund-failed"),
            (vec![&asked, &failed], "refund-failed"),
            (vec![&failed], "refund-failed"),
        ] {
            assert_eq!(word(states.clone()), expected, "{states:?}");
        }
    }
}

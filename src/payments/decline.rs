//! Why a payment did not go through, in plain words.
//!
//! The rule it keeps: these words are for the payment log and the owner. A payer is told only that the payment did not
//! go through: a person with a stolen card need not learn that the bank knows.

use super::objects::PaymentError;

/// A code is shown to the owner; a longer one is no code.
const CODE_CHARS_MAX: usize = 64;

/// What `error` says, as one sentence without a full stop.
pub fn explain(error: &PaymentError) -> String {
    in_words(error.decline_code.as_deref(), error.code.as_deref())
}

/// The bank's `decline_code`, or where it says nothing particular Stripe's `code`, as one sentence without a full stop.
///
/// Both lists are Stripe's: docs.stripe.com/declines/codes and docs.stripe.com/error-codes.
pub fn in_words(decline_code: Option<&str>, code: Option<&str>) -> String {
    let known = [decline_code, code].into_iter().flatten().find_map(particular);
    if let Some(words) = known {
        return words.to_owned();
    }
    let unknown = [decline_code, code].into_iter().flatten().find(|code| !says_nothing(code));
    match unknown {
        Some(code) => format!("The payment was declined, with the code {}", shown(code)),
        None => "The bank declined and gave no reason".to_owned(),
    }
}

/// Codes that only say that it was declined.
fn says_nothing(code: &str) -> bool {
    matches!(
        code,
        "generic_decline"
            | "card_declined"
            | "do_not_honor"
            | "do_not_try_again"
            | "call_issuer"
            | "no_action_taken"
            | "payment_method_provider_decline"
            | "payment_intent_payment_attempt_failed"
            | ""
    )
}

/// A code as it may be shown: it came over the network.
fn shown(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(CODE_CHARS_MAX).collect()
}

fn particular(code: &str) -> Option<&'static str> {
    from_the_bank(code).or_else(|| about_the_card(code)).or_else(|| from_stripe(code))
}

/// What the bank says about the account or the payment.
fn from_the_bank(code: &str) -> Option<&'static str> {
    Some(match code {
        "insufficient_funds" => "The bank declined: not enough money in the account",
        "card_velocity_exceeded" | "withdrawal_count_limit_exceeded" | "charge_exceeds_source_limit" => {
            "The bank declined: the card's limit is used up"
        }
        "invalid_amount" | "charge_exceeds_transaction_limit" => {
            "The bank declined: the amount is more than this card may pay"
        }
        "lost_card" => "The bank declined: the card was reported lost",
        "stolen_card" => "The bank declined: the card was reported stolen",
        "pickup_card" => "The bank declined: the card is blocked and may be lost or stolen",
        "restricted_card" => "The bank declined: the card is blocked or limited to certain uses",
        "fraudulent" | "merchant_blacklist" => "Declined: the payment was taken for fraud",
        "security_violation" => "The bank declined for a security reason",
        "not_permitted" | "service_not_allowed" | "transaction_not_allowed" => {
            "The bank declined: the card may not be used for this kind of payment"
        }
        "revocation_of_authorization" | "revocation_of_all_authorizations" | "stop_payment_order" => {
            "The bank declined: the payer asked it to stop this payment"
        }
        "invalid_account" | "account_closed" | "bank_account_restricted" => {
            "The bank declined: the account is closed or cannot be used"
        }
        "new_account_information_available" => "The bank declined: the card or account has been replaced",
        "debit_not_authorized" => "The bank declined: the payer did not agree to this debit",
        "approve_with_id" | "issuer_not_available" | "reenter_transaction" | "try_again_later" => {
            "The bank could not decide just now; trying again may work"
        }
        _ => return None,
    })
}

/// What was wrong with what the payer typed, or with the card.
fn about_the_card(code: &str) -> Option<&'static str> {
    Some(match code {
        "expired_card" => "The bank declined: the card has expired",
        "incorrect_cvc" | "invalid_cvc" => "The bank declined: the card's security code is wrong",
        "incorrect_number" | "invalid_number" => "Declined: the card number is wrong",
        "invalid_expiry_month" | "invalid_expiry_year" => "Declined: the expiry date is wrong",
        "incorrect_zip" | "incorrect_postal_code" | "incorrect_address" => {
            "The bank declined: the billing address does not match the card"
        }
        "incorrect_pin" | "invalid_pin" | "pin_try_exceeded" => "The bank declined: the PIN is wrong",
        "offline_pin_required" | "online_or_offline_pin_required" => "The bank declined: the card needs its PIN",
        "card_not_supported" => "The bank declined: the card does not support this kind of payment",
        "currency_not_supported" => "The bank declined: the card does not support this currency",
        "testmode_decline" | "live_mode_test_card" => "Declined: a test card was used for a real payment",
        _ => return None,
    })
}

/// What Stripe says about the way the payment was made.
fn from_stripe(code: &str) -> Option<&'static str> {
    Some(match code {
        "authentication_required" => "The bank declined: it wants the payer to confirm the payment (3-D Secure)",
        "payment_intent_authentication_failure" | "setup_intent_authentication_failure" => {
            "The payer was not recognised by the bank (3-D Secure failed or was not finished)"
        }
        "payment_intent_payment_attempt_expired" => "The payer did not finish the payment in time",
        "payment_method_customer_decline" => "The payer canceled the payment",
        "payment_method_provider_timeout" => "The payment provider did not answer in time; trying again may work",
        "payment_method_not_available" => "The payment method is out of order just now; trying again may work",
        "processing_error" => "An error happened while the card was processed; trying again may work",
        "duplicate_transaction" => "Declined: the same amount was charged to this card moments before",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_stripes_list_have_words_of_their_own() {
        let expected = [
            ("insufficient_funds", "The bank declined: not enough money in the account"),
            ("expired_card", "The bank declined: the card has expired"),
            ("incorrect_cvc", "The bank declined: the card's security code is wrong"),
            ("lost_card", "The bank declined: the card was reported lost"),
            ("processing_error", "An error happened while the card was processed; trying again may work"),
            (
                "payment_intent_authentication_failure",
                "The payer was not recognised by the bank (3-D Secure failed or was not finished)",
            ),
        ];
        for (code, words) in expected {
            assert_eq!(in_words(Some(code), Some("card_declined")), words);
            assert_eq!(in_words(None, Some(code)), words);
        }
    }

    #[test]
    fn the_more_particular_of_the_two_codes_is_told() {
        assert_eq!(in_words(Some("generic_decline"), Some("expired_card")), "The bank declined: the card has expired");
        assert_eq!(
            in_words(Some("do_not_honor"), Some("odd_code")),
            "The payment was declined, with the code odd_code"
        );
    }

    #[test]
    fn a_decline_without_a_reason_says_so() {
        for codes in [(Some("generic_decline"), Some("card_declined")), (None, None), (Some(""), None)] {
            assert_eq!(in_words(codes.0, codes.1), "The bank declined and gave no reason");
        }
    }

    #[test]
    fn an_unknown_code_is_shown_without_what_could_forge_a_log_line() {
        let words = in_words(Some("new_reason\r\nERROR fake"), None);
        assert_eq!(words, "The payment was declined, with the code new_reasonERRORfake");
        assert!(in_words(Some(&"x".repeat(1000)), None).len() < 120);
    }
}

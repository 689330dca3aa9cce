//! Whether an address leads to this very process: whoever is there is asked for a sign that only we can give.
//!
//! The key is made at each start and leaves the process never; a sign is good for its question alone, so that it tells
//! nobody anything.

use crate::credentials;

/// Characters of a question.
const QUESTION_CHARS: usize = 43;

/// The key that signs are made with.
pub struct Presence(String);

impl Presence {
    /// # Errors
    /// The system has no randomness.
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        credentials::new_secret().map(Self)
    }

    /// A question that was never asked before.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn question() -> Result<String, getrandom::Error> {
        credentials::new_secret()
    }

    /// The sign for a question; `None` for what none of us would ask.
    #[must_use]
    pub fn sign(&self, question: &str) -> Option<String> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_question = question.len() == QUESTION_CHARS && question.bytes().all(is_plain);
        is_question.then(|| credentials::keyed(&self.0, question))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::Presence;

    #[test]
    fn a_sign_is_good_for_one_question_and_one_process() {
        let (one, other) = (Presence::new().unwrap(), Presence::new().unwrap());
        let question = Presence::question().unwrap();
        assert_eq!(one.sign(&question), one.sign(&question));
        assert_ne!(one.sign(&question), other.sign(&question));
        assert_ne!(one.sign(&question), one.sign(&Presence::question().unwrap()));
        let long = question.clone() + "a";
        for text in ["", "a", &question[1..], &long, &question.replacen(|_: char| true, " ", 1)] {
            assert_eq!(one.sign(text), None, "{text:?}");
        }
    }
}

//! What the mailbox can be told to do wrong, as real mail servers do.

/// The moment at which something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Instead of the greeting.
    Connected,
    /// Instead of the answer to `AUTH`.
    SignedIn,
    /// Instead of the answer to `MAIL`.
    Sender,
    /// Instead of the answer to the first `RCPT`.
    Recipient,
    /// Instead of the answer to a further `RCPT`.
    Copy,
    /// Instead of the answer to `DATA`.
    BeforeMessage,
    /// Instead of the answer to the final dot.
    AfterMessage,
}

/// What happens then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// This line is the answer, such as `450 4.2.0 Mailbox busy`. A mail answered so is not kept.
    Answer(&'static str),
    /// The connection is closed without an answer. After the final dot the mail *is* kept: it was the answer that
    /// got lost.
    HangUp,
    /// Nothing is said any more, and the connection stays open until the other side closes it. The mail is kept, as
    /// above.
    Stall,
}

/// One thing that goes wrong once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub when: When,
    pub how: How,
}

impl Fault {
    #[must_use]
    pub fn new(when: When, how: How) -> Self {
        Self { when, how }
    }
}

//! To the owner: a payer's bank wants money back. What it is about, until when it can be answered, or how it ended.

use askama::Template;

use super::{Content, LetterError, subject};

pub struct OwnerDispute {
    /// The business's name.
    pub business: String,
    pub turn: Turn,
    pub customer: String,
    /// None if the payment belongs to no invoice.
    pub number: Option<String>,
    pub amount: String,
    /// The bank's reason, a sentence without its full stop.
    pub reason: String,
    /// Day and hour; nothing if it cannot be answered.
    pub respond_by: Option<String>,
    /// The dispute in the admin page.
    pub url: String,
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The bank asks; no money has moved.
    Asked,
    /// The money is held back.
    Opened,
    /// So many days are left.
    DaysLeft(u8),
    Won,
    Lost,
    /// Over, and no money was taken.
    Closed,
}

impl OwnerDispute {
    fn headline(&self) -> String {
        let what = match self.turn {
            Turn::Asked => "A bank asks about a payment".to_owned(),
            Turn::Opened => "A payment is disputed".to_owned(),
            Turn::DaysLeft(1) => "One day left to answer a dispute".to_owned(),
            Turn::DaysLeft(days) => format!("{days} days left to answer a dispute"),
            Turn::Won => "You won a dispute".to_owned(),
            Turn::Lost => "A dispute was lost".to_owned(),
            Turn::Closed => "A dispute was closed without a loss".to_owned(),
        };
        let about = self.number.as_ref().map(|number| format!(", invoice {number}")).unwrap_or_default();
        format!("{what}: {} from {}{about}", self.amount, self.customer)
    }

    /// What happened, in whole sentences.
    fn story(&self) -> &'static str {
        match self.turn {
            Turn::Asked => "The customer's bank wants to know more about a payment. No money has moved.",
            Turn::Opened | Turn::DaysLeft(_) => {
                "The customer's bank wants the money of a payment back. Stripe holds it until the bank has decided."
            }
            Turn::Won => "The bank decided for you. Stripe gives the money back.",
            Turn::Lost => "The bank decided for its customer. The money is gone; the invoice stays paid in the books.",
            Turn::Closed => "The matter is over, and no money was taken.",
        }
    }

    /// What to do, in whole sentences.
    fn next_step(&self) -> &'static str {
        match (self.turn, &self.respond_by) {
            (Turn::Won | Turn::Closed, _) => "Nothing needs to be done.",
            (Turn::Lost, _) => {
                "If you think that the money is owed all the same, ask your customer for it in another way."
            }
            (_, None) => "This dispute cannot be answered. Talk to your customer.",
            (Turn::Asked, Some(_)) => {
                "Send your side of the story before the deadline, or refund the payment: then no dispute comes of it."
            }
            (_, Some(_)) => {
                "Send evidence before the deadline; without it the money is lost. The bank takes evidence once, so \
                 gather it first."
            }
        }
    }

    /// The deadline, while there is something to answer.
    fn deadline(&self) -> Option<&str> {
        let is_open = matches!(self.turn, Turn::Asked | Turn::Opened | Turn::DaysLeft(_));
        self.respond_by.as_deref().filter(|_| is_open)
    }

    pub fn render(&self) -> Result<Content, LetterError> {
        let subject = subject(&self.headline());
        let text = Text { view: self }.render()?;
        let html = Html { view: self, subject: &subject }.render()?;
        Ok(Content { subject, text, html, automatic: true })
    }
}

#[derive(Template)]
#[template(path = "mail/owner_dispute.txt")]
struct Text<'a> {
    view: &'a OwnerDispute,
}

#[derive(Template)]
#[template(path = "mail/owner_dispute.html")]
struct Html<'a> {
    view: &'a OwnerDispute,
    subject: &'a str,
}

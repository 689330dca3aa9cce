//! The pages that a customer sees: the invoice, the return from Stripe, the receipt.
//!
//! They carry no cookie, no account and no word of our trade. What the invoice's state means for its reader is decided
//! by [`Standing`] and [`Pay`]; the sentences are those of the reader's language, `t`.

use super::paper::{Paper, PlanRow, Seller, Transfer};
use super::parts::{Field, Link, When};
use crate::billing::language::Language;
use crate::words::Words;
use askama::Template;

/// The other languages of a page, and the one that its reader chose.
#[derive(Clone, Debug, Default)]
pub struct Switch {
    /// The page's own path; empty where there is nothing to choose.
    pub here: String,
    /// What every address of this site bears behind it: `?lang=de`, once a language was chosen. There is no cookie.
    pub kept: String,
}

impl Switch {
    /// Tag and own name of each.
    pub fn languages(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        Language::ALL.into_iter().map(|language| (language.tag(), language.own_name()))
    }
}

/// Where the invoice stands, as far as its reader is concerned.
#[derive(Clone, Debug)]
pub enum Standing {
    /// Money is due. `due` reads `Due 6 December 2026` or, neutrally, `Was due 10 November 2026`.
    Open {
        due: String,
    },
    /// Part of it has been paid. `paid` and `total` with currency.
    PartPaid {
        due: String,
        paid: String,
        total: String,
    },
    /// A delayed method is under way; nothing can be paid meanwhile.
    Processing {
        amount: String,
        /// The day on which it was started.
        since: Option<String>,
        /// `Payments by SEPA direct debit can take up to 14 working days.`
        wait: String,
    },
    /// A payment has arrived that a person looks at first; nothing can be paid meanwhile.
    Held,
    /// Nothing is due. `on` is the date of the last payment, or of issue when the total is zero.
    Paid {
        on: String,
    },
    /// All of it was paid and given back.
    Refunded {
        on: String,
    },
    Void {
        on: String,
    },
    /// All of it was credited, and nothing was ever paid.
    Credited {
        on: String,
    },
    /// Written off.
    Uncollectible,
    /// A draft, shown to the owner as the customer would see it. Nothing can be pressed.
    Preview {
        due: String,
    },
}

/// How the invoice can be paid here.
#[derive(Clone, Debug)]
pub enum Pay {
    /// The button. `amount` is what is due now with the fee, if one is added, as it stands on the button.
    Card { amount: String },
    /// What is left of the part is too little for a card, and only all that is due can be paid by one.
    All { amount: String },
    /// Cards were never possible for this invoice (currency, amount, or no Stripe key).
    TransferOnly,
    /// Cards are possible, but Stripe cannot be reached or refuses us at the moment.
    CardDown,
    /// Nothing is due, or nothing may be paid now.
    Nothing,
}

/// What is due after what is due now.
#[derive(Clone, Debug)]
pub struct Then {
    pub amount: String,
    /// `6 December 2026`
    pub due: String,
}

/// What is paid by card where a fee is added.
#[derive(Clone, Debug)]
pub struct Added {
    /// What of the invoice is paid.
    pub principal: String,
    pub fee: String,
    pub total: String,
}

/// An amount of the payer's own choice.
#[derive(Clone, Debug)]
pub struct Choice {
    pub least: String,
    pub most: String,
    /// The fees on the smallest and on the largest amount, if a fee is added.
    pub fees: Option<(String, String)>,
    /// `amount`
    pub amount: Field,
}

/// What has just happened, above everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Back from Stripe without paying.
    Canceled,
    /// The last payment came to nothing.
    Failed,
    /// Pay was pressed while nothing was due any more.
    AlreadyPaid,
}

/// `GET /i/{token}`, and the owner's preview of a draft.
#[derive(Clone, Debug, Template)]
#[template(path = "public/invoice.html")]
pub struct InvoicePage {
    pub t: Words,
    pub switch: Switch,
    /// `/i/TOKEN`; the template adds `/checkout`.
    pub path: String,
    /// Made with a Stripe test key: no real money moves.
    pub test_mode: bool,
    pub remark: Option<Remark>,
    pub standing: Standing,
    pub pay: Pay,
    /// The big figure: what is due now, or the total once nothing is.
    pub amount: String,
    /// What comes after that.
    pub then: Option<Then>,
    /// What the button adds to what is due.
    pub added: Option<Added>,
    /// All that is due, with the fee, where it is more than what is due now and may be paid early.
    pub all: Option<String>,
    /// What of that is the fee.
    pub all_fee: Option<String>,
    pub choice: Option<Choice>,
    /// The parts that it is paid in; empty if it is paid at once.
    pub plan: Vec<PlanRow>,
    pub paper: Paper,
    /// Shown while something is due and the owner has an account to transfer to.
    pub transfer: Option<Transfer>,
    pub pdf_url: Option<String>,
    /// What went back to whoever paid, if anything did.
    pub refunded: Option<String>,
    /// `mailto:` with the number as subject.
    pub question_url: Option<String>,
    /// The newest receipt, once paid.
    pub receipt_url: Option<String>,
    /// Its credit notes.
    pub credit_urls: Vec<Link>,
    /// Only in the owner's preview: back to the editor.
    pub back_url: Option<String>,
}

impl InvoicePage {
    fn title(&self) -> String {
        self.paper.number.as_ref().map_or_else(|| self.t.draft_title(), |number| self.t.invoice_title(number))
    }

    fn in_parts(&self) -> String {
        self.t.in_parts(u32::try_from(self.plan.len()).unwrap_or(u32::MAX))
    }

    /// The bank details are the way to pay and come first.
    fn transfer_first(&self) -> bool {
        matches!(self.pay, Pay::TransferOnly | Pay::CardDown)
    }

    /// In a preview nothing can be pressed.
    fn off(&self) -> &'static str {
        if self.back_url.is_some() { " disabled" } else { "" }
    }
}

/// What Stripe said when it was asked on return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not known yet: the page asks again by itself.
    Checking,
    Paid,
    /// A delayed method was started.
    Processing,
    Failed,
    /// The customer came back without paying, or the checkout ran out.
    Canceled,
}

/// `GET /i/{token}/return`.
#[derive(Clone, Debug, Template)]
#[template(path = "public/return.html")]
pub struct ReturnPage {
    pub t: Words,
    pub switch: Switch,
    /// `/i/TOKEN`; the script asks `/status` behind it.
    pub path: String,
    pub test_mode: bool,
    pub seller: Seller,
    pub number: String,
    /// What was paid or is being paid.
    pub amount: String,
    pub outcome: Outcome,
    /// What was due when the page was made, in minor units: the script loads the page again when it changes.
    pub due: String,
    /// What is still to be paid after this payment.
    pub rest: Option<Then>,
    /// `Bank payments can take up to 14 working days.`
    pub wait: String,
    /// Where the receipt goes, shown when paid or processing.
    pub receipt_to: Option<String>,
    pub receipt_url: Option<String>,
    pub question_url: Option<String>,
}

/// A copy of the receipt for a payer whose address is not the invoice's. `to` is shown in part only.
#[derive(Clone, Debug)]
pub enum PayerCopy {
    Offered { to: String },
    Sent { to: String },
}

/// `GET /i/{token}/credit/{n}`.
#[derive(Clone, Debug, Template)]
#[template(path = "public/credit.html")]
pub struct CreditPage {
    pub t: Words,
    pub switch: Switch,
    /// `/i/TOKEN`.
    pub path: String,
    pub test_mode: bool,
    pub number: String,
    /// Number of the invoice.
    pub invoice: String,
    pub amount: String,
    /// `on 22 November 2026`
    pub on: String,
    /// What became of it, a sentence each.
    pub outcome: Vec<String>,
    pub paper: Paper,
    pub question_url: Option<String>,
}

/// `GET /i/{token}/fee/{n}`.
#[derive(Clone, Debug, Template)]
#[template(path = "public/fee.html")]
pub struct FeePage {
    pub t: Words,
    pub switch: Switch,
    /// `/i/TOKEN`.
    pub path: String,
    pub test_mode: bool,
    pub number: String,
    /// Number of the invoice.
    pub invoice: String,
    pub amount: String,
    /// `on 22 November 2026`
    pub on: String,
    pub receipt_url: String,
    /// The document of the fee that this one takes back, if it is a correction.
    pub corrects: Option<Link>,
    /// What took this fee back.
    pub corrections: Vec<Link>,
    pub paper: Paper,
    pub question_url: Option<String>,
}

impl FeePage {
    fn title(&self) -> String {
        if self.corrects.is_some() { self.t.correction(&self.number) } else { self.t.fee_title(&self.number) }
    }
}

/// The fee that a payment bore.
#[derive(Clone, Debug)]
pub struct FeeShare {
    /// What of the payment was for the invoice.
    pub principal: String,
    pub fee: String,
    /// The document of the fee.
    pub document: Link,
}

/// `GET /i/{token}/receipt/{n}`.
#[derive(Clone, Debug, Template)]
#[template(path = "public/receipt.html")]
pub struct ReceiptPage {
    pub t: Words,
    pub switch: Switch,
    /// `/i/TOKEN`.
    pub path: String,
    pub test_mode: bool,
    pub seller: Seller,
    pub buyer: super::paper::Buyer,
    /// Number of the invoice.
    pub number: String,
    /// `1` for the invoice's first payment.
    pub ordinal: String,
    pub received: When,
    /// `Visa ending in 4242`, `Bank transfer`.
    pub method: String,
    /// What the other side calls the payment, if anything.
    pub reference: Option<String>,
    pub amount: String,
    pub invoice_total: String,
    /// The fee that was a part of it.
    pub fee: Option<FeeShare>,
    /// What is still due on the invoice after this payment; `None` when nothing is.
    pub remaining: Option<String>,
    /// It has arrived, and a person looks at it before it is said what it pays.
    pub is_checked: bool,
    /// What of it the invoice did not need, held as the customer's credit.
    pub surplus: Option<String>,
    /// The part of it that comes next.
    pub next: Option<Then>,
    /// What of this payment has been given back, if any.
    pub refunded: Option<String>,
    pub copy: Option<PayerCopy>,
    pub pdf_url: Option<String>,
    pub question_url: Option<String>,
}

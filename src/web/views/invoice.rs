//! One invoice, as its owner sees it: where it stands, what can be done, all that happened.

use super::credit::CreditNoteRow;
use super::paper::{Paper, PlanRow};
use super::parts::{Field, Link, Problem, Qr, Select, Tag, Tone, When};
use super::payments::Brought;
use super::public::Added;
use super::shell::Shell;
use askama::Template;

/// `GET /admin/invoices/{id}`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/invoice.html")]
pub struct InvoiceDetail {
    pub shell: Shell,
    /// `/admin/invoices/inv_…`; verbs are added: `/send`, `/remind`, `/void`, `/uncollectible`, `/link`, `/checkout`,
    /// `/payments`, `/credit`, `/reissue`, `/apply-credit`, `/edit`, `/preview`, `/delete`, `/issue`, `/copy`.
    pub path: String,
    /// `2026-0042`, or `Draft`.
    pub number: String,
    pub customer: Link,
    pub customer_email: Option<String>,
    /// The state first, then flags.
    pub tags: Vec<Tag>,
    /// `19,040.00 €`
    pub amount_due: String,
    /// What stands under the amount: `due in 14 days · 6 Dec 2026`.
    pub due: String,
    pub can: Can,
    /// The main button; `None` when nothing is left to do.
    pub primary: Option<Primary>,
    pub figures: Amounts,
    /// Why it cannot be paid by card, where a key is there and it must still be paid.
    pub not_by_card: Option<String>,
    /// What Stripe's answer is awaited to, such as a refund, a sentence each.
    pub awaited: Vec<String>,
    /// What is due now, where that is not all that is due.
    pub due_now: Option<String>,
    /// The parts that it is to be paid in; empty if it is paid at once.
    pub plan: Vec<PlanRow>,
    /// The smallest amount that the customer may choose, where the customer chooses.
    pub plan_note: Option<String>,
    /// What whoever pays by card pays on top, and who said so.
    pub fee_note: Option<String>,
    /// The last payment that was declined, while the invoice is still open.
    pub decline: Option<Decline>,
    /// What banks dispute of its payments.
    pub disputes: Vec<DisputeNotice>,
    /// Open reviews of this invoice.
    pub reviews: Vec<Link>,
    /// `None` for a draft.
    pub public_url: Option<String>,
    pub paper: Paper,
    pub pdf_url: Option<String>,
    pub payments: Vec<PaymentRow>,
    pub record: RecordPayment,
    /// Oldest first.
    pub credit_notes: Vec<CreditNoteRow>,
    /// The customer has credit that could pay it.
    pub use_credit: Option<UseCredit>,
    /// Newest first.
    pub timeline: Vec<Happening>,
    /// Oldest first.
    pub log: Vec<LogRow>,
}

/// A dispute, in a line.
#[derive(Clone, Debug, Default)]
pub struct DisputeNotice {
    pub tone: Tone,
    /// `119.00 € are disputed`
    pub title: String,
    /// `Answer by 10 Dec 2026, 12:00.`
    pub text: String,
    pub link: Link,
}

/// What may be done now. Exactly the doors that the handlers leave open.
#[expect(clippy::struct_excessive_bools, reason = "each is one independent permission")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Can {
    pub edit: bool,
    pub delete: bool,
    pub preview: bool,
    /// Give it a number without mailing it.
    pub issue: bool,
    /// Mail it (again).
    pub send: bool,
    pub remind: bool,
    pub record_payment: bool,
    /// Let it be paid another way while a bank payment is under way.
    pub let_go: bool,
    /// Start a checkout on the owner's own screen.
    pub take_payment: bool,
    pub void: bool,
    /// Write a credit note, or correct and reissue it.
    pub credit: bool,
    pub write_off: bool,
    /// Ask again for what was written off.
    pub reopen: bool,
    /// Give it a new public link.
    pub new_link: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primary {
    Send,
    Remind,
    RecordPayment,
}

#[derive(Clone, Debug, Default)]
pub struct Amounts {
    pub total: String,
    pub paid: String,
    /// `None` when nothing was given back.
    pub refunded: Option<String>,
    /// `None` when nothing was credited.
    pub credited: Option<String>,
    pub due: String,
}

/// A card that was refused.
#[derive(Clone, Debug, Default)]
pub struct Decline {
    pub at: When,
    pub amount: String,
    /// In plain words: `The card has too little money on it.`
    pub reason: String,
    /// `mailto:` the customer, with subject and a friendly text.
    pub write_url: Option<String>,
}

/// Money that arrived.
#[derive(Clone, Debug, Default)]
pub struct PaymentRow {
    pub at: When,
    /// `Card, Visa ending in 4242`
    pub method: String,
    pub amount: String,
    /// What Stripe kept of it; `None` until known, and where Stripe has no part in it.
    pub brought: Option<Brought>,
    /// The payout that carried it to the bank.
    pub payout: Option<Link>,
    /// The document of the fee that was a part of it, and how much that was.
    pub fee: Option<(Link, String)>,
    pub tag: Option<Tag>,
    pub receipt_url: Option<String>,
    /// At Stripe.
    pub external: Option<Link>,
    /// The payer gave another address than the customer's and may be sent a copy.
    pub copy: Option<ReceiptCopy>,
    /// Where one that was recorded by mistake is taken back.
    pub take_back_url: Option<String>,
    /// Where it is given back.
    pub refund_url: Option<String>,
    /// What went back of it, or was to, oldest first.
    pub refunds: Vec<RefundRow>,
}

/// Money on its way back.
#[derive(Clone, Debug, Default)]
pub struct RefundRow {
    pub at: When,
    pub amount: String,
    pub tag: Tag,
    /// What is awaited, or why it failed.
    pub detail: Option<String>,
}

/// Credit of the customer that can be used; posts `amount` to `{path}/apply-credit`.
#[derive(Clone, Debug, Default)]
pub struct UseCredit {
    /// `20.00 €`
    pub amount: String,
    /// `20.00`
    pub value: String,
}

#[derive(Clone, Debug, Default)]
pub struct ReceiptCopy {
    pub email: String,
    /// Posted to.
    pub action: String,
}

/// The form for money received elsewhere; posts to `{path}/payments`.
#[derive(Clone, Debug, Default)]
pub struct RecordPayment {
    /// Shown unfolded, as after a mistake.
    pub open: bool,
    pub problems: Vec<Problem>,
    /// `amount`
    pub amount: Field,
    /// `method`: `bank_transfer`, `cash`, `check`, `other`
    pub method: Select,
    /// `received_on`
    pub received_on: Field,
    /// `reference`
    pub reference: Field,
    /// So that a double click records one payment.
    pub nonce: String,
}

/// One entry of the timeline.
#[derive(Clone, Debug, Default)]
pub struct Happening {
    pub at: When,
    pub tone: Tone,
    /// `Paid by card`
    pub title: String,
    /// Who or what did it: `Stripe`, `anna@example.com`, `Schedule`.
    pub actor: String,
    /// More, such as what the mail server said.
    pub detail: Option<String>,
    /// The raw notice, folded away.
    pub raw: Option<String>,
}

/// One line of the payment log, in the words of the log itself.
#[derive(Clone, Debug, Default)]
pub struct LogRow {
    /// `12`
    pub seq: String,
    pub at: When,
    /// `Payment succeeded`
    pub kind: String,
    pub tone: Tone,
    /// `Webhook`
    pub source: String,
    /// `None` where no money is meant.
    pub amount: Option<String>,
    /// `pi_…`, `cs_…`, `evt_…`
    pub ids: Vec<String>,
    pub detail: String,
}

/// `GET /admin/invoices/{id}/send`: who gets what, before it goes.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/send.html")]
pub struct SendPage {
    pub shell: Shell,
    pub path: String,
    /// `Send invoice 2026-0042`; for a draft the number it will get.
    pub title: String,
    /// It is a draft: sending gives it its number for good.
    pub issues: bool,
    pub to: Option<String>,
    /// Where to add an address when there is none.
    pub customer_url: String,
    pub cc: Vec<String>,
    pub subject: String,
    pub customer: String,
    pub amount: String,
    pub due: String,
    /// What law or good sense lacks: `Your business has no tax number yet.`
    pub warnings: Vec<String>,
    /// Why nothing can be sent now, if so.
    pub blocked: Option<String>,
}

/// `GET /admin/invoices/{id}/checkout`: paying on the owner's own screen or the customer's phone.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/take_payment.html")]
pub struct TakePaymentPage {
    pub shell: Shell,
    pub path: String,
    pub number: String,
    pub customer: String,
    /// What the checkout asks for, or what was paid.
    pub amount: String,
    /// Asked again and again by the script, `/i/TOKEN/status`.
    pub status_url: String,
    /// What was due when the page was made, in minor units: the script loads it again when it changes.
    pub due: String,
    pub checkout: TakePayment,
}

#[derive(Clone, Debug)]
pub enum TakePayment {
    /// Ready: the same attempt that the public page uses.
    Open {
        url: String,
        qr: Qr,
        until: String,
        /// What the amount is made of, where a fee is added.
        added: Option<Added>,
    },
    Processing,
    Paid {
        on: String,
    },
    /// Cards cannot be taken now; the sentence says why and what to do.
    Refused {
        reason: String,
    },
}

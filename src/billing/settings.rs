//! What the owner settled once: the business, its numbers, terms, tax rates and wishes.

use serde::{Deserialize, Serialize};

use super::currency::Currency;
use super::ledger::Book;
use super::number::{Pattern, Series};
use super::party::Party;
use super::passthrough::Passthrough;
use super::quantity::TaxRate;
use super::retention::Retention;

/// The owner's settings. A missing one has its default, so that an older record can be read.
#[expect(clippy::struct_excessive_bools, reason = "each is one independent wish")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub business: Party,
    pub currency: Currency,
    /// IANA name, such as `Europe/Berlin`: decides every date.
    pub time_zone: String,
    /// BCP 47 tag, such as `en`.
    pub language: String,
    /// The series of real invoices.
    pub numbering: Series,
    /// The series of invoices made while a test key is in use.
    pub test_numbering: Series,
    /// The series of real credit notes.
    pub credit_note_numbering: Series,
    /// The series of credit notes made while a test key is in use.
    pub test_credit_note_numbering: Series,
    /// The series of real invoices over fees.
    pub fee_invoice_numbering: Series,
    /// The series of invoices over fees that were paid while a test key was in use.
    pub test_fee_invoice_numbering: Series,
    /// Days from issue to due.
    pub terms_days: u16,
    pub tax_rates: Vec<NamedRate>,
    /// Whether prices of a new invoice include tax.
    pub prices_include_tax: bool,
    /// Whether the owner is mailed for each payment.
    pub notify_payments: bool,
    /// Whether the owner is mailed when something needs a decision.
    pub notify_reviews: bool,
    /// Whether the owner is mailed about declined cards: once an hour and invoice at most.
    pub notify_declines: bool,
    /// Whether the owner is mailed when a mail could not be delivered.
    pub notify_mails: bool,
    /// Whether the owner is mailed when the way to Stripe, or back, is broken.
    pub notify_stripe: bool,
    /// Whether the owner is mailed when most of a month's reads at Stripe are used up.
    pub notify_reads: bool,
    /// Which methods of payment Stripe's page offers.
    pub payment_methods: PaymentMethods,
    /// Whether payers are asked for what card companies keep.
    pub fee_passthrough: Passthrough,
    /// How long is kept what is no record of the books.
    pub retention: Retention,
    /// Bumped by each change.
    pub revision: u32,
}

/// Which of its methods Stripe offers to payers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethods {
    /// Cards, which are paid at once or not at all.
    #[default]
    Card,
    /// Every method that is turned on in the Stripe account, bank debits that take days among them.
    All,
}

impl Settings {
    /// The series that documents of a sort and book are numbered from.
    #[must_use]
    pub fn series(&self, documents: Documents, book: Book) -> &Series {
        match (documents, book.is_test()) {
            (Documents::Invoices, false) => &self.numbering,
            (Documents::Invoices, true) => &self.test_numbering,
            (Documents::CreditNotes, false) => &self.credit_note_numbering,
            (Documents::CreditNotes, true) => &self.test_credit_note_numbering,
            (Documents::FeeInvoices, false) => &self.fee_invoice_numbering,
            (Documents::FeeInvoices, true) => &self.test_fee_invoice_numbering,
        }
    }

    /// The same series, to be changed.
    pub fn series_mut(&mut self, documents: Documents, book: Book) -> &mut Series {
        match (documents, book.is_test()) {
            (Documents::Invoices, false) => &mut self.numbering,
            (Documents::Invoices, true) => &mut self.test_numbering,
            (Documents::CreditNotes, false) => &mut self.credit_note_numbering,
            (Documents::CreditNotes, true) => &mut self.test_credit_note_numbering,
            (Documents::FeeInvoices, false) => &mut self.fee_invoice_numbering,
            (Documents::FeeInvoices, true) => &mut self.test_fee_invoice_numbering,
        }
    }
}

/// Documents that have a series of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Documents {
    Invoices,
    CreditNotes,
    FeeInvoices,
}

impl Documents {
    pub const ALL: [Self; 3] = [Self::Invoices, Self::CreditNotes, Self::FeeInvoices];

    /// What they are called, more than one of them.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invoices => "invoices",
            Self::CreditNotes => "credit notes",
            Self::FeeInvoices => "payment fee documents",
        }
    }

    /// The same with the book, where it is not the real one.
    #[must_use]
    pub fn name_in(self, book: Book) -> String {
        if book.is_test() { format!("{} in test mode", self.name()) } else { self.name().to_owned() }
    }

    /// CONTRACT: the field of the settings that the series is set by.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Invoices => "numbering",
            Self::CreditNotes => "credit_note_numbering",
            Self::FeeInvoices => "fee_invoice_numbering",
        }
    }
}

/// A tax rate under the name that the owner picks it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedRate {
    pub name: String,
    pub rate: TaxRate,
}

/// Fourteen days, as most invoices say.
const TERMS_DAYS: u16 = 14;

impl Default for Settings {
    fn default() -> Self {
        Self {
            business: Party::default(),
            currency: Currency::EUR,
            time_zone: "UTC".into(),
            language: "en".into(),
            numbering: Series::new(Pattern::default()),
            test_numbering: Series::for_test_mode(Pattern::default()),
            credit_note_numbering: Series::new(Pattern::of_credit_notes()),
            test_credit_note_numbering: Series::for_test_mode(Pattern::of_credit_notes()),
            fee_invoice_numbering: Series::new(Pattern::of_fee_invoices()),
            test_fee_invoice_numbering: Series::for_test_mode(Pattern::of_fee_invoices()),
            terms_days: TERMS_DAYS,
            tax_rates: Vec::new(),
            prices_include_tax: false,
            notify_payments: true,
            notify_reviews: true,
            notify_declines: true,
            notify_mails: true,
            notify_stripe: true,
            notify_reads: true,
            payment_methods: PaymentMethods::default(),
            fee_passthrough: Passthrough::default(),
            retention: Retention::default(),
            revision: 0,
        }
    }
}

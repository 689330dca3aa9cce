//! The invoice as a sheet of paper: the same on the public page, in the owner's preview and in print.
//!
//! Every amount carries its currency and is formatted for the reader; nothing is added up here.

use crate::words::Words;

/// Characters of a line's figures that stand beside its words on a sheet.
const FIGURES_CHARS_MAX: usize = 40;

/// Who sends the invoice.
#[derive(Clone, Debug, Default)]
pub struct Seller {
    pub name: String,
    /// Street, post code and city, country: one line each, as written on an envelope.
    pub address: Vec<String>,
    pub tax_id: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// `https:` only.
    pub website: Option<String>,
}

impl Seller {
    /// The `tel:` address: digits only, with the plus sign of an international number (RFC 3966).
    pub fn phone_url(&self) -> String {
        let digits = self.phone.iter().flat_map(|text| text.chars()).filter(|c| c.is_ascii_digit() || *c == '+');
        std::iter::once("tel:".to_owned()).chain(digits.map(String::from)).collect()
    }
}

/// Who is asked to pay.
#[derive(Clone, Debug, Default)]
pub struct Buyer {
    pub name: String,
    pub address: Vec<String>,
    pub tax_id: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Paper {
    /// The customer's.
    pub t: Words,
    /// It stands on a page of the owner's, which is in another language.
    pub is_embedded: bool,
    pub seller: Seller,
    pub buyer: Buyer,
    /// The number of the invoice that is credited: then the sheet is a credit note.
    pub credits: Option<String>,
    /// The number of the invoice that it was paid together with: then the sheet is an invoice over a fee.
    pub paid_with: Option<String>,
    /// `None` in a draft.
    pub number: Option<String>,
    /// `22 November 2026`; the date that it would get in a draft.
    pub issued_on: String,
    pub due_on: String,
    pub delivered_on: Option<String>,
    /// The customer's order number or the like.
    pub reference: Option<String>,
    pub lines: Vec<Line>,
    pub totals: Totals,
    /// Paragraphs.
    pub notes: Vec<String>,
    /// Sentences that the law wants, such as the reason for a zero rate.
    pub tax_notes: Vec<String>,
}

impl Paper {
    /// On a page of the owner's.
    #[must_use]
    pub fn embedded(self) -> Self {
        Self { is_embedded: true, ..self }
    }

    /// Whether a column of tax rates says anything.
    pub fn is_taxed(&self) -> bool {
        self.lines.iter().any(|line| !line.tax.is_empty())
    }

    /// Whether the figures of a line leave no room for its words beside them.
    pub fn is_wide(&self) -> bool {
        let width = |line: &Line| {
            [&line.quantity, &line.unit_price, &line.amount].map(|text| text.chars().count()).iter().sum()
        };
        self.lines.iter().map(width).max().unwrap_or(0) > FIGURES_CHARS_MAX
    }
}

#[derive(Clone, Debug, Default)]
pub struct Line {
    pub description: String,
    /// With its unit: `2.5 h`.
    pub quantity: String,
    pub unit_price: String,
    /// `10 % discount`.
    pub discount: Option<String>,
    /// `19 %`; empty if the invoice has no taxes.
    pub tax: String,
    pub amount: String,
}

#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Lines are gross, and taxes are contained in the total instead of added to it.
    pub prices_include_tax: bool,
    pub subtotal: String,
    pub taxes: Vec<Tax>,
    pub total: String,
    /// Payments, credit notes and refunds, oldest first, with their sign.
    pub movements: Vec<Movement>,
    /// Shown when something was paid; `None` hides the line.
    pub due: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Tax {
    /// `VAT 19 %`.
    pub label: String,
    /// What it is charged on.
    pub base: String,
    pub amount: String,
}

#[derive(Clone, Debug, Default)]
pub struct Movement {
    /// `Paid on 24 November 2026 by card`.
    pub label: String,
    /// `−119.00 €`.
    pub amount: String,
    /// Where its receipt or credit note is; refunds have none.
    pub receipt_url: Option<String>,
}

/// Where money can be transferred to, for exactly what is due.
#[derive(Clone, Debug, Default)]
pub struct Transfer {
    pub account_name: String,
    /// In groups of four.
    pub iban: String,
    pub bic: Option<String>,
    /// What to write on the transfer, so that it is recognised.
    pub reference: String,
    /// With currency, for reading.
    pub amount: String,
    /// Digits only, for pasting into a bank's form: `9044.00`.
    pub amount_plain: String,
    /// The EPC code (EPC069-12) for a banking app; euro and IBAN only.
    pub qr: Option<super::parts::Qr>,
}

/// A part of an invoice that is paid in parts.
#[derive(Clone, Debug, Default)]
pub struct PlanRow {
    /// `Deposit`, `Rest`, `2 of 3`.
    pub label: String,
    /// `due 6 December 2026`.
    pub due: String,
    pub amount: String,
    /// `Paid`, `Due now`.
    pub tag: Option<super::parts::Tag>,
}

//! `fee_passthrough`, of an invoice and in the settings: how a program writes it, and how it is shown; the two are the same.
//!
//! A choice is `{"kind": "rate", "percent": "2.9", "fixed": 30, "currency": "EUR"}` or `{"kind": "off"}`; `null` leaves it to
//! the level above. The settings hold `usual`, `accounts` (a list of such choices, each with its `account`, `acct_…`) and
//! `off_in`, the countries whose customers are never asked for a fee.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::fields::Fields;
use super::shapes::{TaxShape, tax};
use crate::billing::currency::Currency;
use crate::billing::fee_invoice::FeeInvoice;
use crate::billing::id::{CustomerId, FeeInvoiceId, InvoiceId, PaymentId, RefundId};
use crate::billing::money::Money;
use crate::billing::party::countries;
use crate::billing::passthrough::{Choice, FIELD, NoRate, Passthrough, Rate};
use crate::billing::quantity::Percent;

/// A choice whose fixed part may still lack its currency.
#[derive(Clone, Copy)]
pub(super) enum GivenChoice {
    Inherit,
    Off,
    Rate { percent: Percent, fixed: i64, currency: Option<Currency> },
}

impl GivenChoice {
    /// The choice with a fixed part in `usual` currency where none was named.
    pub(super) fn within(self, usual: Currency) -> Choice {
        match self {
            Self::Inherit => Choice::Inherit,
            Self::Off => Choice::Off,
            // It was checked when it was read.
            Self::Rate { percent, fixed, currency } => {
                rate(percent, fixed, currency.unwrap_or(usual)).map_or(Choice::Off, Choice::Rate)
            }
        }
    }
}

fn rate(percent: Percent, fixed: i64, currency: Currency) -> Result<Rate, NoRate> {
    let zero = Money::zero(currency);
    let fixed = Money::new(fixed, currency).map_err(|_| NoRate::FixedTooLarge(zero))?;
    Rate::new(percent, Some(fixed))
}

/// An invoice's own choice, if one was given.
pub(super) fn read(fields: &mut Fields) -> Option<GivenChoice> {
    choice(fields, FIELD)
}

fn choice(fields: &mut Fields, name: &str) -> Option<GivenChoice> {
    if fields.is_null(name) {
        return Some(GivenChoice::Inherit);
    }
    fields.within(name, of_kind).flatten()
}

fn of_kind(fields: &mut Fields) -> Option<GivenChoice> {
    let kind: Option<String> = fields.get("kind");
    fields.require("kind", kind.as_ref());
    match kind?.as_str() {
        "off" => Some(GivenChoice::Off),
        "rate" => {
            let (percent, fixed) = (fields.get::<Percent>("percent"), fields.whole("fixed").unwrap_or(0));
            fields.require("percent", percent.as_ref());
            let (percent, currency) = (percent?, fields.get::<Currency>("currency"));
            // Whether it is a rate does not depend on the currency.
            if let Err(refused) = rate(percent, fixed, currency.unwrap_or(Currency::EUR)) {
                fields.add(refused.field(), refused);
            }
            Some(GivenChoice::Rate { percent, fixed, currency })
        }
        _ => {
            fields.add("kind", "This must be one of off, rate.");
            None
        }
    }
}

/// What of the owner's choices was given.
#[derive(Clone, Default)]
pub(super) struct GivenPassthrough {
    usual: Option<GivenChoice>,
    accounts: Option<Vec<(String, GivenChoice)>>,
    off_in: Option<BTreeSet<String>>,
}

impl GivenPassthrough {
    pub(super) fn read(fields: &mut Fields) -> Self {
        fields.within(FIELD, Self::within).unwrap_or_default()
    }

    fn within(fields: &mut Fields) -> Self {
        let accounts = fields.rows("accounts", |row| {
            let account: Option<String> = row.get("account");
            row.require("account", account.as_ref());
            Some((account?, of_kind(row)?))
        });
        let off_in: Option<BTreeSet<String>> = fields.get("off_in");
        let known = countries();
        let unknown = off_in.iter().flatten().find(|code| !known.iter().any(|(one, _)| one == *code)).cloned();
        if let Some(code) = unknown {
            fields.add("off_in", format_args!("{code:?} is no country. Write two-letter codes such as DE."));
        }
        let accounts = accounts.map(|rows| rows.into_iter().flatten().collect());
        Self { usual: choice(fields, "usual"), accounts, off_in }
    }

    pub(super) fn over(self, passthrough: Passthrough, usual: Currency) -> Passthrough {
        let accounts = self.accounts.map(|rows| {
            let rows = rows.into_iter().map(|(account, choice)| (account, choice.within(usual)));
            rows.filter(|(_, choice)| !choice.is_inherited()).collect()
        });
        Passthrough {
            usual: self.usual.map_or(passthrough.usual, |choice| choice.within(usual)),
            accounts: accounts.unwrap_or(passthrough.accounts),
            off_in: self.off_in.unwrap_or(passthrough.off_in),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum ChoiceShape {
    Off,
    Rate {
        percent: String,
        fixed: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        currency: Option<Currency>,
    },
}

#[derive(Serialize)]
pub(super) struct PassthroughShape<'a> {
    usual: Option<ChoiceShape>,
    accounts: Vec<AccountShape<'a>>,
    off_in: &'a BTreeSet<String>,
}

#[derive(Serialize)]
struct AccountShape<'a> {
    account: &'a str,
    #[serde(flatten)]
    choice: ChoiceShape,
}

/// A choice as it was written; `None` leaves it to the level above.
pub(super) fn shape(choice: Choice) -> Option<ChoiceShape> {
    match choice {
        Choice::Inherit => None,
        Choice::Off => Some(ChoiceShape::Off),
        Choice::Rate(rate) => Some(ChoiceShape::Rate {
            percent: rate.percent().to_string(),
            fixed: rate.fixed().map_or(0, Money::minor),
            currency: rate.fixed().map(Money::currency),
        }),
    }
}

pub(super) fn passthrough(passthrough: &Passthrough) -> PassthroughShape<'_> {
    let accounts = passthrough.accounts.iter();
    PassthroughShape {
        usual: shape(passthrough.usual),
        accounts: accounts
            .filter_map(|(account, choice)| Some(AccountShape { account, choice: shape(*choice)? }))
            .collect(),
        off_in: &passthrough.off_in,
    }
}

/// The document of a fee that was paid, as its payment shows it.
#[derive(Serialize)]
pub(super) struct FeeInvoiceShape {
    #[serde(flatten)]
    document: DocumentShape,
    /// What of it went back.
    refunded: i64,
    /// The documents that took it back, oldest first; their sums are below nothing.
    corrections: Vec<CorrectionShape>,
}

#[derive(Serialize)]
struct CorrectionShape {
    #[serde(flatten)]
    document: DocumentShape,
    refund: Option<RefundId>,
}

/// A document of the series, by itself.
#[derive(Serialize)]
pub(super) struct ListedShape {
    #[serde(flatten)]
    document: DocumentShape,
    payment: PaymentId,
    invoice: InvoiceId,
    customer: CustomerId,
    currency: Currency,
    /// The number of the document that this one takes back, if it is a correction, and the refund that it was for.
    corrects: Option<String>,
    refund: Option<RefundId>,
    #[serde(serialize_with = "super::time::exact")]
    issued_at: Timestamp,
}

#[derive(Serialize)]
struct DocumentShape {
    id: FeeInvoiceId,
    number: String,
    issue_date: Date,
    net: i64,
    taxes: Vec<TaxShape>,
    tax: i64,
    total: i64,
}

fn shown(document: &FeeInvoice) -> DocumentShape {
    let fee = &document.fee;
    DocumentShape {
        id: document.id,
        number: document.number.clone(),
        issue_date: document.issue_date,
        net: fee.net,
        taxes: fee.taxes.iter().map(tax).collect(),
        tax: fee.tax(),
        total: fee.total,
    }
}

/// The document; `left` is what of the fee has not gone back.
pub(super) fn document(document: &FeeInvoice, left: i64, corrections: &[FeeInvoice]) -> FeeInvoiceShape {
    let correction = |one: &FeeInvoice| CorrectionShape { document: shown(one), refund: refund_of(one) };
    FeeInvoiceShape {
        document: shown(document),
        refunded: document.fee.total.saturating_sub(left),
        corrections: corrections.iter().map(correction).collect(),
    }
}

pub(super) fn listed(document: &FeeInvoice) -> ListedShape {
    ListedShape {
        document: shown(document),
        payment: document.payment,
        invoice: document.invoice,
        customer: document.customer,
        currency: document.currency,
        corrects: document.corrects.as_ref().map(|of| of.number.clone()),
        refund: refund_of(document),
        issued_at: document.issued_at,
    }
}

fn refund_of(correction: &FeeInvoice) -> Option<RefundId> {
    correction.corrects.as_ref().map(|of| of.refund)
}

//! Whether payers are asked for what card companies keep: the usual rate, that of the Stripe account in use, and the
//! countries whose customers are never asked.

use std::collections::BTreeSet;

use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::super::fee_choice::{self, EnteredFee, rate_words};
use super::super::forms::Why;
use super::super::forms::seen::{Stored, as_looked_at, overtaken};
use super::super::guard::SignedIn;
use super::{payment_settings, saved, seen_by, shown_again};
use crate::actions::settings;
use crate::billing::line::TaxTotal;
use crate::billing::money::Money;
use crate::billing::party::countries;
use crate::billing::passthrough::{Choice, FIELD, Passthrough, Rate};
use crate::billing::quantity::TaxRate;
use crate::billing::settings::Settings;
use crate::billing::tax::TaxCategory;
use crate::store::Error as StoreError;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::forms::{FeeForm, StripeForm};
use crate::web::views::settings::PaymentSettings;

const USUAL: [(&str, &str); 2] = [("off", "No fee"), ("rate", "A fee on top")];
const OF_ACCOUNT: [(&str, &str); 3] = [("inherit", "As usual"), ("off", "No fee"), ("rate", "A fee of its own")];
/// The example's invoice, in major units.
const EXAMPLE: i64 = 100;

/// What stands in the form.
struct Entered {
    usual: EnteredFee,
    account: EnteredFee,
    off_in: String,
}

/// The form as things are.
pub fn stored(desk: &Desk) -> Result<FeeForm, StoreError> {
    let account = fee_choice::account(desk)?;
    let entered = Entered::of_settings(desk, account.as_ref());
    let seen = entered.fields(account.is_some()).written();
    Ok(FeeForm { seen, ..view(desk, &entered, account, &Wrong::default()) })
}

/// `POST /admin/settings/payments/fee`
pub async fn save(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    let account = fee_choice::account(&desk)?;
    let present = Entered::of_settings(&desk, account.as_ref()).fields(account.is_some());
    if let Some((merged, wrong)) = overtaken(&desk, &present, &form) {
        let (entered, page) = (Entered::of_form(&merged), payment_settings(&desk)?);
        let fee = FeeForm { seen: present.written(), ..view(&desk, &entered, account, &wrong) };
        return reply::page_with(shown_again(Why::Stale), &PaymentSettings { fee, ..page });
    }
    let (entered, revision) = (Entered::of_form(&form), desk.settings.revision);
    match entered.read(&desk, account.as_deref()) {
        Ok(passthrough) => {
            let change = move |settings| {
                as_looked_at(&settings, revision)?;
                Ok(Settings { fee_passthrough: passthrough.clone(), ..settings })
            };
            let by = desk.hand();
            desk.app.store.write(move |w| settings::update(w, &by, &change)).await?;
            Ok(saved("payments"))
        }
        Err(wrong) => {
            let page = payment_settings(&desk)?;
            let fee = FeeForm { seen: seen_by(&form), ..view(&desk, &entered, account, &wrong) };
            let stripe = StripeForm { problems: Vec::new(), ..page.stripe };
            reply::page_with(shown_again(Why::Wrong), &PaymentSettings { stripe, fee, ..page })
        }
    }
}

impl Entered {
    fn of_settings(desk: &Desk, account: Option<&String>) -> Self {
        let (passthrough, currency) = (&desk.settings.fee_passthrough, desk.settings.currency);
        let of_account = account.and_then(|account| passthrough.accounts.get(account)).copied();
        let usual = if passthrough.usual.is_inherited() { Choice::Off } else { passthrough.usual };
        Self {
            usual: EnteredFee::of(desk, usual, currency),
            account: EnteredFee::of(desk, of_account.unwrap_or_default(), currency),
            off_in: passthrough.off_in.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        }
    }

    /// What may be overwritten unseen; the account's choice is asked for once the account is known.
    fn fields(&self, is_account_known: bool) -> Stored {
        let mut all = vec![(FIELD, &self.usual)];
        if is_account_known {
            all.push(("fee_account", &self.account));
        }
        let choices = all.into_iter().flat_map(|(prefix, fee)| {
            let parts = [("kind", &fee.kind), ("percent", &fee.percent), ("fixed", &fee.fixed)];
            parts.map(|(name, value)| (format!("{prefix}.{name}"), value.clone()))
        });
        Stored::of(choices.chain([("fee_off_in".to_owned(), self.off_in.clone())]))
    }

    fn of_form(form: &Form) -> Self {
        Self {
            usual: EnteredFee::of_form(form, FIELD),
            account: EnteredFee::of_form(form, "fee_account"),
            off_in: form.text("fee_off_in").to_owned(),
        }
    }

    fn read(&self, desk: &Desk, account: Option<&str>) -> Result<Passthrough, Wrong> {
        let mut wrong = Wrong::default();
        let currency = desk.settings.currency;
        let mut choice = |entered: &EnteredFee, prefix: &str| {
            let read = entered.read(desk, currency, prefix);
            read.map_err(|error| wrong.add(error.field, error.detail)).unwrap_or_default()
        };
        let (usual, of_account) = (choice(&self.usual, FIELD), choice(&self.account, "fee_account"));
        let off_in = self.countries().map_err(|words| wrong.add("fee_off_in", words)).unwrap_or_default();
        let mut accounts = desk.settings.fee_passthrough.accounts.clone();
        if let Some(account) = account {
            accounts.insert(account.to_owned(), of_account);
            accounts.retain(|_, choice| !choice.is_inherited());
        }
        if wrong.is_empty() { Ok(Passthrough { usual, accounts, off_in }) } else { Err(wrong) }
    }

    fn countries(&self) -> Result<BTreeSet<String>, String> {
        let known = countries();
        let codes = self.off_in.split([',', ';', ' ', '\n', '\r', '\t']).filter(|code| !code.is_empty());
        codes
            .map(|code| {
                let code = code.to_uppercase();
                let is_known = known.iter().any(|(one, _)| *one == code);
                if is_known {
                    Ok(code)
                } else {
                    Err(format!("{code} is no country. Write two-letter codes such as DE."))
                }
            })
            .collect()
    }
}

fn view(desk: &Desk, entered: &Entered, account: Option<String>, wrong: &Wrong) -> FeeForm {
    let rate = |choice: Result<Choice, _>| match choice {
        Ok(Choice::Rate(rate)) => Some(rate),
        _ => None,
    };
    let currency = desk.settings.currency;
    let of_account = rate(entered.account.read(desk, currency, "fee_account")).filter(|_| account.is_some());
    let shown = of_account.or_else(|| rate(entered.usual.read(desk, currency, FIELD)));
    FeeForm {
        seen: String::new(),
        problems: wrong.problems(),
        usual: entered.usual.fields(wrong, FIELD, &USUAL),
        of_account: entered.account.fields(wrong, "fee_account", &OF_ACCOUNT),
        account,
        off_in: wrong.field("fee_off_in", entered.off_in.as_str()),
        currency: currency.code().to_owned(),
        example: shown.and_then(|rate| example(desk, rate)),
    }
}

/// What a rate comes to on a round invoice.
fn example(desk: &Desk, rate: Rate) -> Option<String> {
    let currency = rate.fixed().map_or(desk.settings.currency, Money::currency);
    let minor = EXAMPLE.checked_mul(10_i64.checked_pow(currency.exponent())?)?;
    let principal = Money::new(minor, currency).ok()?;
    let untaxed = TaxTotal { rate: TaxRate::ZERO, category: TaxCategory::Z, base: minor, amount: 0 };
    let said = Passthrough { usual: Choice::Rate(rate), off_in: BTreeSet::new(), ..Passthrough::default() };
    let fee = said.terms(Choice::Inherit, None, "US").fee(principal, &[untaxed]).ok()?;
    let shown = |minor| desk.minor(minor, currency);
    Some(format!(
        "At {}: on an invoice of {} whoever pays by card pays {}. Stripe keeps about {}; you receive {}. Where the \
         invoice bears tax, the fee bears it too.",
        rate_words(desk, rate),
        shown(minor),
        shown(fee.sum()?),
        shown(fee.expected_share()),
        shown(minor),
    ))
}

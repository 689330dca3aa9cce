//! The business: its name and address, its accounts, and how things are written.

use super::super::choices::{currencies, languages, time_zones};
use super::super::customers::{address_fields, address_of, form_name, stored_address};
use super::super::desk::Desk;
use super::super::entered::{Wrong, wrong_fields};
use super::seen::{SEEN, Stored, as_looked_at, overtaken};
use super::{Sent, Why, text, usual};
use crate::actions::{Refusal, settings};
use crate::billing::currency::Currency;
use crate::billing::field::FieldError;
use crate::billing::party::Party;
use crate::billing::settings::Settings;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::views::forms::BusinessForm;

/// What stands in the form.
#[derive(Clone, Debug)]
struct Typed {
    business: Party,
    currency: String,
    time_zone: String,
    language: String,
}

/// The form as things are.
pub fn stored(desk: &Desk) -> BusinessForm {
    let typed = Typed::of(&desk.settings);
    view(&typed, &Wrong::default(), typed.fields().written())
}

impl Typed {
    fn of(settings: &Settings) -> Self {
        let Settings { business, currency, time_zone, language, .. } = settings.clone();
        Self { business, currency: currency.code().to_owned(), time_zone, language }
    }

    fn fields(&self) -> Stored {
        let party = &self.business;
        let fields = [
            ("name", &party.name),
            ("tax_id", &party.tax_id),
            ("email", &party.email),
            ("phone", &party.phone),
            ("website", &party.website),
            ("iban", &party.iban),
            ("bic", &party.bic),
            ("currency", &self.currency),
            ("time_zone", &self.time_zone),
            ("language", &self.language),
        ];
        let fields = fields.into_iter().chain(stored_address(&party.address));
        Stored::of(fields.map(|(name, value)| (name, value.clone())))
    }
}

/// The form of the first run: what most businesses of the browser's country choose.
pub fn suggested(desk: &Desk, accept_language: &str) -> BusinessForm {
    let guess = usual::of_browser(accept_language).filter(|_| desk.settings.business.name.is_empty());
    let Some(guess) = guess else { return stored(desk) };
    let mut business = desk.settings.business.clone();
    guess.country.clone_into(&mut business.address.country);
    let (currency, time_zone) = (guess.currency.to_owned(), guess.time_zone.to_owned());
    let typed = Typed { business, currency, time_zone, language: guess.language.to_owned() };
    view(&typed, &Wrong::default(), Typed::of(&desk.settings).fields().written())
}

/// Whether the form names another account than the invoices do.
pub fn changes_bank_details(desk: &Desk, form: &Form) -> bool {
    let (stored, typed) = (&desk.settings.business, read(form, desk.settings.business.clone()).business);
    (&typed.iban, &typed.bic) != (&stored.iban, &stored.bic)
}

/// Stores the form.
pub async fn save(desk: &Desk, form: &Form) -> Result<Sent<BusinessForm>, Error> {
    let present = Typed::of(&desk.settings).fields();
    if let Some((merged, wrong)) = overtaken(desk, &present, form) {
        let typed = read(&merged, desk.settings.business.clone());
        return Ok(Sent::Again { view: view(&typed, &wrong, present.written()), why: Why::Stale });
    }
    let typed = read(form, desk.settings.business.clone());
    let mut wrong = Wrong::default();
    if typed.business.name.is_empty() {
        wrong.add("name", "Enter the legal name of your business.");
    }
    let currency = Currency::parse(&typed.currency);
    if let Err(error) = &currency {
        wrong.add("currency", error);
    }
    let (Ok(currency), true) = (currency, wrong.is_empty()) else {
        let others = Wrong::renamed(typed.business.validate("business"), form_name);
        return Ok(again(form, &typed, &wrong.and(others)));
    };
    let (written, revision, by) = (typed.clone(), desk.settings.revision, desk.hand());
    let stored = desk.app.store.write(move |w| {
        let Typed { business, time_zone, language, .. } = written.clone();
        settings::update(w, &by, |settings| {
            as_looked_at(&settings, revision)?;
            Ok(Settings { business, currency, time_zone, language, ..settings })
        })
    });
    match stored.await {
        Ok(_) => Ok(Sent::Saved),
        Err(refusal) => Ok(again(form, &typed, &named(refusal)?)),
    }
}

fn again(form: &Form, typed: &Typed, wrong: &Wrong) -> Sent<BusinessForm> {
    Sent::Again { view: view(typed, wrong, text(form, SEEN)), why: Why::Wrong }
}

fn named(refusal: Refusal) -> Result<Wrong, Error> {
    let errors: Vec<FieldError> = wrong_fields(refusal)?;
    Ok(Wrong::renamed(errors, form_name))
}

fn read(form: &Form, before: Party) -> Typed {
    let business = Party {
        name: text(form, "name"),
        address: address_of(form),
        tax_id: text(form, "tax_id"),
        email: text(form, "email"),
        phone: text(form, "phone"),
        website: text(form, "website"),
        iban: text(form, "iban"),
        bic: text(form, "bic"),
        ..before
    };
    Typed {
        business: business.tidied(),
        currency: text(form, "currency"),
        time_zone: text(form, "time_zone"),
        language: text(form, "language"),
    }
}

fn view(typed: &Typed, wrong: &Wrong, seen: String) -> BusinessForm {
    let party = &typed.business;
    let field = |name: &str, value: &str| wrong.field(name, value);
    BusinessForm {
        seen,
        problems: wrong.problems(),
        name: field("name", &party.name),
        address: address_fields(&party.address, wrong),
        tax_id: field("tax_id", &party.tax_id),
        email: field("email", &party.email),
        phone: field("phone", &party.phone),
        website: field("website", &party.website),
        iban: field("iban", &party.iban),
        bic: field("bic", &party.bic),
        currency: wrong.select("currency", currencies(&typed.currency)),
        time_zone: wrong.select("time_zone", time_zones(&typed.time_zone)),
        language: wrong.select("language", languages(&typed.language)),
    }
}

//! `/settings`: the business, its numbers, terms and tax rates.

use super::customers::GivenAddress;
use super::fee::GivenPassthrough;
use super::fields::Fields;
use super::guard::Caller;
use super::{content, ok, shapes};
use crate::actions::{Refusal, settings};
use crate::app::App;
use crate::billing::currency::Currency;
use crate::billing::ledger::Book;
use crate::billing::number::Pattern;
use crate::billing::party::Party;
use crate::billing::quantity::TaxRate;
use crate::billing::retention::Retention;
use crate::billing::settings::{Documents, NamedRate, PaymentMethods, Settings};
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;
use jiff::civil::Date;

pub async fn show(app: State, _request: Request<Caller>) -> Result<Response, Error> {
    shown(&app, &app.store.read(|r| r.settings())?)
}

fn shown(app: &App, settings: &Settings) -> Result<Response, Error> {
    let (today, unknown) = (app.today()?, app.numbers_unknown());
    let next = |documents| (!unknown.contains(&documents)).then(|| settings.series(documents, app.book()).next(today));
    Ok(ok(&shapes::settings(settings, next)))
}

pub async fn change(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let mut fields = Fields::of(&request)?;
    let given = Given::read(&mut fields);
    fields.finish()?;
    let (book, by) = (app.book(), format!("the API token “{}”", request.by.name));
    let changed = app
        .store
        .write(move |w| {
            let now = w.now();
            for documents in Documents::ALL.into_iter().filter(|documents| given.numbers(*documents).next.is_some()) {
                w.know_numbers(documents, book)?;
            }
            settings::update(w, &by, |stored| {
                // The day is one of the time zone that is in force afterwards.
                let settings = given.clone().over(stored);
                let today = crate::actions::day(&settings, now);
                Documents::ALL.into_iter().try_fold(settings, |settings, documents| {
                    given.numbers(documents).over(settings, documents, book, today)
                })
            })
        })
        .await?;
    shown(&app, &changed)
}

/// What of the settings was given.
#[derive(Clone)]
struct Given {
    business: GivenBusiness,
    currency: Option<Currency>,
    time_zone: Option<String>,
    language: Option<String>,
    numbering: GivenNumbering,
    credit_note_numbering: GivenNumbering,
    fee_invoice_numbering: GivenNumbering,
    terms_days: Option<u16>,
    tax_rates: Option<Vec<NamedRate>>,
    notify_payments: Option<bool>,
    notify_reviews: Option<bool>,
    notify_declines: Option<bool>,
    notify_mails: Option<bool>,
    notify_stripe: Option<bool>,
    notify_reads: Option<bool>,
    payment_methods: Option<PaymentMethods>,
    fee_passthrough: GivenPassthrough,
    retention: GivenRetention,
}

#[derive(Clone, Default)]
struct GivenNumbering {
    pattern: Option<Pattern>,
    next: Option<i64>,
}

#[derive(Clone, Default)]
struct GivenBusiness {
    name: Option<String>,
    address: GivenAddress,
    tax_id: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    website: Option<String>,
    iban: Option<String>,
    bic: Option<String>,
}

/// `null` for `mail_months` keeps addresses for ever.
#[derive(Clone, Default)]
struct GivenRetention {
    mails_for_ever: bool,
    mail_months: Option<u16>,
    event_days: Option<u16>,
}

impl Given {
    fn read(fields: &mut Fields) -> Self {
        Self {
            business: fields.within("business", GivenBusiness::read).unwrap_or_default(),
            currency: fields.get("currency"),
            time_zone: fields.get("time_zone"),
            language: fields.get("language"),
            numbering: GivenNumbering::read(fields, Documents::Invoices),
            credit_note_numbering: GivenNumbering::read(fields, Documents::CreditNotes),
            fee_invoice_numbering: GivenNumbering::read(fields, Documents::FeeInvoices),
            terms_days: content::terms_days(fields),
            tax_rates: fields.rows("tax_rates", rate),
            notify_payments: fields.get("notify_payments"),
            notify_reviews: fields.get("notify_reviews"),
            notify_declines: fields.get("notify_declines"),
            notify_mails: fields.get("notify_mails"),
            notify_stripe: fields.get("notify_stripe"),
            notify_reads: fields.get("notify_reads"),
            payment_methods: methods(fields),
            fee_passthrough: GivenPassthrough::read(fields),
            retention: fields.within("retention", GivenRetention::read).unwrap_or_default(),
        }
    }

    fn numbers(&self, documents: Documents) -> &GivenNumbering {
        match documents {
            Documents::Invoices => &self.numbering,
            Documents::CreditNotes => &self.credit_note_numbering,
            Documents::FeeInvoices => &self.fee_invoice_numbering,
        }
    }

    /// `settings` with what was given in the place of what they had, numbering aside.
    fn over(self, settings: Settings) -> Settings {
        let currency = self.currency.unwrap_or(settings.currency);
        Settings {
            business: self.business.over(settings.business),
            currency,
            time_zone: self.time_zone.unwrap_or(settings.time_zone),
            language: self.language.unwrap_or(settings.language),
            terms_days: self.terms_days.unwrap_or(settings.terms_days),
            tax_rates: self.tax_rates.unwrap_or(settings.tax_rates),
            notify_payments: self.notify_payments.unwrap_or(settings.notify_payments),
            notify_reviews: self.notify_reviews.unwrap_or(settings.notify_reviews),
            notify_declines: self.notify_declines.unwrap_or(settings.notify_declines),
            notify_mails: self.notify_mails.unwrap_or(settings.notify_mails),
            notify_stripe: self.notify_stripe.unwrap_or(settings.notify_stripe),
            notify_reads: self.notify_reads.unwrap_or(settings.notify_reads),
            payment_methods: self.payment_methods.unwrap_or(settings.payment_methods),
            fee_passthrough: self.fee_passthrough.over(settings.fee_passthrough, currency),
            retention: self.retention.over(settings.retention),
            ..settings
        }
    }
}

impl GivenRetention {
    fn read(fields: &mut Fields) -> Self {
        Self {
            mails_for_ever: fields.is_null("mail_months"),
            mail_months: fields.get("mail_months"),
            event_days: fields.get("event_days"),
        }
    }

    fn over(&self, retention: Retention) -> Retention {
        let mail_months = self.mail_months.or(retention.mail_months).filter(|_| !self.mails_for_ever);
        Retention { mail_months, event_days: self.event_days.unwrap_or(retention.event_days) }
    }
}

impl GivenNumbering {
    fn read(fields: &mut Fields, documents: Documents) -> Self {
        // What is not known is shown as null, and may be sent back as it was shown.
        let next = |inner: &mut Fields| if inner.is_null("next") { None } else { inner.whole("next") };
        let read = |inner: &mut Fields| Self { pattern: inner.get("pattern"), next: next(inner) };
        fields.within(documents.field(), read).unwrap_or_default()
    }

    /// The pattern first: the next number is one of the new pattern.
    fn over(&self, settings: Settings, documents: Documents, book: Book, today: Date) -> Result<Settings, Refusal> {
        let settings = match &self.pattern {
            Some(pattern) => settings::number_by(settings, documents, pattern),
            None => settings,
        };
        match self.next {
            Some(next) => settings::number_from(settings, documents, u64::try_from(next).unwrap_or(0), book, today),
            None => Ok(settings),
        }
    }
}

impl GivenBusiness {
    fn read(fields: &mut Fields) -> Self {
        Self {
            name: fields.text("name"),
            address: fields.within("address", GivenAddress::read).unwrap_or_default(),
            tax_id: fields.text("tax_id"),
            email: fields.text("email"),
            phone: fields.text("phone"),
            website: fields.text("website"),
            iban: fields.text("iban"),
            bic: fields.text("bic"),
        }
    }

    fn over(self, party: Party) -> Party {
        Party {
            name: self.name.unwrap_or(party.name),
            address: self.address.over(party.address),
            tax_id: self.tax_id.unwrap_or(party.tax_id),
            email: self.email.unwrap_or(party.email),
            phone: self.phone.unwrap_or(party.phone),
            website: self.website.unwrap_or(party.website),
            iban: self.iban.unwrap_or(party.iban),
            bic: self.bic.unwrap_or(party.bic),
            ..party
        }
        .tidied()
    }
}

fn methods(fields: &mut Fields) -> Option<PaymentMethods> {
    match fields.get::<String>("payment_methods")?.as_str() {
        "card" => Some(PaymentMethods::Card),
        "all" => Some(PaymentMethods::All),
        _ => {
            fields.add("payment_methods", "This must be one of card, all.");
            None
        }
    }
}

fn rate(fields: &mut Fields) -> NamedRate {
    let (name, rate) = (fields.get::<String>("name"), fields.get::<TaxRate>("rate"));
    fields.require("name", name.as_ref());
    fields.require("rate", rate.as_ref());
    NamedRate { name: name.unwrap_or_default(), rate: rate.unwrap_or(TaxRate::ZERO) }
}

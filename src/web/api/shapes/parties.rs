//! Customers, and the owner's own settings.

use jiff::Timestamp;
use serde::Serialize;

use super::credit::CreditShape;
use crate::billing::currency::Currency;
use crate::billing::customer::Customer;
use crate::billing::id::CustomerId;
use crate::billing::ledger::Book;
use crate::billing::party::Party;
use crate::billing::retention::Retention;
use crate::billing::settings::{Documents, NamedRate, PaymentMethods, Settings};
use crate::web::api::fee::{self, PassthroughShape};

#[derive(Serialize)]
pub(in crate::web::api) struct CustomerShape<'a> {
    id: CustomerId,
    name: &'a str,
    email: &'a str,
    address: AddressShape<'a>,
    tax_id: &'a str,
    language: &'a str,
    buyer_reference: &'a str,
    endpoint: Option<EndpointShape<'a>>,
    #[serde(serialize_with = "crate::web::api::time::exact")]
    created_at: Timestamp,
    /// What is held for the customer, a sum a currency; lists do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Vec<CreditShape>>,
}

#[derive(Serialize)]
struct AddressShape<'a> {
    line1: &'a str,
    line2: &'a str,
    city: &'a str,
    postal_code: &'a str,
    state: &'a str,
    country: &'a str,
}

#[derive(Serialize)]
struct EndpointShape<'a> {
    scheme: &'a str,
    id: &'a str,
}

pub(in crate::web::api) fn customer(customer: &Customer) -> CustomerShape<'_> {
    let party = &customer.party;
    CustomerShape {
        id: customer.id,
        name: &party.name,
        email: &party.email,
        address: address(party),
        tax_id: &party.tax_id,
        language: &party.language,
        buyer_reference: &party.buyer_reference,
        endpoint: party.endpoint.as_ref().map(|it| EndpointShape { scheme: &it.scheme, id: &it.id }),
        created_at: customer.created_at,
        credit: None,
    }
}

fn address(party: &Party) -> AddressShape<'_> {
    let it = &party.address;
    AddressShape {
        line1: &it.line1,
        line2: &it.line2,
        city: &it.city,
        postal_code: &it.postal_code,
        state: &it.state,
        country: &it.country,
    }
}

#[derive(Serialize)]
pub(in crate::web::api) struct SettingsShape<'a> {
    business: BusinessShape<'a>,
    currency: Currency,
    time_zone: &'a str,
    language: &'a str,
    numbering: NumberingShape<'a>,
    credit_note_numbering: NumberingShape<'a>,
    terms_days: u16,
    tax_rates: &'a [NamedRate],
    notify_payments: bool,
    notify_reviews: bool,
    notify_declines: bool,
    notify_mails: bool,
    notify_stripe: bool,
    notify_reads: bool,
    payment_methods: PaymentMethods,
    fee_invoice_numbering: NumberingShape<'a>,
    fee_passthrough: PassthroughShape<'a>,
    retention: Retention,
}

#[derive(Serialize)]
struct BusinessShape<'a> {
    name: &'a str,
    address: AddressShape<'a>,
    tax_id: &'a str,
    email: &'a str,
    phone: &'a str,
    website: &'a str,
    iban: &'a str,
    bic: &'a str,
}

#[derive(Serialize)]
struct NumberingShape<'a> {
    pattern: &'a str,
    /// None where numbers may have been given that are not known here.
    next: Option<u64>,
}

/// The settings; `next` says how the series in use of a sort of documents goes on.
pub(in crate::web::api) fn settings(settings: &Settings, next: impl Fn(Documents) -> Option<u64>) -> SettingsShape<'_> {
    let business = &settings.business;
    let numbering = |documents| NumberingShape {
        pattern: settings.series(documents, Book::Live).pattern().as_str(),
        next: next(documents),
    };
    SettingsShape {
        business: BusinessShape {
            name: &business.name,
            address: address(business),
            tax_id: &business.tax_id,
            email: &business.email,
            phone: &business.phone,
            website: &business.website,
            iban: &business.iban,
            bic: &business.bic,
        },
        currency: settings.currency,
        time_zone: &settings.time_zone,
        language: &settings.language,
        numbering: numbering(Documents::Invoices),
        terms_days: settings.terms_days,
        tax_rates: &settings.tax_rates,
        notify_payments: settings.notify_payments,
        notify_reviews: settings.notify_reviews,
        notify_declines: settings.notify_declines,
        notify_mails: settings.notify_mails,
        notify_stripe: settings.notify_stripe,
        notify_reads: settings.notify_reads,
        credit_note_numbering: numbering(Documents::CreditNotes),
        payment_methods: settings.payment_methods,
        fee_invoice_numbering: numbering(Documents::FeeInvoices),
        fee_passthrough: fee::passthrough(&settings.fee_passthrough),
        retention: settings.retention,
    }
}

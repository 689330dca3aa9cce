//! Customers: the list, one of them, and the form.

use std::collections::BTreeMap;

use warp::http::StatusCode;

use super::choices::{country_choices, customer_languages, language_name};
use super::desk::{Desk, ROWS_MAX, after, paged};
use super::entered::{Wrong, wrong_fields};
use super::forms::seen::{SEEN, Stored, unless_changed};
use super::guard::{SignedIn, encoded};
use super::{held, rows};
use crate::actions::{Refusal, customers};
use crate::billing::currency::Currency;
use crate::billing::customer::Customer;
use crate::billing::field::FieldError;
use crate::billing::id::{CustomerId, InvoiceId};
use crate::billing::party::{Address, Endpoint, Party};
use crate::billing::sought;
use crate::billing::standing::Status;
use crate::store::Error as StoreError;
use crate::store::invoices::{Filter, Summary};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::customers::{Balance, CustomerFormPage, CustomerPage, CustomerRow, CustomersPage};
use crate::web::views::forms::AddressFields;
use crate::web::views::shell::Section;

/// Invoices of one customer that its sums are made of; beyond it they are the sums of the newest.
const SUMMED_MAX: usize = 2_000;
/// Sums of one cell of the list; the customer's own page has all of them.
const CURRENCIES_SHOWN_MAX: usize = 4;

/// `GET /admin/customers?q=&after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let query = request.query.text("q").to_owned();
    let from: Option<CustomerId> = after(&request)?;
    let words = sought::words(&query);
    let mut found = desk.app.store.read(|r| r.customers(&words, from, ROWS_MAX))?;
    let none_at_all = found.is_empty() && query.is_empty() && from.is_none();
    let base = if query.is_empty() {
        "/admin/customers?".to_owned()
    } else {
        format!("/admin/customers?q={}&", encoded(&query))
    };
    let pager = paged(&mut found, from.is_none(), &base, |customer: &Customer| customer.id.to_string());
    let rows = found.iter().map(|customer| row(&desk, customer)).collect::<Result<_, Error>>()?;
    reply::page(&CustomersPage { shell: desk.shell(Section::Customers)?, query, rows, pager, none_at_all })
}

fn row(desk: &Desk, customer: &Customer) -> Result<CustomerRow, Error> {
    let sums = sums(desk, customer.id)?;
    let listed = |amount: fn(&Sums) -> i64| {
        let all = sums.iter().filter(|(_, sums)| amount(sums) > 0);
        shortened(all.map(|(currency, sums)| desk.minor(amount(sums), *currency)).collect())
    };
    let last = desk.app.store.read(|r| r.payments_of_customer(customer.id, 1))?;
    Ok(CustomerRow {
        url: format!("/admin/customers/{}", customer.id),
        name: customer.party.name.clone(),
        email: some(&customer.party.email),
        open: listed(|sums| sums.open),
        overdue: listed(|sums| sums.overdue),
        last_paid: last.first().map(|payment| desk.short(payment.received_on)),
    })
}

/// The first of a list, and how many more there are.
fn shortened(mut texts: Vec<String>) -> Vec<String> {
    if texts.len() > CURRENCIES_SHOWN_MAX {
        let more = texts.len() - CURRENCIES_SHOWN_MAX + 1;
        texts.truncate(CURRENCIES_SHOWN_MAX - 1);
        texts.push(format!("and {more} more"));
    }
    texts
}

/// What a customer owes and has paid, in one currency.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    open: i64,
    overdue: i64,
    paid: i64,
    /// Held for the customer's other invoices.
    credit: i64,
}

fn sums(desk: &Desk, customer: CustomerId) -> Result<BTreeMap<Currency, Sums>, Error> {
    let filter = Filter { customer: Some(customer), ..Filter::default() };
    let mut by_currency: BTreeMap<Currency, Sums> = BTreeMap::new();
    desk.app.store.read(|r| {
        for (id, summary) in r.invoices(&filter, None, SUMMED_MAX)? {
            if summary.status == Status::Draft || summary.test != desk.app.book().is_test() {
                continue;
            }
            let sums = by_currency.entry(summary.currency).or_default();
            sums.paid = sums.paid.saturating_add(summary.standing.paid);
            if summary.status == Status::Open {
                sums.open = sums.open.saturating_add(summary.standing.due());
            }
            sums.overdue = sums.overdue.saturating_add(rows::overdue(desk, &r, id, &summary)?);
        }
        for held in r.held_for(customer)? {
            if held.book == desk.app.book() {
                let sums = by_currency.entry(held.amount.currency()).or_default();
                sums.credit = sums.credit.saturating_add(held.amount.minor());
            }
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(by_currency)
}

/// `GET /admin/customers/{id}`
pub async fn detail(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let customer = find(&desk, &request)?;
    let from: Option<InvoiceId> = after(&request)?;
    let filter = Filter { customer: Some(customer.id), ..Filter::default() };
    let mut found = desk.app.store.read(|r| r.invoices(&filter, from, ROWS_MAX))?;
    let path = format!("/admin/customers/{}", customer.id);
    let pager = paged(&mut found, from.is_none(), &format!("{path}?"), |(id, _): &(InvoiceId, Summary)| id.to_string());
    let balances = sums(&desk, customer.id)?.into_iter().map(|(currency, sums)| Balance {
        currency: currency.code().to_owned(),
        open: desk.minor(sums.open, currency),
        overdue: desk.minor(sums.overdue, currency),
        paid: desk.minor(sums.paid, currency),
        credit: (sums.credit > 0).then(|| desk.minor(sums.credit, currency)),
    });
    let credit_notes = desk.app.store.read(|r| {
        let notes = r.credit_notes_of_customer(customer.id, ROWS_MAX)?;
        super::credit_notes::rows(&desk, &r, &notes)
    })?;
    let party = &customer.party;
    reply::page(&CustomerPage {
        shell: desk.shell(Section::Customers)?,
        name: party.name.clone(),
        email: some(&party.email),
        email_doubted: desk.app.store.read(|r| customers::email_is_doubted(&r, customer.id))?,
        address: party.address.lines(),
        tax_id: some(&party.tax_id),
        language: language_name(&party.language),
        buyer_reference: some(&party.buyer_reference),
        endpoint: party.endpoint.as_ref().map(|endpoint| format!("{}:{}", endpoint.scheme, endpoint.id)),
        balances: balances.collect(),
        new_invoice_url: format!("/admin/invoices/new?customer={}", customer.id),
        invoices: found.iter().map(|(id, summary)| rows::row(&desk, *id, summary)).collect(),
        pager,
        held: held::rows(&desk, customer.id)?,
        credit_notes,
        path,
    })
}

fn find(desk: &Desk, request: &Request<SignedIn>) -> Result<Customer, Error> {
    let id: CustomerId = request.param("id")?;
    desk.app.store.read(|r| r.customer(id))?.ok_or(Error::NotFound)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `GET /admin/customers/new`
pub async fn new(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let country = desk.settings.business.address.country.clone();
    let party = Party { address: Address { country, ..Address::default() }, ..Party::default() };
    reply::page(&new_page(&desk, &party, &Wrong::default(), None)?)
}

/// The form of a new customer, with the id that it will have: however often it is sent, it makes one.
fn new_page(desk: &Desk, party: &Party, wrong: &Wrong, once: Option<CustomerId>) -> Result<CustomerFormPage, Error> {
    let once = match once {
        Some(given) => given,
        None => desk.app.store.fresh_id()?,
    };
    Ok(CustomerFormPage { once: once.to_string(), ..form_page(desk, None, party, wrong)? })
}

/// `GET /admin/customers/{id}/edit`
pub async fn edit(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let customer = find(&desk, &request)?;
    reply::page(&form_page(&desk, Some(&customer), &customer.party, &Wrong::default())?)
}

/// `POST /admin/customers`
pub async fn create(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let form = request.form()?;
    let (party, once) = (party_of(&form, Party::default()), form.text("once").parse().ok());
    let written = party.clone();
    match desk.app.store.write(move |w| customers::create_once(w, once, written.clone())).await {
        Ok(customer) => Ok(reply::see_other(&format!("/admin/customers/{}?done=customer", customer.id))),
        Err(Refusal::Conflict(words)) => {
            let wrong = Wrong::new(vec![FieldError::new("name", words)]);
            reply::page_with(StatusCode::CONFLICT, &new_page(&desk, &party, &wrong, None)?)
        }
        Err(refusal) => {
            let wrong = Wrong::renamed(wrong_fields(refusal)?, form_name);
            reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &new_page(&desk, &party, &wrong, once)?)
        }
    }
}

/// `POST /admin/customers/{id}`
pub async fn update(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let (stored, form) = (find(&desk, &request)?, request.form()?);
    let present = fields_of(&stored.party);
    if let Some((merged, wrong)) = present.meets(&form) {
        let party = party_of(&merged, stored.party.clone());
        return reply::page_with(StatusCode::CONFLICT, &form_page(&desk, Some(&stored), &party, &wrong)?);
    }
    let party = party_of(&form, stored.party.clone());
    let (id, seen, written) = (stored.id, stored.revision, party.clone());
    let saved = desk.app.store.write(move |w| {
        unless_changed(w.customer(id)?.map_or(seen, |now| now.revision), seen)?;
        customers::update(w, id, written.clone())
    });
    match saved.await {
        Ok(_) => Ok(reply::see_other(&format!("/admin/customers/{id}?done=customer"))),
        Err(Refusal::Invalid(errors)) => {
            let wrong = Wrong::renamed(errors, form_name);
            let page = CustomerFormPage {
                seen: form.text(SEEN).to_owned(),
                ..form_page(&desk, Some(&stored), &party, &wrong)?
            };
            reply::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// What is stored of a customer, by the names of the form.
fn fields_of(party: &Party) -> Stored {
    let (address, endpoint) = (&party.address, party.endpoint.clone().unwrap_or_default());
    let fields = [
        ("name", &party.name),
        ("email", &party.email),
        ("tax_id", &party.tax_id),
        ("language", &party.language),
        ("line1", &address.line1),
        ("line2", &address.line2),
        ("postal_code", &address.postal_code),
        ("city", &address.city),
        ("state", &address.state),
        ("country", &address.country),
        ("buyer_reference", &party.buyer_reference),
        ("endpoint_scheme", &endpoint.scheme),
        ("endpoint_id", &endpoint.id),
    ];
    Stored::of(fields.map(|(name, value)| (name, value.clone())))
}

/// The form's name of a field of a party.
pub fn form_name(path: &str) -> String {
    match path {
        "endpoint.scheme" | "endpoint.id" => path.replace('.', "_"),
        _ => path.rsplit('.').next().unwrap_or(path).to_owned(),
    }
}

/// What the form says; fields that it does not have stay as they were.
pub fn party_of(form: &Form, before: Party) -> Party {
    let text = |name: &str| form.text(name).to_owned();
    let endpoint = Endpoint { scheme: text("endpoint_scheme"), id: text("endpoint_id") };
    let party = Party {
        name: text("name"),
        email: text("email"),
        address: address_of(form),
        tax_id: text("tax_id"),
        language: text("language"),
        buyer_reference: text("buyer_reference"),
        endpoint: Some(endpoint),
        ..before
    };
    party.tidied()
}

pub fn address_of(form: &Form) -> Address {
    let text = |name: &str| form.text(name).to_owned();
    Address {
        line1: text("line1"),
        line2: text("line2"),
        city: text("city"),
        postal_code: text("postal_code"),
        state: text("state"),
        country: text("country"),
    }
}

/// The address as it stands in a form, with what is wrong about it.
pub fn address_fields(address: &Address, wrong: &Wrong) -> AddressFields {
    AddressFields {
        line1: wrong.field("line1", &address.line1),
        line2: wrong.field("line2", &address.line2),
        postal_code: wrong.field("postal_code", &address.postal_code),
        city: wrong.field("city", &address.city),
        state: wrong.field("state", &address.state),
        country: wrong.select("country", country_choices(&address.country)),
    }
}

fn form_page(desk: &Desk, stored: Option<&Customer>, party: &Party, wrong: &Wrong) -> Result<CustomerFormPage, Error> {
    let own = stored.map(|customer| format!("/admin/customers/{}", customer.id));
    let action = own.unwrap_or_else(|| "/admin/customers".to_owned());
    let endpoint = party.endpoint.clone().unwrap_or_default();
    let field = |name: &str, value: &str| wrong.field(name, value);
    Ok(CustomerFormPage {
        shell: desk.shell(Section::Customers)?,
        back_url: action.clone(),
        action,
        is_new: stored.is_none(),
        seen: stored.map(|customer| fields_of(&customer.party).written()).unwrap_or_default(),
        once: String::new(),
        problems: wrong.problems(),
        name: field("name", &party.name),
        email: field("email", &party.email),
        address: address_fields(&party.address, wrong),
        tax_id: field("tax_id", &party.tax_id),
        language: wrong.select("language", customer_languages(&party.language)),
        buyer_reference: field("buyer_reference", &party.buyer_reference),
        endpoint_scheme: field("endpoint_scheme", &endpoint.scheme),
        endpoint_id: field("endpoint_id", &endpoint.id),
    })
}

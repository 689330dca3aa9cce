//! `/customers`.

#![expect(
    clippy::option_option,
    reason = "a field that is absent, one that is null and one with a value are three things"
)]

use warp::http::StatusCode;

use super::fields::Fields;
use super::guard::Caller;
use super::idempotency::{Told, done};
use super::page::Query;
use super::{ok, shapes};
use crate::actions::{Refusal, customers};
use crate::billing::id::CustomerId;
use crate::billing::party::{Address, Endpoint, Party};
use crate::store;
use crate::web::error::Error;
use crate::web::reply::Response;
use crate::web::request::Request;
use crate::web::routes::State;

pub async fn list(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let mut query = Query::of(&request.query);
    let words = query.words("q");
    let page = query.page()?;
    let found = app.store.read(|r| r.customers(&words, page.after, page.limit))?;
    Ok(ok(&page.list(&found, |customer| customer.id, shapes::customer)))
}

pub async fn create(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let mut fields = Fields::of(&request)?;
    let given = Given::read(&mut fields);
    fields.require("name", given.name.as_ref());
    let party = given.over(Party::default());
    fields.also(|| party.validate(""));
    fields.finish()?;
    done(&app, &request.by, move |_, w| {
        let customer = customers::create(w, party.clone())?;
        Told::of(StatusCode::CREATED, &shapes::customer(&customer))
    })
    .await
}

pub async fn show(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id = request.param("id")?;
    let found = app.store.read(|r| Ok::<_, store::Error>(r.customer(id)?.zip(Some(r.held_for(id)?))))?;
    let (customer, mut held) = found.ok_or(Error::NotFound)?;
    held.retain(|held| held.book == app.book());
    let mut shape = shapes::customer(&customer);
    shape.credit = Some(shapes::credit(&held));
    Ok(ok(&shape))
}

pub async fn change(app: State, request: Request<Caller>) -> Result<Response, Error> {
    let id: CustomerId = request.param("id")?;
    let mut fields = Fields::of(&request)?;
    let given = Given::read(&mut fields);
    let stored = app.store.read(|r| r.customer(id))?.ok_or(Error::NotFound)?;
    fields.also(|| given.clone().over(stored.party).validate(""));
    fields.finish()?;
    let customer = app
        .store
        .write(move |w| {
            let stored = w.customer(id)?.ok_or(Refusal::NotFound("customer"))?;
            customers::update(w, id, given.clone().over(stored.party))
        })
        .await?;
    Ok(ok(&shapes::customer(&customer)))
}

/// What of a customer was given.
#[derive(Clone, Default)]
struct Given {
    name: Option<String>,
    email: Option<String>,
    address: GivenAddress,
    tax_id: Option<String>,
    language: Option<String>,
    buyer_reference: Option<String>,
    /// `Some(None)` takes it away.
    endpoint: Option<Option<GivenEndpoint>>,
}

#[derive(Clone, Default)]
struct GivenEndpoint {
    scheme: Option<String>,
    id: Option<String>,
}

/// What of an address was given; the business has one too.
#[derive(Clone, Default)]
pub(super) struct GivenAddress {
    line1: Option<String>,
    line2: Option<String>,
    city: Option<String>,
    postal_code: Option<String>,
    state: Option<String>,
    country: Option<String>,
}

impl Given {
    fn read(fields: &mut Fields) -> Self {
        Self {
            name: fields.text("name"),
            email: fields.text("email"),
            address: fields.within("address", GivenAddress::read).unwrap_or_default(),
            tax_id: fields.text("tax_id"),
            language: fields.text("language"),
            buyer_reference: fields.text("buyer_reference"),
            endpoint: if fields.is_null("endpoint") {
                Some(None)
            } else {
                fields.within("endpoint", GivenEndpoint::read).map(Some)
            },
        }
    }

    /// `party` with what was given in the place of what it had.
    fn over(self, party: Party) -> Party {
        let endpoint = match self.endpoint {
            None => party.endpoint,
            Some(given) => given.map(|given| given.over(party.endpoint.unwrap_or_default())),
        };
        Party {
            name: self.name.unwrap_or(party.name),
            email: self.email.unwrap_or(party.email),
            address: self.address.over(party.address),
            tax_id: self.tax_id.unwrap_or(party.tax_id),
            language: self.language.unwrap_or(party.language),
            buyer_reference: self.buyer_reference.unwrap_or(party.buyer_reference),
            endpoint,
            ..party
        }
        .tidied()
    }
}

impl GivenEndpoint {
    fn read(fields: &mut Fields) -> Self {
        Self { scheme: fields.text("scheme"), id: fields.text("id") }
    }

    fn over(self, endpoint: Endpoint) -> Endpoint {
        Endpoint { scheme: self.scheme.unwrap_or(endpoint.scheme), id: self.id.unwrap_or(endpoint.id) }
    }
}

impl GivenAddress {
    pub(super) fn read(fields: &mut Fields) -> Self {
        Self {
            line1: fields.text("line1"),
            line2: fields.text("line2"),
            city: fields.text("city"),
            postal_code: fields.text("postal_code"),
            state: fields.text("state"),
            country: fields.text("country"),
        }
    }

    pub(super) fn over(self, address: Address) -> Address {
        Address {
            line1: self.line1.unwrap_or(address.line1),
            line2: self.line2.unwrap_or(address.line2),
            city: self.city.unwrap_or(address.city),
            postal_code: self.postal_code.unwrap_or(address.postal_code),
            state: self.state.unwrap_or(address.state),
            country: self.country.unwrap_or(address.country),
        }
    }
}

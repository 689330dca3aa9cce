//! The list of payments, newest first.

use std::collections::BTreeSet;

use super::desk::{Desk, ROWS_MAX, after, paged};
use super::disputes;
use super::guard::{SignedIn, encoded};
use super::invoice::tag_of;
use crate::billing::currency::Currency;
use crate::billing::id::{CustomerId, PaymentId};
use crate::billing::movement::Proceeds;
use crate::billing::payment::Payment;
use crate::billing::sought;
use crate::store::{Error as StoreError, Reader};
use crate::web::error::Error;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::routes::State;
use crate::web::views::parts::{Link, Tag};
use crate::web::views::payments::{Brought, PaymentListRow, PaymentsPage};
use crate::web::views::shell::Section;

/// Payments that a search looks at before it gives up looking for more: bounds the time of one answer.
const LOOKED_AT_MAX: usize = 20_000;
/// Payments that a search reads at once.
const STEP: usize = 500;

/// `GET /admin/payments?q=&after=`
pub async fn list(app: State, request: Request<SignedIn>) -> Result<Response, Error> {
    let desk = Desk::open(app, &request).await?;
    let query = request.query.text("q").to_owned();
    let from: Option<PaymentId> = after(&request)?;
    let words = sought::words(&query);
    let mut found = desk.app.store.read(|r| search(&r, &words, from))?;
    let none_at_all = found.is_empty() && query.is_empty() && from.is_none();
    let base = if query.is_empty() {
        "/admin/payments?".to_owned()
    } else {
        format!("/admin/payments?q={}&", encoded(&query))
    };
    let pager = paged(&mut found, from.is_none(), &base, |named: &Named| named.payment.id.to_string());
    let rows = desk.app.store.read(|r| found.iter().map(|named| row(&desk, &r, named)).collect::<Result<_, _>>())?;
    reply::page(&PaymentsPage { shell: desk.shell(Section::Payments)?, query, rows, pager, none_at_all })
}

/// A payment with the names of whom and what it is about.
pub struct Named {
    pub payment: Payment,
    pub customer: String,
    pub number: Option<String>,
}

impl Named {
    pub fn of(r: &Reader<'_>, payment: Payment) -> Result<Self, StoreError> {
        let summary = match payment.invoice {
            Some(invoice) => r.summary(invoice)?,
            None => None,
        };
        let customer = match (&summary, payment.customer) {
            (Some(summary), _) => summary.customer_name.clone(),
            (None, Some(id)) => r.customer(id)?.map(|customer| customer.party.name).unwrap_or_default(),
            (None, None) => payment.payer_email.clone().unwrap_or_default(),
        };
        Ok(Self { payment, customer, number: summary.and_then(|summary| summary.number) })
    }

    /// What is to be known of it besides its amount.
    pub fn tag(&self, r: &Reader<'_>) -> Result<Option<Tag>, StoreError> {
        match r.disputes_of_payment(self.payment.id)?.iter().rev().find_map(disputes::tag) {
            Some(disputed) => Ok(Some(disputed)),
            None => Ok(tag_of(&self.payment, &r.tally(&self.payment)?)),
        }
    }

    pub fn link(&self) -> Option<Link> {
        let (invoice, number) = (self.payment.invoice?, self.number.clone()?);
        Some(Link::new(number, super::invoice::path(invoice)))
    }

    fn mentions(&self, word: &str) -> bool {
        let payer = self.payment.payer_email.as_deref().unwrap_or_default();
        let (method, reference) = (self.payment.method.words(), &self.payment.reference);
        [self.customer.as_str(), payer, reference, &method].into_iter().any(|text| sought::holds(text, word))
            || self.number.as_ref().is_some_and(|number| sought::holds(number, word))
            || sought::amount(self.payment.amount, word)
    }
}

fn search(r: &Reader<'_>, words: &[String], from: Option<PaymentId>) -> Result<Vec<Named>, StoreError> {
    let step = if words.is_empty() { ROWS_MAX } else { STEP };
    let by_address = r.customers_by_address(words)?;
    let (mut found, mut from, mut looked_at) = (Vec::new(), from, 0);
    loop {
        let page = r.payments(from, step)?;
        let is_last = page.len() <= step;
        for payment in page.into_iter().take(step) {
            (from, looked_at) = (Some(payment.id), looked_at + 1);
            let named = Named::of(r, payment)?;
            let is_theirs = |ids: &BTreeSet<CustomerId>| named.payment.customer.is_some_and(|id| ids.contains(&id));
            if words.iter().zip(&by_address).all(|(word, ids)| is_theirs(ids) || named.mentions(word)) {
                found.push(named);
            }
        }
        if is_last || found.len() > ROWS_MAX || looked_at >= LOOKED_AT_MAX {
            return Ok(found);
        }
    }
}

/// What Stripe kept of a payment and what it leaves, once that is known.
pub fn brought(desk: &Desk, proceeds: &Proceeds, currency: Currency) -> Option<Brought> {
    let (fee, net, currency) = match (&proceeds.settlement, proceeds.fee, proceeds.net) {
        (Some(settled), _, _) => (settled.fee, settled.net, settled.currency),
        (None, Some(fee), Some(net)) => (fee, net, currency),
        _ => return None,
    };
    Some(Brought { fee: desk.minor(fee, currency), net: desk.minor(net, currency) })
}

fn row(desk: &Desk, r: &Reader<'_>, named: &Named) -> Result<PaymentListRow, StoreError> {
    let payment = &named.payment;
    let proceeds = r.proceeds(payment)?;
    let is_stripes = payment.method.stripe().is_some();
    Ok(PaymentListRow {
        at: desk.on(payment.received_on),
        customer: named.customer.clone(),
        invoice: named.link(),
        method: payment.method.words(),
        amount: desk.money(payment.amount),
        brought: brought(desk, &proceeds, payment.amount.currency()).filter(|_| is_stripes),
        tag: named.tag(r)?,
    })
}

//! Customers: the list, one of them, and the form.

use super::credit::CreditNoteRow;
use super::forms::AddressFields;
use super::invoices::InvoiceRow;
use super::parts::{Field, Link, Pager, Problem, Select};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/customers?q=&after=`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/customers.html")]
pub struct CustomersPage {
    pub shell: Shell,
    pub query: String,
    pub rows: Vec<CustomerRow>,
    pub pager: Pager,
    pub none_at_all: bool,
}

#[derive(Clone, Debug, Default)]
pub struct CustomerRow {
    pub url: String,
    pub name: String,
    pub email: Option<String>,
    /// One a currency; none when nothing is.
    pub open: Vec<String>,
    pub overdue: Vec<String>,
    /// `3 Nov 2026`
    pub last_paid: Option<String>,
}

/// `GET /admin/customers/{id}`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/customer.html")]
pub struct CustomerPage {
    pub shell: Shell,
    /// `/admin/customers/cus_…`; `/edit` is added.
    pub path: String,
    pub name: String,
    pub email: Option<String>,
    /// Stripe did not take the address.
    pub email_doubted: bool,
    pub address: Vec<String>,
    pub tax_id: Option<String>,
    /// `German`
    pub language: String,
    pub buyer_reference: Option<String>,
    /// `0088:4012345000009`
    pub endpoint: Option<String>,
    /// One a currency.
    pub balances: Vec<Balance>,
    /// To the editor with this customer chosen.
    pub new_invoice_url: String,
    pub invoices: Vec<InvoiceRow>,
    pub pager: Pager,
    /// What is held for the customer, the oldest first.
    pub held: Vec<HeldRow>,
    /// The newest first.
    pub credit_notes: Vec<CreditNoteRow>,
}

/// A sum that is held for a customer.
#[derive(Clone, Debug, Default)]
pub struct HeldRow {
    pub amount: String,
    /// `Credit note CN-2026-0002`
    pub from: Link,
    /// `None` while it cannot be paid back.
    pub refund_url: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Balance {
    pub currency: String,
    pub open: String,
    pub overdue: String,
    pub paid: String,
    /// What is held for the customer; `None` when nothing is.
    pub credit: Option<String>,
}

/// `GET /admin/customers/new` and `/{id}/edit`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/customer_form.html")]
pub struct CustomerFormPage {
    pub shell: Shell,
    /// `/admin/customers` or `/admin/customers/cus_…`.
    pub action: String,
    pub back_url: String,
    pub is_new: bool,
    /// What was stored when the form was opened.
    pub seen: String,
    /// `once`: the id of what a new one will be
    pub once: String,
    pub problems: Vec<Problem>,
    /// `name`
    pub name: Field,
    /// `email`
    pub email: Field,
    pub address: AddressFields,
    /// `tax_id`
    pub tax_id: Field,
    /// `language`
    pub language: Select,
    /// `buyer_reference`
    pub buyer_reference: Field,
    /// `endpoint_scheme`
    pub endpoint_scheme: Field,
    /// `endpoint_id`
    pub endpoint_id: Field,
}

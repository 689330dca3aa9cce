//! Writing an invoice. All totals come from the server, with and without JavaScript.
//!
//! The form posts to `action`. Names: `customer`, `new.name` … `new.country`, `currency`, `due_date`, `delivery_date`,
//! `lines.N.description` and so on, `notes`, `reference`, `cc`, `prices_include_tax`, `revision`, `payment_plan.kind` and
//! what stands below it, and the button as `do`: `save`, `send`, `preview`, `totals`, `add`, `up.N`, `down.N`,
//! `remove.N`, `add_instalment`.
//!
//! The script posts the same form to `/admin/invoices/preview` and gets a [`TotalsAnswer`] as JSON.

use serde::Serialize;

use super::forms::FeeFields;
use super::paper::{Paper, PlanRow, Tax};
use super::parts::{Field, Problem, Select, When};
use super::shell::Shell;
use askama::Template;

/// `GET /admin/invoices/new` and `GET /admin/invoices/{id}/edit`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/editor.html")]
pub struct EditorPage {
    pub shell: Shell,
    /// `/admin/invoices` for a new one, `/admin/invoices/inv_…` for a draft.
    pub action: String,
    /// Back to the draft's page, or to the list.
    pub back_url: String,
    /// Where the script asks what the form comes to.
    pub totals_url: String,
    pub is_new: bool,
    /// Of the draft that was loaded; a save on top of a newer one is refused.
    pub revision: String,
    /// `once`: the id of what a new one will be
    pub once: String,
    pub saved: Option<When>,
    pub problems: Vec<Problem>,
    /// Odd but allowed: `The customer has no e-mail address.`
    pub warnings: Vec<String>,
    /// `customer`: ids; the entry with value `new` opens the fields below it.
    pub customer: Select,
    pub new: NewCustomer,
    /// `currency`
    pub currency: Select,
    /// `due_date`, empty takes the terms.
    pub due_date: Field,
    /// `14 days after issue`, shown when `due_date` is empty.
    pub terms: String,
    /// `delivery_date`
    pub delivery_date: Field,
    /// `reference`
    pub reference: Field,
    /// `cc`: addresses, separated by commas
    pub cc: Field,
    /// `notes`
    pub notes: Field,
    /// `prices_include_tax`
    pub prices_include_tax: bool,
    pub lines: Vec<LineForm>,
    pub totals: EditorTotals,
    pub plan: PlanForm,
    /// What the parts of the plan come to; empty if it is paid at once.
    pub parts: Vec<PlanRow>,
    /// `fee_passthrough.…`
    pub fee: FeeFields,
    /// What counts if the invoice says nothing: `As in your settings: no fee`.
    pub fee_hint: String,
    /// The version that was saved meanwhile in another window.
    pub newer: Option<Paper>,
}

/// How the invoice may be paid: `payment_plan.kind` and so on.
#[derive(Clone, Debug, Default)]
pub struct PlanForm {
    /// `at_once`, `deposit`, `instalments`, `minimum`
    pub kind: Select,
    /// An amount, or a percentage with its sign.
    pub deposit: Field,
    pub deposit_due: Field,
    /// What holds when the date is left empty.
    pub deposit_terms: String,
    pub minimum: Field,
    pub instalments: Vec<InstalmentForm>,
    /// So many rows at most.
    pub most: usize,
}

/// `payment_plan.instalments.N.…`
#[derive(Clone, Debug, Default)]
pub struct InstalmentForm {
    /// An amount, or a percentage with its sign.
    pub share: Field,
    pub due: Field,
    /// What holds when the date is left empty.
    pub terms: String,
}

/// The customer that is written together with the invoice: `new.name` and so on.
#[derive(Clone, Debug, Default)]
pub struct NewCustomer {
    pub name: Field,
    pub email: Field,
    pub line1: Field,
    pub line2: Field,
    pub postal_code: Field,
    pub city: Field,
    pub country: Select,
    pub tax_id: Field,
}

/// One line of the form, `lines.N.…`.
#[derive(Clone, Debug, Default)]
pub struct LineForm {
    /// Of the stored line, sent back unchanged.
    pub id: String,
    pub description: Field,
    pub quantity: Field,
    pub unit: Field,
    pub unit_price: Field,
    /// Percent.
    pub discount: Field,
    /// Values are what `tax` takes: `19`, `0:AE`.
    pub tax: Select,
    /// What it comes to; empty while it cannot be computed.
    pub amount: String,
}

#[derive(Clone, Debug, Default)]
pub struct EditorTotals {
    pub subtotal: String,
    pub taxes: Vec<Tax>,
    pub total: String,
    /// Set while some line cannot be computed, and says so.
    pub incomplete: Option<String>,
}

/// What the script gets while the owner types: everything as it stands on the page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TotalsAnswer {
    /// One a line of the form, in its order; empty while it cannot be computed.
    pub lines: Vec<String>,
    /// The rows of the totals box.
    pub totals: Vec<TotalsRow>,
    /// What the parts of the plan come to.
    pub parts: Vec<TotalsRow>,
    /// The first is shown under the totals.
    pub errors: Vec<TotalsError>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct TotalsRow {
    /// `VAT 19 % on 7,600.00 €`
    pub label: String,
    pub amount: String,
    /// The total.
    pub strong: bool,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct TotalsError {
    /// `lines.0.quantity`
    pub field: String,
    /// `Line 1: enter the quantity as a number, such as 12.5.`
    pub detail: String,
}

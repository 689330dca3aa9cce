//! The editor's page: what was typed, what is wrong with it, what it comes to.

use jiff::civil::Date;
use warp::http::StatusCode;

use super::super::choices::{country_choices, currencies};
use super::super::desk::Desk;
use super::super::entered::Wrong;
use super::super::{fee_choice, kept};
use super::computed::{Computed, terms_words};
use super::entered::{Entered, EnteredLine, NEW_CUSTOMER, plan_of, read_tax, tax_value, terms};
use crate::actions::Refusal;
use crate::billing::customer::Customer;
use crate::billing::id::{CustomerId, InvoiceId, OfInvoice};
use crate::billing::invoice::Draft;
use crate::billing::money::Money;
use crate::billing::passthrough::{FIELD, NoFee};
use crate::billing::quantity::TaxRate;
use crate::billing::tax::TaxCategory;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::paper;
use crate::web::reply::{self, Response};
use crate::web::views::confirm::{Elsewhere, ErrorPage};
use crate::web::views::editor::{EditorPage, LineForm, NewCustomer};
use crate::web::views::parts::{Choice, Field, Link};
use crate::web::views::shell::Section;

/// Customers that the list offers, the newest first; beyond it one begins at the customer's own page.
const CUSTOMERS_OFFERED_MAX: usize = 500;

/// Whether whoever pays by card pays a fee on top.
const FEES: [(&str, &str); 3] = [("inherit", "As in your settings"), ("off", "No fee"), ("rate", "A fee of its own")];

/// The page. `draft` is the stored one, if there is one.
pub fn page(desk: &Desk, entered: &Entered, wrong: &Wrong, draft: Option<&Draft>) -> Result<EditorPage, Error> {
    let computed = Computed::of(desk, entered, draft);
    let own = draft.map(|draft| format!("/admin/invoices/{}", draft.id));
    let lines = entered.lines.iter().zip(&computed.lines).enumerate();
    let field = |name: &str, value: &str| wrong.field(name, value);
    Ok(EditorPage {
        shell: desk.shell(Section::Invoices)?,
        action: own.clone().unwrap_or_else(|| "/admin/invoices".to_owned()),
        back_url: own.unwrap_or_else(|| "/admin/invoices".to_owned()),
        totals_url: match draft {
            Some(draft) => format!("/admin/invoices/preview?draft={}", draft.id),
            None => "/admin/invoices/preview".to_owned(),
        },
        is_new: draft.is_none(),
        revision: entered.revision.clone(),
        once: match (draft, entered.once.parse::<InvoiceId>()) {
            (None, Err(_)) => desk.app.store.fresh_id::<OfInvoice>()?.to_string(),
            _ => entered.once.clone(),
        },
        saved: None,
        problems: wrong.problems(),
        warnings: warnings(desk, entered)?,
        customer: wrong.select("customer", customer_choices(desk, &entered.customer)?),
        new: new_customer(entered, wrong),
        currency: wrong.select("currency", currencies(&entered.currency)),
        due_date: field("due_date", &entered.due_date),
        terms: format!("{} if left empty", terms_words(terms(desk, draft))),
        delivery_date: field("delivery_date", &entered.delivery_date),
        reference: field("reference", &entered.reference),
        cc: field("cc", &entered.cc),
        notes: field("notes", &entered.notes),
        prices_include_tax: entered.prices_include_tax,
        lines: lines.map(|(place, (line, amount))| line_form(desk, wrong, place, line, amount)).collect(),
        totals: computed.totals,
        plan: entered.plan.form(wrong, plan_of(draft)),
        parts: computed.parts,
        fee: entered.fee.fields(wrong, FIELD, &FEES),
        fee_hint: format!("Your settings say: {}.", fee_choice::above(desk)?),
        newer: None,
    })
}

/// The same, with the version that was saved meanwhile in another window. Saving again replaces that one.
pub fn conflict(desk: &Desk, entered: Entered, draft: &Draft) -> Result<EditorPage, Error> {
    let mut wrong = Wrong::default();
    wrong.add(
        "newer",
        "This draft was changed in another window. The newer version is shown below; save again to replace it by what \
         stands here.",
    );
    let entered = Entered { revision: draft.revision.to_string(), ..entered };
    let buyer = desk.app.store.read(|r| r.customer(draft.content.customer))?.map(|customer| customer.party);
    let newer = paper::of_draft(draft, &buyer.unwrap_or_default(), &desk.settings, desk.today).embedded();
    Ok(EditorPage { newer: Some(newer), ..page(desk, &entered, &wrong, Some(draft))? })
}

/// What a new draft is made of from the form of one that is gone: not its place in the books.
const OF_THE_DRAFT: [&str; 3] = ["revision", "once", "do"];

/// The form of a draft that was issued or deleted meanwhile: what was typed, and what can be made of it.
pub fn gone(desk: &Desk, id: InvoiceId, form: &Form, refusal: Refusal) -> Result<Response, Error> {
    let issued = desk.app.store.read(|r| r.invoice(id))?;
    let is_gone = matches!(refusal, Refusal::Conflict(_) | Refusal::NotFound(_));
    if form.get("revision").is_none() || !is_gone {
        return Err(refusal.into());
    }
    let own = form.iter().filter(|(name, _)| !OF_THE_DRAFT.contains(name));
    let mut fields: Vec<_> = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    // Adding up shows the editor with all of it and stores nothing.
    fields.push(("do".to_owned(), "totals".to_owned()));
    let (status, title, text, link) = match issued {
        Some(invoice) => (
            StatusCode::CONFLICT,
            "This draft was issued meanwhile",
            format!(
                "It is invoice {} now, which does not change any more, so nothing of this was saved.",
                invoice.number
            ),
            Link::new(format!("Open invoice {}", invoice.number), super::super::invoice::path(id)),
        ),
        None => (
            StatusCode::NOT_FOUND,
            "This draft was deleted meanwhile",
            "Nothing of this was saved. It can go into a new draft.".to_owned(),
            Link::new("All invoices", "/admin/invoices"),
        ),
    };
    let page = ErrorPage {
        shell: desk.shell(Section::Invoices)?,
        title: title.to_owned(),
        text,
        link: Some(link),
        typed: kept::typed(form.iter()),
        elsewhere: Some(Elsewhere {
            action: "/admin/invoices".to_owned(),
            button: "Make a new draft with this text".to_owned(),
            fields,
        }),
    };
    reply::page_with(status, &page)
}

fn customer_choices(desk: &Desk, chosen: &str) -> Result<Vec<Choice>, Error> {
    let mut customers = desk.app.store.read(|r| r.customers(&[], None, CUSTOMERS_OFFERED_MAX))?;
    if let Ok(id) = chosen.parse::<CustomerId>()
        && !customers.iter().any(|customer| customer.id == id)
    {
        customers.extend(desk.app.store.read(|r| r.customer(id))?);
    }
    customers.sort_by_cached_key(|customer| customer.party.name.to_lowercase());
    let none = customers.is_empty();
    let mut choices = vec![
        Choice::new("", "Choose a customer", chosen.is_empty() && !none),
        Choice::new(NEW_CUSTOMER, "New customer…", chosen == NEW_CUSTOMER || (chosen.is_empty() && none)),
    ];
    choices.extend(customers.into_iter().map(|customer| {
        let id = customer.id.to_string();
        let is_chosen = id == chosen;
        Choice::new(id, customer.party.name, is_chosen)
    }));
    Ok(choices)
}

fn new_customer(entered: &Entered, wrong: &Wrong) -> NewCustomer {
    let field = |name: &str| -> Field { wrong.field(&format!("new.{name}"), entered.new.text(name)) };
    NewCustomer {
        name: field("name"),
        email: field("email"),
        line1: field("line1"),
        line2: field("line2"),
        postal_code: field("postal_code"),
        city: field("city"),
        country: wrong.select("new.country", country_choices(entered.new.text("country"))),
        tax_id: field("tax_id"),
    }
}

fn line_form(desk: &Desk, wrong: &Wrong, place: usize, line: &EnteredLine, amount: &str) -> LineForm {
    let field = |name: &str, value: &str| wrong.field(&format!("lines.{place}.{name}"), value);
    LineForm {
        id: line.id.clone(),
        description: field("description", &line.description),
        quantity: field("quantity", &line.quantity),
        unit: field("unit", &line.unit),
        unit_price: field("unit_price", &line.unit_price),
        discount: field("discount", &line.discount),
        tax: wrong.select(&format!("lines.{place}.tax"), tax_choices(desk, &line.tax)),
        amount: amount.to_owned(),
    }
}

/// The business's rates, no tax, and the reasons for a zero rate; what the line has is always among them.
fn tax_choices(desk: &Desk, chosen: &str) -> Vec<Choice> {
    let t = desk.words();
    let mut choices: Vec<Choice> = Vec::new();
    let mut offer = |value: String, text: String| {
        if !choices.iter().any(|choice| choice.value == value) {
            let is_chosen = value == chosen;
            choices.push(Choice::new(value, text, is_chosen));
        }
    };
    for named in &desk.settings.tax_rates {
        let value = tax_value(named.rate, TaxCategory::S);
        offer(value, paper::tax_label(named.rate, &desk.settings, &t));
    }
    offer(tax_value(TaxRate::ZERO, TaxCategory::S), "No tax".to_owned());
    for category in TaxCategory::ALL.into_iter().filter(|category| *category != TaxCategory::S) {
        offer(tax_value(TaxRate::ZERO, category), format!("0 %: {}", category.meaning()));
    }
    if let Some((rate, category)) = read_tax(chosen) {
        offer(tax_value(rate, category), paper::tax_label(rate, &desk.settings, &t));
    }
    choices
}

/// An invoice may be written for what was owed before; mostly it is a slip of the pen.
pub fn due_before_issue(desk: &Desk, due: Date) -> Option<String> {
    let words = || format!("It would be due on {}, before it is issued on {}.", desk.date(due), desk.date(desk.today));
    (due < desk.today).then(words)
}

/// What speaks against a fee, or why none is taken although the invoice asks for one.
fn fee_warning(desk: &Desk, entered: &Entered, customer: &Customer) -> Result<Option<String>, Error> {
    let country = &customer.party.address.country;
    let Ok(choice) = entered.fee.read(desk, entered.currency(desk), FIELD) else { return Ok(None) };
    let account = fee_choice::account(desk)?;
    let terms = desk.settings.fee_passthrough.terms(choice, account.as_deref(), country);
    let why_not = match terms.fee(Money::zero(entered.currency(desk)), &[]) {
        Err(why @ (NoFee::OffIn(_) | NoFee::UnknownCountry | NoFee::OtherCurrency(_))) => why.words(),
        _ => None,
    };
    Ok(fee_choice::warning(&terms, country).or(why_not.filter(|_| !choice.is_inherited())))
}

/// What is odd but allowed.
fn warnings(desk: &Desk, entered: &Entered) -> Result<Vec<String>, Error> {
    let mut warnings = Vec::new();
    let due = entered.due_date.parse::<Date>().ok();
    warnings.extend(due.and_then(|due| due_before_issue(desk, due)));
    if let Ok(id) = entered.customer.parse::<CustomerId>()
        && let Some(customer) = desk.app.store.read(|r| r.customer(id))?
    {
        if customer.party.email.is_empty() {
            warnings.push(format!("{} has no e-mail address, so the invoice cannot be mailed.", customer.party.name));
        }
        warnings.extend(fee_warning(desk, entered, &customer)?);
    }
    Ok(warnings)
}

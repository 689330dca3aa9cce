//! Drafts are written, changed and thrown away.

use jiff::civil::Date;

use super::{Refusal, day};
use crate::billing::email::check_email;
use crate::billing::field::{FieldError, Findings, Lines};
use crate::billing::id::InvoiceId;
use crate::billing::invoice::{Content, Document, Draft};
use crate::billing::line::{Totals, totals, validate, validate_numbers};
use crate::billing::money::Money;
use crate::billing::plan::Plan;
use crate::store::{Reader, Writer};

pub(super) const NOTES_CHARS_MAX: usize = 5_000;
const REFERENCE_CHARS_MAX: usize = 200;
/// Further recipients of an invoice: more is a mailing list.
const CC_MAX: usize = 10;

/// Stores a new draft.
///
/// # Errors
/// A field is not as it must be.
pub fn create(w: &mut Writer<'_>, content: Content) -> Result<Draft, Refusal> {
    create_once(w, None, content)
}

/// The same for a form, which is given the id beforehand: [`made_from`] says what became of it.
///
/// # Errors
/// A field is not as it must be.
pub fn create_once(w: &mut Writer<'_>, once: Option<InvoiceId>, content: Content) -> Result<Draft, Refusal> {
    let content = numbered(content);
    let totals = check(w, &content)?;
    let content = without_repeats(w, content)?;
    let fresh = w.id()?;
    // An id from the future was given by nobody.
    let id = once.filter(|once| *once < fresh).unwrap_or(fresh);
    let draft = Draft { id, revision: 1, created_at: w.now(), content, totals };
    w.put_document(&Document::Draft(Box::new(draft.clone())))?;
    Ok(draft)
}

/// The draft that a form with this content made already, when it is sent again.
///
/// # Errors
/// The form made another draft, which may be issued by now.
pub fn made_from(w: &Writer<'_>, once: InvoiceId, content: &Content) -> Result<Option<Draft>, Refusal> {
    let Some(made) = w.document(once)? else { return Ok(None) };
    let content = without_repeats(w, numbered(content.clone()))?;
    match made {
        Document::Draft(draft) if draft.content == content => Ok(Some(*draft)),
        _ => Err(Refusal::conflict("An invoice was made from this form already. Save again to make another one.")),
    }
}

/// Changes a draft. `seen` is the revision that the change was made from, where that is known.
///
/// # Errors
/// It is no draft, somebody else changed it since, or a field is not as it must be.
pub fn update(w: &mut Writer<'_>, id: InvoiceId, content: Content, seen: Option<u32>) -> Result<Draft, Refusal> {
    let stored = draft(w, id)?;
    if seen.is_some_and(|seen| seen != stored.revision) {
        return Err(Refusal::conflict(
            "This draft was changed in another window. Look at the newer version before you save yours.",
        ));
    }
    let content = numbered(content);
    let totals = check(w, &content)?;
    let content = without_repeats(w, content)?;
    let draft = Draft { revision: stored.revision.saturating_add(1), content, totals, ..stored };
    w.put_document(&Document::Draft(Box::new(draft.clone())))?;
    Ok(draft)
}

/// Throws a draft away.
///
/// # Errors
/// It is no draft.
pub fn delete(w: &mut Writer<'_>, id: InvoiceId) -> Result<(), Refusal> {
    draft(w, id)?;
    Ok(w.remove_draft(id)?)
}

/// The draft of this id.
///
/// # Errors
/// There is none, or it is issued.
pub fn draft(reader: &Reader<'_>, id: InvoiceId) -> Result<Draft, Refusal> {
    match reader.document(id)? {
        Some(Document::Draft(draft)) => Ok(*draft),
        Some(Document::Issued(invoice)) => Err(Refusal::conflict(format!(
            "Invoice {} is issued, so it cannot change any more. Write a credit note and a new invoice instead.",
            invoice.number
        ))),
        None => Err(Refusal::NotFound("invoice")),
    }
}

/// Nobody gets the same mail twice: neither who is named twice nor the customer.
fn without_repeats(w: &Writer<'_>, mut content: Content) -> Result<Content, Refusal> {
    let customer = w.customer(content.customer)?.map(|customer| customer.party.email.to_lowercase());
    let mut seen: Vec<String> = customer.into_iter().collect();
    content.cc.retain(|address| {
        let address = address.to_lowercase();
        let is_new = !seen.contains(&address);
        seen.push(address);
        is_new
    });
    Ok(content)
}

/// Gives an id to every line that has none: the count goes on from the highest there is.
fn numbered(mut content: Content) -> Content {
    let known = content.lines.iter().filter_map(|line| line.id.parse::<u64>().ok()).max().unwrap_or(0);
    let without = content.lines.iter_mut().filter(|line| line.id.is_empty());
    for (line, id) in without.zip(known.saturating_add(1)..) {
        line.id = id.to_string();
    }
    content
}

/// The sums of a draft's content, if every field is as it must be.
///
/// # Errors
/// The fields that are not.
pub fn check(w: &Writer<'_>, content: &Content) -> Result<Totals, Refusal> {
    let mut errors = Vec::new();
    if w.customer(content.customer)?.is_none() {
        errors.push(FieldError::new("customer", "There is no such customer."));
    }
    let today = day(&w.settings()?, w.now());
    match examine(content, today) {
        Ok(totals) if errors.is_empty() => Ok(totals),
        Ok(_) => Err(Refusal::Invalid(errors)),
        Err(found) => {
            errors.extend(found);
            Err(Refusal::Invalid(errors))
        }
    }
}

/// The same without the books, for a document that is issued `today`: everything that is wrong, at once.
///
/// # Errors
/// The fields that are not as they must be.
pub fn examine(content: &Content, today: Date) -> Result<Totals, Vec<FieldError>> {
    let mut errors = each(content);
    let due = due(content, today).map_err(|error| errors.push(error)).ok();
    match (totals(&content.lines, content.currency, content.prices_include_tax), due) {
        (Ok(totals), Some(due)) => {
            let total = Money::new(totals.total, content.currency).unwrap_or(Money::zero(content.currency));
            errors.extend(content.plan.parts(total, today, due).err().unwrap_or_default());
            if errors.is_empty() {
                return Ok(totals);
            }
        }
        (Ok(_), None) => {}
        (Err(refused), _) => {
            // What is wrong with single lines was found before.
            let new: Vec<_> = refused.into_iter().filter(|error| !errors.contains(error)).collect();
            errors.extend(new);
        }
    }
    Err(errors)
}

/// What is wrong with each field and line by itself, whatever they come to together.
#[must_use]
pub fn each(content: &Content) -> Vec<FieldError> {
    let mut found = Findings::under("");
    found.text("notes", &content.notes, NOTES_CHARS_MAX, Lines::Many);
    found.text("reference", &content.reference, REFERENCE_CHARS_MAX, Lines::One);
    if content.cc.len() > CC_MAX {
        found.add("cc", format_args!("Use at most {CC_MAX} addresses."));
    }
    for (place, address) in content.cc.iter().enumerate() {
        found.check(&format!("cc[{place}]"), check_email(address));
    }
    let mut errors = found.into_errors();
    errors.extend(validate(&content.lines));
    errors.extend(validate_numbers(&content.lines, content.currency));
    errors
}

/// The due date. Days of instalments are found wrong where they were written, by their plan.
fn due(content: &Content, today: Date) -> Result<Date, FieldError> {
    match (content.due_date(today), &content.plan) {
        (Ok(due), _) => Ok(due),
        (Err(_), Plan::Instalments { .. }) => Ok(today),
        (Err(error), _) => Err(FieldError::new("due_date", error)),
    }
}

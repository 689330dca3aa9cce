//! Customers are written and changed.

use super::{Refusal, mailings};
use crate::billing::customer::Customer;
use crate::billing::id::{CustomerId, InvoiceId};
use crate::billing::party::Party;
use crate::store::{Error, Reader, Writer};

/// Stores a new customer.
///
/// # Errors
/// A field is not as it must be.
pub fn create(w: &mut Writer<'_>, party: Party) -> Result<Customer, Refusal> {
    create_once(w, None, party)
}

/// The same for a form, which is given the id beforehand: sent twice, it makes one customer.
///
/// # Errors
/// A field is not as it must be, or a customer with other entries was made from the form.
pub fn create_once(w: &mut Writer<'_>, once: Option<CustomerId>, party: Party) -> Result<Customer, Refusal> {
    check(&party)?;
    let fresh = w.id()?;
    // An id from the future was given by nobody.
    let id = once.filter(|once| *once < fresh).unwrap_or(fresh);
    match w.customer(id)? {
        Some(made) if made.party == party => return Ok(made),
        Some(made) => {
            let name = made.party.name;
            return Err(Refusal::conflict(format!(
                "{name} was added from this form already. Save again to add another."
            )));
        }
        None => {}
    }
    let customer = Customer { id, party, created_at: w.now(), revision: 1 };
    w.put_customer(&customer)?;
    Ok(customer)
}

/// Changes a customer; invoices that were issued keep what they were issued with.
///
/// # Errors
/// There is no such customer, or a field is not as it must be.
pub fn update(w: &mut Writer<'_>, id: CustomerId, party: Party) -> Result<Customer, Refusal> {
    let stored = w.customer(id)?.ok_or(Refusal::NotFound("customer"))?;
    check(&party)?;
    let stored_email = stored.party.email.clone();
    let customer = Customer { party, revision: stored.revision.saturating_add(1), ..stored };
    w.put_customer(&customer)?;
    let (before, after) = (&stored_email, &customer.party.email);
    if before != after && !before.is_empty() && !after.is_empty() {
        mailings::readdress(w, id, before, after)?;
    }
    if before != after && email_is_doubted(w, id)? {
        w.remove_mark(&doubt(id))?;
    }
    Ok(customer)
}

/// Stripe did not take the address that an invoice was made out with: the customer's page says so until it is another.
///
/// # Errors
/// The store failed.
pub fn doubt_email(w: &mut Writer<'_>, invoice: InvoiceId) -> Result<(), Error> {
    let Some(invoice) = w.invoice(invoice)? else { return Ok(()) };
    let customer = w.customer(invoice.content.customer)?;
    match customer.filter(|customer| customer.party.email == invoice.buyer.email) {
        Some(customer) => w.put_first_mark(&doubt(customer.id)),
        None => Ok(()),
    }
}

/// Whether Stripe did not take the customer's address.
///
/// # Errors
/// The store failed.
pub fn email_is_doubted(r: &Reader<'_>, id: CustomerId) -> Result<bool, Error> {
    Ok(r.mark(&doubt(id))?.is_some())
}

/// The name of the mark.
fn doubt(id: CustomerId) -> String {
    format!("email_doubted:{id}")
}

fn check(party: &Party) -> Result<(), Refusal> {
    match party.validate("") {
        errors if errors.is_empty() => Ok(()),
        errors => Err(Refusal::Invalid(errors)),
    }
}

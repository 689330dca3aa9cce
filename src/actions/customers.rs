//! Customers are written and changed.

use super::{Refusal, mailings};
use crate::billing::customer::Customer;
use crate::billing::id::CustomerId;
use crate::billing::party::Party;
use crate::store::Writer;

/// Stores a new customer.
///
/// # Errors
/// A field is not as it must be.
pub fn create(w: &mut Writer<'_>, party: Party) -> Result<Customer, Refusal> {
    check(&party)?;
    let customer = Customer { id: w.id()?, party, created_at: w.now(), revision: 1 };
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
    Ok(customer)
}

fn check(party: &Party) -> Result<(), Refusal> {
    match party.validate("") {
        errors if errors.is_empty() => Ok(()),
        errors => Err(Refusal::Invalid(errors)),
    }
}

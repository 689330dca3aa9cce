//! What is set up and what is not, for the last step of the first run and for the owner's first page.

use super::desk::Desk;
use crate::billing::settings::Documents;
use crate::store::{EVENT_ARRIVED, mail_accepted_by};
use crate::web::error::Error;
use crate::web::views::setup::Finding;

/// The checklist, in the order of the first run.
pub fn findings(desk: &Desk) -> Result<Vec<Finding>, Error> {
    Ok(vec![business(desk), numbering(desk), mail(desk)?, cards(desk), webhook(desk)?])
}

fn done(text: String) -> Finding {
    Finding { ok: true, text, url: None }
}

fn missing(text: &str, section: &str) -> Finding {
    Finding { ok: false, text: text.to_owned(), url: Some(format!("/admin/settings/{section}")) }
}

fn business(desk: &Desk) -> Finding {
    let party = &desk.settings.business;
    match (party.name.is_empty(), party.address.line1.is_empty() || party.tax_id.is_empty()) {
        (true, _) => missing("Your business has no name yet", "business"),
        (false, true) => missing("Your address or tax number is missing on invoices", "business"),
        (false, false) => done(format!("{} stands on every invoice", party.name)),
    }
}

fn numbering(desk: &Desk) -> Finding {
    if desk.numbers_unknown().contains(&Documents::Invoices) {
        return missing("Where the numbers of your invoices go on is not known", "numbering");
    }
    let next = desk.settings.series(Documents::Invoices, desk.app.book()).take(desk.today);
    match next {
        Ok((number, _)) => done(format!("The next invoice is number {number}")),
        Err(error) => missing(&error.to_string(), "numbering"),
    }
}

/// A mail that the server accepted is the only proof that it takes ours.
fn mail(desk: &Desk) -> Result<Finding, Error> {
    let connections = desk.app.connections();
    let Some(post) = &connections.post else {
        return Ok(missing("Mail is not set up: invoices wait in the outbox", "mail"));
    };
    if post.from.is_none() {
        return Ok(missing("Mail has no sender yet: invoices wait in the outbox", "mail"));
    }
    let host = &post.address.host;
    let mark = mail_accepted_by(&post.mailer.place());
    Ok(match desk.app.store.read(|r| r.mark(&mark))? {
        Some(_) => done(format!("Mail leaves through {host}")),
        None => missing(&format!("{host} has not accepted a mail yet: send a test mail to see that it does"), "mail"),
    })
}

fn cards(desk: &Desk) -> Finding {
    match &desk.app.connections().stripe_key {
        Some(_) if desk.app.book().is_test() => {
            done("Cards are taken, with a test key: no real money moves".to_owned())
        }
        Some(_) => done("Cards are taken".to_owned()),
        None => missing("Cards cannot be taken yet: invoices offer bank transfer", "payments"),
    }
}

/// An event that arrived is the only proof that Stripe reaches us.
fn webhook(desk: &Desk) -> Result<Finding, Error> {
    let connections = desk.app.connections();
    let has_arrived = desk.app.store.read(|r| r.mark(EVENT_ARRIVED))?.is_some();
    Ok(match (connections.webhook_secrets.is_empty(), has_arrived) {
        (false, true) => done("Stripe's events arrive".to_owned()),
        (false, false) => missing("Stripe's events are expected; none has arrived yet", "payments"),
        (true, _) => missing("Stripe cannot tell about payments yet: they are noticed some minutes late", "payments"),
    })
}

//! What every owner is told of a change: what, when, by whom and with what, and where to look if it was not them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{ComposeError, Desk};
use crate::billing::sensitive::Sensitive;
use crate::mail::letters::{Content, OwnerAlert};
use crate::mail::words;

/// What is said of a change, and where it is seen.
struct Told {
    /// A sentence without its full stop.
    what: String,
    place: &'static str,
}

impl Desk<'_> {
    pub(super) fn owner_change(&self, change: &Sensitive, by: &str, at: Timestamp) -> Result<Content, ComposeError> {
        let Told { what, place } = told(change);
        let zone = TimeZone::get(&self.settings.time_zone).unwrap_or(TimeZone::UTC);
        let at = at.to_zoned(zone);
        let (day, time) = (words::day(at.date()), at.strftime("%H:%M"));
        let view = OwnerAlert {
            business: self.business.clone(),
            what_happened: format!("{what}: on {day} at {time}, by {by}."),
            headline: what,
            next_step:
                "If that was you or somebody you trust with it, nothing is to be done. If not: put it right on the \
                        page behind the button, then choose another password under Settings, Account, which signs \
                        everybody else out, and take back API tokens that you do not know."
                    .to_owned(),
            url: self.app.url(place),
        };
        Ok(view.render()?)
    }
}

fn told(change: &Sensitive) -> Told {
    let (what, place) = match change {
        Sensitive::BankDetails => {
            ("The bank details on your invoices were changed".to_owned(), "/admin/settings/business")
        }
        Sensitive::StripeKey => ("Another Stripe key was entered".to_owned(), "/admin/settings/payments"),
        Sensitive::StripeKeyRemoved => ("The Stripe key was removed".to_owned(), "/admin/settings/payments"),
        Sensitive::WebhookSecret => {
            ("A signing secret for Stripe's webhooks was entered".to_owned(), "/admin/settings/payments")
        }
        Sensitive::WebhookSecretRemoved => {
            ("A signing secret for Stripe's webhooks was removed".to_owned(), "/admin/settings/payments")
        }
        Sensitive::MailServer => ("The way that mails leave was changed".to_owned(), "/admin/settings/mail"),
        Sensitive::Password { owner } => (format!("The password of {owner} was changed"), "/admin/settings/account"),
        Sensitive::TokenMade { name } => (format!("The API token “{name}” was made"), "/admin/settings/tokens"),
        Sensitive::TokenRevoked { name } => {
            (format!("The API token “{name}” was taken back"), "/admin/settings/tokens")
        }
        Sensitive::OwnerAdded { email } => (format!("{email} was added as an owner"), "/admin/settings/account"),
    };
    Told { what, place }
}

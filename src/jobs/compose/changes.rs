//! What every owner is told of a change: what, when, by whom and with what, and where to look if it was not them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{ComposeError, Desk};
use crate::billing::sensitive::Sensitive;
use crate::mail::letters::{Content, OwnerAlert};
use crate::mail::words;

impl Desk<'_> {
    pub(super) fn owner_change(&self, change: &Sensitive, by: &str, at: Timestamp) -> Result<Content, ComposeError> {
        let what = change.to_string();
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
            url: self.app.url(place(change)),
        };
        Ok(view.render()?)
    }
}

/// Where it is put right.
fn place(change: &Sensitive) -> &'static str {
    match change {
        Sensitive::BankDetails => "/admin/settings/business",
        Sensitive::StripeKey
        | Sensitive::StripeKeyRemoved
        | Sensitive::WebhookSecret
        | Sensitive::WebhookSecretRemoved => "/admin/settings/payments",
        Sensitive::MailServer => "/admin/settings/mail",
        Sensitive::Password { .. }
        | Sensitive::OwnerAdded { .. }
        | Sensitive::NewBrowser { .. }
        | Sensitive::WrongCodes { .. } => "/admin/settings/account",
        Sensitive::SecondStep { .. }
        | Sensitive::SecondStepOff { .. }
        | Sensitive::RecoveryCodes { .. }
        | Sensitive::RecoveryCodeUsed { .. } => "/admin/settings/account/second-step",
        Sensitive::PersonInvited { .. } | Sensitive::RoleChanged { .. } | Sensitive::PersonRemoved { .. } => {
            "/admin/settings/people"
        }
        Sensitive::TokenMade { .. } | Sensitive::TokenRevoked { .. } => "/admin/settings/tokens",
    }
}

//! Settings, one section a page; each has its own form and its own save button.

use super::forms::{BusinessForm, FeeForm, MailForm, Mode, NumberingForm, StripeForm};
use super::parts::{Field, Problem, Select, When};
use super::shell::Shell;
use askama::Template;

/// `/admin/settings/business`
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/business.html")]
pub struct BusinessSettings {
    pub shell: Shell,
    pub business: BusinessForm,
}

/// `/admin/settings/numbering`; `do=sample` and `do=rate` as in the wizard.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/numbering.html")]
pub struct NumberingSettings {
    pub shell: Shell,
    pub numbering: NumberingForm,
}

/// `/admin/settings/payments`; `do=test` asks Stripe.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/payments.html")]
pub struct PaymentSettings {
    pub shell: Shell,
    pub stripe: StripeForm,
    /// `payment_methods`: `card`, `all`
    pub methods: Select,
    /// `seen`: what was stored when the form was opened
    pub seen: String,
    /// Posted to `/admin/settings/payments/fee`.
    pub fee: FeeForm,
}

/// `/admin/settings/mail`; `do=test` sends a test mail.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/mail.html")]
pub struct MailSettings {
    pub shell: Shell,
    pub mail: MailForm,
}

/// `/admin/settings/notifications`
#[expect(clippy::struct_excessive_bools, reason = "each is one independent wish")]
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/notifications.html")]
pub struct NotificationSettings {
    pub shell: Shell,
    pub problems: Vec<Problem>,
    /// `seen`: what was stored when the form was opened
    pub seen: String,
    /// Where notices go: every owner's address.
    pub to: Vec<String>,
    /// `on_payment`
    pub on_payment: bool,
    /// `on_review`
    pub on_review: bool,
    /// `on_declines`
    pub on_declines: bool,
    /// `on_mails`
    pub on_mails: bool,
    /// `on_stripe`
    pub on_stripe: bool,
    /// `on_reads`
    pub on_reads: bool,
}

/// `/admin/settings/tokens`. Creating posts `name` and `scope` there, revoking to `{path}/revoke`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/tokens.html")]
pub struct TokenSettings {
    pub shell: Shell,
    pub problems: Vec<Problem>,
    pub name: Field,
    /// `read`, `write`
    pub scope: Select,
    /// The token that was just made; never shown again.
    pub created: Option<String>,
    pub rows: Vec<TokenRow>,
}

#[derive(Clone, Debug, Default)]
pub struct TokenRow {
    /// `/admin/settings/tokens/tok_…`
    pub path: String,
    pub name: String,
    /// `Read and write`, `Read only`
    pub scope: String,
    pub created: When,
    /// `None` before the first use.
    pub last_used: Option<When>,
}

/// `/admin/settings/backups`. Backing up posts there.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/backups.html")]
pub struct BackupSettings {
    pub shell: Shell,
    /// What the backup that is being made is at.
    pub running: Option<String>,
    /// `None` before the first.
    pub last_good: Option<When>,
    /// `1.2 MB`
    pub last_size: Option<String>,
    /// `02:30`; `None` if none is made by itself.
    pub schedule: Option<String>,
    /// Where they go.
    pub places: Vec<String>,
    /// `2 keys`; `None` if they are not encrypted.
    pub keys: Option<String>,
    /// `7 days, 5 weeks, 12 months`
    pub kept: String,
    /// The newest first.
    pub rows: Vec<BackupRow>,
}

#[derive(Clone, Debug, Default)]
pub struct BackupRow {
    pub made: When,
    /// The file's name, or that there is none.
    pub name: String,
    pub size: String,
    pub good: bool,
    /// It still lies in the data folder: later ones supersede it in time.
    pub is_here: bool,
    /// A sentence each.
    pub errors: Vec<String>,
}

/// `/admin/settings/retention`
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/retention.html")]
pub struct RetentionSettings {
    pub shell: Shell,
    pub problems: Vec<Problem>,
    /// `seen`: what was stored when the form was opened
    pub seen: String,
    /// `mail_months`; empty for ever
    pub mail_months: Field,
    /// `event_days`
    pub event_days: Field,
    /// `12 mails`
    pub forgotten_mails: String,
    /// `3 messages`
    pub forgotten_events: String,
}

/// `/admin/settings/account`. The password form posts `current` and `password` to `/admin/settings/account/password`,
/// the shortcuts form `shortcuts` to `/admin/settings/account/shortcuts`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/settings/account.html")]
pub struct AccountSettings {
    pub shell: Shell,
    pub problems: Vec<Problem>,
    pub current_error: Option<String>,
    pub password_error: Option<String>,
    /// Since when codes are asked for behind the password.
    pub second_step: Option<When>,
    /// Newest first, this one marked. Ending posts to `{path}/revoke`.
    pub sessions: Vec<SessionRow>,
}

#[derive(Clone, Debug, Default)]
pub struct SessionRow {
    /// `/admin/settings/sessions/ses_…`
    pub path: String,
    /// `Firefox on Linux`
    pub device: String,
    pub since: When,
    pub last_seen: When,
    pub current: bool,
}

//! The first run: from an empty data folder to the first invoice, one step a page.
//!
//! Every step posts to its own address and leads to the next; all but the first may be skipped.

use super::forms::{BusinessForm, MailForm, Mode, NumberingForm, StripeForm};
use super::parts::{Field, Problem};
use askama::Template;

/// The list of steps beside (on a phone: above) each step.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    pub steps: Vec<Step>,
    /// `Step 2 of 6`
    pub position: String,
}

#[derive(Clone, Debug, Default)]
pub struct Step {
    pub text: String,
    pub state: StepState,
    /// Back to a step that is done.
    pub url: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepState {
    Done,
    Current,
    #[default]
    Ahead,
}

/// Step 1, reached by the one-time address. Posts `email` and `password`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/setup/owner.html")]
pub struct OwnerStep {
    pub progress: Progress,
    pub action: String,
    pub problems: Vec<Problem>,
    pub email: Field,
    pub password_error: Option<String>,
}

/// The setup address is not right.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/setup/expired.html")]
pub struct SetupExpired;

/// Step 2.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/setup/business.html")]
pub struct BusinessStep {
    pub progress: Progress,
    pub action: String,
    pub skip_url: String,
    pub business: BusinessForm,
}

/// Step 3. A button `do=sample` shows the numbers again without going on, `do=rate` adds an empty rate.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/setup/numbering.html")]
pub struct NumberingStep {
    pub progress: Progress,
    pub action: String,
    pub skip_url: String,
    pub numbering: NumberingForm,
}

/// Step 4. `do=test` sends a test mail and shows the page again.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/setup/mail.html")]
pub struct MailStep {
    pub progress: Progress,
    pub action: String,
    pub skip_url: String,
    pub mail: MailForm,
}

/// Step 5. `do=test` asks Stripe and shows the page again.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/setup/payments.html")]
pub struct PaymentsStep {
    pub progress: Progress,
    pub action: String,
    pub skip_url: String,
    pub stripe: StripeForm,
}

/// Step 6: what is ready, and what can wait.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "admin/setup/finish.html")]
pub struct FinishStep {
    pub progress: Progress,
    pub findings: Vec<Finding>,
}

/// One line of a checklist.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    pub ok: bool,
    /// `Mail leaves through mail.example.com` or `Mail is not set up: invoices wait in the outbox`.
    pub text: String,
    /// Where to do it, when it is not done.
    pub url: Option<String>,
}

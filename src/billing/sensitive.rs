//! What money or access depends on: whoever changes it is told on by a mail to every owner, and to whose account it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::role::Role;

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Sensitive {
    /// IBAN or BIC, which stand on every invoice.
    BankDetails,
    StripeKey,
    StripeKeyRemoved,
    WebhookSecret,
    WebhookSecretRemoved,
    /// The way that mails leave, or whom they are from.
    MailServer,
    Password {
        owner: String,
    },
    TokenMade {
        name: String,
    },
    TokenRevoked {
        name: String,
    },
    OwnerAdded {
        email: String,
    },
    SecondStep {
        owner: String,
    },
    SecondStepOff {
        owner: String,
    },
    RecoveryCodes {
        owner: String,
    },
    RecoveryCodeUsed {
        owner: String,
        left: usize,
    },
    PersonInvited {
        email: String,
        role: Role,
    },
    RoleChanged {
        email: String,
        role: Role,
    },
    PersonRemoved {
        email: String,
    },
    /// Nothing was changed, but somebody is in.
    NewBrowser {
        owner: String,
    },
    /// Nothing was changed, but whoever tried has the password.
    WrongCodes {
        owner: String,
    },
}

impl Sensitive {
    /// The address of whose own account it is: nobody else knows whether it was them.
    #[must_use]
    pub fn concerns(&self) -> Option<&str> {
        match self {
            Self::Password { owner }
            | Self::SecondStep { owner }
            | Self::SecondStepOff { owner }
            | Self::RecoveryCodes { owner }
            | Self::RecoveryCodeUsed { owner, .. }
            | Self::NewBrowser { owner }
            | Self::WrongCodes { owner } => Some(owner),
            Self::RoleChanged { email, .. } => Some(email),
            Self::BankDetails
            | Self::StripeKey
            | Self::StripeKeyRemoved
            | Self::WebhookSecret
            | Self::WebhookSecretRemoved
            | Self::MailServer
            | Self::TokenMade { .. }
            | Self::TokenRevoked { .. }
            | Self::OwnerAdded { .. }
            | Self::PersonInvited { .. }
            | Self::PersonRemoved { .. } => None,
        }
    }

    /// Tells one from another, as part of a key.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::BankDetails => "bank_details".to_owned(),
            Self::StripeKey => "stripe_key".to_owned(),
            Self::StripeKeyRemoved => "stripe_key_removed".to_owned(),
            Self::WebhookSecret => "webhook_secret".to_owned(),
            Self::WebhookSecretRemoved => "webhook_secret_removed".to_owned(),
            Self::MailServer => "mail_server".to_owned(),
            Self::Password { owner } => format!("password:{owner}"),
            Self::TokenMade { name } => format!("token_made:{name}"),
            Self::TokenRevoked { name } => format!("token_revoked:{name}"),
            Self::OwnerAdded { email } => format!("owner_added:{email}"),
            Self::SecondStep { owner } => format!("second_step:{owner}"),
            Self::SecondStepOff { owner } => format!("second_step_off:{owner}"),
            Self::RecoveryCodes { owner } => format!("recovery_codes:{owner}"),
            Self::RecoveryCodeUsed { owner, left } => format!("recovery_code_used:{owner}:{left}"),
            Self::PersonInvited { email, role } => format!("person_invited:{email}:{}", role.name()),
            Self::RoleChanged { email, role } => format!("role_changed:{email}:{}", role.name()),
            Self::PersonRemoved { email } => format!("person_removed:{email}"),
            Self::NewBrowser { owner } => format!("new_browser:{owner}"),
            Self::WrongCodes { owner } => format!("wrong_codes:{owner}"),
        }
    }
}

/// What happened, in words.
impl fmt::Display for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BankDetails => f.write_str("The bank details on your invoices were changed"),
            Self::StripeKey => f.write_str("Another Stripe key was entered"),
            Self::StripeKeyRemoved => f.write_str("The Stripe key was removed"),
            Self::WebhookSecret => f.write_str("A signing secret for Stripe's webhooks was entered"),
            Self::WebhookSecretRemoved => f.write_str("A signing secret for Stripe's webhooks was removed"),
            Self::MailServer => f.write_str("The way that mails leave was changed"),
            Self::Password { owner } => write!(f, "The password of {owner} was changed"),
            Self::TokenMade { name } => write!(f, "The API token “{name}” was made"),
            Self::TokenRevoked { name } => write!(f, "The API token “{name}” was taken back"),
            Self::OwnerAdded { email } => write!(f, "{email} was added as an owner"),
            Self::SecondStep { owner } => write!(f, "The second step of the sign-in of {owner} was set up"),
            Self::SecondStepOff { owner } => write!(f, "The second step of the sign-in of {owner} was switched off"),
            Self::RecoveryCodes { owner } => write!(f, "Other recovery codes were made for {owner}"),
            Self::PersonInvited { email, role } => write!(f, "{email} was invited as {}", role.name()),
            Self::RoleChanged { email, role } => write!(f, "{email} has another role now: {}", role.name()),
            Self::PersonRemoved { email } => write!(f, "{email} was removed and may sign in no more"),
            Self::NewBrowser { owner } => write!(f, "{owner} signed in with a browser that was not seen before"),
            Self::WrongCodes { owner } => {
                write!(f, "Somebody typed the right password of {owner}, and many wrong codes behind it")
            }
            Self::RecoveryCodeUsed { owner, left } => {
                write!(f, "A recovery code of {owner} was used, and {left} are left")
            }
        }
    }
}

//! What it takes to speak to Stripe: a key, and where Stripe is.

use crate::config::{StripeKey, WebOrigin};

/// Who asks, where, and on whose behalf. The key's `Debug` says only what kind it is.
#[derive(Clone, Debug)]
pub struct Access {
    pub secret_key: StripeKey,
    /// Where the API is, if not at Stripe: a stand-in or a relay that the owner configured.
    pub api_base: Option<WebOrigin>,
    /// Which installation this is.
    pub appliance: String,
}

//! What a client orders with `POST /v1/checkout/sessions`: every rule of Stripe's that a wrong request would meet,
//! and nothing made yet.

use serde_json::{Map, Value, json};

use super::ids::Ids;
use super::money;
use super::params::Params;
use super::refusal::Refusal;

/// "It can be anywhere from 30 minutes to 24 hours after Checkout Session creation."
const EXPIRES_AFTER_SECONDS_MIN: i64 = 30 * 60;
const EXPIRES_AFTER_SECONDS_MAX: i64 = 24 * 60 * 60;
/// "up to 100 line items" in payment mode.
const LINES_MAX: usize = 100;
const URL_LETTERS_MAX: usize = 5_000;

#[rustfmt::skip]
const PLAYED: &[&str] = &[
    "mode", "ui_mode", "client_reference_id", "currency", "customer_email", "customer_creation", "expires_at", "locale",
    "submit_type", "success_url", "cancel_url", "adaptive_pricing[enabled]", "expand[]", "metadata[*]",
    "payment_method_types[]", "billing_address_collection", "branding_settings[display_name]",
    "line_items[][quantity]", "line_items[][price_data][currency]", "line_items[][price_data][unit_amount]",
    "line_items[][price_data][tax_behavior]", "line_items[][price_data][product_data][name]",
    "line_items[][price_data][product_data][description]", "line_items[][price_data][product_data][metadata][*]",
    "payment_intent_data[description]", "payment_intent_data[metadata][*]", "payment_intent_data[receipt_email]",
    "payment_intent_data[statement_descriptor]", "payment_intent_data[statement_descriptor_suffix]",
];

/// Parameters that Stripe has and the stand-in does not play. A client learns the difference from a spelling mistake.
#[rustfmt::skip]
const NOT_PLAYED: &[&str] = &[
    "after_expiration", "allow_promotion_codes", "automatic_tax", "consent_collection", "custom_fields", "custom_text",
    "customer", "customer_account", "customer_update", "discounts", "excluded_payment_method_types",
    "integration_identifier", "invoice_creation", "managed_payments", "name_collection", "optional_items",
    "origin_context", "payment_method_collection", "payment_method_configuration", "payment_method_data",
    "payment_method_options", "permissions", "phone_number_collection", "redirect_on_completion", "return_url",
    "saved_payment_method_options", "setup_intent_data", "shipping_address_collection", "shipping_options",
    "subscription_data", "tax_id_collection", "wallet_options",
];

/// An accepted order.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The line items as Stripe shows them.
    pub(super) lines: Vec<Value>,
    pub(super) total: i64,
    pub(super) currency: String,
    pub(super) expires_at: i64,
    pub(super) methods: Vec<String>,
    /// Fields that the PaymentIntent will be made with.
    pub(super) intent: Value,
}

impl Order {
    /// Checks every parameter, in the order in which Stripe is known to complain: names, shapes, then meaning.
    pub(super) fn read(params: &Params, ids: &mut Ids, now: i64, livemode: bool) -> Result<Self, Refusal> {
        check_names(params)?;
        check_texts(params)?;
        let currency = currency(params)?;
        let lines = lines(params, ids, &currency, now, livemode)?;
        let total = lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line["amount_total"].as_i64()?));
        let total = total.ok_or_else(|| Refusal::invalid("Invalid integer").param("line_items"))?;
        money::chargeable(total, &currency)?;
        let order = Self {
            methods: methods(params, &currency)?,
            expires_at: expires_at(params, now)?,
            intent: intent(params)?,
            lines,
            total,
            currency,
        };
        params.metadata("metadata")?;
        Ok(order)
    }
}

fn check_names(params: &Params) -> Result<(), Refusal> {
    if let Some(name) = NOT_PLAYED.iter().find(|name| params.has(name)) {
        return Err(Refusal::invalid(format!("The stand-in for Stripe does not play `{name}`.")).param(name));
    }
    params.only(PLAYED)
}

fn check_texts(params: &Params) -> Result<(), Refusal> {
    params.required("mode")?;
    params.choice("mode", &["payment"])?;
    params.choice("ui_mode", &["hosted_page"])?;
    params.choice("submit_type", &["auto", "pay", "book", "donate"])?;
    params.choice("customer_creation", &["if_required"])?;
    params.choice("billing_address_collection", &["auto", "required"])?;
    params.text_up_to("client_reference_id", 200)?;
    params.text_up_to("locale", 20)?;
    params.boolean("adaptive_pricing[enabled]")?;
    address(params, "success_url", true)?;
    address(params, "cancel_url", false)?;
    if let Some(email) = params.text_up_to("customer_email", 512)?
        && !is_email(email)
    {
        return Err(Refusal::invalid(format!("Invalid email address: {email}"))
            .code("email_invalid")
            .param("customer_email"));
    }
    Ok(())
}

fn address(params: &Params, name: &str, required: bool) -> Result<(), Refusal> {
    if required {
        params.required(name)?;
    }
    match params.text_up_to(name, URL_LETTERS_MAX)? {
        Some(url) if !is_address(url) => Err(Refusal::invalid("Not a valid URL").code("url_invalid").param(name)),
        _ => Ok(()),
    }
}

/// Whether a browser could be sent there. Braces are allowed for `{CHECKOUT_SESSION_ID}`.
fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_some_and(|host| !host.is_empty()) && url.chars().all(|letter| letter.is_ascii_graphic())
}

/// Something, an at sign, a domain with a point: a page cannot know more.
pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, domain)| {
        let plain = text.chars().all(|letter| !letter.is_whitespace() && !letter.is_control());
        !user.is_empty() && plain && !domain.contains('@') && domain.trim_matches('.').contains('.')
    })
}

fn currency(params: &Params) -> Result<String, Refusal> {
    let mut currencies = Vec::new();
    if let Some(code) = params.text("currency")? {
        currencies.push(money::currency(code, "currency")?);
    }
    for place in params.places("line_items") {
        let name = format!("line_items[{place}][price_data][currency]");
        currencies.push(money::currency(params.required(&name)?, &name)?);
    }
    let first = currencies.first().cloned().ok_or_else(|| Refusal::missing_param("line_items"))?;
    if currencies.iter().any(|other| *other != first) {
        return Err(Refusal::invalid("All line items must have the same currency.").param("line_items"));
    }
    Ok(first)
}

fn lines(params: &Params, ids: &mut Ids, currency: &str, now: i64, livemode: bool) -> Result<Vec<Value>, Refusal> {
    let places = params.places("line_items");
    if places.is_empty() {
        return Err(Refusal::missing_param("line_items"));
    }
    if places.len() > LINES_MAX {
        return Err(Refusal::invalid("You can specify up to 100 line items.").param("line_items"));
    }
    places.into_iter().map(|place| line(params, ids, place, currency, now, livemode)).collect()
}

fn line(
    params: &Params,
    ids: &mut Ids,
    place: usize,
    currency: &str,
    now: i64,
    livemode: bool,
) -> Result<Value, Refusal> {
    let of = |name: &str| format!("line_items[{place}]{name}");
    let (unit_name, quantity_name) = (of("[price_data][unit_amount]"), of("[quantity]"));
    params.required(&unit_name)?;
    params.required(&quantity_name)?;
    params.metadata(&of("[price_data][product_data][metadata]"))?;
    let name = params.required(&of("[price_data][product_data][name]"))?;
    let unit = at_least(params.integer(&unit_name)?, 0, &unit_name)?;
    let quantity = at_least(params.integer(&quantity_name)?, 1, &quantity_name)?;
    let amount = unit.checked_mul(quantity).ok_or_else(|| Refusal::invalid("Invalid integer").param(&unit_name))?;
    let behavior = of("[price_data][tax_behavior]");
    let behavior = params.choice(&behavior, &["exclusive", "inclusive", "unspecified"])?.unwrap_or("unspecified");
    Ok(json!({
        "id": ids.line_item(),
        "object": "item",
        "adjustable_quantity": null,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": name,
        "discounts": [],
        "metadata": {},
        "price": {
            "id": ids.price(), "object": "price", "active": false, "billing_scheme": "per_unit", "created": now,
            "currency": currency, "custom_unit_amount": null, "livemode": livemode, "lookup_key": null, "metadata": {},
            "nickname": null, "product": ids.product(), "recurring": null, "tax_behavior": behavior, "tiers_mode": null,
            "transform_quantity": null, "type": "one_time", "unit_amount": unit, "unit_amount_decimal": unit.to_string(),
        },
        "quantity": quantity,
        "taxes": [],
    }))
}

fn at_least(number: Option<i64>, least: i64, name: &str) -> Result<i64, Refusal> {
    let number = number.unwrap_or_default();
    if number < least {
        return Err(Refusal::invalid(format!("This value must be greater than or equal to {least}."))
            .code("parameter_invalid_integer")
            .param(name));
    }
    Ok(number)
}

fn methods(params: &Params, currency: &str) -> Result<Vec<String>, Refusal> {
    // Bank debits are bound to their currency.
    let debit = match currency {
        "eur" => Some("sepa_debit"),
        "usd" => Some("us_bank_account"),
        "gbp" => Some("bacs_debit"),
        _ => None,
    };
    let asked = params.texts("payment_method_types")?;
    if asked.is_empty() {
        return Ok(["card"].into_iter().chain(debit).map(str::to_owned).collect());
    }
    for method in &asked {
        if *method != "card" && Some(*method) != debit {
            return Err(Refusal::invalid(format!(
                "The payment method type provided: {method} is invalid for {currency}."
            ))
            .param("payment_method_types"));
        }
    }
    Ok(asked.into_iter().map(str::to_owned).collect())
}

fn expires_at(params: &Params, now: i64) -> Result<i64, Refusal> {
    let expires_at = params.integer("expires_at")?.unwrap_or(now + EXPIRES_AFTER_SECONDS_MAX);
    let wrong = |rule: &str| {
        Refusal::invalid(format!("The `expires_at` timestamp must be {rule} from Checkout Session creation."))
            .param("expires_at")
    };
    if expires_at.saturating_sub(now) < EXPIRES_AFTER_SECONDS_MIN {
        return Err(wrong("at least 30 minutes"));
    }
    if expires_at.saturating_sub(now) > EXPIRES_AFTER_SECONDS_MAX {
        return Err(wrong("less than 24 hours"));
    }
    Ok(expires_at)
}

fn intent(params: &Params) -> Result<Value, Refusal> {
    let mut fields = Map::new();
    for (name, letters_max) in [
        ("description", 1000),
        ("receipt_email", 512),
        ("statement_descriptor", 22),
        ("statement_descriptor_suffix", 22),
    ] {
        if let Some(text) = params.text_up_to(&format!("payment_intent_data[{name}]"), letters_max)? {
            fields.insert(name.to_owned(), json!(text));
        }
    }
    fields.insert("metadata".to_owned(), Value::Object(params.metadata("payment_intent_data[metadata]")?));
    Ok(Value::Object(fields))
}

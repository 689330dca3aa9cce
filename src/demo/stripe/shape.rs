//! The fields that every new object of a kind has, in `shapes/`: what a client of API version 2026-05-27.dahlia may
//! look at although nothing here gives it a meaning.

use serde_json::Value;

pub(super) const SESSION: &str = include_str!("shapes/session.json");
pub(super) const INTENT: &str = include_str!("shapes/intent.json");
pub(super) const CHARGE: &str = include_str!("shapes/charge.json");
pub(super) const DISPUTE: &str = include_str!("shapes/dispute.json");
pub(super) const ACCOUNT: &str = include_str!("shapes/account.json");

/// An object of this shape, with `fields` in the place of the shape's own.
pub(super) fn made(shape: &str, fields: Value) -> Value {
    let mut object = serde_json::from_str(shape).unwrap_or_default();
    set(&mut object, fields);
    object
}

/// Puts each of `fields` into `object`.
pub(super) fn set(object: &mut Value, fields: Value) {
    if let (Value::Object(object), Value::Object(fields)) = (object, fields) {
        object.extend(fields);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn the_shapes_are_objects_of_their_kind() {
        for (shape, kind) in [
            (super::SESSION, "checkout.session"),
            (super::INTENT, "payment_intent"),
            (super::CHARGE, "charge"),
            (super::DISPUTE, "dispute"),
            (super::ACCOUNT, "account"),
        ] {
            let object = super::made(shape, json!({ "id": "x" }));
            assert_eq!((&object["object"], &object["id"]), (&json!(kind), &json!("x")));
        }
    }
}

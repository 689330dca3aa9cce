//! `expand[]`: an id becomes the object that it names. Without it every reference is an id.

use serde_json::Value;

use super::refusal::Refusal;
use super::state::State;

/// "You cannot expand more than 4 levels".
const LEVELS_MAX: usize = 4;

/// What can be expanded: in which kind, which field, to which kind (`*`: whatever the id names).
const EXPANDABLE: &[(&str, &str, &str)] = &[
    ("checkout.session", "payment_intent", "payment_intent"),
    ("checkout.session", "line_items", "list"),
    ("payment_intent", "latest_charge", "charge"),
    ("charge", "balance_transaction", "balance_transaction"),
    ("charge", "payment_intent", "payment_intent"),
    ("refund", "balance_transaction", "balance_transaction"),
    ("refund", "charge", "charge"),
    ("refund", "payment_intent", "payment_intent"),
    ("balance_transaction", "source", "*"),
    ("dispute", "charge", "charge"),
    ("dispute", "payment_intent", "payment_intent"),
    ("payout", "balance_transaction", "balance_transaction"),
];

/// A copy of `object` with every path expanded.
pub(super) fn object(state: &State, object: &Value, paths: &[&str]) -> Result<Value, Refusal> {
    check(object["object"].as_str().unwrap_or_default(), paths)?;
    let mut expanded = object.clone();
    for path in paths {
        apply(state, &mut expanded, &path.split('.').collect::<Vec<_>>());
    }
    Ok(expanded)
}

/// Refuses paths that no object of this `kind` has; calls that change something ask before they do.
pub(super) fn check(kind: &str, paths: &[&str]) -> Result<(), Refusal> {
    for path in paths {
        let levels: Vec<&str> = path.split('.').collect();
        if levels.len() > LEVELS_MAX {
            let words = format!("You cannot expand more than {LEVELS_MAX} levels of a property. Property: {path}");
            return Err(Refusal::invalid(words).param("expand"));
        }
        if !exists(kind, &levels) {
            return Err(cannot(path));
        }
    }
    Ok(())
}

/// The paths for the rows of a list: each starts with `data.`.
pub(super) fn of_rows<'a>(paths: &[&'a str]) -> Result<Vec<&'a str>, Refusal> {
    paths.iter().map(|path| path.strip_prefix("data.").ok_or_else(|| cannot(path))).collect()
}

fn exists(kind: &str, levels: &[&str]) -> bool {
    let Some((field, rest)) = levels.split_first() else { return true };
    match EXPANDABLE.iter().find(|(of, name, _)| *of == kind && name == field) {
        Some((.., "*")) => true,
        Some((.., target)) => exists(target, rest),
        None => false,
    }
}

/// A null stays null.
fn apply(state: &State, object: &mut Value, levels: &[&str]) {
    let Some((field, rest)) = levels.split_first() else { return };
    if *field == "line_items" {
        object[*field] = state.line_items(object["id"].as_str().unwrap_or_default());
    } else if let Some(found) = object[*field].as_str().and_then(|id| state.find(id)) {
        object[*field] = found.clone();
    }
    if object[*field].is_object() {
        apply(state, &mut object[*field], rest);
    }
}

fn cannot(path: &str) -> Refusal {
    Refusal::invalid(format!("This property cannot be expanded ({path}).")).param("expand")
}

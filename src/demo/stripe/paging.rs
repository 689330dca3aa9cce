//! Lists: newest first, `limit`, `starting_after`, `ending_before`, `created[…]`, `has_more`.

use serde_json::{Value, json};

use super::expand;
use super::params::Params;
use super::refusal::Refusal;
use super::state::State;
use super::table::Table;

const LIMIT_DEFAULT: i64 = 10;
const LIMIT_MAX: i64 = 100;

const PAGE: [&str; 9] = [
    "limit",
    "starting_after",
    "ending_before",
    "expand[]",
    "created",
    "created[gte]",
    "created[gt]",
    "created[lte]",
    "created[lt]",
];

/// What one list may be asked for.
pub(super) struct Filters<'a> {
    /// Parameters that must equal the object's field of the same name.
    pub(super) equal: &'a [&'a str],
    /// Parameters that `List::fits` reads itself.
    pub(super) special: &'a [&'a str],
}

/// One page of `table` for which `fits` holds.
pub(super) fn list(
    state: &State,
    table: &Table,
    url: &str,
    params: &Params,
    filters: &Filters<'_>,
    fits: impl Fn(&Value) -> bool,
) -> Result<Value, Refusal> {
    let known: Vec<&str> = PAGE.iter().chain(filters.equal).chain(filters.special).copied().collect();
    params.only(&known)?;
    let limit = limit(params)?;
    let created = Created::read(params)?;
    let mut wanted = Vec::new();
    for name in filters.equal {
        wanted.extend(params.text(name)?.map(|text| (*name, text)));
    }
    let all = |object: &&Value| {
        created.holds(object["created"].as_i64().unwrap_or_default())
            && wanted.iter().all(|(name, text)| object[*name] == **text)
            && fits(object)
    };
    let (page, has_more) = page(table, params, limit, all)?;
    let paths = params.texts("expand")?;
    let paths = expand::of_rows(&paths)?;
    let data = page.into_iter().map(|object| expand::object(state, object, &paths)).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
}

fn limit(params: &Params) -> Result<usize, Refusal> {
    let limit = params.integer("limit")?.unwrap_or(LIMIT_DEFAULT);
    let wrong = |bound: &str| {
        Refusal::invalid(format!("This value must be {bound} (it currently is '{limit}').")).param("limit")
    };
    match limit {
        ..1 => Err(wrong("greater than or equal to 1").code("parameter_invalid_integer")),
        LIMIT_MAX.. if limit > LIMIT_MAX => Err(wrong("less than or equal to 100").code("parameter_invalid_integer")),
        _ => Ok(usize::try_from(limit).unwrap_or_default()),
    }
}

fn page<'a>(
    table: &'a Table,
    params: &Params,
    limit: usize,
    fits: impl Fn(&&Value) -> bool,
) -> Result<(Vec<&'a Value>, bool), Refusal> {
    let unknown = |id: &str, name: &str| Refusal::no_such(table.kind(), id, name).status(400);
    let after = match params.text("starting_after")? {
        Some(id) => Some(table.older_than(id).ok_or_else(|| unknown(id, "starting_after"))?),
        None => None,
    };
    let before = match params.text("ending_before")? {
        Some(id) => {
            let place = table.newest().position(|object| object["id"] == *id);
            Some(place.ok_or_else(|| unknown(id, "ending_before"))?)
        }
        None => None,
    };
    if after.is_some() && before.is_some() {
        return Err(Refusal::invalid("You can only provide one of starting_after and ending_before."));
    }
    let mut rows: Vec<&Value> = match (after, before) {
        (Some(older), _) => older.filter(fits).take(limit + 1).collect(),
        (None, Some(place)) => {
            // The page that ends at the cursor: nearest first, then turned round.
            let newer: Vec<&Value> = table.newest().take(place).collect();
            newer.into_iter().rev().filter(fits).take(limit + 1).collect()
        }
        (None, None) => table.newest().filter(fits).take(limit + 1).collect(),
    };
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    if before.is_some() {
        rows.reverse();
    }
    Ok((rows, has_more))
}

/// The window of `created`, both ends inclusive.
struct Created {
    from: i64,
    to: i64,
}

impl Created {
    fn read(params: &Params) -> Result<Self, Refusal> {
        if matches!(params.integer("created"), Ok(Some(_))) {
            let at = params.integer("created")?.unwrap_or_default();
            return Ok(Self { from: at, to: at });
        }
        let bound = |name: &str| params.integer(&format!("created[{name}]"));
        let from = bound("gte")?.into_iter().chain(bound("gt")?.map(|at| at.saturating_add(1))).max();
        let to = bound("lte")?.into_iter().chain(bound("lt")?.map(|at| at.saturating_sub(1))).min();
        Ok(Self { from: from.unwrap_or(i64::MIN), to: to.unwrap_or(i64::MAX) })
    }

    fn holds(&self, at: i64) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

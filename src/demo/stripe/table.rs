//! One kind of object, in the order in which it was made. Objects are kept as the JSON that Stripe would send, so
//! that an event's snapshot is a clone and a test can make an object as odd as it likes.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// The demo may run for weeks on one machine: the oldest objects go before memory does.
pub(super) const ROWS_MAX: usize = 20_000;

pub(super) struct Table {
    kind: &'static str,
    rows: BTreeMap<u64, Value>,
    places: HashMap<String, u64>,
    made: u64,
    rows_max: usize,
}

impl Table {
    /// `kind` is the `object` field of every row, such as `checkout.session`.
    pub(super) fn new(kind: &'static str, rows_max: usize) -> Self {
        Self { kind, rows: BTreeMap::new(), places: HashMap::new(), made: 0, rows_max }
    }

    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Adds an object. Returns the id of the one that had to go for it, if any.
    pub(super) fn insert(&mut self, object: Value) -> Option<String> {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        self.made += 1;
        self.places.insert(id, self.made);
        self.rows.insert(self.made, object);
        if self.rows.len() <= self.rows_max {
            return None;
        }
        let (_, oldest) = self.rows.pop_first()?;
        self.places.remove_entry(oldest["id"].as_str().unwrap_or_default()).map(|(id, _)| id)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.places.get(id).and_then(|place| self.rows.get(place))
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.places.get(id).and_then(|place| self.rows.get_mut(place))
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Value> {
        self.places.remove(id).and_then(|place| self.rows.remove(&place))
    }

    /// Newest first, those made before the one with this id; `None` if there is none of it.
    pub(super) fn older_than(&self, id: &str) -> Option<impl Iterator<Item = &Value>> {
        let place = *self.places.get(id)?;
        Some(self.rows.range(..place).rev().map(|(_, row)| row))
    }

    /// Newest first, as every list of Stripe's is. `created` has whole seconds and cannot decide that.
    pub(super) fn newest(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.rows.values().rev()
    }
}

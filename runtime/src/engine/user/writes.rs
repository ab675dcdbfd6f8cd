//! The writes of one operation of an experiment, as the operation names them.

use crate::sync::Lock;

/// The ids that one operation writes under.
#[derive(Debug, Default)]
pub(crate) struct Writes(Lock<Ids>);

#[derive(Debug, Default)]
struct Ids {
    drawn: Vec<u64>,
    named: Vec<String>,
}

impl Writes {
    /// Adds a unique id that the operation drew.
    pub(crate) fn drawn(&self, id: u64) {
        self.0.lock().drawn.push(id);
    }

    /// Adds an id that the operation named.
    pub(crate) fn named(&self, id: String) {
        self.0.lock().named.push(id);
    }

    /// The named ids, or else the drawn ones.
    pub(crate) fn ids(&self) -> Vec<String> {
        let ids = self.0.lock();
        if ids.named.is_empty() { ids.drawn.iter().map(u64::to_string).collect() } else { ids.named.clone() }
    }
}

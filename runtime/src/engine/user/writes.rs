//! What one operation of an experiment writes, as it says itself.

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
    /// It drew a unique id.
    pub(crate) fn drawn(&self, id: u64) {
        self.0.lock().drawn.push(id);
    }

    /// It said what it writes.
    pub(crate) fn named(&self, id: String) {
        self.0.lock().named.push(id);
    }

    /// What it said, or else what it drew.
    pub(crate) fn ids(&self) -> Vec<String> {
        let ids = self.0.lock();
        if ids.named.is_empty() { ids.drawn.iter().map(u64::to_string).collect() } else { ids.named.clone() }
    }
}

//! The word that a load is over, for the thread that watches it.

use crate::sync::{Lock, Signal};
use std::time::Duration;

/// Tells the watching thread that the load is over.
#[derive(Debug, Default)]
pub(crate) struct Over(Lock<bool>, Signal);

impl Over {
    /// Tells it when what this gives back is dropped, by a panic too: a scope waits for its threads before it goes on.
    pub(crate) fn at_end(&self) -> impl Drop + '_ {
        struct Said<'a>(&'a Over);
        impl Drop for Said<'_> {
            fn drop(&mut self) {
                self.0.say();
            }
        }
        Said(self)
    }

    fn say(&self) {
        *self.0.lock() = true;
        self.1.notify_all();
    }

    /// Waits; says whether it is over.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let over = self.0.lock();
        *self.1.wait_timeout_while(over, time, |over| !*over).0
    }
}

//! The signal to the watching thread that a load is over.

use crate::sync::{Lock, Signal};
use std::time::Duration;

/// The flag that the load is over, which the watching thread can wait for.
#[derive(Debug, Default)]
pub(crate) struct Over(Lock<bool>, Signal);

impl Over {
    /// Returns a guard that sets the flag when dropped, also by a panic: a scope waits for its threads before it
    /// returns or unwinds.
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

    /// Waits for at most this time; returns whether the load is over.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let over = self.0.lock();
        *self.1.wait_timeout_while(over, time, |over| !*over).0
    }
}

//! What the body reads back, held against what its loads were told.

use super::{Lab, writes};
use crate::failure::Failed;
use std::fmt;

impl Lab<'_> {
    /// Holds what was acknowledged against what can be read back: `lost_writes`, `indeterminate_writes` (not
    /// acknowledged and yet there), `duplicate_writes`. Where loads still run, what they wrote since the body last
    /// awaited something of the lab may or may not be there, and is left out. Called again it replaces what it found.
    ///
    /// # Errors
    /// None at present.
    pub fn ledger<I: fmt::Display>(&self, read: impl IntoIterator<Item = I>) -> Result<(), Failed> {
        self.balance(None, read)
    }

    /// The same for the writes of one load.
    ///
    /// # Errors
    /// There is no load of that name.
    pub fn ledger_of<I: fmt::Display>(&self, load: &str, read: impl IntoIterator<Item = I>) -> Result<(), Failed> {
        if !self.core.board.knows(load) {
            return Err(Failed::new("lab", format_args!("there is no load `{load}`")));
        }
        self.balance(Some(load), read)
    }

    fn balance<I: fmt::Display>(&self, load: Option<&str>, read: impl IntoIterator<Item = I>) -> Result<(), Failed> {
        self.sound()?;
        let heard = self.core.state().heard;
        let now = self.core.load.now();
        let found = writes::balance(self.core.board.writes(load, heard, now), read);
        self.core.state().ledgers.insert(load.map(str::to_owned), found);
        self.core.publish();
        Ok(())
    }
}

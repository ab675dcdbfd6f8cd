//! What a broken node leaves in the test's hands: how it heals. How it was broken is not its matter.

use super::member::Members;
use crate::fault::{Error, Heal, Healing, Injected, Met};
use std::fmt;
use std::io::Write;
use std::process::ExitStatus;
use std::sync::{Arc, Weak};

/// A node that was killed. Healed, it is started again on the data that it had, unless another node was promoted in its
/// place meanwhile: both would accept writes (split brain), so it stays down, and stderr says so. Dropping this does
/// nothing.
pub struct Down {
    /// Weak: the cluster is gone when the test drops it, whoever keeps this.
    members: Weak<Members>,
    index: usize,
    name: String,
    status: ExitStatus,
}

impl Down {
    pub(super) fn new(members: &Arc<Members>, index: usize, status: ExitStatus) -> Self {
        Self { members: Arc::downgrade(members), index, name: members.all()[index].name.clone(), status }
    }

    /// How it ended.
    pub fn status(&self) -> ExitStatus {
        self.status
    }

    async fn revive(&self) -> Result<(), Error> {
        let Some(members) = self.members.upgrade() else { return Ok(()) };
        let member = &members.all()[self.index];
        if member.process.ended().is_none() {
            return Ok(());
        }
        if let Some(why) = members.stays_down(self.index) {
            let _ = writeln!(std::io::stderr(), "{why}");
            return Ok(());
        }
        member.process.restart().await
    }
}

impl Heal for Down {
    fn what(&self) -> String {
        format!("kill `{}`", self.name)
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move { self.revive().await })
    }
}

impl fmt::Debug for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Down({}, {})", self.name, self.status)
    }
}

/// A node that was cut off: dropped, it is reached again, and what was on its way arrives.
#[must_use = "dropped, the node is reached again at once"]
pub struct Cut {
    what: String,
    injected: Injected,
}

impl Cut {
    pub(super) fn new(what: String, injected: Injected) -> Self {
        Self { what, injected }
    }

    /// Ends it.
    ///
    /// # Errors
    /// As of [`Injected::heal`].
    pub fn heal(self) -> Result<(), Error> {
        self.injected.heal()
    }
}

impl Heal for Cut {
    fn what(&self) -> String {
        self.what.clone()
    }

    fn met(&self) -> Option<Met> {
        self.injected.met()
    }

    fn refused(&self) -> Option<u64> {
        Heal::refused(&self.injected)
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move { self.injected.heal() })
    }
}

impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cut({}, {:?})", self.what, self.injected)
    }
}

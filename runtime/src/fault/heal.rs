//! `Heal`: the trait of guards that undo a fault when they are healed or dropped.

use super::error::Error;
use std::pin::Pin;

/// The future of a healing.
pub type Healing = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// The guard of a fault: its name, what it affected so far, and how to undo it. `lab.inject` takes a future of a guard.
///
/// Faults of your own implement it too:
/// ```
/// use brunt::fault::{Error, Heal, Healing};
/// use std::fs;
///
/// /// A file that is not where the service expects it.
/// struct Hidden {
///     path: &'static str,
/// }
///
/// async fn hide(path: &'static str) -> Result<Hidden, std::io::Error> {
///     fs::rename(path, format!("{path}.hidden"))?;
///     Ok(Hidden { path })
/// }
///
/// impl Heal for Hidden {
///     fn what(&self) -> String {
///         format!("hide {}", self.path)
///     }
///
///     fn heal(self: Box<Self>) -> Healing {
///         Box::pin(async move {
///             fs::rename(format!("{}.hidden", self.path), self.path).map_err(Error::other)
///         })
///     }
/// }
/// # let _ = hide;
/// ```
pub trait Heal: Send {
    /// Name of the fault in reports: "kill `api`", "latency 50ms ± 10ms, on answers, at 127.0.0.1:5432".
    fn what(&self) -> String;

    /// What the fault affected so far. `None` if this cannot be measured; the judgement then uses the operations that
    /// ran meanwhile.
    fn met(&self) -> Option<Met> {
        None
    }

    /// Number of connections that the fault refused so far, whether or not the operations that asked for them failed.
    /// `None` if they are not counted.
    fn refused(&self) -> Option<u64> {
        None
    }

    /// Whether the success of all operations shows that the fault affected none of them, as when new connections are
    /// refused to a client that keeps its open ones.
    fn shows_in_failures(&self) -> bool {
        false
    }

    /// The seed, if the fault is random.
    fn seed(&self) -> Option<u64> {
        None
    }

    /// Ends the fault, and waits until everything works again.
    fn heal(self: Box<Self>) -> Healing;
}

/// What a fault affected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// Numbers of the connections that the fault affected, counted from 0 in the order in which they were accepted.
    pub connections: Vec<u64>,
    /// Number of pieces of data that the fault delayed, slowed down, or ended a connection at.
    pub pieces: u64,
}

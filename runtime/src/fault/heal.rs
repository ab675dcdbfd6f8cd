//! How whoever broke something gets to heal it, whatever it was. It knows no fault of its own.

use super::Error;
use std::pin::Pin;

/// Healing under way.
pub type Healing = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// What a fault left behind: what it is called, what it met, how it ends. `lab.inject` takes a future of one.
///
/// A fault of your own is one too:
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
    /// What reports call it: "kill `api`", "latency 50ms ± 10ms, on answers, at 127.0.0.1:5432".
    fn what(&self) -> String;

    /// What it affected so far. `None` where it cannot know: then it is judged by the operations that ran meanwhile.
    fn met(&self) -> Option<Met> {
        None
    }

    /// How many connections it refused so far, whatever became of the operations that asked for them. `None` where
    /// they are not counted.
    fn refused(&self) -> Option<u64> {
        None
    }

    /// Whether operations that go on unharmed show that it affected none, as those of a client that has its connections
    /// while new ones are refused.
    fn shows_in_failures(&self) -> bool {
        false
    }

    /// The seed, where it draws at random.
    fn seed(&self) -> Option<u64> {
        None
    }

    /// Ends it, and waits until what was broken works again.
    fn heal(self: Box<Self>) -> Healing;
}

/// What a fault affected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// The numbers of the connections to which it did something, in the order in which they were accepted, from 0.
    pub connections: Vec<u64>,
    /// How many pieces of data it delayed, slowed down, or ended a connection at.
    pub pieces: u64,
}

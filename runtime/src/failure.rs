//! `Failed`: the failure of an iteration. It is counted data, while an `Error` is a failure of the framework.

mod kind;
mod missing;

pub use kind::Kinds;
pub use missing::Missing;

use kind::{HiddenError, error_causes, kind_of, limit_of_generator};
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Result of a body, step or hook: `brunt::Result`.
pub type Result<T = (), E = Failed> = std::result::Result<T, E>;

/// The failure of an iteration: a kind, by which failures are counted (`errors("kind")`), and a message.
///
/// Every value that converts into a boxed error converts into `Failed`. So `?` works on errors of any library, on
/// reports of `anyhow` and `eyre`, and on strings. `Failed` itself does not implement [`std::error::Error`], since this
/// conversion would conflict with it.
///
/// ```
/// fn parse(text: &str) -> brunt::Result<u32> {
///     Ok(text.parse()?)
/// }
/// assert_eq!(parse("x").unwrap_err().kind(), "core::num::error::ParseIntError");
/// ```
pub struct Failed {
    kind: Box<str>,
    message: Box<str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    missing: Option<Box<Missing>>,
}

impl Failed {
    /// The kind of an iteration whose body panicked.
    pub const PANIC: &'static str = "panic";
    /// The kind of an iteration that took longer than its `timeout`.
    pub const TIMEOUT: &'static str = "timeout";
    /// The kind of a message without a type: `Err("…")?`.
    pub const MESSAGE: &'static str = kind::MESSAGE;
    /// The kind of a failure that has a [`Missing`] server among its causes.
    pub const MISSING: &'static str = kind::MISSING;

    /// A failure of this kind.
    pub fn new(kind: impl Into<String>, message: impl fmt::Display) -> Self {
        Self { kind: kind.into().into(), message: message.to_string().into(), source: None, missing: None }
    }

    /// The failure of an iteration that exceeded `limit` in `step`.
    pub(crate) fn timed_out(limit: Duration, step: Option<String>) -> Self {
        match step {
            None => Self::new(Self::TIMEOUT, format_args!("not done within {limit:?}")),
            Some(step) => Self::new(Self::TIMEOUT, format_args!("not done within {limit:?}, in step `{step}`")),
        }
    }

    /// The kind by which failures are counted: the kind given to [`fail!`](crate::fail), the one that
    /// [`kinds!`](crate::kinds) names for an error or one of its causes, the io error's kind where one is among them
    /// (`io::ConnectionRefused`, and the system's name where std has none: `io::EMFILE`), else the type of the error.
    ///
    /// Through `anyhow` and `eyre` io errors and [`Missing`] keep their kind; of an error of
    /// another type that nothing wraps (no `.context(…)`) the report hides the type, and so its kind.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The message, with all causes.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Converts the failure into a boxed error, for code with other error types:
    /// `step.await.map_err(brunt::Failed::into_error)?`.
    pub fn into_error(self) -> Box<dyn StdError + Send + Sync> {
        self.source.unwrap_or_else(|| String::from(self.message).into())
    }

    /// The error it came from.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.source.as_deref()
    }

    /// The missing server, if that is the cause.
    pub(crate) fn missing(&self) -> Option<&Missing> {
        self.missing.as_deref()
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Failed {
    fn from(error: E) -> Self {
        let source: Box<dyn StdError + Send + Sync> = error.into();
        let missing = error_causes(&*source)
            .find_map(|cause| cause.downcast_ref::<Missing>().cloned())
            .or_else(|| HiddenError::in_report::<E>(&*source)?.missing());
        let (kind, mut message) = (kind_of::<E>(&*source), message_with_causes(&*source));
        if let Some(limit) = limit_of_generator::<E>(&*source) {
            message.push_str(&format!(" (a limit of the load generator, not of the system: {limit})"));
        }
        Self { kind: kind.into(), message: message.into(), source: Some(source), missing: missing.map(Box::new) }
    }
}

/// The texts of an error and its causes. A text that is contained already is left out, since many errors print the
/// cause that they wrap.
fn message_with_causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    for cause in error_causes(error).skip(1) {
        let next = cause.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
    }
    text
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

/// Ends the iteration as a failure of a kind: `brunt::fail!("shed", "queue is {} long", n)`.
///
/// ```
/// fn admit(queue: usize) -> brunt::Result {
///     if queue > 10 {
///         brunt::fail!("shed", "the queue is {queue} long");
///     }
///     Ok(())
/// }
/// assert_eq!(admit(11).unwrap_err().kind(), "shed");
/// ```
#[macro_export]
macro_rules! fail {
    ($kind:expr $(,)?) => { return ::core::result::Result::Err($crate::Failed::new($kind, $kind)) };
    ($kind:expr, $($message:tt)+) => {
        return ::core::result::Result::Err($crate::Failed::new($kind, ::core::format_args!($($message)+)))
    };
}

#[cfg(all(test, unix))]
mod tests;

//! `Error` of faults, proxies, processes and servers.

use crate::failure::Missing;
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// A proxy, fault, process or server failed. `?` turns the error into a failure of the iteration or hook that it occurs
/// in.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Sockets and processes need real time; with a paused clock, timers would expire before them.
    VirtualTime {
        /// What was to be opened.
        what: &'static str,
    },
    /// The options contradict each other.
    Mistake(String),
    /// A socket or thread of the proxy failed.
    Proxy {
        /// The action that failed.
        doing: String,
        /// The cause.
        cause: io::Error,
    },
    /// The process could not be started, signalled or read.
    Process {
        /// Name of the process.
        name: String,
        /// The action that failed.
        doing: &'static str,
        /// The cause.
        cause: io::Error,
    },
    /// The process ended before it was ready.
    Ended {
        /// Name of the process.
        name: String,
        /// Its exit status.
        status: ExitStatus,
        /// The last lines of its output.
        output: Vec<String>,
    },
    /// The process was not ready, or did not end, in time.
    Late {
        /// Name of the process.
        name: String,
        /// The awaited event.
        wanted: String,
        /// How long it was waited for.
        waited: Duration,
        /// The last lines of its output.
        output: Vec<String>,
    },
    /// A fault that the test itself implements could not be injected or healed.
    Other(String),
    /// A server that the test needs is not installed.
    Missing(Missing),
    /// A server that the test started failed.
    Server {
        /// Name of the server.
        name: String,
        /// The action that failed.
        doing: String,
        /// The cause.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// The error of a fault of your own that could not be injected or healed.
    pub fn other(cause: impl fmt::Display) -> Self {
        Self::Other(cause.to_string())
    }

    /// The server `name` failed in the action `doing`.
    #[cfg(all(unix, any(test, feature = "cluster")))]
    pub(crate) fn server(name: &str, doing: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Server { name: name.to_owned(), doing: doing.to_owned(), cause: cause.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VirtualTime { what } => {
                write!(f, "{what} needs real time, and this test's clock is virtual: remove `virtual_time`")
            }
            Self::Mistake(message) => f.write_str(message),
            Self::Proxy { doing, cause } => write!(f, "proxy: {doing}: {cause}"),
            Self::Process { name, doing, cause } => write!(f, "process `{name}`: {doing}: {cause}"),
            Self::Ended { name, status, output } => {
                write!(f, "process `{name}` ended before it was ready ({status})")?;
                last_lines(f, output)
            }
            Self::Late { name, wanted, waited, output } => {
                write!(f, "process `{name}`: waited {waited:?} for {wanted}, in vain")?;
                last_lines(f, output)
            }
            Self::Other(message) => f.write_str(message),
            Self::Missing(missing) => missing.fmt(f),
            Self::Server { name, doing, cause } => write!(f, "{name}: {doing}: {cause}"),
        }
    }
}

fn last_lines(f: &mut fmt::Formatter<'_>, output: &[String]) -> fmt::Result {
    if output.is_empty() {
        return f.write_str("; it wrote nothing");
    }
    f.write_str("; it last wrote:")?;
    output.iter().rev().take(20).rev().try_for_each(|line| write!(f, "\n  {line}"))
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Proxy { cause, .. } | Self::Process { cause, .. } => Some(cause),
            Self::Missing(missing) => Some(missing),
            Self::Server { cause, .. } => Some(&**cause),
            _ => None,
        }
    }
}

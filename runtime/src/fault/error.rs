//! What keeps a proxy or a process from being what the test asked for. It knows neither sockets nor processes.

use super::Missing;
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// A proxy, a fault or a process could not be had. `?` turns it into a failure of the iteration or hook it is in.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Sockets and processes need real time: under a paused clock timers run ahead of them.
    VirtualTime {
        /// What was to be opened.
        what: &'static str,
    },
    /// The fault cannot be what its options say.
    Mistake(String),
    /// A socket or thread of the proxy failed.
    Proxy {
        /// What was being done.
        doing: String,
        /// Why it failed.
        cause: io::Error,
    },
    /// The process could not be started, signalled or read.
    Process {
        /// The process's name.
        name: String,
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        cause: io::Error,
    },
    /// The process ended before it was ready.
    Ended {
        /// The process's name.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it wrote.
        output: Vec<String>,
    },
    /// The process was not ready, or not gone, in time.
    Late {
        /// The process's name.
        name: String,
        /// What was waited for.
        wanted: String,
        /// For how long.
        waited: Duration,
        /// The last lines that it wrote.
        output: Vec<String>,
    },
    /// A fault of the test's own could not be brought about or healed.
    Other(String),
    /// A server that the test needs is not installed.
    Missing(Missing),
    /// A server of the test's own did not do what it was asked for.
    Server {
        /// The server's name.
        name: String,
        /// What was being done.
        doing: String,
        /// Why it failed.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// What a fault of your own says when it cannot be brought about or healed.
    pub fn other(cause: impl fmt::Display) -> Self {
        Self::Other(cause.to_string())
    }

    /// A server called `name` failed in `doing` something.
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

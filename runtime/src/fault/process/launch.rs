//! `Launch` and `Ready`: how a process is started, and when it counts as ready.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// A command and the options of the process that it starts.
///
/// ```
/// use brunt::fault::{Launch, Ready};
/// use std::{process::Command, time::Duration};
///
/// let mut command = Command::new("redis-server");
/// command.args(["--port", "7001", "--save", ""]);
/// let launch = Launch::new(command)
///     .name("cache")
///     .ready(Ready::port(([127, 0, 0, 1], 7001)))
///     .ready_within(Duration::from_secs(5));
/// # let _ = launch;
/// ```
pub struct Launch {
    pub(super) command: Command,
    pub(super) name: String,
    pub(super) ready: Ready,
    pub(super) within: Duration,
    pub(super) lines: usize,
    pub(super) may_end: bool,
}

impl Launch {
    /// A launch of `command` with the name of its program, ready at once, and with the last 200 lines of output kept.
    /// Its stdin, stdout and stderr are replaced.
    pub fn new(command: Command) -> Self {
        let program = std::path::Path::new(command.get_program());
        let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
        Self {
            command,
            name,
            ready: Ready(Check::Started),
            within: Duration::from_secs(10),
            lines: 200,
            may_end: false,
        }
    }

    /// Name in messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Condition for the process to count as ready.
    pub fn ready(mut self, ready: Ready) -> Self {
        self.ready = ready;
        self
    }

    /// Time limit for the process to be ready (10 s).
    pub fn ready_within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// Allows the process to end at any time. For a process that does one thing and ends, or that the test ends in
    /// another way than through [`Process`](super::Process).
    pub fn may_end(mut self) -> Self {
        self.may_end = true;
        self
    }

    /// Number of last lines of output that are kept.
    pub fn keep_lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }
}

impl From<Command> for Launch {
    fn from(command: Command) -> Self {
        Self::new(command)
    }
}

impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Launch({}: {:?})", self.name, self.command)
    }
}

/// Condition for a process to count as ready.
#[derive(Clone)]
pub struct Ready(pub(super) Check);

#[derive(Clone)]
pub(super) enum Check {
    Started,
    Port(SocketAddr),
    /// A text, and the number of lines that must contain it.
    Lines(String, usize),
    Probe(Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>),
}

impl Ready {
    /// Ready as soon as a connection to `address` is accepted. If something accepts a connection before the start, such
    /// as a server of an earlier run, the process is not started, and `start` returns an error.
    pub fn port(address: impl Into<SocketAddr>) -> Self {
        Self(Check::Port(address.into()))
    }

    /// Ready as soon as a line of stdout or stderr contains `text`; the line need not have ended.
    pub fn line(text: impl Into<String>) -> Self {
        Self::lines(text, 1)
    }

    /// Ready as soon as `count` lines contain `text`. For a server that writes its ready line twice, since it restarts
    /// itself after the first one.
    pub fn lines(text: impl Into<String>, count: usize) -> Self {
        Self(Check::Lines(text.into(), count))
    }

    /// Ready as soon as the future of `probe` returns true. It is called every few milliseconds: `Ready::when(|| async
    /// { … })`.
    pub fn when<F: Future<Output = bool> + Send + 'static>(probe: impl Fn() -> F + Send + Sync + 'static) -> Self {
        Self(Check::Probe(Arc::new(move || Box::pin(probe()))))
    }
}

impl fmt::Display for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Check::Started => f.write_str("its start"),
            Check::Port(address) => write!(f, "{address} to accept connections"),
            Check::Lines(text, 1) => write!(f, "a line with `{text}`"),
            Check::Lines(text, count) => write!(f, "{count} lines with `{text}`"),
            Check::Probe(_) => f.write_str("its ready check to hold"),
        }
    }
}

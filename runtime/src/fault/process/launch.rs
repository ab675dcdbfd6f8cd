//! How a process is started and when it counts as started, as data. It starts nothing.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// A command, and what is to be known about the process it starts.
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
    /// Starts `command`, whose stdin, stdout and stderr are taken over. It is named by its program, counts as ready at
    /// once, and its last 200 lines are kept.
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

    /// What messages call it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// When it counts as ready.
    pub fn ready(mut self, ready: Ready) -> Self {
        self.ready = ready;
        self
    }

    /// How long it may take to be ready (10 s).
    pub fn ready_within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// Its end is no failure, whoever brings it about: it does one thing, or the test ends it by a way of its own.
    pub fn may_end(mut self) -> Self {
        self.may_end = true;
        self
    }

    /// How many of the last lines that it wrote are kept.
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

/// When a process counts as ready.
#[derive(Clone)]
pub struct Ready(pub(super) Check);

#[derive(Clone)]
pub(super) enum Check {
    Started,
    Port(SocketAddr),
    /// This text, in this many lines.
    Lines(String, usize),
    Probe(Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>),
}

impl Ready {
    /// As soon as a connection to this address is accepted. Where something accepts one before the process is started, a
    /// server of an earlier run for one, it is not started: that is an error.
    pub fn port(address: impl Into<SocketAddr>) -> Self {
        Self(Check::Port(address.into()))
    }

    /// As soon as it wrote a line, to stdout or stderr, that contains this text; the end of the line is not waited for.
    pub fn line(text: impl Into<String>) -> Self {
        Self::lines(text, 1)
    }

    /// As soon as it wrote `count` lines that contain this text: a server that says twice that it is ready, the first time
    /// before it restarts itself, is ready the second time.
    pub fn lines(text: impl Into<String>, count: usize) -> Self {
        Self(Check::Lines(text.into(), count))
    }

    /// As soon as the closure says so; it is asked every few milliseconds: `Ready::when(|| async { … })`.
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

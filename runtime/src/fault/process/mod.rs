//! Processes that a test starts, kills, stops and starts again. What a life of one is, is `running`'s.

mod launch;
mod output;
mod running;
mod tree;

pub use launch::{Launch, Ready};
pub use tree::Usage;

use super::lock::locked;
use super::{Error, clock};
use launch::Check;
use output::Tail;
use running::Running;
use rustix::process::Signal;
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often a ready check is asked.
const LOOK: Duration = Duration::from_millis(5);
/// How long a stop signal may take to take effect.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A process of the test's own: reaped by it, and killed with all its descendants when this is dropped, also when the
/// test panics.
///
/// It stays in the test's process group, so that what ends the test from outside (Ctrl-C, a test runner's timeout)
/// ends it too.
///
/// ```
/// use brunt::fault::{Launch, Process, Ready};
/// use std::process::Command;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let mut command = Command::new("sh");
/// command.args(["-c", "echo ready to serve; sleep 600"]);
/// let server = Process::start(Launch::new(command).ready(Ready::line("ready to serve"))).await?;
///
/// let stopped = server.stop().await?;           // hangs, and keeps its connections
/// stopped.resume()?;                            // (dropping the guard does the same)
/// server.kill().await?;                         // as if the power had failed
/// server.restart().await?;
/// assert_eq!(server.output(), ["ready to serve", "ready to serve"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Process {
    name: String,
    launch: tokio::sync::Mutex<Launch>,
    running: Mutex<Arc<Running>>,
    tail: Arc<Tail>,
}

impl Process {
    /// Starts a command and waits until it is ready.
    ///
    /// # Errors
    /// It cannot be started, ends before it is ready, is not ready in time (it is killed then), or the clock is virtual.
    /// The last two of these quote what it wrote.
    pub async fn start(launch: impl Into<Launch>) -> Result<Self, Error> {
        clock::real_time_for("a process")?;
        let mut launch = launch.into();
        let (name, tail) = (launch.name.clone(), Tail::new(launch.lines));
        let running = Running::start(&mut launch, &tail).map_err(|cause| trouble(&name, "starting it", cause))?;
        let (launch, running) = (tokio::sync::Mutex::new(launch), Mutex::new(Arc::new(running)));
        let process = Self { name, launch, running, tail };
        let launch = process.launch.lock().await;
        process.until_ready(&launch).await?;
        drop(launch);
        Ok(process)
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its id at present; another after a restart.
    pub fn id(&self) -> u32 {
        self.running().pid().as_raw_nonzero().get().unsigned_abs()
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.running().status()
    }

    /// Kills it and its descendants at once (SIGKILL), and waits until it is reaped. One that has ended is left alone;
    /// descendants that outlived it are then not known any more.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn kill(&self) -> Result<ExitStatus, Error> {
        let running = self.running();
        running.kill_all().map_err(|cause| self.trouble("killing it", cause))?;
        running.wait().await.map_err(|cause| self.trouble("waiting for its end", cause))
    }

    /// Asks it to end (SIGTERM, to it alone) and waits so long.
    ///
    /// # Errors
    /// It still runs.
    pub async fn terminate(&self, within: Duration) -> Result<ExitStatus, Error> {
        let running = self.running();
        running.signal(Signal::TERM).map_err(|cause| self.trouble("terminating it", cause))?;
        match tokio::time::timeout(within, running.wait()).await {
            Ok(status) => status.map_err(|cause| self.trouble("waiting for its end", cause)),
            Err(_) => Err(self.late("its end", within)),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// The system refuses to tell.
    pub async fn wait(&self) -> Result<ExitStatus, Error> {
        self.running().wait().await.map_err(|cause| self.trouble("waiting for its end", cause))
    }

    /// Stops it and its descendants (SIGSTOP) until the guard is dropped: connections stay, connects are accepted by
    /// the kernel, nothing answers. Where there is `/proc`, all have stopped when this returns.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn stop(&self) -> Result<Stopped, Error> {
        let stopped = Stopped { running: self.running(), name: self.name.clone() };
        stopped.running.stop_all().map_err(|cause| self.trouble("stopping it", cause))?;
        let start = Instant::now();
        while !tree::all_stopped(stopped.running.pid()) {
            if start.elapsed() > STOP_WITHIN {
                return Err(self.late("it to stop", STOP_WITHIN));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(stopped)
    }

    /// Starts it again with the same command, after killing it if it runs, and waits until it is ready.
    ///
    /// # Errors
    /// As of [`start`](Process::start).
    pub async fn restart(&self) -> Result<(), Error> {
        let mut launch = self.launch.lock().await;
        self.kill().await?;
        let running = Running::start(&mut launch, &self.tail).map_err(|cause| self.trouble("restarting it", cause))?;
        *locked(&self.running) = Arc::new(running);
        self.until_ready(&launch).await
    }

    /// What it and its descendants use, on Linux.
    ///
    /// # Errors
    /// It has ended, or there is no `/proc`.
    pub fn usage(&self) -> Result<Usage, Error> {
        tree::usage(self.running().pid()).map_err(|cause| self.trouble("reading what it uses", cause))
    }

    /// The last lines that it wrote, to stdout and stderr, before restarts too.
    pub fn output(&self) -> Vec<String> {
        self.tail.lines()
    }

    fn running(&self) -> Arc<Running> {
        locked(&self.running).clone()
    }

    async fn until_ready(&self, launch: &Launch) -> Result<(), Error> {
        let running = self.running();
        match tokio::time::timeout(launch.within, ready(&launch.ready.0, &running)).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                let status = running.wait().await.map_err(|cause| self.trouble("waiting for its end", cause))?;
                Err(Error::Ended { name: self.name.clone(), status, output: self.output() })
            }
            Err(_) => {
                running.end();
                Err(self.late(&launch.ready.to_string(), launch.within))
            }
        }
    }

    fn trouble(&self, doing: &'static str, cause: io::Error) -> Error {
        trouble(&self.name, doing, cause)
    }

    fn late(&self, wanted: &str, waited: Duration) -> Error {
        Error::Late { name: self.name.clone(), wanted: wanted.to_owned(), waited, output: self.output() }
    }
}

fn trouble(name: &str, doing: &'static str, cause: io::Error) -> Error {
    Error::Process { name: name.to_owned(), doing, cause }
}

/// Waits until the process is ready (true) or has ended (false).
async fn ready(check: &Check, running: &Running) -> bool {
    if matches!(check, Check::Started) {
        return true;
    }
    loop {
        // Looked at first: were it gone, somebody else's port would answer.
        if running.status().is_some() {
            running.drained().await;
            return running.line_seen();
        }
        let ready = match check {
            Check::Started => true,
            Check::Port(address) => tokio::net::TcpStream::connect(address).await.is_ok(),
            Check::Line(_) => running.line_seen(),
            Check::Probe(probe) => probe().await,
        };
        if ready && running.status().is_none() {
            return true;
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.running().end();
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Process({}, {}, {:?})", self.name, self.id(), self.ended())
    }
}

/// A stopped process: dropped, it goes on, also when the test panics.
#[must_use = "dropped, the process goes on at once"]
pub struct Stopped {
    running: Arc<Running>,
    name: String,
}

impl Stopped {
    /// Lets it go on (SIGCONT).
    ///
    /// # Errors
    /// The system refuses the signal.
    pub fn resume(self) -> Result<(), Error> {
        self.running.continue_all().map_err(|cause| trouble(&self.name, "letting it go on", cause))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.running.continue_all();
    }
}

impl fmt::Debug for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stopped({})", self.name)
    }
}

#[cfg(test)]
mod tests;

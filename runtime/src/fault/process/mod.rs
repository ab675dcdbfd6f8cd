//! Processes that a test starts, kills, stops and starts again. What becomes of one over its lives is `lives`'s.

mod launch;
mod output;
mod process_guards;
mod process_life;
mod process_lives;
mod reaper;
mod tree;
pub(crate) mod unasked;

pub use launch::{Launch, Ready};
pub use process_guards::{Killed, Stopped};
pub use tree::Usage;

use super::{Error, clock};
use process_lives::ProcessLives;
use std::fmt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a process that is to end or to stop is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(1);
/// How long a stop signal may take to take effect.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A process of the test's own: reaped by it, and killed with all its descendants when this is dropped, also when the
/// test panics.
///
/// # However the test ends
/// It does not outlive the test's process, stopped or not, and neither do its descendants: not a SIGKILL, not an abort,
/// not an exit in the middle, not a second Ctrl-C. A shell beside the test (`sh`, in a process group of its own, named
/// `brunt-reaper`) waits until the test's process is gone, and kills what it has left. It finds descendants by their
/// parents and their process group and, on Linux, by the variable `BRUNT_PROCESS` in their environment, so that a daemon
/// does not escape, unless its environment was cleared too (`env -i`, `sudo`). It is started with the first process, and
/// ends with the test's.
///
/// # When it ends by itself
/// Once it was ready, an end that nobody asked for (by [`kill`](Process::kill), [`terminate`](Process::terminate),
/// [`restart`](Process::restart), a drop) or [waits](Process::wait) for fails the brunt test that runs at that time, and the
/// test's report names it. [`Launch::may_end`] allows it.
///
/// The process leads a process group of its own: Ctrl-C and a test runner's signals reach the test alone, which ends the
/// process when it has written its report.
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
    lives: Arc<ProcessLives>,
}

impl Process {
    /// Starts a command and waits until it is ready.
    ///
    /// # Errors
    /// It cannot be started, ends before it is ready, is not ready in time (it is killed then), or the clock is virtual.
    /// The last two of these quote what it wrote.
    pub async fn start(launch: impl Into<Launch>) -> Result<Self, Error> {
        clock::real_time_for("a process")?;
        Ok(Self { lives: Arc::new(ProcessLives::start(launch.into()).await?) })
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        self.lives.name()
    }

    /// Its id at present; another after a restart.
    pub fn id(&self) -> u32 {
        self.lives.present().family().root.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.lives.present().status()
    }

    /// Kills it and its descendants at once (SIGKILL), and waits until it is reaped and, where there is `/proc`, they
    /// have ended, also those that outlived it. It stays dead until somebody restarts it: [`restart`](Process::restart),
    /// or whoever heals what this gives back.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn kill(&self) -> Result<Killed, Error> {
        let status = self.lives.kill().await?;
        Ok(Killed::new(&self.lives, status))
    }

    /// Asks it and its process group to end (SIGTERM), and waits until they have: the server of `sh -c 'server & wait'`
    /// as well as the shell. (Without `/proc` it waits for the process alone.)
    ///
    /// # Errors
    /// One of them still runs after `within`.
    pub async fn terminate(&self, within: Duration) -> Result<ExitStatus, Error> {
        let running = self.lives.present();
        running.terminate().map_err(|cause| self.lives.trouble("terminating it", cause))?;
        let start = Instant::now();
        let status = match tokio::time::timeout(within, self.wait()).await {
            Ok(status) => status?,
            Err(_) => return Err(self.lives.late("its end", within)),
        };
        while running.family().group_lives() {
            if start.elapsed() > within {
                return Err(self.lives.late("the end of the processes that it started", within));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(status)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// The system refuses to tell.
    pub async fn wait(&self) -> Result<ExitStatus, Error> {
        let running = self.lives.present();
        running.expect_end();
        running.wait().await.map_err(|cause| self.lives.trouble("waiting for its end", cause))
    }

    /// Stops it and its descendants (SIGSTOP) until the guard is dropped: connections stay, connects are accepted by
    /// the kernel, nothing answers. Where there is `/proc`, all have stopped when this returns.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn stop(&self) -> Result<Stopped, Error> {
        let running = self.lives.present();
        let stopped = Stopped::new(running.clone(), self.name());
        running.stop_all().map_err(|cause| self.lives.trouble("stopping it", cause))?;
        let start = Instant::now();
        while !running.family().all_stopped() {
            if start.elapsed() > STOP_TIMEOUT {
                return Err(self.lives.late("it to stop", STOP_TIMEOUT));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(stopped)
    }

    /// Starts it again with the same command, after killing it if it runs, and waits until it is ready.
    ///
    /// # Errors
    /// As of [`start`](Process::start).
    pub async fn restart(&self) -> Result<(), Error> {
        self.lives.restart().await
    }

    /// What it and its descendants use, on Linux.
    ///
    /// # Errors
    /// It has ended, or there is no `/proc`.
    pub fn usage(&self) -> Result<Usage, Error> {
        self.lives.present().family().usage().map_err(|cause| self.lives.trouble("reading what it uses", cause))
    }

    /// The last lines that it wrote, to stdout and stderr, before restarts too.
    pub fn output(&self) -> Vec<String> {
        self.lives.output()
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Process({}, {}, {:?})", self.name(), self.id(), self.ended())
    }
}

#[cfg(test)]
mod tests;

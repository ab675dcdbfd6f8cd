//! `Process`: processes that a test starts, kills, stops and restarts.

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

use super::clock;
use super::error::Error;
use process_lives::ProcessLives;
use std::fmt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pause between two checks whether a process has ended or stopped.
const POLL_INTERVAL: Duration = Duration::from_millis(1);
/// Time limit for a stop signal to take effect.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A process that the test has started. When this is dropped, also by a panic, the process is killed with all its
/// descendants, and reaped.
///
/// # However the test ends
/// Neither it nor its descendants outlive the test's process, even if they are stopped and even if the test's process
/// ends by SIGKILL, an abort, an exit, or a second Ctrl-C. A shell beside the test (`sh`, in a process group of its
/// own, named `brunt-reaper`) waits for the end of the test's process and kills the processes that are left. It finds
/// descendants by their parent, their process group and, on Linux, the variable `BRUNT_PROCESS` in their environment.
/// So it finds daemons too, unless their environment was cleared (`env -i`, `sudo`). The shell is started with the
/// first process, and ends after the test's process.
///
/// # When it ends by itself
/// If a ready process ends although the test neither ended it (by [`kill`](Process::kill),
/// [`terminate`](Process::terminate), [`restart`](Process::restart), a drop) nor [waits](Process::wait) for its end,
/// the brunt test that runs at that time fails, and its report names the process. [`Launch::may_end`] allows such an
/// end.
///
/// The process is in a process group of its own. Ctrl-C and signals of a test runner therefore reach only the test,
/// which ends the process after it has written its report.
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
    /// It cannot be started, ends before it is ready, is not ready in time (it is killed then), or the clock is
    /// virtual. The errors of the second and third case quote the output of the process.
    pub async fn start(launch: impl Into<Launch>) -> Result<Self, Error> {
        clock::real_time_for("a process")?;
        Ok(Self { lives: Arc::new(ProcessLives::start(launch.into()).await?) })
    }

    /// Name in messages.
    pub fn name(&self) -> &str {
        self.lives.name()
    }

    /// Current process id; a restart changes it.
    pub fn id(&self) -> u32 {
        self.lives.present().family().root.as_raw_nonzero().get().unsigned_abs()
    }

    /// Exit status, if the process has ended.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.lives.present().status()
    }

    /// Kills the process and its descendants at once (SIGKILL), also those that outlived it. Waits until the process is
    /// reaped and, if there is `/proc`, its descendants have ended. The process stays dead until it is
    /// [restarted](Process::restart) or the returned guard is healed.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn kill(&self) -> Result<Killed, Error> {
        let status = self.lives.kill().await?;
        Ok(Killed::new(&self.lives, status))
    }

    /// Asks the process and its process group to end (SIGTERM) and waits for their end: of `sh -c 'server & wait'` for
    /// that of the server and that of the shell. (Without `/proc` it waits for the process alone.)
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

    /// Waits for the end of the process.
    ///
    /// # Errors
    /// The system does not report the end.
    pub async fn wait(&self) -> Result<ExitStatus, Error> {
        let running = self.lives.present();
        running.expect_end();
        running.wait().await.map_err(|cause| self.lives.trouble("waiting for its end", cause))
    }

    /// Stops the process and its descendants (SIGSTOP) until the guard is dropped: connections stay open, the kernel
    /// accepts new ones, and nothing answers. If there is `/proc`, all of them have stopped when this returns.
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

    /// Starts the process again with the same command and waits until it is ready. If it is running, it is killed
    /// first.
    ///
    /// # Errors
    /// The same as of [`start`](Process::start).
    pub async fn restart(&self) -> Result<(), Error> {
        self.lives.restart().await
    }

    /// Resources that the process and its descendants use (Linux only).
    ///
    /// # Errors
    /// The process has ended, or there is no `/proc`.
    pub fn usage(&self) -> Result<Usage, Error> {
        self.lives.present().family().usage().map_err(|cause| self.lives.trouble("reading what it uses", cause))
    }

    /// The last lines that it wrote to stdout and stderr, including those from before a restart.
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

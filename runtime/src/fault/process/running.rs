//! One life of a process: from its start until it is reaped, by a thread that waits for it. It knows nothing of what
//! the process is for.

use super::launch::{Check, Launch};
use super::output::{self, Tail};
use super::tree;
use crate::fault::lock::locked;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use std::io;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::watch;

/// How long the output of an ended process is waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) struct Running {
    pid: Pid,
    /// Whether the pid is still this process's: it is until it is reaped.
    ours: Arc<Mutex<bool>>,
    ended: watch::Receiver<Option<ExitStatus>>,
    line_seen: watch::Receiver<bool>,
    reaper: Mutex<Option<JoinHandle<()>>>,
}

impl Running {
    pub(super) fn start(launch: &mut Launch, tail: &Arc<Tail>) -> io::Result<Self> {
        let (give_line, line_seen) = watch::channel(false);
        let wanted = if let Check::Line(text) = &launch.ready.0 { Some(text.clone()) } else { None };
        let give_line = Arc::new(give_line);
        let (give_end, ended) = watch::channel(None);
        let ours = Arc::new(Mutex::new(true));
        let (reaper, started) = Self::start_reaped(launch, ours.clone(), give_end)?;
        let running = Self { pid: started.pid, ours, ended, line_seen, reaper: Mutex::new(Some(reaper)) };
        let readers = [started.stdout.map(Stream::Out), started.stderr.map(Stream::Err)];
        for stream in readers.into_iter().flatten() {
            let (tail, wanted, seen) = (tail.clone(), wanted.clone(), give_line.clone());
            let read = move || match stream {
                Stream::Out(stream) => output::read(stream, &tail, wanted.as_deref(), &seen),
                Stream::Err(stream) => output::read(stream, &tail, wanted.as_deref(), &seen),
            };
            if let Err(error) = spawn(format!("read {}", launch.name), read) {
                running.end();
                return Err(error);
            }
        }
        Ok(running)
    }

    /// Starts it on the thread that reaps it. To Linux its parent is the thread that started it: a process that asked
    /// to be told of its parent's death (`PR_SET_PDEATHSIG`) must hear of the test's, not of that of some worker's.
    fn start_reaped(
        launch: &mut Launch,
        ours: Arc<Mutex<bool>>,
        ended: watch::Sender<Option<ExitStatus>>,
    ) -> io::Result<(JoinHandle<()>, Started)> {
        launch.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = std::mem::replace(&mut launch.command, Command::new(""));
        let (give, take) = mpsc::sync_channel(1);
        let reaper = spawn(format!("reap {}", launch.name), move || {
            let child = command.spawn().map(|mut child| {
                let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
                (Started { pid: Pid::from_child(&child), stdout, stderr }, child)
            });
            let (started, child) = child.map_or_else(|e| (Err(e), None), |(started, child)| (Ok(started), Some(child)));
            let _ = give.send((command, started));
            if let Some(child) = child {
                reap(child, &ours, &ended);
            }
        })?;
        let lost = |_| io::Error::other("the thread that starts it is gone");
        let (command, started) = take.recv().map_err(lost)?;
        launch.command = command;
        started.map(|started| (reaper, started))
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.ended.borrow()
    }

    pub(super) async fn wait(&self) -> io::Result<ExitStatus> {
        let mut ended = self.ended.clone();
        let status = ended.wait_for(Option::is_some).await.map(|status| *status);
        status.ok().flatten().ok_or_else(|| io::Error::other("the thread that waits for it is gone"))
    }

    /// Whether the awaited line was seen.
    pub(super) fn line_seen(&self) -> bool {
        *self.line_seen.borrow()
    }

    /// Waits until all that an ended process wrote is read: a moment, unless a descendant keeps its streams open.
    pub(super) async fn drained(&self) {
        let mut lines = self.line_seen.clone();
        let closed = async { while lines.changed().await.is_ok() {} };
        let _ = tokio::time::timeout(LAST_WORDS, closed).await;
    }

    /// Signals the process alone. One that has ended is left in peace.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        // While the lock is held the process is not reaped, and its pid nobody else's.
        if *locked(&self.ours) { kill_process(self.pid, signal).map_err(Into::into) } else { Ok(()) }
    }

    /// Stops the process and its descendants, also those that they start meanwhile.
    pub(super) fn stop_all(&self) -> io::Result<Vec<Pid>> {
        self.signal_all(Signal::STOP)
    }

    pub(super) fn continue_all(&self) -> io::Result<()> {
        self.signal_all(Signal::CONT).map(drop)
    }

    /// Kills the process and its descendants, which it gives back. They are stopped first, so that none escapes by
    /// forking.
    pub(super) fn kill_all(&self) -> io::Result<Vec<Pid>> {
        // The process itself comes first and last: were it reaped in between, its pid would not be signalled again.
        let descendants = self.stop_all()?.into_iter().skip(1).collect::<Vec<_>>();
        for pid in &descendants {
            signal_other(*pid, Signal::KILL)?;
        }
        self.signal(Signal::KILL)?;
        Ok(descendants)
    }

    /// Signals the process and its descendants until no new ones appear; gives them back, the process first.
    fn signal_all(&self, signal: Signal) -> io::Result<Vec<Pid>> {
        let mut done = Vec::new();
        loop {
            let ours = locked(&self.ours);
            let pids = if *ours { tree::pids(self.pid) } else { Vec::new() };
            let new: Vec<Pid> = pids.into_iter().filter(|pid| !done.contains(pid)).collect();
            for pid in &new {
                signal_other(*pid, signal)?;
            }
            if new.is_empty() {
                return Ok(done);
            }
            done.extend(new);
        }
    }

    /// Kills all and waits until the process is reaped.
    pub(super) fn end(&self) {
        let _ = self.kill_all();
        if let Some(reaper) = locked(&self.reaper).take() {
            let _ = reaper.join();
        }
    }
}

/// What there is of a process that was started.
struct Started {
    pid: Pid,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

enum Stream {
    Out(ChildStdout),
    Err(ChildStderr),
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name).spawn(work)
}

/// A process that has ended meanwhile needs no signal.
fn signal_other(pid: Pid, signal: Signal) -> io::Result<()> {
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn reap(mut child: Child, ours: &Mutex<bool>, ended: &watch::Sender<Option<ExitStatus>>) {
    let pid = Pid::from_child(&child);
    // Waits without reaping, so that the pid cannot become another's between a look at `ours` and a signal.
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
    let mut ours = locked(ours);
    let status = child.wait();
    *ours = false;
    ended.send_replace(status.ok());
}

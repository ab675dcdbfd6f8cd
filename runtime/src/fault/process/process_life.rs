//! `ProcessLife`: one life of a process, from its start until a thread that waits for it has reaped it.

use super::launch::{Check, Launch};
use super::output::{self, LinesSeen, Tail};
use super::reaper::{self, WatchedProcess};
use super::tree::{self, Family};
use super::unasked;
use crate::sync::Lock;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::watch;

/// Time limit for reading the rest of the output of an ended process.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct ProcessLife {
    family: Family,
    /// Whether the process id still belongs to this process, which it does until the process is reaped.
    ours: Arc<Lock<bool>>,
    ended: watch::Receiver<Option<ExitStatus>>,
    /// Whether an end is expected; it is until the process is ready.
    expected: Arc<AtomicBool>,
    seen: watch::Receiver<LinesSeen>,
    waits: Lock<Option<JoinHandle<()>>>,
    /// Registration with the reaper, which kills the process when the test's process has ended.
    _watched: WatchedProcess,
    /// Registrations of its descendants while they are stopped. When the test's process ends, the kernel sends SIGHUP
    /// to a stopped process (orphaned process group), which may die of it. Its descendants could not be found by their
    /// parent then.
    stopped: Lock<Vec<WatchedProcess>>,
}

impl ProcessLife {
    pub(super) fn start(launch: &mut Launch, tail: &Arc<Tail>) -> io::Result<Self> {
        let (give_line, seen) = watch::channel(LinesSeen::default());
        let wanted = if let Check::Lines(text, _) = &launch.ready.0 { Some(text.clone()) } else { None };
        let give_line = Arc::new(give_line);
        let (give_end, ended) = watch::channel(None);
        let ours = Arc::new(Lock::new(true));
        let mark = reaper::new_mark();
        launch.command.env(reaper::MARKS_VARIABLE, reaper::inherited_marks(&mark)).process_group(0);
        let expected = Arc::new(AtomicBool::new(true));
        let watch = unasked::EndWatch::new(&launch.name, tail, &expected);
        let (waits, started) = Self::start_reaped(launch, ours.clone(), give_end, watch)?;
        let family = Family::of(started.pid, mark);
        let watched = reaper::watch_process(family.root, family.started);
        let running = Self {
            family,
            ours,
            ended,
            expected,
            seen,
            waits: Lock::new(Some(waits)),
            _watched: watched,
            stopped: Lock::default(),
        };
        let readers = [started.stdout.map(OutputStream::Out), started.stderr.map(OutputStream::Err)];
        for stream in readers.into_iter().flatten() {
            let (tail, wanted, seen) = (tail.clone(), wanted.clone(), give_line.clone());
            let read = move || match stream {
                OutputStream::Out(stream) => output::read_lines(stream, &tail, wanted.as_deref(), &seen),
                OutputStream::Err(stream) => output::read_lines(stream, &tail, wanted.as_deref(), &seen),
            };
            if let Err(error) = spawn_thread(format!("read {}", launch.name), read) {
                running.end();
                return Err(error);
            }
        }
        Ok(running)
    }

    /// Starts the process on the thread that reaps it. On Linux its parent is the thread that started it: a process
    /// that asks for a signal at its parent's death (`PR_SET_PDEATHSIG`) must get it when the test ends, not when a
    /// worker thread ends. This signal is not set here, because a process that is killed before the reaper finds it
    /// leaves descendants without a parent.
    fn start_reaped(
        launch: &mut Launch,
        ours: Arc<Lock<bool>>,
        ended: watch::Sender<Option<ExitStatus>>,
        watch: unasked::EndWatch,
    ) -> io::Result<(JoinHandle<()>, Started)> {
        launch.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = std::mem::replace(&mut launch.command, Command::new(""));
        let (give, take) = mpsc::sync_channel(1);
        let waits = spawn_thread(format!("reap {}", launch.name), move || {
            let child = command.spawn().map(|mut child| {
                let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
                (Started { pid: Pid::from_child(&child), stdout, stderr }, child)
            });
            let (started, child) = child.map_or_else(|e| (Err(e), None), |(started, child)| (Ok(started), Some(child)));
            let _ = give.send((command, started));
            if let Some(child) = child {
                reap_child(child, &ours, &ended, watch);
            }
        })?;
        let lost = |_| io::Error::other("the thread that starts it is gone");
        let (command, started) = take.recv().map_err(lost)?;
        launch.command = command;
        started.map(|started| (waits, started))
    }

    pub(super) fn family(&self) -> &Family {
        &self.family
    }

    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.ended.borrow()
    }

    pub(super) async fn wait(&self) -> io::Result<ExitStatus> {
        let mut ended = self.ended.clone();
        let status = ended.wait_for(Option::is_some).await.map(|status| *status);
        status.ok().flatten().ok_or_else(|| io::Error::other("the thread that waits for it is gone"))
    }

    /// Expects the end of the process from now on.
    pub(super) fn expect_end(&self) {
        self.expected.store(true, SeqCst);
    }

    /// Reports an end of the process from now on, unless it is expected.
    pub(super) fn is_to_run(&self) {
        self.expected.store(false, SeqCst);
    }

    /// Counts of the lines that were written so far.
    pub(super) fn seen(&self) -> LinesSeen {
        *self.seen.borrow()
    }

    /// Waits until all output of an ended process is read. It takes a moment, unless a descendant keeps the streams
    /// open.
    pub(super) async fn drained(&self) {
        let mut lines = self.seen.clone();
        let closed = async { while lines.changed().await.is_ok() {} };
        let _ = tokio::time::timeout(OUTPUT_TIMEOUT, closed).await;
    }

    /// Sends SIGTERM to the process and its group. If the process has ended already, its descendants get the signal one
    /// by one, since the id of the group may belong to another one.
    pub(super) fn terminate(&self) -> io::Result<()> {
        self.expect_end();
        let ours = self.ours.lock();
        if *ours {
            return kill_process_group(self.family.root, Signal::TERM).map_err(Into::into);
        }
        self.family.descendants().into_iter().try_for_each(|pid| signal_other(pid, Signal::TERM))
    }

    /// Stops the process and its descendants, also those that they start meanwhile.
    pub(super) fn stop_all(&self) -> io::Result<Vec<Pid>> {
        let descendants = self.signal_all(Signal::STOP)?;
        *self.stopped.lock() =
            descendants.iter().map(|pid| reaper::watch_process(*pid, tree::start_time(*pid))).collect();
        Ok(descendants)
    }

    pub(super) fn continue_all(&self) -> io::Result<()> {
        let done = self.signal_all(Signal::CONT).map(drop);
        self.stopped.lock().clear();
        done
    }

    /// Kills the process and its descendants, and returns the descendants. All are stopped first, so that none escapes
    /// by forking.
    pub(super) fn kill_all(&self) -> io::Result<Vec<Pid>> {
        self.expect_end();
        let descendants = self.stop_all()?;
        for pid in &descendants {
            signal_other(*pid, Signal::KILL)?;
        }
        self.signal(Signal::KILL)?;
        Ok(descendants)
    }

    /// Signals the process group at once, unless the process has been reaped.
    fn signal(&self, signal: Signal) -> io::Result<()> {
        // While the lock is held, the process is not reaped, and its id cannot be reused.
        let ours = self.ours.lock();
        if *ours { kill_process_group(self.family.root, signal).map_err(Into::into) } else { Ok(()) }
    }

    /// Signals the process and its descendants until no new ones appear, and returns the descendants.
    fn signal_all(&self, signal: Signal) -> io::Result<Vec<Pid>> {
        self.signal(signal)?;
        let mut done = Vec::new();
        loop {
            let new: Vec<Pid> = self.family.descendants().into_iter().filter(|pid| !done.contains(pid)).collect();
            for pid in &new {
                signal_other(*pid, signal)?;
            }
            if new.is_empty() {
                return Ok(done);
            }
            done.extend(new);
        }
    }

    /// Kills the process and its descendants, and waits until the process is reaped.
    pub(super) fn end(&self) {
        let _ = self.kill_all();
        if let Some(waits) = self.waits.lock().take() {
            let _ = waits.join();
        }
    }
}

/// Id and output streams of a started process.
struct Started {
    pid: Pid,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

enum OutputStream {
    Out(ChildStdout),
    Err(ChildStderr),
}

fn spawn_thread(name: String, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name).spawn(work)
}

/// Signals another process. It is no error if it has ended meanwhile.
fn signal_other(pid: Pid, signal: Signal) -> io::Result<()> {
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn reap_child(
    mut child: Child,
    ours: &Lock<bool>,
    ended: &watch::Sender<Option<ExitStatus>>,
    watch: unasked::EndWatch,
) {
    let pid = Pid::from_child(&child);
    // Waits without reaping, so that the process id cannot be reused between a check of `ours` and a signal.
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
    let mut ours = ours.lock();
    let status = child.wait();
    *ours = false;
    let status = status.ok();
    watch.ended(status);
    ended.send_replace(status);
}

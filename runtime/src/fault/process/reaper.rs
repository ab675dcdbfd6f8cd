//! The reaper: a shell beside the test's process that kills what is left of the processes it started, once it is gone,
//! however it went. It is told of every process by a pipe, whose end is the end of the test's process.

use crate::sync::Lock;
use rustix::process::Pid;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The variable in which a process, and all that it starts, bears the marks of the processes that it descends from.
pub(super) const MARKS_VARIABLE: &str = "BRUNT_PROCESS";

/// What the shell does: see there.
const REAPER_SCRIPT: &str = include_str!("reaper.sh");

/// What the marks of all processes of this test's process begin with: nobody else's do.
static MARK_PREFIX: LazyLock<String> = LazyLock::new(|| {
    let random = RandomState::new().build_hasher().finish();
    format!("{}-{random:016x}-", std::process::id())
});

static REAPER: Lock<Reaper> = Lock::new(Reaper { pipe: None, shells: 0, watched: BTreeSet::new() });

/// How far apart shells that are killed are replaced: where each is killed as it starts, a test must not spend its time
/// on starting them.
const LEAST_TIME_BETWEEN_SHELLS: Duration = Duration::from_millis(100);

struct Reaper {
    /// To the shell that lives, as far as is known.
    pipe: Option<ChildStdin>,
    /// How many were started.
    shells: u64,
    /// As the shell is told of them.
    watched: BTreeSet<String>,
}

/// A new mark. The reaper is there when this returns: it knows whatever bears one.
pub(super) fn new_mark() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    REAPER.lock().tell("\n");
    format!("{}{};", *MARK_PREFIX, NEXT.fetch_add(1, Relaxed))
}

/// The value of the variable for a process with this mark: those that this process bears itself come first.
pub(super) fn inherited_marks(mark: &str) -> String {
    std::env::var(MARKS_VARIABLE).map_or_else(|_| mark.to_owned(), |outer| format!("{outer}{mark}"))
}

/// Has a process killed with its descendants when this process is gone, until the result is dropped.
pub(super) fn watch_process(pid: Pid, started: Option<u64>) -> WatchedProcess {
    let started = started.map_or_else(|| "-".to_owned(), |started| started.to_string());
    let watched = format!("{} {started}", pid.as_raw_nonzero());
    let mut reaper = REAPER.lock();
    reaper.watched.insert(watched.clone());
    reaper.tell(&format!("+ {watched}\n"));
    WatchedProcess(watched)
}

/// A process that the reaper knows of.
#[derive(Debug)]
pub(super) struct WatchedProcess(String);

impl Drop for WatchedProcess {
    fn drop(&mut self) {
        let mut reaper = REAPER.lock();
        reaper.watched.remove(&self.0);
        reaper.tell(&format!("- {}\n", self.0));
    }
}

impl Reaper {
    /// Tells the shell of a change, or starts one that knows all. Where there is none to start, a killed test leaves its
    /// processes to the kernel.
    fn tell(&mut self, line: &str) {
        let told = self.pipe.as_mut().is_some_and(|pipe| pipe.write_all(line.as_bytes()).is_ok());
        if !told {
            self.start();
        }
    }

    fn start(&mut self) {
        self.shells += 1;
        self.pipe = start_shell(self.shells).ok().flatten();
        let known: String = self.watched.iter().map(|watched| format!("+ {watched}\n")).collect();
        if let Some(pipe) = &mut self.pipe {
            // Where this fails the shell was killed, which is noticed.
            let _ = pipe.write_all(known.as_bytes());
        }
    }
}

/// Starts a shell, and a thread that starts the next one when this one was killed: what is written to the pipe of one
/// that is being killed is lost without an error, and there may be nothing more to tell for as long as the test lives.
///
/// The shell is in a process group of its own, out of reach of what is sent to the test's; with nothing of the test's
/// open, as a test runner waits for the end of the test's output.
fn start_shell(nth: u64) -> io::Result<Option<ChildStdin>> {
    let mut command = Command::new("sh");
    command.args(["-c", REAPER_SCRIPT, "brunt-reaper", &MARK_PREFIX, "/proc"]).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut shell = command.spawn()?;
    let pipe = shell.stdin.take();
    let born = Instant::now();
    // Without the thread it is replaced when there is something to tell.
    let _ = thread::Builder::new().name("brunt-reaper".to_owned()).spawn(move || {
        let _ = shell.wait();
        thread::sleep(LEAST_TIME_BETWEEN_SHELLS.saturating_sub(born.elapsed()));
        let mut reaper = REAPER.lock();
        if reaper.shells == nth {
            reaper.start();
        }
    });
    Ok(pipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;

    /// Where there is no /proc it asks `ps`, by which it knows parents and groups.
    #[test]
    fn without_proc_it_kills_by_parent_and_group() {
        if Command::new("ps").output().is_err() {
            let _ = writeln!(std::io::stderr(), "skipped: no `ps` (apt-get install procps)");
            return;
        }
        let script = "sleep 600 & echo $!; wait";
        let mut family =
            Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut bystander = Command::new("sleep").arg("600").spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(family.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();

        let mut shell = Command::new("sh");
        shell
            .args(["-c", REAPER_SCRIPT, "brunt-reaper", "no process bears this mark", "/no/proc"])
            .stdin(Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        let told = format!("+ {0} -\n+ {1} -\n- {1} -\n", family.id(), bystander.id());
        shell.stdin.take().unwrap().write_all(told.as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success());
        assert_eq!(family.wait().unwrap().signal(), Some(9));
        // Its stream ends with the last that holds it.
        output.read_line(&mut line).unwrap();
        assert!(bystander.try_wait().unwrap().is_none(), "it had been told that this one has ended");
        bystander.kill().unwrap();
        bystander.wait().unwrap();
    }
}

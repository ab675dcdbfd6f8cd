//! The reaper: a shell beside the test's process that kills what is left of the processes it started, once it is gone,
//! however it went. It is told of every process by a pipe, whose end is the end of the test's process.

use crate::fault::lock::locked;
use rustix::process::Pid;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex};

/// The variable in which a process, and all that it starts, bears the marks of the processes that it descends from.
pub(super) const VARIABLE: &str = "BRUNT_PROCESS";

/// What the shell does: see there.
const SCRIPT: &str = include_str!("reaper.sh");

/// What the marks of all processes of this test's process begin with: nobody else's do.
static PREFIX: LazyLock<String> = LazyLock::new(|| {
    let random = RandomState::new().build_hasher().finish();
    format!("{}-{random:016x}-", std::process::id())
});

static REAPER: Mutex<Reaper> = Mutex::new(Reaper { shell: None, watched: BTreeSet::new() });

struct Reaper {
    shell: Option<Child>,
    /// As the shell is told of them.
    watched: BTreeSet<String>,
}

/// A new mark. The reaper is there when this returns: it knows whatever bears one.
pub(super) fn mark() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    locked(&REAPER).tell("");
    format!("{}{};", *PREFIX, NEXT.fetch_add(1, Relaxed))
}

/// The value of the variable for a process with this mark: those that this process bears itself come first.
pub(super) fn inherited(mark: &str) -> String {
    std::env::var(VARIABLE).map_or_else(|_| mark.to_owned(), |outer| format!("{outer}{mark}"))
}

/// Has a process killed with its descendants when this process is gone, until the result is dropped.
pub(super) fn watch(pid: Pid, started: Option<u64>) -> Watched {
    let started = started.map_or_else(|| "-".to_owned(), |started| started.to_string());
    let watched = format!("{} {started}", pid.as_raw_nonzero());
    let mut reaper = locked(&REAPER);
    reaper.tell(&format!("+ {watched}\n"));
    reaper.watched.insert(watched.clone());
    Watched(watched)
}

/// A process that the reaper knows of.
#[derive(Debug)]
pub(super) struct Watched(String);

impl Drop for Watched {
    fn drop(&mut self) {
        let mut reaper = locked(&REAPER);
        reaper.watched.remove(&self.0);
        reaper.tell(&format!("- {}\n", self.0));
    }
}

impl Reaper {
    /// Tells the shell, and starts another where it is not there or was killed. Where there is none to start, a killed
    /// test leaves its processes to the kernel.
    fn tell(&mut self, line: &str) {
        let lives = self.shell.as_mut().is_some_and(|shell| matches!(shell.try_wait(), Ok(None)));
        if !(lives && self.write(line)) {
            self.shell = start().ok();
            let known: String = self.watched.iter().map(|watched| format!("+ {watched}\n")).collect();
            let _ = self.write(&known) && self.write(line);
        }
    }

    fn write(&mut self, text: &str) -> bool {
        let pipe = self.shell.as_mut().and_then(|shell| shell.stdin.as_mut());
        pipe.is_some_and(|pipe| pipe.write_all(text.as_bytes()).is_ok())
    }
}

/// In a process group of its own, out of reach of what is sent to the test's; with nothing of the test's open, as a test
/// runner waits for the end of the test's output.
fn start() -> std::io::Result<Child> {
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "brunt-reaper", &PREFIX, "/proc"]).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
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
        shell.args(["-c", SCRIPT, "brunt-reaper", "no process bears this mark", "/no/proc"]).stdin(Stdio::piped());
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

//! `Family`: a process and its descendants, read from `/proc` (Linux, proc(5)). On other systems there is only the
//! process itself.
//!
//! A descendant is recognised by its parent, by its process group, or by a mark in its environment. If its parent has
//! ended, only the last two are left; a daemon has only the last; a process that overwrites its environment to show a
//! title (PostgreSQL, Redis) has only the first two.

use rustix::process::Pid;
use std::io;
use std::time::Duration;

/// Resources that a process and its descendants use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// CPU time since the start, including that of ended descendants.
    pub cpu: Duration,
    /// Resident memory in bytes. Shared memory counts for every process that uses it.
    pub memory: u64,
    /// Number of processes.
    pub processes: usize,
}

/// The features by which a process and its descendants are recognised.
#[derive(Clone, Debug)]
pub(super) struct Family {
    /// Id of the started process, which leads its process group.
    pub(super) root: Pid,
    /// Start time in clock ticks since the machine's start. It distinguishes the process from later ones with the same
    /// id. `None` without `/proc`.
    pub(super) started: Option<u64>,
    /// Mark in the environment of the process and its descendants.
    pub(super) mark: String,
}

impl Family {
    /// The family of a process that has just been started.
    pub(super) fn of(root: Pid, mark: String) -> Self {
        Self { root, started: start_time(root), mark }
    }

    fn is_root(&self, stat: &Stat) -> bool {
        stat.pid == self.root && self.started.is_none_or(|started| started == stat.started)
    }

    fn bears_mark(&self, stat: &Stat) -> bool {
        let environment = std::fs::read(format!("/proc/{}/environ", stat.pid.as_raw_nonzero())).unwrap_or_default();
        environment.windows(self.mark.len()).any(|part| part == self.mark.as_bytes())
    }

    /// The process, if it exists, and its descendants; parents come before their children.
    fn living(&self) -> Vec<Stat> {
        let mut others = all_processes();
        // A descendant cannot be older than the process.
        others.retain(|stat| self.started.is_none_or(|started| stat.started >= started));
        // The kernel does not reuse the id of a group that has members. If the id belongs to another process now, the
        // group has ended.
        let recycled = others.iter().any(|stat| stat.pid == self.root && !self.is_root(stat));
        let mut family: Vec<Stat> = others.extract_if(.., |stat| self.is_root(stat)).collect();
        let group = self.root.as_raw_nonzero().get();
        family.extend(others.extract_if(.., |stat| !recycled && stat.group == group));
        let mut at = 0;
        loop {
            while at < family.len() {
                let parent = family[at].pid.as_raw_nonzero().get();
                family.extend(others.extract_if(.., |stat| stat.parent == parent));
                at += 1;
            }
            // Checked last, since it reads a file for every process.
            family.extend(others.extract_if(.., |stat| self.bears_mark(stat)));
            if at == family.len() {
                return family;
            }
        }
    }

    /// The descendants of the process that have not ended.
    pub(super) fn descendants(&self) -> Vec<Pid> {
        let others = self.living().into_iter().filter(|stat| !self.is_root(stat) && !stat.has_ended());
        others.map(|stat| stat.pid).collect()
    }

    /// Whether another process of the group is still running.
    pub(super) fn group_lives(&self) -> bool {
        let group = self.root.as_raw_nonzero().get();
        self.living().iter().any(|stat| stat.group == group && !self.is_root(stat) && !stat.has_ended())
    }

    /// Whether no process of the family runs: each is stopped, has ended, or waits in the kernel. A stopped process
    /// does not return from such a wait (like a parent in vfork(2) whose child was stopped before exec).
    pub(super) fn all_stopped(&self) -> bool {
        self.living().iter().all(|stat| matches!(stat.state, 'T' | 't' | 'D' | 'Z' | 'X'))
    }

    /// Resources that the family uses.
    pub(super) fn usage(&self) -> io::Result<Usage> {
        let family = self.living();
        if !family.iter().any(|stat| self.is_root(stat)) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "it has no entry in /proc"));
        }
        let ticks: u64 = family.iter().map(|stat| stat.ticks).sum();
        let pages: u64 = family.iter().map(|stat| stat.pages).sum();
        Ok(Usage {
            cpu: Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64),
            memory: pages * rustix::param::page_size() as u64,
            processes: family.iter().filter(|stat| stat.state != 'Z').count(),
        })
    }
}

/// The needed fields of `/proc/<pid>/stat`.
struct Stat {
    pid: Pid,
    parent: i32,
    group: i32,
    started: u64,
    state: char,
    /// CPU time in clock ticks, including that of reaped children.
    ticks: u64,
    pages: u64,
}

impl Stat {
    fn has_ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

fn parse_stat(pid: Pid, text: &str) -> Option<Stat> {
    // The name, in parentheses, may contain parentheses and spaces.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Stat {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        started: number(19)?,
        state: fields.first()?.chars().next()?,
        ticks: number(11)? + number(12)? + number(13)? + number(14)?,
        pages: number(21)?,
    })
}

fn read_stat(pid: Pid) -> Option<Stat> {
    parse_stat(pid, &std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?)
}

/// All processes of the machine.
fn all_processes() -> Vec<Stat> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    pids.filter_map(read_stat).collect()
}

/// Start time of a process in clock ticks since the machine's start.
pub(super) fn start_time(pid: Pid) -> Option<u64> {
    Some(read_stat(pid)?.started)
}

/// Whether all of these processes have ended. A killed process keeps its memory and files until then.
pub(super) fn all_ended(pids: &[Pid]) -> bool {
    pids.iter().all(|pid| read_stat(*pid).is_none_or(|stat| stat.has_ended()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_contain_what_separates_fields() {
        let text = "7 (a) b (c) T 3 7 7 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 99 1000 250 18446744073709551615";
        let stat = parse_stat(Pid::INIT, text).unwrap();
        assert_eq!((stat.parent, stat.group, stat.state, stat.ticks, stat.pages), (3, 7, 'T', 100, 250));
        assert_eq!(stat.started, 99);
        assert!(parse_stat(Pid::INIT, "7 (cut off) R 1").is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_memory_and_is_not_stopped() {
        let me = Family::of(rustix::process::getpid(), "no process bears this".to_owned() + " mark");
        assert!(me.usage().unwrap().memory > 100_000);
        assert!(!me.all_stopped());
        let older = Family { started: me.started.map(|started| started - 1), ..me };
        assert!(older.usage().is_err(), "another process of the same id");
    }
}

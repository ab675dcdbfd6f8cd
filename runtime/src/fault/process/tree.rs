//! A process and its descendants, as Linux' `/proc` tells of them (proc(5)). Elsewhere there is only the process itself.

use rustix::process::Pid;
use std::io;
use std::time::Duration;

/// What a process and its descendants use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// CPU time since the start, of descendants that have ended too.
    pub cpu: Duration,
    /// Resident memory in bytes. What several processes share is counted for each.
    pub memory: u64,
    /// How many processes there are.
    pub processes: usize,
}

/// The fields of `/proc/<pid>/stat` that matter here.
struct Stat {
    pid: Pid,
    parent: i32,
    state: char,
    /// Clock ticks of it and of its ended and reaped children.
    ticks: u64,
    pages: u64,
}

fn parsed(pid: Pid, text: &str) -> Option<Stat> {
    // The name, in parentheses, may contain anything.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Stat {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        state: fields.first()?.chars().next()?,
        ticks: number(11)? + number(12)? + number(13)? + number(14)?,
        pages: number(21)?,
    })
}

fn stat(pid: Pid) -> Option<Stat> {
    parsed(pid, &std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?)
}

/// The process, if it is there, and its descendants; a parent comes before its children.
fn tree(root: Pid) -> Vec<Stat> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    let mut others: Vec<Stat> = pids.filter_map(stat).collect();
    let mut tree: Vec<Stat> = others.extract_if(.., |stat| stat.pid == root).collect();
    let mut at = 0;
    while at < tree.len() {
        let parent = tree[at].pid.as_raw_nonzero().get();
        tree.extend(others.extract_if(.., |stat| stat.parent == parent));
        at += 1;
    }
    tree
}

/// The process, first, and its descendants that have not ended.
pub(super) fn pids(root: Pid) -> Vec<Pid> {
    let living = tree(root).into_iter().filter(|stat| stat.pid != root && stat.state != 'Z');
    std::iter::once(root).chain(living.map(|stat| stat.pid)).collect()
}

/// Whether none of these has yet to end: what was killed still holds its memory and files until it did.
pub(super) fn all_ended(pids: &[Pid]) -> bool {
    pids.iter().all(|pid| stat(*pid).is_none_or(|stat| matches!(stat.state, 'Z' | 'X')))
}

/// Whether none of them runs on: all are stopped or have ended, or wait in the kernel, from which a stop signal lets
/// none return (as a parent in vfork(2), whose child was stopped before it called exec).
pub(super) fn all_stopped(root: Pid) -> bool {
    tree(root).iter().all(|stat| matches!(stat.state, 'T' | 't' | 'D' | 'Z' | 'X'))
}

pub(super) fn usage(root: Pid) -> io::Result<Usage> {
    let tree = tree(root);
    if tree.is_empty() {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "it has no entry in /proc"));
    }
    let ticks: u64 = tree.iter().map(|stat| stat.ticks).sum();
    let pages: u64 = tree.iter().map(|stat| stat.pages).sum();
    Ok(Usage {
        cpu: Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64),
        memory: pages * rustix::param::page_size() as u64,
        processes: tree.iter().filter(|stat| stat.state != 'Z').count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_contain_what_separates_fields() {
        let text = "7 (a) b (c) T 3 7 7 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 99 1000 250 18446744073709551615";
        let stat = parsed(Pid::INIT, text).unwrap();
        assert_eq!((stat.parent, stat.state, stat.ticks, stat.pages), (3, 'T', 100, 250));
        assert!(parsed(Pid::INIT, "7 (cut off) R 1").is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_memory_and_is_not_stopped() {
        let me = rustix::process::getpid();
        assert!(usage(me).unwrap().memory > 100_000);
        assert!(pids(me).contains(&me) && !all_stopped(me));
    }
}

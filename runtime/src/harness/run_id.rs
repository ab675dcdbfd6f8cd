//! Identity of a run: the tests of all binaries that one `cargo test`, `cargo nextest run` or script starts.

use super::ancestors::Ancestor;
use super::environment::Variables;

/// Programs that run the tests of a workspace. One may start another (`cargo run` of a program that calls `cargo test`
/// twice); the outermost one began the run.
const CARGO: [&str; 4] = ["cargo", "cargo-nextest", "cargo.exe", "cargo-nextest.exe"];
const SHELLS: [&str; 14] =
    ["sh", "bash", "dash", "ash", "zsh", "fish", "ksh", "mksh", "csh", "tcsh", "busybox", "nu", "pwsh", "elvish"];
/// Programs that start one other program and wait for it; the process that began the run is above them.
const RUNNERS: [&str; 22] = [
    "timeout", "sudo", "doas", "su", "runuser", "env", "nice", "ionice", "chrt", "taskset", "numactl", "setarch",
    "stdbuf", "time", "strace", "ltrace", "gdb", "lldb", "perf", "valgrind", "xvfb-run", "unshare",
];
/// Programs that adopt orphaned processes; they never began a run.
const ADOPTERS: [&str; 3] = ["systemd", "init", "launchd"];

/// The run's name, usable as a folder's: `NEXTEST_RUN_ID`, else id and start time of the process that began the run.
pub(crate) fn find_run_id(variables: &Variables, ancestors: &[Ancestor]) -> String {
    if let Some(id) = variables.get("NEXTEST_RUN_ID") {
        return id.to_owned();
    }
    match process_that_began_run(ancestors) {
        Some(origin) => format!("{}-{}{}", origin.id, origin.started, machine_id()),
        None => format!("{}{}", std::process::id(), machine_id()),
    }
}

/// The outermost cargo or nextest that started this process.
pub(crate) fn outermost_cargo(ancestors: &[Ancestor]) -> Option<&Ancestor> {
    ancestors.iter().skip(1).rfind(|ancestor| CARGO.contains(&ancestor.name.as_str()))
}

/// The process that began the run: cargo or nextest; else the command typed at a terminal; else the outermost script;
/// else the parent of this process; in a container without a parent, this process.
fn process_that_began_run(ancestors: &[Ancestor]) -> Option<&Ancestor> {
    let above = ancestors.get(1..).unwrap_or_default();
    let is_shell = |ancestor: &&Ancestor| SHELLS.contains(&ancestor.name.as_str());
    // The interactive shell may live for days; the process below it is the command that was typed.
    let typed = above.iter().position(|ancestor| is_shell(&ancestor) && ancestor.has_terminal);
    let is_runner = |name: &str| RUNNERS.contains(&name) || name.starts_with("qemu-");
    let started_by = || above.iter().find(|ancestor| !is_runner(&ancestor.name));
    outermost_cargo(ancestors)
        .or_else(|| typed.and_then(|below| ancestors.get(below)))
        .or_else(|| above.iter().rfind(is_shell))
        .or_else(|| started_by().filter(|ancestor| !ADOPTERS.contains(&ancestor.name.as_str())))
        .or_else(|| ancestors.first())
}

/// Suffix that identifies machine, boot and container: process ids are unique only within these, and runs of several
/// machines may share a folder.
#[cfg(target_os = "linux")]
fn machine_id() -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    // This hasher has no random seed, so all processes get the same value.
    let mut hasher = DefaultHasher::new();
    (boot, namespace).hash(&mut hasher);
    format!("-{:08x}", hasher.finish() as u32)
}

#[cfg(not(target_os = "linux"))]
fn machine_id() -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::ancestors::process_ancestors;

    /// A chain from its outermost process to this one: `name`, or `name*` of one that people type at.
    fn chain(names: &str) -> Vec<Ancestor> {
        let of = |(id, name): (usize, &str)| Ancestor {
            id: id as u32 + 1,
            started: "0".to_owned(),
            name: name.trim_end_matches('*').to_owned(),
            has_terminal: name.ends_with('*'),
        };
        let mut chain: Vec<Ancestor> = names.split(' ').enumerate().map(of).collect();
        chain.reverse();
        chain
    }

    #[test]
    fn a_run_is_named_by_nextest_or_else_by_what_began_it() {
        let nextest = Variables::of([("NEXTEST_RUN_ID", "b0b5-1")]);
        assert_eq!(find_run_id(&nextest, &process_ancestors()), "b0b5-1");
        let found = find_run_id(&Variables::of([]), &process_ancestors());
        assert_eq!(found, find_run_id(&Variables::of([]), &process_ancestors()));
        assert!(found.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{found}");
    }

    #[test]
    fn runners_shells_and_containers_do_not_hide_what_began_the_run() {
        for (names, began) in [
            ("systemd sshd bash* cargo load", "cargo"),
            ("systemd sshd bash* cargo timeout load", "cargo"),
            ("systemd sshd bash* cargo sudo qemu-aarch64 load", "cargo"),
            ("systemd sshd bash* bash cargo-nextest load", "cargo-nextest"),
            ("systemd sshd bash* cargo-nextest sh load", "cargo-nextest"),
            ("systemd sshd bash* timeout load", "timeout"),
            ("systemd sshd bash* load", "load"),
            ("systemd sshd bash* make sh timeout load", "make"),
            ("systemd runner sh make sh load", "sh"),
            ("sh load", "sh"),
            ("cargo load", "cargo"),
            ("tini load", "tini"),
            ("load", "load"),
            ("systemd load", "load"),
            ("systemd runner timeout load", "runner"),
        ] {
            assert_eq!(
                process_that_began_run(&chain(names)).map(|origin| origin.name.as_str()),
                Some(began),
                "{names}"
            );
        }
    }

    #[test]
    fn the_outermost_cargo_and_the_outermost_script_count() {
        assert_eq!(process_that_began_run(&chain("bash* cargo xtask cargo load")).map(|origin| origin.id), Some(2));
        assert_eq!(process_that_began_run(&chain("bash* sh sh load")).map(|origin| origin.id), Some(2));
        assert_eq!(process_that_began_run(&chain("runner sh sh load")).map(|origin| origin.id), Some(2));
    }

    #[test]
    fn a_program_that_is_called_cargo_did_not_start_itself() {
        assert_eq!(process_that_began_run(&chain("sh cargo")).map(|origin| origin.id), Some(1));
    }
}

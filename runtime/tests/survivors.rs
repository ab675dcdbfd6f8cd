//! Nothing that a test started outlives its process, however that ends. Each test starts this binary once more, to run
//! the test `victim`, which starts processes and is then ended.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use brunt::fault::{Launch, Process, Ready};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
/// Says which way the victim goes.
const WAY: &str = "SURVIVORS_WAY";

/// A child in the process's group, one in a session of its own that its parent has left, one that does both and has an
/// environment without a mark, and one in the background of a shell that goes on.
const FAMILY: &str = "sleep 600 & echo pid $!
    sh -c 'setsid sleep 600 & echo pid $!'
    setsid env -i sleep 600 & echo pid $!
    (sh -c 'sleep 600 & echo pid $!; wait') &
    echo pid $$; echo up; wait";
/// How many they are.
const MEMBERS: usize = 5;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn run<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(body)
}

async fn family() -> Process {
    let launch = Launch::new(shell(FAMILY)).ready(Ready::line("up")).ready_within(LONG);
    let process = Process::start(launch).await.unwrap();
    let begun = Instant::now();
    while members(&process).len() < MEMBERS {
        assert!(begun.elapsed() < LONG, "{:?}", process.output());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    process
}

fn members(process: &Process) -> Vec<u32> {
    let pids = process.output().into_iter().filter_map(|line| line.strip_prefix("pid ")?.parse().ok());
    pids.collect()
}

/// Whether it runs, or is stopped; one that nobody has reaped yet does not.
fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn await_gone(pids: &[u32]) {
    let start = Instant::now();
    while pids.iter().any(|pid| lives(*pid)) {
        let left: Vec<&u32> = pids.iter().filter(|pid| lives(**pid)).collect();
        assert!(start.elapsed() < LONG, "still there: {left:?} of {pids:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What this process has started.
fn children() -> Vec<u32> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let texts = tasks.map(|task| std::fs::read_to_string(task.path().join("children")).unwrap_or_default());
    texts.flat_map(|text| text.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>()).collect()
}

fn is_reaper(pid: &u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default().contains("brunt-reaper")
}

#[test]
#[ignore = "started by the tests beside it, and ended"]
fn victim() {
    let way = std::env::var(WAY).unwrap();
    run(async {
        let process = family().await;
        let stopped = if way == "stopped" { Some(process.stop().await.unwrap()) } else { None };
        let _second = if way == "reaper killed" {
            let reaper = children().into_iter().find(is_reaper).unwrap();
            assert!(shell(&format!("kill -9 {reaper}")).status().unwrap().success());
            // With nothing to tell it: what is told while it is being killed is lost.
            let begun = Instant::now();
            while !children().iter().any(|pid| *pid != reaper && is_reaper(pid)) {
                assert!(begun.elapsed() < LONG, "nobody noticed that the reaper was killed");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // Begins when the new one has been told all.
            Some(Process::start(shell("sleep 600")).await.unwrap())
        } else {
            None
        };
        for pid in members(&process) {
            eprintln!("pid {pid}");
        }
        eprintln!("ready");
        match &*way {
            "exit" => std::process::exit(0),
            "abort" => std::process::abort(),
            _ => tokio::time::sleep(LONG).await,
        }
        drop(stopped);
    });
}

/// Starts a victim and reads which processes it started.
fn victim_of(way: &str, before: &[&str]) -> (Child, Vec<u32>) {
    let this = std::env::current_exe().unwrap();
    let program = before.first().map_or(this.as_os_str(), std::ffi::OsStr::new);
    let mut command = Command::new(program);
    command.args(before.iter().skip(1));
    if !before.is_empty() {
        command.arg(&this);
    }
    command.args(["victim", "--exact", "--ignored", "--nocapture"]).env(WAY, way);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let told: Vec<String> = lines.take_while(|line| line != "ready").collect();
    let pids: Vec<u32> = told.iter().filter_map(|line| line.strip_prefix("pid ")?.parse().ok()).collect();
    assert_eq!(pids.len(), MEMBERS, "{told:?}");
    (child, pids)
}

#[test]
fn nothing_outlives_a_killed_test_stopped_or_not() {
    for way in ["running", "stopped"] {
        let (mut child, pids) = victim_of(way, &[]);
        assert!(pids.iter().all(|pid| lives(*pid)), "they run until then");
        child.kill().unwrap();
        child.wait().unwrap();
        await_gone(&pids);
    }
}

#[test]
fn nothing_outlives_a_test_that_exits_or_aborts() {
    for way in ["exit", "abort"] {
        let (mut child, pids) = victim_of(way, &[]);
        child.wait().unwrap();
        await_gone(&pids);
    }
}

#[test]
fn nothing_outlives_a_test_whose_group_is_killed_as_a_test_runner_does() {
    let (mut child, pids) = victim_of("running", &["setsid", "--wait"]);
    let group = std::fs::read_to_string(format!("/proc/{}/stat", pids[0])).unwrap();
    assert!(!group.is_empty());
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap();
    // `setsid` forks only where it leads a group; else it is the test.
    let leader = children.split_whitespace().next().map_or(child.id(), |pid| pid.parse().unwrap());
    let killed = shell(&format!("kill -9 -- -{leader} || kill -9 {leader}")).stderr(Stdio::null()).status().unwrap();
    assert!(killed.success());
    child.wait().unwrap();
    await_gone(&pids);
}

#[test]
fn a_killed_reaper_is_replaced_by_one_that_knows_what_it_knew() {
    let (mut child, pids) = victim_of("reaper killed", &[]);
    child.kill().unwrap();
    child.wait().unwrap();
    await_gone(&pids);
}

#[test]
fn a_drop_or_a_kill_reaches_descendants_that_have_left_the_process_or_outlived_it() {
    run(async {
        let process = family().await;
        let pids = members(&process);
        process.kill().await.unwrap();
        await_gone(&pids);

        let process = family().await;
        let pids = members(&process);
        // It ends by itself, and leaves the others.
        let ended = shell(&format!("kill -9 {}", process.id())).status().unwrap();
        assert!(ended.success());
        process.wait().await.unwrap();
        assert!(lives(pids[0]));
        drop(process);
        // The one of an environment without a mark is known by its parent alone, which is gone.
        let unknown = pids[2];
        await_gone(&[pids[0], pids[1], pids[3]]);
        let _ = shell(&format!("kill -9 {unknown}")).stderr(Stdio::null()).status();
    });
}

#[test]
fn the_whole_group_is_asked_to_end_and_waited_for() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("ended");
        let server = format!(
            "trap 'sleep 0.1; touch {}; exit 0' TERM; echo pid $$; while :; do sleep 0.01; done",
            mark.display()
        );
        let script = format!("sh -c \"{}\" & wait", server.replace('$', "\\$"));
        let launch = Launch::new(shell(&script)).ready(Ready::line("pid ")).ready_within(LONG);
        let process = Process::start(launch).await.unwrap();
        let pids = members(&process);
        process.terminate(LONG).await.unwrap();
        assert!(!lives(pids[0]));
        assert!(mark.exists(), "it was asked, and had the time");

        let deaf = "sh -c \"trap '' TERM; echo pid \\$\\$; while :; do sleep 0.01; done\" & wait";
        let launch = Launch::new(shell(deaf)).ready(Ready::line("pid ")).ready_within(LONG);
        let process = Process::start(launch).await.unwrap();
        let error = process.terminate(Duration::from_millis(100)).await.unwrap_err().to_string();
        assert!(error.contains("the end of the processes that it started"), "{error}");
        let pids = members(&process);
        drop(process);
        await_gone(&pids);
    });
}

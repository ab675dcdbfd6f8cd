//! Real processes: shells that the tests start, break and start again.

use super::*;
use crate::fault::Heal;
use std::process::Command;

const LONG: Duration = Duration::from_secs(60);

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn said(script: &str) -> Launch {
    Launch::new(shell(script)).ready(Ready::line("up")).ready_within(LONG)
}

fn run<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(body)
}

fn exists(id: u32) -> bool {
    rustix::process::test_kill_process(rustix::process::Pid::from_raw(id as i32).unwrap()).is_ok()
}

/// Waits for what takes effect a moment later, as a reparented process that init has yet to reap.
async fn eventually(what: &str, seen: impl Fn() -> bool) {
    let start = Instant::now();
    while !seen() {
        assert!(start.elapsed() < LONG, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Whether a process that we do not reap runs no longer.
fn gone(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}

#[test]
fn a_line_makes_it_ready_and_its_output_is_kept() {
    run(async {
        let process = Process::start(said("echo first; echo up 2>&1; sleep 600").keep_lines(1)).await.unwrap();
        assert_eq!(process.output(), ["up"]);
        assert_eq!((process.name(), process.ended()), ("sh", None));
    });
}

#[test]
fn a_prompt_makes_it_ready_and_so_does_a_line_that_comes_again() {
    run(async {
        let prompt = Launch::new(shell("printf 'up> '; sleep 600")).ready(Ready::line("up>")).ready_within(LONG);
        assert_eq!(Process::start(prompt).await.unwrap().output(), ["up> "]);
        let twice = |script| Launch::new(shell(script)).ready(Ready::lines("up", 2));
        let script = "echo up; echo restarts; echo up; sleep 600";
        let process = Process::start(twice(script).ready_within(LONG)).await.unwrap();
        process.restart().await.unwrap();
        assert_eq!(process.output().iter().filter(|line| *line == "up").count(), 4, "each life counts anew");
        let once = twice("echo up; echo down; sleep 600").ready_within(Duration::from_millis(300));
        let text = Process::start(once).await.unwrap_err().to_string();
        assert!(text.contains("for 2 lines with `up`, and saw 1 of 2 lines that it wrote, in vain"), "{text}");
    });
}

#[test]
fn an_open_port_or_a_closure_makes_it_ready() {
    run(async {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let started = tempfile::tempdir().unwrap();
        let mark = started.path().join("started");
        let port = Launch::new(shell(&format!("touch {}; sleep 600", mark.display())));
        let listens = async {
            eventually("its start", || mark.exists()).await;
            std::net::TcpListener::bind(free).unwrap()
        };
        let (process, _there) = tokio::join!(Process::start(port.ready(Ready::port(free)).ready_within(LONG)), listens);
        process.unwrap();
        let asked = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let count = asked.clone();
        let third = move || {
            let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            async move { n == 2 }
        };
        Process::start(Launch::new(shell("sleep 600")).ready(Ready::when(third)).ready_within(LONG)).await.unwrap();
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 3);
    });
}

#[test]
fn a_line_seen_makes_it_ready_even_if_it_has_ended_since() {
    run(async {
        let process = Process::start(said("echo up; exit 2")).await.unwrap();
        assert_eq!(process.wait().await.unwrap().code(), Some(2));
    });
}

#[test]
fn what_never_gets_ready_is_killed_and_the_error_says_all() {
    run(async {
        let script = "echo $$; echo still busy; sleep 600";
        let launch = Launch::new(shell(script)).name("api").ready(Ready::line("up"));
        let error = Process::start(launch.ready_within(Duration::from_millis(300))).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`api`: waited 300ms for a line with `up`, of 2 lines that it wrote, in vain"), "{text}");
        let Error::Late { output, .. } = error else { panic!("{error}") };
        if let Some(id) = output.first() {
            assert!(!exists(id.parse().unwrap()), "killed and reaped");
        }
    });
}

#[test]
fn what_ends_before_it_is_ready_says_how_and_quotes_itself() {
    run(async {
        let error = Process::start(said("echo no such table; exit 3")).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("ended before it was ready (exit status: 3); it last wrote:\n  no such table"), "{text}");
        let error = Process::start(Command::new("/no/such/program")).await.unwrap_err();
        assert!(error.to_string().contains("process `program`: starting it"), "{error}");
    });
}

#[test]
fn a_kill_reaps_it_and_takes_its_descendants_along() {
    run(async {
        let process = Process::start(said("sleep 600 & echo $!; echo up; wait")).await.unwrap();
        let (id, child) = (process.id(), process.output()[0].parse::<u32>().unwrap());
        assert!(exists(child));
        let killed = process.kill().await.unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&killed.status()), Some(9));
        assert!(!exists(id), "reaped");
        assert!(gone(child), "so is its descendant");
        process.kill().await.unwrap();
    });
}

#[test]
fn it_terminates_when_asked_or_the_error_says_that_it_did_not() {
    run(async {
        let polite = Process::start(said("trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done")).await.unwrap();
        assert_eq!(polite.terminate(LONG).await.unwrap().code(), Some(7));
        let deaf = Process::start(said("trap '' TERM; echo up; while :; do sleep 0.01; done")).await.unwrap();
        let error = deaf.terminate(Duration::from_millis(50)).await.unwrap_err();
        assert!(error.to_string().contains("for its end, in vain"), "{error}");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_stopped_process_stands_still_until_its_guard_is_dropped() {
    run(async {
        let process = Process::start(said("echo up; while :; do echo tick; sleep 0.002; done")).await.unwrap();
        let process = Arc::new(process);
        let count = || process.usage().unwrap().cpu;
        for _ in 0..3 {
            let stopped = process.stop().await.unwrap();
            assert!(process.lives.present().family().all_stopped());
            let before = count();
            tokio::time::sleep(Duration::from_millis(30)).await;
            assert_eq!(count(), before);
            drop(stopped);
            eventually("it goes on", || !process.lives.present().family().all_stopped()).await;
        }
        let stopped = process.stop().await.unwrap();
        stopped.resume().unwrap();
        let _stopped = process.stop().await.unwrap();
        process.kill().await.unwrap();
    });
}

#[test]
fn a_restart_is_a_new_process_with_the_same_command() {
    run(async {
        let process = Process::start(said("echo up; sleep 600")).await.unwrap();
        let id = process.id();
        process.restart().await.unwrap();
        assert!(process.id() != id && !exists(id) && exists(process.id()));
        process.kill().await.unwrap();
        process.restart().await.unwrap();
        assert_eq!(process.output(), ["up", "up", "up"]);
    });
}

#[test]
fn a_killed_process_heals_by_a_restart_unless_somebody_was_faster_or_it_is_dropped() {
    run(async {
        let process = Process::start(said("echo up; sleep 600").name("api")).await.unwrap();
        let killed: Box<dyn Heal> = Box::new(process.kill().await.unwrap());
        assert_eq!((killed.what(), killed.met(), killed.seed()), ("kill `api`".to_owned(), None, None));
        killed.heal().await.unwrap();
        assert_eq!((process.ended(), process.output().len()), (None, 2));

        let killed = process.kill().await.unwrap();
        process.restart().await.unwrap();
        let id = process.id();
        Box::new(killed).heal().await.unwrap();
        assert_eq!(process.id(), id, "it was running again");

        let killed = process.kill().await.unwrap();
        drop(process);
        Box::new(killed).heal().await.unwrap();
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_stopped_process_heals_by_going_on() {
    run(async {
        let process = Process::start(said("echo up; while :; do sleep 0.01; done").name("api")).await.unwrap();
        let stopped: Box<dyn Heal> = Box::new(process.stop().await.unwrap());
        assert_eq!(stopped.what(), "stop `api`");
        stopped.heal().await.unwrap();
        eventually("it goes on", || !process.lives.present().family().all_stopped()).await;
    });
}

#[test]
fn a_panic_kills_it() {
    let process = run(async { Process::start(said("echo up; sleep 600")).await.unwrap() });
    let id = process.id();
    let panicked = std::thread::spawn(move || {
        let _process = process;
        std::panic::resume_unwind(Box::new("the test panics"));
    });
    assert!(panicked.join().is_err());
    assert!(!exists(id));
}

#[cfg(target_os = "linux")]
#[test]
fn its_use_of_cpu_and_memory_includes_descendants() {
    run(async {
        let process = Process::start(said("echo up; (while :; do :; done) & sleep 600")).await.unwrap();
        eventually("the busy descendant's CPU time", || process.usage().unwrap().cpu > Duration::from_millis(50)).await;
        let usage = process.usage().unwrap();
        assert!(usage.memory > 100_000 && usage.processes >= 2, "{usage:?}");
        process.kill().await.unwrap();
        assert!(process.usage().is_err());
    });
}

#[test]
fn a_process_refuses_virtual_time() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let error = runtime.block_on(Process::start(shell("true"))).unwrap_err();
    assert!(matches!(error, Error::VirtualTime { .. }), "{error}");
}

#[test]
fn a_port_that_somebody_listens_on_already_is_no_sign_of_the_process() {
    run(async {
        let stale = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = stale.local_addr().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("started");
        let launch = Launch::new(shell(&format!("touch {}; sleep 600", mark.display()))).ready(Ready::port(address));
        let error = Process::start(launch).await.unwrap_err().to_string();
        assert!(error.contains(&format!("something listens on {address} already")), "{error}");
        assert!(!mark.exists(), "it was not started");
    });
}

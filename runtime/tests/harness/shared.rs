//! What tests share, by process and by run.

use super::*;

/// What tests that share a fixture wrote about it.
struct SharedLog(PathBuf);

impl SharedLog {
    fn of(run: &Run, command: &mut Command) -> Self {
        let log = run.out.path().join("shared.log");
        command.env("SHARED_LOG", &log);
        Self(log)
    }

    /// What follows these words, line by line.
    fn of_words(&self, words: &str) -> Vec<String> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let found = text.lines().filter_map(|line| line.strip_prefix(words).map(|rest| rest.trim().to_owned()));
        found.collect()
    }

    /// Waits until what was made has ended: a moment after the run.
    fn await_end(&self, made: usize, name: &str) {
        let (start, ended) = (Instant::now(), format!("{name} ended"));
        while self.of_words(&ended).len() < made {
            let log = std::fs::read_to_string(&self.0).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_secs(60), "it does not end:\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        let sorted = |words: &str| -> Vec<String> {
            let mut found = self.of_words(words);
            found.sort_unstable();
            found
        };
        let made = sorted(&format!("{name} made"));
        assert_eq!(made, sorted(&ended));
        for pid in made {
            while Path::new("/proc").join(&pid).exists() {
                assert!(start.elapsed() < Duration::from_secs(60), "its process is still there");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

#[test]
#[cfg(unix)]
fn what_tests_of_a_process_share_is_made_once_and_ends_with_it_in_both_harnesses() {
    for binary in ["service/shared", "service/shared_full"] {
        let run = Run::new();
        let mut command = run.binary(binary, "caches");
        let log = SharedLog::of(&run, &mut command);
        expect(command, 0);
        assert_eq!((log.of_words("cache made").len(), log.of_words("cache asked").len()), (1, 2));
        assert_eq!(log.of_words("cache made"), log.of_words("cache ended"), "{binary}");
        log.await_end(1, "cache");
    }
}

#[test]
#[cfg(unix)]
fn what_a_run_shares_is_made_once_for_all_its_processes_and_ends_with_it() {
    if is_missing("nextest", clean(env!("CARGO")).args(["nextest", "--version"])) {
        return;
    }
    let run = Run::new();
    let mut command = run.cargo("nextest run -p service --test shared asks");
    let log = SharedLog::of(&run, &mut command);
    expect(command, 0);
    log.await_end(1, "database");
    let made = log.of_words("database made").remove(0);
    let all = |words: &str, count: usize| {
        let found = log.of_words(words);
        assert_eq!(found.len(), count, "{words}");
        assert!(found.iter().all(|address| address.split(' ').next() == Some(&made)), "{found:?} of {made}");
    };
    all("database asked", 2);
    all("database seen", 2);
    let mut sizes = log.of_words("sized made");
    sizes.sort();
    assert_eq!(sizes, ["1", "2"]);
}

#[test]
#[cfg(unix)]
fn what_a_run_shares_is_made_once_a_binary_under_cargo_and_once_a_process_without_a_runner() {
    let run = Run::new();
    let mut command = run.cargo("test -p service --test shared --test shared_full asks");
    let log = SharedLog::of(&run, &mut command);
    expect(command, 0);
    log.await_end(2, "database");
    assert_eq!(log.of_words("database asked").len(), 4);

    let run = Run::new();
    let mut log = None;
    for binary in ["service/shared", "service/shared_full"] {
        // Beside the test's own cargo it would share with all that this one runs: a session without a parent has none.
        let inner = run.binary(binary, "asks");
        let mut command = orphaned(&inner);
        log = Some(SharedLog::of(&run, &mut command));
        expect(command, 0);
    }
    let log = log.unwrap();
    log.await_end(2, "database");
    assert_eq!(log.of_words("database asked").len(), 4);
}

/// The same command below nobody: what started it is gone.
fn orphaned(command: &Command) -> Command {
    let mut words = vec![command.get_program().to_owned()];
    words.extend(command.get_args().map(ToOwned::to_owned));
    let mut orphan = Command::new("sh");
    let script = "done=$(mktemp -u) && mkfifo \"$done\" && \
                  sh -c '(sleep 0.1; \"$@\"; echo $? > \"$0\") &' \"$done\" \"$@\" && read -r code < \"$done\" && \
                  rm \"$done\" && exit \"$code\"";
    orphan.args(["-c", script, "orphan"]).args(words).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => orphan.env(name, value),
            None => orphan.env_remove(name),
        };
    }
    orphan.current_dir(command.get_current_dir().unwrap());
    orphan
}

#[test]
#[cfg(unix)]
fn what_a_run_shares_and_cannot_be_made_fails_every_test_and_is_tried_once() {
    let run = Run::new();
    let mut command = run.cargo("test -p service --test shared --test shared_full -- --ignored fails");
    let log = SharedLog::of(&run, &mut command);
    let (stdout, stderr) = expect(command, 101);
    contains(&(stdout + &stderr), &["setup", "the disk is full"]);
    // Cargo ends with the first binary that fails.
    assert_eq!(log.of_words("broken made").len(), 1);

    let run = Run::new();
    let mut command = run.cargo("test -p service --test shared -- --ignored hangs_in_setup");
    SharedLog::of(&run, &mut command);
    let (stdout, stderr) = expect(command, 101);
    contains(&(stdout + &stderr), &["`setup` failed: not done within 300ms (`setup_timeout`)"]);

    let run = Run::new();
    let mut command = run.cargo("test -p service --test shared -- --ignored wants_kafka");
    SharedLog::of(&run, &mut command);
    expect(command, 0);
    assert_eq!(run.test("wants_kafka")["verdict"], "skipped");
}

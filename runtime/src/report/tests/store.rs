//! The files of a run.

use super::{facts, inconclusive, missed, passed, report, run};
use crate::judge::sample::Sample;
use crate::report::model::{Report, TestReport, Verdict};
use crate::report::store::Store;
use crate::report::store::overrides::Override;
use crate::report::{Facts, json};
use std::fs;
use std::path::Path;

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// As a process of its own: it declares its tests, and ends them.
fn run_alone(out: &Path, run: &str, tests: &[TestReport]) -> Store {
    run_named(out, run, tests, tests)
}

/// The same where nothing but its name is known of a test before it runs.
fn run_named(out: &Path, run: &str, named: &[TestReport], tests: &[TestReport]) -> Store {
    let store = Store::open(out, run).unwrap();
    store.declare(named.to_vec()).unwrap();
    tests.iter().for_each(|test| store.finish(test.clone(), false).unwrap());
    store
}

fn read(out: &Path) -> Report {
    json::read(&out.join("report.json")).unwrap()
}

/// A test that passed, in few words.
fn trivial(name: &str) -> TestReport {
    report(&facts(name), &Sample::new("").ok("", 0, 1, 1.0), &[])
}

fn attempt(name: &str, attempt: u32, verdict: Verdict) -> TestReport {
    let mut facts: Facts = facts(name);
    facts.repetition.attempt = attempt;
    facts.repetition.attempts = 3;
    let mut test = report(&facts, &Sample::new("").ok("", 0, 1, 1.0), &[]);
    test.verdict = verdict;
    test.message = (verdict != Verdict::Pass).then(|| format!("attempt {attempt} was no good"));
    test
}

#[test]
fn processes_of_one_run_make_one_report() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut tests = run().tests;
    for folder in [&one, &other] {
        tests.iter().for_each(|test| drop(run_alone(folder.path(), "run-1", std::slice::from_ref(test))));
        tests.reverse();
    }
    assert_eq!(read(one.path()), run());
    let texts = [one, other].map(|folder| fs::read_to_string(folder.path().join("report.json")).unwrap());
    assert_eq!(texts[0], texts[1], "in whatever order they end");
}

#[test]
fn every_test_is_named_before_it_runs_and_whatever_ends_the_process_leaves_it_red() {
    let folder = tempfile::tempdir().unwrap();
    // The green report of an earlier run must not stay.
    run_alone(folder.path(), "run-0", &[passed()]);
    let store = Store::open(folder.path(), "run-1").unwrap();
    store.declare(vec![trivial("first"), trivial("second")]).unwrap();
    let is_red = |report: &Report, names: &[&str]| {
        assert_eq!((report.run.as_str(), report.verdict, report.incomplete), ("run-1", Verdict::Error, true));
        let unfinished: Vec<&str> =
            report.tests.iter().filter(|test| test.incomplete).map(|test| test.name.as_str()).collect();
        assert_eq!(unfinished, names);
    };
    is_red(&read(folder.path()), &["first", "second"]);
    store.finish(trivial("first"), false).unwrap();
    is_red(&read(folder.path()), &["second"]);
    store.progress(trivial("second")).unwrap();
    let report = read(folder.path());
    is_red(&report, &["second"]);
    assert_eq!(report.tests[1].metrics, trivial("second").metrics, "what was measured so far is there");
    drop(store);
    // Another process of the run takes nothing of that away.
    let other = run_alone(folder.path(), "run-1", &[trivial("third")]);
    is_red(&read(folder.path()), &["second"]);
    assert_eq!(other.report_path(), folder.path().join("report.json"));
}

#[test]
#[cfg(feature = "junit")]
fn what_has_not_ended_and_what_is_damaged_is_in_junit_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), "run-1").unwrap();
    fs::write(folder.path().join("run-1/broken.json"), "{").unwrap();
    store.declare(vec![trivial("first")]).unwrap();
    let junit = fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    for part in ["name=\"first\"", "type=\"incomplete\"", "broken.json", "errors=\"2\""] {
        assert!(junit.contains(part), "{part} in {junit}");
    }
}

#[test]
fn a_damaged_part_is_named_costs_no_other_and_makes_the_run_red() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), "run-1").unwrap();
    fs::write(folder.path().join("run-1/broken.json"), "{").unwrap();
    store.finish(passed(), false).unwrap();
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.verdict), (1, Verdict::Error));
    assert!(report.notes[0].contains("broken.json"), "{:?}", report.notes);
}

#[test]
fn a_damaged_report_is_named_and_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    run_alone(folder.path(), "run-1", &[missed()]);
    fs::write(folder.path().join("run-1/report.json"), "{").unwrap();
    run_alone(folder.path(), "run-1", &[passed()]);
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.verdict), (1, Verdict::Error));
    assert!(report.notes[0].contains("damaged"), "{:?}", report.notes);
    assert_eq!(fs::read_to_string(folder.path().join("run-1/report.damaged")).unwrap(), "{");
}

#[test]
fn an_override_is_warned_of_until_a_process_of_the_run_has_a_test_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let of = |name: &str, has_test: bool, near: Option<&str>| Override {
        place: "brunt.toml:2 (name)".to_owned(),
        name: name.to_owned(),
        has_test,
        near: near.map(str::to_owned),
    };
    let process = |test: &str, overrides: Vec<Override>| {
        let store = Store::open(out, "run-1").unwrap().with_overrides(overrides);
        store.declare(vec![trivial(test)]).unwrap();
        store.finish(trivial(test), false).unwrap();
        store.flush().unwrap();
        store.warnings()
    };
    let slip = "brunt.toml:2 (name): no test of this run so far is named `shop::by`: did you mean `shop::buy`?";
    let first = process("one", vec![of("buy", false, None), of("shop::by", false, Some("shop::buy"))]);
    assert_eq!(first, ["brunt.toml:2 (name): no test of this run so far is named `buy`", slip]);
    assert_eq!(process("buy", vec![of("buy", true, None), of("shop::by", false, None)]), [slip]);
    // One without these settings knows nothing of them, and one that has no such test takes nothing back.
    assert_eq!(process("other", Vec::new()), [slip]);
    assert_eq!(process("last", vec![of("buy", false, None), of("shop::by", false, None)]), [slip]);
    let report = read(out);
    assert_eq!((report.verdict, report.tests.len()), (Verdict::Pass, 4));
    assert_eq!(report.warnings, [slip]);
}

#[test]
fn names_that_are_alike_are_not_mixed_up() {
    let folder = tempfile::tempdir().unwrap();
    let long = "very_".repeat(100);
    let names = ["a::b", "a b", "a/b", "a_b", &format!("{long}1"), &format!("{long}2")];
    run_alone(folder.path(), "run/../1", &names.map(trivial));
    assert_eq!(read(folder.path()).tests.len(), names.len());
    let shown = files(folder.path()).into_iter().filter(|name| !name.starts_with('.')).count();
    assert_eq!(shown, if cfg!(feature = "junit") { 3 } else { 2 }, "all within the folder");
}

#[test]
fn a_library_and_a_program_of_one_name_have_a_row_each() {
    use crate::report::model::TargetKind::{Bin, Lib};
    let folder = tempfile::tempdir().unwrap();
    for (kind, verdict) in [(Lib, Verdict::Fail), (Bin, Verdict::Pass)] {
        let mut facts = facts("tests::smoke");
        (facts.target_kind, facts.binary) = (kind, "shop".to_owned());
        let test = TestReport { verdict, ..report(&facts, &Sample::new("").ok("", 0, 1, 1.0), &[]) };
        run_alone(folder.path(), "run-1", &[test]);
    }
    let report = read(folder.path());
    let ids: Vec<&str> = report.tests.iter().map(|test| test.id.as_str()).collect();
    assert_eq!((ids, report.verdict), (vec!["shop tests::smoke", "shop::bin/shop tests::smoke"], Verdict::Fail));
}

#[test]
fn repetitions_of_a_stress_run_have_a_row_each() {
    let folder = tempfile::tempdir().unwrap();
    for (iteration, verdict) in [(0, Verdict::Fail), (1, Verdict::Pass)] {
        let mut facts = facts("smoke");
        facts.repetition.iteration = Some(iteration);
        let test = TestReport { verdict, ..report(&facts, &Sample::new("").ok("", 0, 1, 1.0), &[]) };
        run_alone(folder.path(), "run-1", &[test]);
    }
    let report = read(folder.path());
    let ids: Vec<&str> = report.tests.iter().map(|test| test.id.as_str()).collect();
    assert_eq!((ids, report.verdict), (vec!["shop::load@stress-0 smoke", "shop::load@stress-1 smoke"], Verdict::Fail));
}

/// One attempt of a test in a process of its own, which may be tried again.
fn attempted(out: &Path, test: TestReport) {
    let store = Store::open(out, "run-1").unwrap();
    store.declare(vec![test.clone()]).unwrap();
    store.finish(test, true).unwrap();
}

#[test]
fn a_retry_that_passes_is_flaky_and_keeps_the_attempts_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    attempted(folder.path(), attempt("shaky", 1, Verdict::Fail));
    let between = read(folder.path());
    assert_eq!((between.tests.len(), between.verdict, between.incomplete), (1, Verdict::Fail, false));
    run_alone(folder.path(), "run-1", &[trivial("beside")]);
    attempted(folder.path(), attempt("shaky", 2, Verdict::Error));
    attempted(folder.path(), attempt("shaky", 3, Verdict::Pass));
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.verdict), (2, Verdict::Pass));
    let test = &report.tests[1];
    assert_eq!((test.id.as_str(), test.flaky, test.attempt), ("shop::load shaky #3", true, 3));
    let kept: Vec<(u32, Verdict, &str)> =
        test.attempts.iter().map(|it| (it.attempt, it.verdict, it.message.as_deref().unwrap())).collect();
    let wanted = [(1, Verdict::Fail, "attempt 1 was no good"), (2, Verdict::Error, "attempt 2 was no good")];
    assert_eq!(kept, wanted);
    #[cfg(feature = "junit")]
    {
        let junit = fs::read_to_string(folder.path().join("junit.xml")).unwrap();
        assert_eq!((junit.matches("<testcase ").count(), junit.matches("<failure").count()), (2, 0), "{junit}");
        assert!(junit.contains("<flakyFailure") && junit.contains("<flakyError"), "{junit}");
    }
}

#[test]
fn an_attempt_whose_process_died_is_kept_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    Store::open(folder.path(), "run-1").unwrap().declare(vec![attempt("shaky", 1, Verdict::Pass)]).unwrap();
    attempted(folder.path(), attempt("shaky", 2, Verdict::Pass));
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.verdict, report.incomplete), (1, Verdict::Pass, false));
    assert_eq!((report.tests[0].flaky, report.tests[0].attempts[0].verdict), (true, Verdict::Error));
}

#[test]
fn an_attempt_that_was_not_known_to_be_one_is_taken_from_the_report() {
    let folder = tempfile::tempdir().unwrap();
    run_alone(folder.path(), "run-1", &[attempt("shaky", 1, Verdict::Fail), trivial("beside")]);
    attempted(folder.path(), attempt("shaky", 2, Verdict::Pass));
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.verdict, report.tests[1].flaky), (2, Verdict::Pass, true));
}

#[test]
fn the_same_test_again_in_one_run_is_one_row_with_the_last_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let failed = TestReport { verdict: Verdict::Fail, ..trivial("again") };
    run_alone(folder.path(), "run-1", &[failed, trivial("beside")]);
    run_alone(folder.path(), "run-1", &[trivial("again")]);
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.verdict), (2, Verdict::Pass));
}

#[test]
fn a_long_run_is_extended_and_every_report_of_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    for count in 0..80_usize {
        let test = trivial(&format!("test_{count:02}"));
        let store = Store::open(folder.path(), "run-1").unwrap();
        store.declare(vec![test.clone()]).unwrap();
        assert!(read(folder.path()).incomplete);
        store.finish(test, false).unwrap();
        #[cfg(feature = "junit")]
        {
            let junit = fs::read_to_string(folder.path().join("junit.xml")).unwrap();
            assert_eq!(super::junit::testcases(&junit), count + 1);
        }
    }
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.incomplete, report.verdict), (80, false, Verdict::Pass));
    let names: Vec<&str> = report.tests.iter().map(|test| test.name.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let again = run_alone(folder.path(), "run-1", &[TestReport { verdict: Verdict::Fail, ..trivial("test_07") }]);
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.verdict), (80, Verdict::Fail), "what is run again is replaced");
    drop(again);
}

#[test]
fn a_process_with_many_tests_does_not_write_them_all_after_each() {
    let folder = tempfile::tempdir().unwrap();
    let tests: Vec<TestReport> = (0..300).map(|test| trivial(&format!("test_{test:03}"))).collect();
    let store = Store::open(folder.path(), "run-1").unwrap();
    store.declare(tests.clone()).unwrap();
    let mut written = std::collections::BTreeSet::new();
    for test in tests {
        store.finish(test, false).unwrap();
        written.insert(fs::metadata(folder.path().join("run-1/state")).unwrap().modified().unwrap());
    }
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.incomplete, report.verdict), (300, false, Verdict::Pass));
    assert!(written.len() < 100, "written {} times for 300 tests", written.len());
}

#[test]
fn only_old_runs_of_ours_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("src");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("data.json"), "{}").unwrap();
    for run in 0..8 {
        drop(run_alone(folder.path(), &format!("run-{run}"), &[inconclusive()]));
        if run == 0 {
            fs::write(folder.path().join("run-0/mine.txt"), "kept").unwrap();
        }
        // Later runs are newer whatever the clock's resolution.
        let marker = fs::File::options().write(true).open(folder.path().join(format!("run-{run}/.brunt-run"))).unwrap();
        marker.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(run)).unwrap();
    }
    let runs: Vec<String> = files(folder.path()).into_iter().filter(|name| name.starts_with("run-")).collect();
    assert_eq!(runs, ["run-0", "run-3", "run-4", "run-5", "run-6", "run-7"]);
    assert_eq!(files(&folder.path().join("run-0")), ["mine.txt"]);
    assert!(precious.join("data.json").exists());
}

/// Where others can write too, what stands in place of a file is not followed and not waited for.
#[cfg(unix)]
#[test]
fn what_stands_in_place_of_a_file_costs_the_report_at_most() {
    let made = || {
        let out = tempfile::tempdir().unwrap();
        fs::create_dir_all(out.path().join("run-1")).unwrap();
        fs::write(out.path().join("victim.json"), "precious").unwrap();
        out
    };
    let run = |out: &Path| {
        let store = Store::open(out, "run-1")?;
        store.declare(vec![trivial("a")])?;
        store.finish(trivial("a"), false)
    };
    let own = ["run-1/.brunt-run", "run-1/state", "run-1/keys", "run-1/report.json", "run-1/process-1-1.json"];
    for name in [".lock", ".latest-run", "report.json", "junit.xml"].into_iter().chain(own) {
        let (piped, linked, dangling) = (made(), made(), made());
        assert!(std::process::Command::new("mkfifo").arg(piped.path().join(name)).status().unwrap().success());
        std::os::unix::fs::symlink(linked.path().join("victim.json"), linked.path().join(name)).unwrap();
        std::os::unix::fs::symlink(dangling.path().join("made"), dangling.path().join(name)).unwrap();
        for out in [piped, linked, dangling] {
            if let Err(error) = run(out.path()) {
                let said = error.to_string();
                assert!(said.contains("is no file: remove what stands in its place"), "{name}: {said}");
            }
            assert_eq!(fs::read_to_string(out.path().join("victim.json")).unwrap(), "precious", "{name}");
            assert!(!out.path().join("made").exists(), "{name}");
        }
    }
}

/// A link to a folder of ours is not one of ours.
#[cfg(unix)]
#[test]
fn old_runs_are_not_looked_for_behind_links() {
    let (out, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(run_alone(other.path(), "run-0", &[trivial("a")]));
    std::os::unix::fs::symlink(other.path().join("run-0"), out.path().join("run-0")).unwrap();
    (1..10).for_each(|run| drop(run_alone(out.path(), &format!("run-{run}"), &[trivial("a")])));
    assert!(other.path().join("run-0/report.json").exists());
}

#[test]
fn a_run_that_lives_keeps_its_files_whoever_runs_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let long = Store::open(folder.path(), "long").unwrap();
    long.declare(vec![trivial("first"), trivial("second")]).unwrap();
    long.finish(trivial("first"), false).unwrap();
    (0..8).for_each(|run| drop(run_alone(folder.path(), &format!("short-{run}"), &[trivial("short")])));
    assert_eq!(read(folder.path()).run, "short-7", "the newest is shown");
    long.progress(trivial("second")).unwrap();
    long.finish(trivial("second"), false).unwrap();
    let report = json::read(&folder.path().join("long/report.json")).unwrap();
    assert_eq!((report.tests.len(), report.verdict, report.incomplete), (2, Verdict::Pass, false));
    assert_eq!(read(folder.path()).run, "long", "the others had ended");
}

#[test]
fn a_newer_run_that_died_stays_red_when_an_older_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let long = Store::open(folder.path(), "long").unwrap();
    long.declare(vec![passed()]).unwrap();
    Store::open(folder.path(), "dead").unwrap().declare(vec![trivial("killed")]).unwrap();
    long.finish(passed(), false).unwrap();
    let report = read(folder.path());
    assert_eq!((report.run.as_str(), report.verdict), ("dead", Verdict::Error));
    assert_eq!(long.report_path(), folder.path().join("long/report.json"), "and the older says where it is");
}

#[test]
fn deleted_folders_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("reports");
    for deleted in [out.clone(), out.join("run-1")] {
        let store = Store::open(&out, "run-1").unwrap();
        store.declare(vec![passed()]).unwrap();
        fs::remove_dir_all(&deleted).unwrap();
        store.finish(passed(), false).unwrap();
        let report = read(&out);
        assert_eq!((report.tests.len(), report.verdict), (1, Verdict::Pass), "{}", deleted.display());
    }
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let out = folder.path();
            scope.spawn(move || {
                for test in 0..8 {
                    let test = trivial(&format!("w{writer}::t{test}"));
                    run_alone(out, "run-1", std::slice::from_ref(&test));
                    let report = json::read(&out.join("run-1/report.json"));
                    // Another may be in the middle of extending it: then it is there at the end.
                    let Ok(report) = report else { continue };
                    assert!(report.tests.iter().any(|other| other.name == test.name && !other.incomplete));
                    assert!(report.notes.is_empty(), "{:?}", report.notes);
                }
            });
        }
    });
    let report = read(folder.path());
    assert_eq!((report.tests.len(), report.incomplete, report.notes.len()), (64, false, 0));
}

/// `cargo test -p brunt --lib -- --ignored --nocapture what_reporting_costs`: CPU of all that a run does for its reports,
/// with a process for each test and with one for all.
#[test]
#[ignore = "measures"]
#[cfg(unix)]
#[allow(clippy::print_stdout)]
fn what_reporting_costs() {
    let cpu = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    for count in [100, 1_000, 10_000] {
        let tests: Vec<TestReport> = (0..count).map(|test| trivial(&format!("test_{test:05}"))).collect();
        let (apart, together) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // As a process names its tests before they run.
        let unfinished = |at: usize| {
            let (plan, _) = brunt_plan::parse::plan(brunt_plan::Kind::Load, "");
            TestReport::errored(&facts(&format!("test_{at:05}")), &plan, "", None)
        };
        let named: Vec<TestReport> = (0..count).map(unfinished).collect();
        let begun = cpu();
        for (test, named) in tests.iter().zip(&named) {
            run_named(apart.path(), "run-1", std::slice::from_ref(named), std::slice::from_ref(test));
        }
        let between = cpu();
        run_named(together.path(), "run-1", &named, &tests);
        println!("{count:6} tests: {:6.2} s apart, {:6.2} s together", between - begun, cpu() - between);
        assert_eq!((read(apart.path()).tests.len(), read(together.path()).tests.len()), (count, count));
    }
}

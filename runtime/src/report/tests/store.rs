//! The files of a run.

use super::{facts, inconclusive, missed, passed, report, run};
use crate::judge::sample::Sample;
use crate::report::json;
use crate::report::model::Verdict;
use crate::report::store::Store;
use std::fs;
use std::path::Path;

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn parts_of_several_processes_merge_in_one_order() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut tests = run().tests;
    for folder in [&one, &other] {
        for test in &tests {
            // Each as from a process of its own.
            let store = Store::open(folder.path(), "run-1").unwrap();
            store.write_part(test, false).unwrap();
            store.merge().unwrap();
        }
        tests.reverse();
    }
    let texts = [one, other].map(|folder| fs::read_to_string(folder.path().join("report.json")).unwrap());
    assert_eq!(texts[0], texts[1]);
    assert_eq!(serde_json::from_str::<crate::report::Report>(&texts[0]).unwrap(), run());
}

#[test]
fn a_part_of_a_test_that_did_not_end_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), "run-1").unwrap();
    store.write_part(&passed(), true).unwrap();
    let report = store.merge().unwrap().report;
    assert_eq!((report.incomplete, report.verdict), (true, Verdict::Error));
    assert_eq!(report.tests[0].metrics, passed().metrics, "what was measured so far is there");
    store.write_part(&passed(), false).unwrap();
    let report = store.merge().unwrap().report;
    assert_eq!((report.incomplete, report.verdict, report.tests.len()), (false, Verdict::Pass, 1));
    assert_eq!(json::read(&store.report_path()).unwrap(), report);
}

#[test]
fn a_broken_part_is_said_and_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), "run-1").unwrap();
    store.write_part(&missed(), false).unwrap();
    fs::write(folder.path().join("run-1/broken.json"), "{").unwrap();
    let report = store.merge().unwrap().report;
    assert_eq!(report.tests.len(), 1);
    assert!(report.notes[0].contains("broken.json"), "{:?}", report.notes);
}

#[test]
fn names_that_are_alike_do_not_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), "run/../1").unwrap();
    let long = "very_".repeat(100);
    for name in ["a::b", "a b", "a/b", "a_b", &format!("{long}1"), &format!("{long}2")] {
        let sample = Sample::new("").ok("", 0, 1, 1.0);
        store.write_part(&report(&facts(name), &sample, &[]), false).unwrap();
    }
    assert_eq!(store.merge().unwrap().report.tests.len(), 6);
    assert_eq!(files(folder.path()).len(), if cfg!(feature = "junit") { 4 } else { 3 }, "all within the folder");
}

#[test]
fn only_old_runs_of_ours_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("src");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("data.json"), "{}").unwrap();
    for run in 0..8 {
        let store = Store::open(folder.path(), format!("run-{run}")).unwrap();
        store.write_part(&inconclusive(), false).unwrap();
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

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let out = folder.path();
            scope.spawn(move || {
                let store = Store::open(out, "run-1").unwrap();
                let sample = Sample::new("").ok("", 0, 1, 1.0);
                for test in 0..4 {
                    let test = report(&facts(&format!("w{writer}::t{test}")), &sample, &[]);
                    store.write_part(&test, true).unwrap();
                    store.write_part(&test, false).unwrap();
                    // Whoever merges last has seen every part that was written before.
                    let merged = store.merge().unwrap().report;
                    assert!(merged.tests.iter().any(|other| other.name == test.name && !other.incomplete));
                    assert!(merged.notes.is_empty(), "{:?}", merged.notes);
                }
            });
        }
    });
    let report = json::read(&folder.path().join("report.json")).unwrap();
    assert_eq!((report.tests.len(), report.incomplete), (32, false));
}

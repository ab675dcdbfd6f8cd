//! What ends a process before its tests have ended, and what the report says then.

use super::*;

#[test]
#[cfg(unix)]
fn kill_9_leaves_what_was_measured() {
    let run = Run::new();
    let mut child = run.binary("service/long", "first").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    run.wait_for_figures(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = run.readable();
    let test = &left.iter().find(|report| report["tests"][0]["name"] == "first").unwrap()["tests"][0];
    assert!(test["metrics"]["count"].as_u64() > Some(0));
    assert_eq!((&test["incomplete"], &test["verdict"]), (&true.into(), &"error".into()));
}

/// The tests of the report that have not ended.
fn unfinished(run: &Run) -> Vec<String> {
    let report = run.report();
    assert_eq!(report["verdict"], "error", "{report}");
    let junit = std::fs::read_to_string(run.out.path().join("junit.xml")).unwrap();
    let tests = report["tests"].as_array().unwrap();
    let open: Vec<&Value> = tests.iter().filter(|test| test["incomplete"] == true).collect();
    assert_eq!(junit.matches("type=\"incomplete\"").count(), open.len(), "{junit}");
    open.iter().map(|test| test["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[cfg(unix)]
fn whatever_ends_the_process_leaves_its_test_red_and_no_older_report() {
    for binary in ["service/dying", "service/dying_fully"] {
        let run = Run::new();
        expect(run.binary(binary, "--test-threads 1"), 0);
        assert_eq!(run.report()["verdict"], "pass");
        for (how, code, test) in
            [("exits", Some(101), "b_exits"), ("aborts", None, "c_aborts"), ("overflows", None, "d_overflows")]
        {
            let mut command = run.binary(binary, "--test-threads 1");
            command.env("DIES", how).env("BRUNT_RUN", how);
            assert_eq!(run_code(command), code, "{binary} {how}");
            let (report, left) = (run.report(), unfinished(&run));
            assert_eq!((&report["run"], &report["incomplete"]), (&how.into(), &true.into()));
            assert!(left.contains(&test.to_owned()) && !left.contains(&"a_holds".to_owned()), "{how}: {left:?}");
            assert_eq!(report["tests"].as_array().unwrap().len(), 6, "every selected test is named");
        }
        contains(run.test("d_overflows")["message"].as_str().unwrap(), &["has not ended"]);
    }
}

fn run_code(command: Command) -> Option<i32> {
    run(command).0
}

#[test]
#[cfg(unix)]
fn kill_9_in_setup_leaves_a_report_that_says_so() {
    for binary in ["service/dying", "service/dying_fully"] {
        let run = Run::new();
        let mut command = run.binary(binary, "e_is_killed_in_setup");
        command.env("DIES", "in setup").stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let file = run.out.path().join("report.json");
        (0..600).find(|_| file.exists() || (std::thread::sleep(Duration::from_millis(50)), false).1);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(unfinished(&run), ["e_is_killed_in_setup"], "{binary}");
    }
}

#[test]
#[cfg(unix)]
fn nobody_who_reads_costs_the_text_and_no_verdict() {
    for arguments in ["--test-threads 1", "--test-threads 2"] {
        let run = Run::new();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = run.binary("service/dying_fully", arguments);
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        assert!(command.status().unwrap().success(), "{arguments}");
        let report = run.report();
        assert_eq!((&report["verdict"], report["tests"].as_array().unwrap().len()), (&"pass".into(), 6), "{arguments}");
    }
}

#[test]
#[cfg(unix)]
fn a_signal_stops_the_test_writes_its_report_and_starts_no_other() {
    for signal in ["-INT", "-TERM"] {
        let run = Run::new();
        let mut command = run.binary("service/long", "");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        run.wait_for_figures(&mut child);
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        // Two threads wait for their turn, and either test may be the one that had it; the other has not passed either.
        let report = run.report();
        let tests = report["tests"].as_array().unwrap();
        let waited: Vec<&Value> = tests.iter().filter(|test| test["verdict"] != "skipped").collect();
        assert_eq!(waited.len(), 2, "{signal}");
        for test in &waited {
            assert_eq!(test["verdict"], "error", "{signal}");
            contains(test["message"].as_str().unwrap(), &["signal"]);
        }
        let begun: Vec<&&Value> = waited.iter().filter(|test| test["metrics"].is_object()).collect();
        assert_eq!(begun.len(), 1, "{signal}");
        assert!(begun[0]["metrics"]["count"].as_u64() > Some(0), "{signal}");
    }
}

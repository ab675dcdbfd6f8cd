//! Experiments: what they tell, and what ends one.

use super::*;

#[test]
fn an_experiment_tells_when_what_was_broken_and_when_it_was_well_again() {
    let run = Run::new();
    let (console, _) = expect(run.binary("service/broken", "holds_broken"), 0);
    contains(&console, &["stop `counter`", "first failure after", "healed after", "after injection"]);
    let test = run.test("holds_broken");
    let seen = &test["experiment"];
    let fault = &seen["faults"][0];
    let times = [&fault["injected_s"], &fault["detected_s"], &fault["healed_s"], &seen["recoveries"][0]["stable_s"]];
    let times = times.map(|time| time.as_f64().unwrap());
    // What is due before the healing and would have been stuck may be saved by it: the order of the last two is open.
    assert!(times[0] < times[1] && times[0] < times[2] && times[0] < times[3], "{times:?}");
    assert_eq!(fault["met"], true);
    assert!(seen["processes"][0]["output"].as_array().unwrap().len() == 5, "{seen}");
    let junit = std::fs::read_to_string(run.out.path().join("junit.xml")).unwrap();
    contains(&junit, &["stop `counter`"]);
}

#[test]
fn an_experiment_that_cannot_say_what_it_was_made_for_says_so() {
    for (name, code, verdict, parts) in [
        ("stays_broken", 101, "fail", &["the system recovers", "not stable"] as &[&str]),
        ("panics_broken", 101, "fail", &["the body has lost its head"]),
        ("unsteady", 101, "inconclusive", &["baseline", "shaky"]),
        ("meets_nothing", 101, "inconclusive", &["affected no operation"]),
        ("virtual_socket", 101, "fail", &["needs real time", "virtual_time"]),
    ] {
        let run = Run::new();
        let (console, _) = expect(run.binary("service/broken", &format!("--ignored --exact {name}")), code);
        contains(&console, parts);
        let test = run.test(name);
        assert_eq!(test["verdict"], verdict, "{name}: {console}");
        for fault in test["experiment"]["faults"].as_array().unwrap() {
            assert!(fault["healed_s"].is_f64(), "{name}: {fault}");
        }
    }
}

#[test]
fn a_signal_heals_what_an_experiment_broke() {
    let run = Run::new();
    let mut command = run.binary("service/broken", "--ignored --exact goes_on");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    run.wait_for_figures(&mut child);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let test = run.test("goes_on");
    assert_eq!(test["verdict"], "error");
    assert!(test["experiment"]["faults"][0]["healed_s"].is_f64(), "{test}");
}

#[test]
fn an_experiment_runs_in_a_process_of_its_own() {
    let run = Run::new();
    if is_missing("nextest", clean(env!("CARGO")).args(["nextest", "--version"])) {
        return;
    }
    let run_one = run.cargo("nextest run -p service --test broken holds_broken");
    expect(run_one, 0);
    assert_eq!(run.test("holds_broken")["verdict"], "pass");
}

//! Which run a process belongs to, and which row a test is.

use super::*;

#[test]
fn a_retry_of_nextest_is_flaky_and_its_repetitions_have_rows_of_their_own() {
    if is_missing("nextest", clean(env!("CARGO")).args(["nextest", "--version"])) {
        return;
    }
    let run = Run::new();
    let mut command = run.cargo("nextest run -p service --test dying --retries 2 shaky holds");
    command.env("DIES", "shaky");
    expect(command, 0);
    let test = run.test("f_is_shaky");
    assert_eq!((&test["verdict"], &test["flaky"], &test["attempt"]), (&"pass".into(), &true.into(), &2.into()));
    contains(test["attempts"][0]["message"].as_str().unwrap(), &["the first attempt fails"]);
    let junit = std::fs::read_to_string(run.out.path().join("junit.xml")).unwrap();
    contains(&junit, &["<flakyFailure"]);
    assert_eq!(run.verdicts().len(), 2);

    let repeated = Run::new();
    expect(repeated.cargo("nextest run -p service --test dying --stress-count 3 holds"), 0);
    let report = repeated.report();
    let iterations: Vec<&Value> = report["tests"].as_array().unwrap().iter().map(|test| &test["iteration"]).collect();
    assert_eq!(iterations, [0, 1, 2]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_runner_between_cargo_and_the_tests_is_part_of_the_same_run() {
    let run = Run::new();
    let mut command = run.cargo("test --workspace --no-fail-fast");
    let triple = format!("CARGO_TARGET_{}_UNKNOWN_LINUX_GNU_RUNNER", std::env::consts::ARCH.to_uppercase());
    command.env(triple, "timeout 300");
    expect(command, 0);
    all_hold(&run, &["full misses"]);
}

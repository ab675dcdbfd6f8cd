//! Flags, settings and the files they come from.

use super::*;

#[test]
fn a_list_is_nothing_but_a_list() {
    let run = Run::new();
    for (arguments, wanted) in [
        ("--list --format terse", "holds_fully: test\nholds_openly: test\nmisses: test\n"),
        ("--list --format terse --ignored", "misses: test\n"),
        ("--list --format terse open miss", "holds_openly: test\nmisses: test\n"),
    ] {
        let mut command = run.binary("service/full", arguments);
        // Even a setting that is wrong must not break the listing of a whole workspace.
        command.env("BRUNT_USRES", "5");
        assert_eq!(expect(command, 0), (wanted.to_owned(), String::new()), "{arguments}");
    }
    assert!(run.readable().is_empty());
    assert_eq!(expect(run.binary("service/empty", "--list --format terse"), 0).0, "");
}

#[test]
fn no_test_at_all_is_an_error_and_none_that_matches_is_not() {
    let run = Run::new();
    let (_, stderr) = expect(run.binary("service/empty", ""), 101);
    contains(&stderr, &["Error: no brunt test is registered", "brunt::main!(my_suites)"]);
    expect(run.binary("service/full", "no_such_name"), 0);
}

#[test]
fn the_flags_of_libtest_work() {
    let run = Run::new();
    let flags = "-Z unstable-options --report-time --shuffle-seed 7 --no-capture --test-threads 1 holds_fully holds_op";
    let (stdout, _) = expect(run.binary("service/full", flags), 0);
    contains(&stdout, &["2 passed", "1 filtered out"]);
    let (stdout, _) = expect(run.binary("service/full", "--format json -Z unstable-options holds_fully"), 0);
    for line in stdout.lines().filter(|line| !line.is_empty()) {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    let (stdout, _) = expect(run.binary("service/full", "--format junit -Z unstable-options holds_fully"), 0);
    assert!(stdout.starts_with("<?xml") && stdout.trim_end().ends_with("</testsuites>"), "{stdout}");
}

#[test]
fn a_wrong_setting_is_named_before_anything_runs() {
    for binary in ["service/plain", "service/full"] {
        for (name, value, wanted) in [
            ("BRUNT_USRES", "5", "did you mean `users`"),
            ("BRUNT_DURATION", "5m", "did you mean `5min`"),
            ("BRUNT_PROFILE", "smok", "did you mean `smoke`"),
        ] {
            let run = Run::new();
            let mut command = run.binary(binary, "holds");
            command.env(name, value);
            let (stdout, stderr) = expect(command, 101);
            contains(&format!("{stdout}{stderr}"), &["Error: ", name, wanted]);
            assert!(run.readable().is_empty());
        }
    }
}

#[test]
fn the_configuration_is_read_and_its_mistakes_are_named_by_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(".config/brunt.toml");
    std::fs::create_dir(dir.path().join(".config")).unwrap();
    let run_with = |text: &str, code: i32| {
        std::fs::write(&file, text).unwrap();
        let run = Run::new();
        let mut command = run.binary("service/full", "holds_fully");
        command.env("CARGO_MANIFEST_DIR", dir.path());
        let (stdout, stderr) = expect(command, code);
        (run, format!("{stdout}{stderr}"))
    };
    let (run, _) = run_with("[profile.default]\nusers = 3\n[[override]]\nname = \"*fully\"\niterations = 4\n", 0);
    assert_eq!(run.test("holds_fully")["metrics"]["count"], 12);
    let (_, output) = run_with("[profile.default]\nusers = 3\niteratons = 4\n", 101);
    contains(&output, &["brunt.toml:3", "did you mean `iterations`"]);
    let (_, output) = run_with("[[override]]\nname = \"holds*\"\nrate = \"5/s\"\n", 101);
    contains(&output, &["brunt.toml:3", "`holds_fully`", "5/s"]);
}

#[test]
fn an_override_changes_the_load_where_it_fits_and_is_noted_where_not() {
    let run = Run::new();
    let mut command = run.binary("service/full", "holds");
    command.env("BRUNT_USERS", "2").env("BRUNT_SEED", "7");
    expect(command, 0);
    assert_eq!(run.test("holds_fully")["metrics"]["count"], 40);
    let open = run.test("holds_openly");
    assert_eq!((&open["metrics"]["count"], &open["seed"]), (&30.into(), &7.into()));
    contains(&open["notes"].to_string(), &["BRUNT_USERS = 2"]);
}

#[test]
fn smoke_puts_on_little_load_and_does_not_judge_time() {
    let run = Run::new();
    let mut command = run.binary("service/full", "--include-ignored");
    command.env("BRUNT_PROFILE", "smoke");
    expect(command, 0);
    assert_eq!(run.test("holds_fully")["metrics"]["count"], 15);
    let misses = run.test("misses");
    assert_eq!((&misses["verdict"], &misses["targets"][0]["verdict"]), (&"pass".into(), &"skipped".into()));
    contains(&misses["targets"][0]["reason"].to_string(), &["smoke"]);
}

#[test]
#[cfg(unix)]
fn a_test_whose_server_is_missing_is_left_out_with_the_reason_unless_it_is_required() {
    let nowhere = tempfile::tempdir().unwrap();
    let reason = format!(
        "`redis` is not installed: apt-get install redis-server; BRUNT_REDIS_BIN names {}, which has no \
         `redis-server` (BRUNT_REQUIRE=redis makes this a failure; it names `nextest` only)",
        nowhere.path().display()
    );
    for (binary, told) in [
        ("service/served", format!("ignored ({reason})")),
        ("service/served_plainly", format!("needs_a_server: skipped: {reason}")),
    ] {
        let run = |required: &str, code: i32| {
            let run = Run::new();
            let mut command = run.binary(binary, "");
            command.env("BRUNT_REDIS_BIN", nowhere.path()).env("BRUNT_REQUIRE", required);
            let (stdout, stderr) = expect(command, code);
            (run, format!("{stdout}{stderr}"))
        };
        let (skipped, output) = run("nextest,postgres", 0);
        contains(&output, &[&told]);
        let test = skipped.test("needs_a_server");
        assert_eq!((&test["verdict"], &test["message"]), (&"skipped".into(), &reason.clone().into()));
        assert_eq!(skipped.test("needs_nothing")["verdict"], "pass");
        let junit = std::fs::read_to_string(skipped.out.path().join("junit.xml")).unwrap();
        assert_eq!(junit.matches("<skipped").count(), 1, "{junit}");

        let (failed, output) = run("postgres, redis", 101);
        contains(&output, &["`setup` failed: `redis` is not installed", "(BRUNT_REQUIRE names `redis`)"]);
        assert_eq!(failed.test("needs_a_server")["verdict"], "error");
    }
}

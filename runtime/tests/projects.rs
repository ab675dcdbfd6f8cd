//! Real cargo projects that use brunt as a dependency: built with cargo, run with cargo, nextest and by themselves, and
//! judged by what a user sees: exit codes, output, reports. It knows nothing of brunt's inside.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The projects, copied out of this workspace and built once.
struct Projects {
    root: PathBuf,
    /// Test binaries by package and target: `service/full`.
    binaries: BTreeMap<String, PathBuf>,
}

fn projects() -> &'static Projects {
    static PROJECTS: OnceLock<Projects> = OnceLock::new();
    PROJECTS.get_or_init(build)
}

fn build() -> Projects {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects");
    // Under nextest each test is a process of its own, and all of them come here at once.
    let lock = std::fs::File::create(root.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    copy(&runtime.join("tests/projects"), &root);
    let manifest = std::fs::read_to_string(runtime.join("tests/projects/Cargo.toml")).unwrap();
    let here = format!("brunt = {{ path = {runtime:?} }}");
    put(&root.join("Cargo.toml"), manifest.replace("brunt = { path = \"../..\" }", &here).as_bytes());
    // The same versions as this workspace, so that nothing must be fetched.
    put(&root.join("Cargo.lock"), &std::fs::read(runtime.join("../Cargo.lock")).unwrap());
    let arguments = "test --workspace --no-run --message-format json";
    let mut built = cargo(&root, arguments);
    for test in [
        "long",
        "broken",
        "empty",
        "full",
        "plain",
        "adopted",
        "served",
        "served_plainly",
        "shared",
        "shared_full",
        "dying",
        "dying_fully",
    ] {
        built.args(["--test", test]);
    }
    built.arg("--lib");
    let built = built.stderr(Stdio::inherit()).output().unwrap();
    assert!(built.status.success(), "the projects do not build");
    let binaries = text(&built.stdout).lines().filter_map(executable).collect();
    Projects { root, binaries }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for path in std::fs::read_dir(to).unwrap().map(|entry| entry.unwrap().path()) {
        // A test that was renamed here must not live on there.
        if path.extension().is_some_and(|extension| extension == "rs") && !from.join(path.file_name().unwrap()).exists()
        {
            std::fs::remove_file(path).unwrap();
        }
    }
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if !target.ends_with("projects/Cargo.toml") {
            // That one is the caller's to write.
            put(&target, &std::fs::read(&path).unwrap());
        }
    }
}

/// Writes a file at once: a cargo that runs beside must not read half of it. What did not change keeps its time, and is
/// not built again.
fn put(path: &Path, text: &[u8]) {
    if std::fs::read(path).is_ok_and(|there| there == text) {
        return;
    }
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, path).unwrap();
}

/// One line of cargo's JSON: the executable it made, by package and target.
fn executable(line: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message["executable"].as_str()?;
    let manifest = Path::new(message["manifest_path"].as_str()?);
    let package = manifest.parent()?.file_name()?.to_str()?;
    Some((format!("{package}/{}", message["target"]["name"].as_str()?), path.into()))
}

/// A command in which nothing of the build and the settings of these tests themselves is left.
fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let ours = ["BRUNT_", "NEXTEST", "CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "RUST_TEST_", "RUSTFLAGS"];
        if ours.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

fn cargo(root: &Path, arguments: &str) -> Command {
    let mut command = clean(env!("CARGO"));
    command.args(arguments.split_whitespace()).current_dir(root).stdin(Stdio::null());
    command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TERM_COLOR", "never");
    command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects-target"));
    command
}

/// A folder for the reports of one run, and what was found in it.
struct Run {
    out: TempDir,
}

impl Run {
    fn new() -> Self {
        Self { out: tempfile::tempdir().unwrap() }
    }

    /// A test binary of the projects, run as a shell would run it.
    fn binary(&self, name: &str, arguments: &str) -> Command {
        let projects = projects();
        let program = projects.binaries.get(name).unwrap_or_else(|| panic!("{name} in {:?}", projects.binaries.keys()));
        let package = name.split('/').next().unwrap();
        let mut command = clean(program);
        command.args(arguments.split_whitespace()).current_dir(projects.root.join(package));
        command.env("BRUNT_OUT", self.out.path()).stdin(Stdio::null());
        command
    }

    fn cargo(&self, arguments: &str) -> Command {
        let mut command = cargo(&projects().root, arguments);
        command.env("BRUNT_OUT", self.out.path());
        command
    }

    fn report(&self) -> Value {
        let file = self.out.path().join("report.json");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        serde_json::from_str(&text).unwrap()
    }

    /// The tests of the merged report by binary and name, with their verdicts.
    fn verdicts(&self) -> BTreeMap<String, String> {
        let word = |test: &Value, key: &str| test[key].as_str().unwrap().to_owned();
        let tests = self.report()["tests"].as_array().unwrap().clone();
        tests.iter().map(|t| (format!("{} {}", word(t, "binary"), word(t, "name")), word(t, "verdict"))).collect()
    }

    fn test(&self, name: &str) -> Value {
        let report = self.report();
        let tests = report["tests"].as_array().unwrap();
        tests.iter().find(|test| test["name"] == name).unwrap_or_else(|| panic!("{name} in {tests:#?}")).clone()
    }

    /// Every part that can be read, the merged report too.
    fn readable(&self) -> Vec<Value> {
        let (mut found, mut folders) = (Vec::new(), vec![self.out.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "json") {
                    found.extend(std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()));
                }
            }
        }
        found
    }

    /// Waits until the running test has written that it counted something.
    fn wait_for_figures(&self, child: &mut Child) {
        let count = |test: &Value| test["metrics"]["count"].as_u64() > Some(0);
        let counted = |report: &Value| report["tests"].as_array().is_some_and(|tests| tests.iter().any(count));
        for _ in 0..600 {
            if self.readable().iter().any(counted) {
                return;
            }
            assert!(child.try_wait().unwrap().is_none(), "the test ended by itself");
            std::thread::sleep(Duration::from_millis(50));
        }
        // Every later test would wait for its turn as long as this one runs.
        child.kill().unwrap();
        panic!("no part with figures after 30 s");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(mut command: Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), text(&stdout), text(&stderr))
}

#[track_caller]
fn expect(command: Command, code: i32) -> (String, String) {
    let shown = format!("{command:?}");
    let (found, stdout, stderr) = run(command);
    assert_eq!(found, Some(code), "{shown}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
    (stdout, stderr)
}

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

const HOLDING: [&str; 6] = [
    "adopted holds_for_adopters",
    "full holds_fully",
    "full holds_openly",
    "plain holds_plainly",
    "service tests::holds_in_the_crate",
    "suite holds_for_adopters",
];

/// Every test that is not ignored holds; `ignored` are in the report as skipped.
fn all_hold(run: &Run, ignored: &[&str]) {
    let of = |names: &[&str], verdict: &str| names.iter().map(|name| ((*name).into(), verdict.into())).collect();
    let mut wanted: BTreeMap<String, String> = of(&HOLDING, "pass");
    wanted.append(&mut of(ignored, "skipped"));
    assert_eq!(run.verdicts(), wanted);
    assert_eq!(run.report()["incomplete"], false);
    let junit = std::fs::read_to_string(run.out.path().join("junit.xml")).unwrap();
    assert_eq!(junit.matches("<testcase ").count(), wanted.len(), "{junit}");
    assert_eq!(junit.matches("<skipped").count(), ignored.len(), "{junit}");
}

#[test]
fn cargo_test_merges_every_binary_of_a_workspace() {
    let run = Run::new();
    expect(run.cargo("test --workspace --no-fail-fast"), 0);
    all_hold(&run, &["full misses"]);
    assert_eq!(run.test("misses")["message"], "ignored: misses on purpose");
    let plain = run.test("holds_plainly");
    assert_eq!((&plain["metrics"]["count"], &plain["package"]), (&100.into(), &"service".into()));
    assert_eq!((&plain["file"], &plain["line"]), (&"service/tests/plain.rs".into(), &13.into()));
    assert_eq!(run.test("holds_openly")["metrics"]["count"], 30);
}

/// Whether a program that not every machine has is missing here, and nobody requires it.
fn is_missing(name: &str, version: &mut Command) -> bool {
    let asked = std::env::var("BRUNT_REQUIRE").is_ok_and(|names| names.contains(name));
    let missing = !asked && !version.output().is_ok_and(|output| output.status.success());
    if missing {
        eprintln!("skipped: `{name}` is not installed (BRUNT_REQUIRE={name} makes this a failure)");
    }
    missing
}

#[test]
fn strict_junit_is_what_the_surefire_schema_wants() {
    if is_missing("xmllint", Command::new("xmllint").arg("--version")) {
        return;
    }
    let run = Run::new();
    let mut command = run.binary("service/full", "--include-ignored");
    command.env("BRUNT_JUNIT", "strict");
    expect(command, 101);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema/surefire-test-report.xsd");
    let mut lint = Command::new("xmllint");
    lint.args(["--noout", "--schema"]).arg(schema).arg(run.out.path().join("TEST-service.full.xml"));
    expect(lint, 0);
}

#[test]
fn nextest_merges_every_process() {
    if is_missing("nextest", clean(env!("CARGO")).args(["nextest", "--version"])) {
        return;
    }
    let run = Run::new();
    let list = expect(run.cargo("nextest list --workspace --message-format oneline"), 0).0;
    assert_eq!(list.lines().filter(|line| line.contains("holds")).count(), HOLDING.len() + 1, "{list}");
    expect(run.cargo("nextest run --workspace"), 0);
    // Nextest does not start a process for an ignored test.
    all_hold(&run, &[]);

    let missed = Run::new();
    let (_, stderr) = expect(missed.cargo("nextest run --workspace --run-ignored only"), 100);
    contains(&stderr, &["Error: ", "p95 < 1us", "observed"]);
    assert_eq!(missed.verdicts().len(), 2);
}

#[test]
fn reports_lie_in_the_target_folder_where_nothing_else_is_said() {
    let mut command = Run::new().binary("service/full", "holds_fully");
    command.env_remove("BRUNT_OUT");
    let (stdout, _) = expect(command, 0);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects-target/brunt/report.json");
    contains(&stdout, &[target.to_str().unwrap()]);
    assert!(target.is_file());
}

#[test]
fn a_missed_target_fails_with_all_that_is_known() {
    for binary in ["service/plain", "service/full"] {
        let run = Run::new();
        let (stdout, stderr) = expect(run.binary(binary, "--include-ignored misses"), 101);
        contains(&format!("{stdout}{stderr}"), &["p95", "1us", "observed", "100 samples"]);
        let test = run.test("misses");
        assert_eq!((&test["verdict"], &test["critical"]), (&"fail".into(), &false.into()));
        assert_eq!(test["targets"][0]["verdict"], "fail");
        let junit = std::fs::read_to_string(run.out.path().join("junit.xml")).unwrap();
        contains(&junit, &["<failure", "target-missed", "p95"]);
    }
}

#[test]
fn a_run_may_fail_on_critical_targets_only() {
    let run = Run::new();
    let mut command = run.binary("service/full", "--ignored misses");
    command.env("BRUNT_FAIL_ON", "critical");
    let (stdout, _) = expect(command, 0);
    contains(&stdout, &["p95 < 1us", "BRUNT_FAIL_ON"]);
    assert_eq!(run.test("misses")["targets"][0]["verdict"], "fail");
}

#[test]
fn a_load_whose_outcome_is_decided_ends_early() {
    let run = Run::new();
    let (stdout, _) = expect(run.binary("service/long", "--ignored"), 101);
    contains(&stdout, &["critical `p95 < 1us` missed for", "`elapsed < 1s` can no longer be met"]);
    let breaches = run.test("breaches");
    assert_eq!((&breaches["verdict"], &breaches["critical"]), (&"fail".into(), &true.into()));
    let hangs = run.test("hangs");
    assert_eq!((&hangs["verdict"], &hangs["metrics"]["interrupted"]), (&"fail".into(), &2.into()));
}

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

#[test]
fn tests_that_measure_time_take_turns_across_processes() {
    let runs = [Run::new(), Run::new()];
    let children: Vec<Child> = runs
        .iter()
        .map(|run| run.binary("service/full", "holds_openly").stdout(Stdio::null()).spawn().unwrap())
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let mut spans: Vec<(f64, f64)> = runs
        .iter()
        .map(|run| run.test("holds_openly"))
        .map(|test| (test["started_s"].as_f64().unwrap(), test["metrics"]["elapsed_s"].as_f64().unwrap()))
        .map(|(start, elapsed)| (start, start + elapsed))
        .collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(spans[0].1 <= spans[1].0, "{spans:?} overlap");
}

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

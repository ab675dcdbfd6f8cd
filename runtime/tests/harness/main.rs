//! Real cargo projects that use brunt as a dependency: built with cargo, run with cargo, nextest and by themselves, and
//! judged by what a user sees: exit codes, output, reports. It knows nothing of brunt's inside.

#![allow(clippy::unwrap_used)]

mod ends;
mod experiments;
mod identity;
mod settings;
mod shared;

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

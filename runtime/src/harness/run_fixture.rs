//! Fixture shared by the processes of a run, kept alive by a process of its own, the keeper.
//!
//! The first process that needs the fixture starts its own program again as the keeper. The keeper makes the fixture,
//! writes its address into a private folder of the user, and tears it down when the runner (the nearest `cargo` or
//! nextest above the test's process) has ended. Other processes find the folder by the run, the program and the setup
//! function. A process without a runner does not share.

use super::ancestors;
use super::bounded::call_within;
use super::say;
use super::signals::{self, WatchedSignal};
use crate::engine::shared::{self, KeptFixture};
use crate::engine::spec::Spec;
use crate::engine::{self, Stop};
use crate::failure::{Failed, Missing};
use crate::private_folder;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Prefix of the keeper's argument, before the folder. An environment variable would be inherited by what the fixture
/// starts.
const ORDER: &str = "brunt-keeps-for-the-run=";
/// Interval at which a wait checks its condition.
const LOOK: Duration = Duration::from_millis(20);
/// Number of the keeper's last lines of output that a failure quotes.
const QUOTED: usize = 20;
/// The programs with whose end the run ends.
const RUNNERS: [&str; 3] = ["cargo", "cargo-nextest", "nextest"];

static RUN: OnceLock<String> = OnceLock::new();

/// Sets the run that the tests of this process belong to.
pub(super) fn set_run(run: &str) {
    let _ = RUN.set(run.to_owned());
    shared::ask_by(ask_keeper);
}

/// A process, identified by id and start time, since ids are reused.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
struct ProcessId {
    pid: u32,
    started: Option<String>,
}

impl ProcessId {
    fn of(pid: u32) -> Self {
        Self { pid, started: ancestors::started(pid) }
    }

    fn lives(&self) -> bool {
        self.started.is_some() && ancestors::started(self.pid) == self.started
    }
}

/// The fixture that a keeper has to keep.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct KeeperOrder {
    pub(super) test: String,
    case: usize,
    /// Time limit for a call of a hook.
    bound: Duration,
    until: ProcessId,
    #[serde(skip)]
    folder: PathBuf,
}

/// The keeper's answer: the fixture's address, or why there is none.
#[derive(Deserialize, Serialize)]
enum Told {
    Address(String),
    Failed { kind: String, message: String, missing: Option<(String, String)> },
}

impl Told {
    fn failed(failed: &Failed) -> Self {
        let missing = failed.missing().map(|missing| (missing.server().to_owned(), missing.install().to_owned()));
        Self::Failed { kind: failed.kind().to_owned(), message: failed.message().to_owned(), missing }
    }

    fn result(self) -> Result<String, Failed> {
        match self {
            Self::Address(address) => Ok(address),
            Self::Failed { missing: Some((server, install)), .. } => Err(Missing::new(server, install).into()),
            Self::Failed { kind, message, .. } => Err(Failed::new(kind, message)),
        }
    }
}

/// The folder through which the processes of a run share one fixture.
struct KeeperPlace(PathBuf);

impl KeeperPlace {
    fn of(order: &KeeperOrder, name: &str) -> io::Result<Self> {
        let mut hash = DefaultHasher::new();
        (RUN.get(), &order.until, std::env::current_exe()?, name, order.case).hash(&mut hash);
        let folder = private_folder::of_user()?;
        remove_leftovers(&folder);
        let folder = folder.join(format!("run-{:016x}", hash.finish()));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(Self(folder)),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn wait_for_answer(&self) -> Option<Told> {
        read_json(&self.file("told.json"))
    }

    /// Whether the keeper is alive.
    fn is_kept(&self) -> bool {
        read_json(&self.file("keeper.json")).is_some_and(|keeper: ProcessId| keeper.lives())
    }

    /// The file that is locked while a keeper is looked for or started.
    fn turn(&self, stop: &Stop) -> Result<File, Failed> {
        let path = self.file("turn.lock");
        let file = private_folder::open(OpenOptions::new().create(true).append(true), &path).map_err(keeper_failed)?;
        while file.try_lock().is_err() {
            wait_or_stop(stop)?;
        }
        Ok(file)
    }

    /// The last lines that the keeper wrote.
    fn output(&self) -> String {
        let text = fs::read(self.file("output.txt")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(QUOTED)..].join("\n  ")
    }
}

fn ask_keeper(
    spec: &'static Spec,
    name: &'static str,
    case: usize,
    bound: Duration,
    stop: &Stop,
) -> Result<String, Failed> {
    if cfg!(not(unix)) {
        return Err(Failed::new("setup", "`shared_by_run` wants Unix: write `shared` here"));
    }
    let mut order = KeeperOrder { test: spec.name(), case, bound, until: nearest_runner(), folder: PathBuf::new() };
    let place = KeeperPlace::of(&order, name).map_err(keeper_failed)?;
    order.folder.clone_from(&place.0);
    let _turn = place.turn(stop)?;
    match place.wait_for_answer() {
        Some(told) if matches!(told, Told::Failed { .. }) || place.is_kept() => return told.result(),
        Some(_) => {
            say::print_line(format_args!("warning: what keeps `{name}` for the run has died: it is made once more"))
        }
        None if place.is_kept() => return told(&place, None, stop),
        None => {}
    }
    let keeper = start_keeper(&order, &place).map_err(keeper_failed)?;
    told(&place, Some(keeper), stop)
}

/// Starts the keeper in its own process group and without the test's open files, so that a runner neither ends it with
/// the test nor waits for its output.
fn start_keeper(order: &KeeperOrder, place: &KeeperPlace) -> io::Result<Child> {
    let _ = fs::remove_file(place.file("told.json"));
    write_json(&place.file("order.json"), order)?;
    let output = File::create(place.file("output.txt"))?;
    let mut command = Command::new(std::env::current_exe()?);
    // Arguments in the form that libtest parses; the last one is a filter that matches no test.
    command.args([&order.test, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"]);
    command.arg(format!("{ORDER}{}", place.0.display()));
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let keeper = command.spawn()?;
    write_json(&place.file("keeper.json"), &ProcessId::of(keeper.id()))?;
    Ok(keeper)
}

/// Waits for the keeper's answer.
fn told(place: &KeeperPlace, mut keeper: Option<Child>, stop: &Stop) -> Result<String, Failed> {
    loop {
        let is_gone = match &mut keeper {
            Some(keeper) => !matches!(keeper.try_wait(), Ok(None)),
            None => !place.is_kept(),
        };
        // The answer is read after the check whether the keeper is alive, since the keeper may write it and end in
        // between.
        if let Some(told) = place.wait_for_answer() {
            // An ended child that is not waited for would count as alive.
            keeper.map(|mut keeper| std::thread::spawn(move || keeper.wait()));
            return told.result();
        }
        if is_gone {
            let output = place.output();
            return Err(Failed::new("setup", format_args!("it ended before it was made; it last wrote:\n  {output}")));
        }
        wait_or_stop(stop)?;
    }
}

fn wait_or_stop(stop: &Stop) -> Result<(), Failed> {
    if stop.requested() {
        return Err(Failed::new("stopped", "stopped by a signal while it was waited for"));
    }
    std::thread::sleep(LOOK);
    Ok(())
}

/// The order of this process, if it was started as a keeper.
pub(super) fn keeper_order() -> Option<KeeperOrder> {
    let last = std::env::args_os().next_back()?;
    let folder = PathBuf::from(last.to_str()?.strip_prefix(ORDER)?);
    let order: KeeperOrder = read_json(&folder.join("order.json"))?;
    Some(KeeperOrder { folder, ..order })
}

/// Runs the keeper: keeps the fixture until the run ends and returns the exit code.
pub(super) fn keep_fixture(spec: &Spec, order: &KeeperOrder) -> u8 {
    let _watched = WatchedSignal::start();
    let is_wanted = || order.until.lives() && !signals::stop_flag().requested();
    let kept = make_fixture(spec, order, is_wanted);
    let told = match &kept {
        Ok(kept) => Told::Address(kept.address.clone()),
        Err(failed) => Told::failed(failed),
    };
    let written = write_json(&order.folder.join("told.json"), &told);
    let (Ok(kept), Ok(())) = (kept, written) else { return 1 };
    while is_wanted() {
        std::thread::sleep(LOOK);
    }
    let ended = call_within(order.bound, || true, || kept.end());
    let _ = fs::remove_dir_all(&order.folder);
    match ended.unwrap_or_else(|| Err(engine::out_of_time(order.bound))) {
        Ok(()) => 0,
        Err(failed) => {
            say::print_uncaptured(format_args!("Error: the end of the fixture: {failed}"));
            1
        }
    }
}

/// Makes the fixture that the keeper keeps.
fn make_fixture(spec: &Spec, order: &KeeperOrder, is_wanted: impl Fn() -> bool) -> Result<KeptFixture, Failed> {
    let &KeeperOrder { case, bound, .. } = order;
    let Some(setup) = spec.setup else { return Err(Failed::new("engine", "a fixture without a setup")) };
    // Setups that check the time limit themselves get to report it first.
    let made = call_within(bound + engine::HOOK_NOTICE, is_wanted, move || {
        KeptFixture::make(&setup, case, bound, signals::stop_flag())
    });
    made.unwrap_or_else(|| Err(engine::out_of_time(bound)))
}

/// The process with which the run ends: the nearest runner above this process, else this process.
fn nearest_runner() -> ProcessId {
    let above = ancestors::process_ancestors().into_iter().skip(1);
    let runner = above.into_iter().find(|ancestor| RUNNERS.contains(&ancestor.name.as_str()));
    runner.map_or_else(
        || ProcessId::of(std::process::id()),
        |runner| ProcessId { pid: runner.id, started: Some(runner.started) },
    )
}

/// Removes the folders that killed keepers of ended runs have left.
fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with("run-") {
            continue;
        }
        let order: Option<KeeperOrder> = read_json(&entry.path().join("order.json"));
        let keeper: Option<ProcessId> = read_json(&entry.path().join("keeper.json"));
        if order.is_some_and(|order| !order.until.lives()) && keeper.is_none_or(|keeper| !keeper.lives()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn read_json<T: for<'t> Deserialize<'t>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Writes the file atomically.
fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    fs::write(&unfinished, serde_json::to_vec(value)?)?;
    fs::rename(unfinished, path)
}

fn keeper_failed(cause: io::Error) -> Failed {
    Failed::new("setup", format_args!("what the run shares cannot be had: {cause}"))
}

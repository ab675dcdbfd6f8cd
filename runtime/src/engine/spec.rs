//! One annotated test as the attribute leaves it: texts and function pointers, no generics.

use super::rt::made::{Fixture, LocalFuture, SendFuture, SendMade};
use super::user::body::Body;
use super::user::value::Sample;
use super::{Batch, Counted, Lab};
use crate::failure::Failed;
use brunt_plan::{Kind, Level};
use std::any::Any;
use std::sync::Mutex;

/// What a test does.
#[derive(Clone, Copy, Debug)]
pub enum TestBody {
    /// Virtual users run it.
    Users(Body),
    /// A resilience test: the body leads the experiment itself.
    Experiment(Experiment),
}

/// The body of a resilience test. Its fixture outlives the lab that it is lent: were one lifetime all there is, an operation
/// could borrow the lab, and would outlive it.
pub type Experiment = for<'a, 'lab> fn(&'a Lab<'lab>, &'lab Fixture) -> LocalFuture<'a, Result<(), Failed>>;

/// Calls the body of a stress test so many times in a row as the batch says. Only of bodies that take nothing but the
/// fixture: what a `User` sees, it sees once each iteration.
#[derive(Clone, Copy, Debug)]
pub enum BatchFn {
    /// An async body whose future is `Send`.
    Shared(for<'a> fn(&'a Fixture, &'a mut Batch) -> SendFuture<'a, ()>),
    /// An async body whose future need not be `Send` (`virtual_time`).
    Local(for<'a> fn(&'a Fixture, &'a mut Batch) -> LocalFuture<'a, ()>),
    /// A plain function.
    Blocking(fn(&Fixture, &mut Batch)),
}

/// How the fixture is made.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Makes it; the argument is the size, or the index of the case in the order of the plan's cases.
    pub make: fn(usize) -> SendMade<'static, Box<Fixture>>,
    /// Whether others have the same; without it each test makes its own.
    pub shared: Option<Shared>,
}

/// Who shares a fixture.
#[derive(Clone, Copy, Debug)]
pub enum Shared {
    /// `shared(f)`: all tests of the process that name `f`, which this text identifies.
    ByProcess(fn() -> &'static str),
    /// `shared_by_run(f)`: the tests of all processes of a run that name `f`. `make` runs in a process of its
    /// own, which keeps what it made; the tests have its address.
    ByRun {
        /// Identifies `f`.
        name: fn() -> &'static str,
        /// The address as the tests take it, made of what they are told.
        told: fn(&str) -> Result<Box<Fixture>, Failed>,
    },
}

/// What a setup that a run shares has made, in the process that keeps it.
pub(crate) struct KeptForTheRun {
    /// What the tests' processes are told.
    pub(crate) address: String,
    /// What is kept until the run's end.
    pub(crate) _kept: Mutex<Box<dyn Any + Send>>,
}

/// A primary, target or critical attribute's text.
#[derive(Clone, Copy, Debug)]
pub struct TargetText {
    /// `#[target]` or `#[critical]`.
    pub level: Level,
    /// One target, as the language prints it.
    pub text: &'static str,
    /// Where it is written.
    pub line: u32,
}

/// What cargo says, while it compiles a test, of the target that the test is in.
#[derive(Clone, Copy, Debug, Default)]
pub struct CargoTarget {
    /// Whether `CARGO_BIN_NAME` is set: a program or an example.
    pub program: bool,
    /// Whether `CARGO_TARGET_TMPDIR` is set: an integration test or a benchmark.
    pub integration: bool,
}

/// One annotated test.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Which primary attribute.
    pub kind: Kind,
    /// `module_path!()`; its first segment is the crate.
    pub module: &'static str,
    /// The function's name.
    pub function: &'static str,
    /// `CARGO_PKG_NAME` of the crate it is written in.
    pub package: &'static str,
    /// `CARGO_MANIFEST_DIR` of that crate.
    pub manifest_dir: &'static str,
    /// The target that it is compiled into.
    pub target: CargoTarget,
    /// `file!()`
    pub file: &'static str,
    /// The function's line.
    pub line: u32,
    /// The options, as the language prints them.
    pub options: &'static str,
    /// The targets, in the order written.
    pub targets: &'static [TargetText],
    /// `#[ignore]` (empty) or `#[ignore = "why"]`.
    pub ignore: Option<&'static str>,
    /// The body.
    pub body: TestBody,
    /// Stress: the body in batches, where nothing forbids them.
    pub batch: Option<BatchFn>,
    /// Makes the fixture.
    pub setup: Option<Setup>,
    /// Ends the fixture.
    pub teardown: Option<for<'a> fn(&'a Fixture) -> SendMade<'a, ()>>,
    /// Checks the fixture after the load; its failure fails the test.
    pub verify: Option<for<'a> fn(&'a Fixture, &'a Counted) -> SendMade<'a, ()>>,
    /// Records gauges every second.
    pub sample: Option<Sample>,
}

impl Spec {
    /// The test's name: its module path without the crate, as libtest names it.
    pub fn name(&self) -> String {
        match self.module.split_once("::") {
            Some((_, inner)) => format!("{inner}::{}", self.function),
            None => self.function.to_owned(),
        }
    }
}

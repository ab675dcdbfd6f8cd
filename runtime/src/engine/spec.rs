//! One annotated test as the attribute generates it: texts and function pointers, no generics.

use super::rt::made::{Fixture, LocalFuture, SendFuture, SendMade};
use super::user::body::Body;
use super::user::value::Sample;
use super::{Batch, Counted, Lab};
use crate::failure::Failed;
use brunt_plan::{Kind, Level};
use std::any::Any;
use std::sync::Mutex;

/// The body of a test.
#[derive(Clone, Copy, Debug)]
pub enum TestBody {
    /// Virtual users run the body.
    Users(Body),
    /// A resilience test: the body leads the experiment itself.
    Experiment(Experiment),
}

/// The body of a resilience test. Its fixture outlives the `Lab` that it borrows: with a single lifetime for both, an
/// operation could borrow the `Lab`, and would outlive it.
pub type Experiment = for<'a, 'lab> fn(&'a Lab<'lab>, &'lab Fixture) -> LocalFuture<'a, Result<(), Failed>>;

/// Calls the body of a stress test in a row, as often as the batch requires. Only for bodies that take nothing but the
/// fixture: a `User` belongs to one iteration at a time.
#[derive(Clone, Copy, Debug)]
pub enum BatchFn {
    /// An async body whose future is `Send`.
    Shared(for<'a> fn(&'a Fixture, &'a mut Batch) -> SendFuture<'a, ()>),
    /// An async body whose future need not be `Send` (`virtual_time`).
    Local(for<'a> fn(&'a Fixture, &'a mut Batch) -> LocalFuture<'a, ()>),
    /// A plain function.
    Blocking(fn(&Fixture, &mut Batch)),
}

/// The `setup` of a test's fixture.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Makes the fixture; the argument is the size, or the index of the case in the order of the plan's cases.
    pub make: fn(usize) -> SendMade<'static, Box<Fixture>>,
    /// Whether tests share the fixture; without it each test makes its own.
    pub shared: Option<Shared>,
}

/// The tests that share a fixture.
#[derive(Clone, Copy, Debug)]
pub enum Shared {
    /// `shared(f)`: all tests of the process that name `f`; the returned text identifies `f`.
    ByProcess(fn() -> &'static str),
    /// `shared_by_run(f)`: the tests of all processes of a run that name `f`. `make` runs in a process of its own,
    /// which keeps the fixture; the tests have its address.
    ByRun {
        /// Identifies `f`.
        name: fn() -> &'static str,
        /// Makes the address that the tests take from its text.
        told: fn(&str) -> Result<Box<Fixture>, Failed>,
    },
}

/// The fixture of a whole run, in the process that keeps it.
pub(crate) struct KeptForTheRun {
    /// The text of the address, which the tests' processes get.
    pub(crate) address: String,
    /// The value that is kept until the run's end.
    pub(crate) _kept: Mutex<Box<dyn Any + Send>>,
}

/// The text of one target, from a primary, target or critical attribute.
#[derive(Clone, Copy, Debug)]
pub struct TargetText {
    /// `#[target]` or `#[critical]`.
    pub level: Level,
    /// One target, as `brunt_plan` prints it.
    pub text: &'static str,
    /// The line of the target in the source.
    pub line: u32,
}

/// The cargo target that a test is compiled into, by the variables that cargo sets for the compilation.
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
    /// The kind of the primary attribute.
    pub kind: Kind,
    /// `module_path!()`; its first segment is the crate.
    pub module: &'static str,
    /// The function's name.
    pub function: &'static str,
    /// `CARGO_PKG_NAME` of the crate in which it is written.
    pub package: &'static str,
    /// `CARGO_MANIFEST_DIR` of that crate.
    pub manifest_dir: &'static str,
    /// The cargo target into which it is compiled.
    pub target: CargoTarget,
    /// `file!()`
    pub file: &'static str,
    /// The function's line.
    pub line: u32,
    /// The options, as `brunt_plan` prints them.
    pub options: &'static str,
    /// The targets, in the order of the source.
    pub targets: &'static [TargetText],
    /// `#[ignore]` (empty) or `#[ignore = "why"]`.
    pub ignore: Option<&'static str>,
    /// The body.
    pub body: TestBody,
    /// The body of a stress test in batches, where nothing forbids them.
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

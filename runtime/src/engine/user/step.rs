//! Measured parts of an iteration, from the body itself and from tasks and threads that it started.

use super::value::Value;
use crate::engine::load::Load;
use crate::engine::load::in_flight::InFlight;
use crate::failure::Failed;
use crate::record::observer::{OperationObserver, OperationTimes};
use crate::record::{Context, Label, NameId, Outcome, TagList};
use crate::sync::SharedLock;
use std::collections::BTreeMap;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

/// A running step. Dropped before its end, it counts as cancelled.
pub(crate) struct RunningStep<L: Deref<Target = Load>> {
    load: L,
    context: Context,
    name: NameId,
    /// When its iteration was due: the step and its iteration belong to the same stage.
    due: u64,
    start: u64,
    recorded: bool,
    /// The iteration that lists the step as open, until the step has ended.
    within: Option<Arc<InFlight>>,
    /// The observer of the step, where it is a step of an experiment's body.
    observer: Option<Arc<dyn OperationObserver>>,
}

impl<L: Deref<Target = Load>> RunningStep<L> {
    /// Starts a step; `due` is the due time of its iteration, and `None` where it belongs to none.
    pub(crate) fn start(load: L, context: Context, due: Option<u64>, recorded: bool, name: &str) -> Self {
        let name = load.shared.recorder.step(name);
        let start = load.now();
        Self { load, context, name, due: due.unwrap_or(start), start, recorded, within: None, observer: None }
    }

    /// Lists the step as open in this iteration.
    pub(crate) fn within(mut self, in_flight: &Arc<InFlight>) -> Self {
        in_flight.enter(self.name, self.start);
        self.within = Some(Arc::clone(in_flight));
        self
    }

    /// Adds an observer of the step.
    pub(crate) fn observed_by(mut self, observer: Arc<dyn OperationObserver>) -> Self {
        observer.started(self.context.user, self.start, self.start);
        self.observer = Some(observer);
        self
    }

    /// The number of the step's name.
    pub(crate) fn name(&self) -> NameId {
        self.name
    }

    pub(crate) fn end<T>(mut self, result: Result<T, Failed>) -> Result<T, Failed> {
        match &result {
            Ok(_) => self.record(Outcome::Success),
            Err(failed) => self.record(Outcome::Failed(failed)),
        }
        result
    }

    /// Counts the failure of a step whose result may never be awaited.
    pub(crate) fn note_spawned_failure(&self, failed: &Failed) {
        if self.recorded && self.load.offset(self.start).is_some() {
            let stage = self.load.timeline.of(self.context.stage, self.start, self.load.now());
            let context = Context { stage, ..self.context.clone() };
            self.load.shared.recorder.spawned_step_failed(&context, self.name, failed);
        }
    }

    fn leave(&mut self, now: u64) {
        if let Some(within) = self.within.take() {
            within.leave(self.name, self.start, now, self.load.shared.options.timeout);
        }
    }

    fn record(&mut self, outcome: Outcome<'_>) {
        let end = self.load.now();
        self.leave(end);
        if let Some(at) = self.load.offset(self.start)
            && std::mem::take(&mut self.recorded)
        {
            self.context.stage = self.load.timeline.of(self.context.stage, self.due, end);
            let times = OperationTimes { due: self.start, start: self.start, end, thought: 0 };
            self.load.shared.recorder.step_done(
                &self.context,
                self.name,
                times.sample(at, false),
                outcome,
                self.load.completion(end, None),
            );
            if let Some(observer) = self.observer.take() {
                observer.ended(self.context.user, times, outcome);
            }
        }
    }
}

impl<L: Deref<Target = Load>> Drop for RunningStep<L> {
    fn drop(&mut self) {
        if !self.recorded {
            return self.leave(self.start);
        }
        if std::thread::panicking() {
            let failed = Failed::new(Failed::PANIC, "the step panicked");
            // The panic may end the iteration, or only a task of its own: the step cannot distinguish the two.
            self.note_spawned_failure(&failed);
            self.record(Outcome::Failed(&failed));
        } else {
            self.record(Outcome::Cancelled);
        }
    }
}

/// The running loads of this process, for handles that outlive their iteration.
static LIVE: SharedLock<BTreeMap<u64, Arc<Load>>> = SharedLock::new(BTreeMap::new());

/// A guard that keeps a load in the list of running loads.
#[derive(Debug)]
pub(crate) struct Live(u64);

impl Live {
    pub(crate) fn enter(load: &Arc<Load>) -> Self {
        let mut live = LIVE.write();
        live.insert(load.number, Arc::clone(load));
        Self(load.number)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.write().remove(&self.0);
    }
}

/// A handle that measures steps and records values of its iteration in another task or thread:
/// [`User::steps`](crate::User::steps).
///
/// Steps that end after the end of the load are not recorded but counted, and the report says so.
///
/// ```
/// # async fn example(user: &brunt::User) -> brunt::Result {
/// let steps = user.steps();
/// tokio::spawn(async move { steps.step("index", async { Ok::<_, std::io::Error>(()) }).await }).await??;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    pub(crate) load: u64,
    pub(crate) due: u64,
    pub(crate) stage: Label,
    pub(crate) scenario: Label,
    pub(crate) user: u64,
    pub(crate) recorded: bool,
}

impl Steps {
    fn load(self) -> Option<Arc<Load>> {
        LIVE.read().get(&self.load).cloned()
    }

    fn context(self, load: &Load) -> Context {
        let Self { stage, scenario, user, .. } = self;
        Context { stage, scenario, case: load.case, user, tags: TagList::default() }
    }

    fn start(self, name: &str) -> Option<RunningStep<Arc<Load>>> {
        let load = self.load()?;
        let context = self.context(&load);
        Some(RunningStep::start(load, context, Some(self.due), self.recorded, name))
    }

    fn end<T>(self, running: Option<RunningStep<Arc<Load>>>, result: Result<T, Failed>) -> Result<T, Failed> {
        let Some(running) = running else { return result };
        if let Err(failed) = &result {
            running.note_spawned_failure(failed);
        }
        running.end(result)
    }

    /// Measures a step: see [`User::step`](crate::User::step).
    ///
    /// # Errors
    /// The future's error.
    pub async fn step<T, E: Into<Failed>>(
        self,
        name: &str,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failed> {
        let running = self.start(name);
        let result = future.await.map_err(Into::into);
        self.end(running, result)
    }

    /// Measures a step that blocks the thread: see [`User::step_blocking`](crate::User::step_blocking).
    ///
    /// # Errors
    /// The closure's error.
    pub fn step_blocking<T, E: Into<Failed>>(
        self,
        name: &str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Failed> {
        let running = self.start(name);
        let result = work().map_err(Into::into);
        self.end(running, result)
    }

    /// Records a value: see [`User::record`](crate::User::record).
    ///
    /// # Errors
    /// The value is no number, or its unit differs from that of earlier values under the name.
    pub fn record(self, name: &str, value: impl Into<Value>) -> Result<(), Failed> {
        let Some(load) = self.load().filter(|_| self.recorded) else { return Ok(()) };
        let now = load.now();
        let Some(at) = load.offset(now) else { return Ok(()) };
        let Value { number, unit } = value.into();
        let stage = load.timeline.of(self.stage, self.due, now);
        let context = Context { stage, ..self.context(&load) };
        load.shared.recorder.value(&context, name, at, number, unit)
    }
}

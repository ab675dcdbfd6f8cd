//! The virtual user, with all methods that its body may call.
//!
//! The third floor of the engine, above `load`. Floors above drive the user, and choose its thread and its body.

pub(crate) mod body;
#[cfg(feature = "csv")]
pub(crate) mod csv;
pub(crate) mod feed;
pub(crate) mod pick;
pub(crate) mod step;
pub(crate) mod value;
pub(crate) mod writes;

use super::load::in_flight::InFlight;
use super::load::stream::Stream;
use super::load::{Load, label_name};
use crate::failure::Failed;
use crate::record::{Context, Label, NameId, TagList};
use crate::sync::Lock;
use pick::Pick;
use rand_pcg::Pcg64Mcg;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use step::{RunningStep, Steps};
use value::Value;
use writes::Writes;

/// One virtual user: it runs the body, and the body measures and records through it.
///
/// All of its methods take `&self`, so that steps may be joined. For tasks and threads of its own, a body uses
/// [`User::steps`].
pub struct User {
    pub(crate) stream: Arc<Stream>,
    pub(crate) id: u64,
    pub(crate) iteration: u64,
    /// When the iteration was due: its windows and its latency count from this time.
    pub(crate) due: u64,
    pub(crate) stage: Label,
    pub(crate) scenario: Label,
    /// Whether the iteration is recorded, which it is not during the warm-up.
    pub(crate) recorded: bool,
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) draws: AtomicU32,
    pub(crate) marks: Lock<Marks>,
    /// The writes of an experiment's operation, where this is one.
    pub(crate) writes: Option<Arc<Writes>>,
}

/// The tags, failures and pauses of the current iteration.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) tags: TagList,
    /// The failures in the iteration, behind one pointer: most iterations have none, and there are many users.
    pub(crate) failures: Option<Box<IterationFailures>>,
    thinkers: u32,
    thinking_since: u64,
    pub(crate) thought: u64,
}

/// Failures in an iteration whose body continued.
#[derive(Debug, Default)]
pub(crate) struct IterationFailures {
    /// A failed check, which fails the iteration.
    pub(crate) check: Option<Failed>,
    pub(crate) steps: Vec<FailedStep>,
}

/// Failures of one kind of one step in one iteration.
#[derive(Debug)]
pub(crate) struct FailedStep {
    pub(crate) step: NameId,
    pub(crate) kind: String,
    /// The message of the first one.
    pub(crate) message: String,
    pub(crate) count: u64,
}

impl User {
    pub(crate) fn new(stream: &Arc<Stream>, index: u64) -> Self {
        let id = stream.first_id + index;
        let in_flight = Arc::new(InFlight::of(id));
        stream.users.lock().push(Arc::clone(&in_flight));
        Self {
            stream: Arc::clone(stream),
            id,
            iteration: stream.first_iteration,
            due: 0,
            stage: Label::NONE,
            scenario: Label::NONE,
            recorded: false,
            in_flight,
            draws: AtomicU32::new(0),
            marks: Lock::default(),
            writes: None,
        }
    }

    /// Moves the user to another round of its load.
    pub(crate) fn move_to(&mut self, stream: &Arc<Stream>) {
        stream.users.lock().push(Arc::clone(&self.in_flight));
        self.stream = Arc::clone(stream);
    }

    /// Begins a new iteration, due at `due`.
    pub(crate) fn begin(&mut self, due: u64) {
        let load = &self.stream.load;
        self.due = due;
        self.recorded = load.offset(due).is_some();
        self.stage = load.timeline.at(due);
        self.scenario = match self.stream.plan.is_open() {
            true => self.stream.scenario(due, u64::MAX),
            false => self.stream.scenario(self.id, self.iteration),
        };
        *self.draws.get_mut() = 0;
        *self.marks.get_mut() = Marks::default();
    }

    /// Creates the user of one operation, which gets it as its own.
    pub(crate) fn of_operation(&self, writes: Arc<Writes>) -> Self {
        Self {
            stream: Arc::clone(&self.stream),
            in_flight: Arc::clone(&self.in_flight),
            draws: AtomicU32::new(0),
            marks: Lock::default(),
            writes: Some(writes),
            ..*self
        }
    }

    /// Takes over the marks of the operation.
    pub(crate) fn adopt(&self, operation: &Self) {
        *self.marks() = std::mem::take(&mut *operation.marks());
    }

    pub(crate) fn index(&self) -> u64 {
        self.id - self.stream.first_id
    }

    pub(crate) fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock()
    }

    pub(crate) fn context(&self) -> Context {
        self.stream.context(self.stage, self.scenario, self.id, self.marks().tags.clone())
    }

    /// The user's number, from 0. Unique in the test; a user keeps it through all of its iterations.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The number of the user's iteration, from 0, including those of the warm-up. It continues through further rounds
    /// of the load (`settle`), and from level to level in a search for the capacity: no user has the same iteration
    /// twice.
    pub fn iteration(&self) -> u64 {
        self.iteration
    }

    /// The scenario of this iteration; empty where the test has none.
    pub fn scenario(&self) -> &str {
        match &self.stream.scenario_name {
            Some(name) => name,
            None => label_name(&self.stream.load.shared.names.scenarios, self.scenario),
        }
    }

    /// The stage in which this iteration was due; empty where there is none.
    pub fn stage(&self) -> &str {
        label_name(&self.stream.load.shared.names.stages, self.stage)
    }

    /// The current case; empty where the test has none.
    pub fn case(&self) -> &str {
        label_name(&self.stream.load.shared.names.cases, self.stream.load.case)
    }

    /// Creates a random generator for this call: a different one for each user, iteration and call, and the same when
    /// the test is run again with the same seed.
    pub fn rng(&self) -> Pcg64Mcg {
        let draw = u64::from(self.draws.fetch_add(1, Relaxed));
        self.stream.load.shared.options.seed.rng([self.id, self.iteration, draw])
    }

    /// Picks one value of a range or a slice, each with the same probability: `user.pick(0..1_000)`,
    /// `user.pick(&keys)`.
    ///
    /// # Panics
    /// When there is nothing to choose from, which fails the iteration.
    pub fn pick<P: Pick>(&self, from: P) -> P::Output {
        from.choose(self.rng())
    }

    /// Returns a number that no other call in this process gets, from 0, for keys that must not clash. Combine it with
    /// something unique to the process where keys must not clash with those of other processes and earlier runs.
    pub fn unique_id(&self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Relaxed);
        if let Some(writes) = &self.writes {
            writes.drawn(id);
        }
        id
    }

    /// Enters a write of this operation under this id into the ledger of a resilience test. A
    /// [`unique_id`](Self::unique_id) is entered automatically. In other tests this does nothing.
    pub fn writes(&self, id: impl fmt::Display) {
        if let Some(writes) = &self.writes {
            writes.named(id.to_string());
        }
    }

    /// Measures a part of the iteration under a name. Steps may be nested and joined.
    ///
    /// An error becomes a [`Failed`], which counts for the step by its kind and passes through every `?`. A step that
    /// is dropped before it ends, by a timeout or a `select!`, counts as cancelled.
    ///
    /// # Errors
    /// The future's error.
    pub async fn step<T, E: Into<Failed>>(
        &self,
        name: &str,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failed> {
        let running = self.start_step(name);
        let (step, result) = (running.name(), running.end(future.await.map_err(Into::into)));
        self.step_ended(step, result.as_ref().err());
        result
    }

    fn start_step(&self, name: &str) -> RunningStep<&Load> {
        let running = RunningStep::start(&*self.stream.load, self.context(), Some(self.due), self.recorded, name);
        running.within(&self.in_flight)
    }

    /// Keeps a step's failure until it is known whether the iteration fails too.
    fn step_ended(&self, step: NameId, failed: Option<&Failed>) {
        let Some(failed) = failed.filter(|_| self.recorded) else { return };
        let mut marks = self.marks();
        let steps = &mut marks.failures.get_or_insert_default().steps;
        match steps.iter_mut().find(|known| known.step == step && known.kind == failed.kind()) {
            Some(known) => known.count += 1,
            None => {
                let (kind, message) = (failed.kind().to_owned(), failed.message().to_owned());
                steps.push(FailedStep { step, kind, message, count: 1 });
            }
        }
    }

    /// Measures a part of the iteration that blocks the thread: see [`step`](Self::step).
    ///
    /// # Errors
    /// The closure's error.
    pub fn step_blocking<T, E: Into<Failed>>(
        &self,
        name: &str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Failed> {
        let running = self.start_step(name);
        let (step, result) = (running.name(), running.end(work().map_err(Into::into)));
        self.step_ended(step, result.as_ref().err());
        result
    }

    /// Runs two steps after one another in random order, so that a target that relates them
    /// (`secured.mean < 1.2x plain.mean`) compares them under the same conditions.
    ///
    /// # Errors
    /// The first error, after which the other step is not run.
    pub async fn pair<A, B, EA: Into<Failed>, EB: Into<Failed>>(
        &self,
        a: &str,
        future_a: impl Future<Output = Result<A, EA>>,
        b: &str,
        future_b: impl Future<Output = Result<B, EB>>,
    ) -> Result<(A, B), Failed> {
        if self.pick(0..2_u8) == 0 {
            let first = self.step(a, future_a).await?;
            Ok((first, self.step(b, future_b).await?))
        } else {
            let first = self.step(b, future_b).await?;
            Ok((self.step(a, future_a).await?, first))
        }
    }

    /// Records a value under a name: a bool, a number, a [`Duration`] or a size in [`Bytes`](super::Bytes). Targets
    /// select it as `name.share`, `name.mean`, `name.max` ….
    ///
    /// A value that is no number, or whose unit differs from that of earlier values, fails the iteration (kind
    /// "value").
    pub fn record(&self, name: &str, value: impl Into<Value>) {
        let load = &*self.stream.load;
        let now = load.now();
        if let Some(at) = load.offset(now).filter(|_| self.recorded) {
            let Value { number, unit } = value.into();
            let context = Context { stage: load.timeline.of(self.stage, self.due, now), ..self.context() };
            if let Err(failed) = load.shared.recorder.value(&context, name, at, number, unit) {
                self.fail(failed);
            }
        }
    }

    /// Records a flag, and fails the iteration when it is false, even when the body returns `Ok`: with the kind
    /// `check: NAME`. Returns the flag.
    pub fn check(&self, name: &str, holds: bool) -> bool {
        self.record(name, holds);
        if !holds {
            self.fail(Failed::new(format!("check: {name}"), format_args!("the check `{name}` does not hold")));
        }
        holds
    }

    /// The failed check that fails the iteration.
    pub(crate) fn failed_check(&self) -> Option<Failed> {
        let marks = self.marks();
        let check = marks.failures.as_ref()?.check.as_ref()?;
        Some(Failed::new(check.kind(), check.message()))
    }

    /// Fails the iteration; the first failure is the one that is reported.
    fn fail(&self, failed: Failed) {
        self.marks().failures.get_or_insert_default().check.get_or_insert(failed);
    }

    /// Tags the rest of the iteration: targets select it as `tenant("acme").p95` and `each(tenant).p95`.
    pub fn tag(&self, key: &str, value: impl fmt::Display) {
        let tag = self.stream.load.shared.recorder.tag(key, &value.to_string());
        let mut marks = self.marks();
        marks.tags = marks.tags.with(tag);
    }

    /// Pauses as a person would. The pause does not count in the iteration's latency.
    ///
    /// The end of the load does not cut the pause short: every user's next request would come at once, a burst that no
    /// real users cause. The iteration continues in its own time, for at most `graceful_stop`.
    pub async fn think(&self, time: Duration) {
        let _thinking = Thinking::start(self);
        tokio::time::sleep(time).await;
    }

    /// Pauses the thread as a person would, for a body that blocks: see [`think`](Self::think).
    pub fn think_blocking(&self, time: Duration) {
        let _thinking = Thinking::start(self);
        self.sleep_unless(time, || self.stream.roster.is_killed());
    }

    /// The pause between this iteration and the next.
    pub(crate) fn think_time(&self) -> Duration {
        let options = &self.stream.load.shared.options;
        let Some((from, to)) = options.think_time else { return Duration::ZERO };
        let share = options.seed.unit([self.id, self.iteration, u64::MAX]);
        Duration::from_nanos(from + (to.saturating_sub(from) as f64 * share) as u64)
    }

    /// Pauses between iterations; the end of the load ends the pause.
    pub(crate) async fn pause(&self, time: Duration) {
        self.until_end(tokio::time::sleep(time)).await;
    }

    /// Pauses the thread between iterations; the end of the load ends the pause.
    pub(crate) fn pause_blocking(&self, time: Duration) {
        self.sleep_unless(time, || self.stream.roster.is_over());
    }

    fn sleep_unless(&self, time: Duration, ended: impl Fn() -> bool) {
        let load = &self.stream.load;
        let until = load.now().saturating_add(time.as_nanos() as u64);
        while !ended() && load.now() < until {
            std::thread::sleep(Duration::from_nanos(until - load.now().min(until)).min(Duration::from_millis(10)));
        }
    }

    /// Runs work whose time is no part of the iteration's latency.
    pub(crate) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        let _aside = Thinking::start(self);
        work()
    }

    /// Awaits a future, but no longer than the load lasts: `None` when the load ends first. Use it for sessions that
    /// last for the whole load: such an end is a success and no interruption.
    pub async fn until_end<F: Future>(&self, future: F) -> Option<F::Output> {
        let stay = self.stream.roster.stay(self.index(), self.stream.plan.is_open());
        let mut future = pin!(future);
        poll_fn(|context| match future.as_mut().poll(context) {
            std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
            std::task::Poll::Pending => stay.poll(context).map(|()| None),
        })
        .await
    }

    /// Returns a handle that measures steps in other tasks and threads. It belongs to this iteration's stage and
    /// scenario, without its tags.
    pub fn steps(&self) -> Steps {
        let Self { id, due, stage, scenario, recorded, .. } = *self;
        Steps { load: self.stream.load.number, due, stage, scenario, user: id, recorded }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("User");
        shown.field("id", &self.id).field("iteration", &self.iteration);
        shown.field("scenario", &self.scenario()).field("stage", &self.stage()).finish_non_exhaustive()
    }
}

/// A guard that adds up the time in which the user thinks, once where pauses overlap.
struct Thinking<'a>(&'a User);

impl<'a> Thinking<'a> {
    fn start(user: &'a User) -> Self {
        let now = user.stream.load.now();
        let mut marks = user.marks();
        if marks.thinkers == 0 {
            marks.thinking_since = now;
        }
        marks.thinkers += 1;
        drop(marks);
        Self(user)
    }
}

impl Drop for Thinking<'_> {
    fn drop(&mut self) {
        let now = self.0.stream.load.now();
        let mut marks = self.0.marks();
        marks.thinkers -= 1;
        if marks.thinkers == 0 {
            marks.thought += now.saturating_sub(marks.thinking_since);
        }
    }
}

//! Records the samples of one run from any thread, and gathers them into [`Measurements`].
//!
//! Every thread writes to a buffer of its own; the buffer's lock is contended only while it is gathered, about once a
//! second.

use super::key::{Key, KeySubject};
use super::names::Interned;
use super::observer::{OperationObserver, OperationTimes};
use super::operation::EndedOperation;
use super::slots;
use super::thread_buffer::{DrainedBuffer, ThreadBuffer};
use super::thread_recorder::{ThreadRecorder, lock_whole, with_thread_recorder};
use super::{
    CallMemory, Context, Experiment, Generator, Incidents, Label, Measurements, NameId, NetworkScope, OperationSample,
    Outcome, ResourceSample, Selection, Settled, Span, Subject, TagId, Tally, ValueUnit,
};
use crate::Failed;
use crate::sync::Lock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The names that the plan gives; a [`Label`] is an index into one of these lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    pub(crate) stages: Vec<String>,
    pub(crate) scenarios: Vec<String>,
    pub(crate) cases: Vec<String>,
    /// Whether each user's samples are also kept separately.
    pub(crate) each_user: bool,
}

/// The end of an operation that succeeded, in nanoseconds from the start of the load, and the stage at that time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completion {
    pub(crate) stage: Label,
    pub(crate) at: u64,
}

/// Records the samples of one run.
pub(crate) struct Recorder {
    /// Distinguishes the buffers of runs on the same thread.
    id: u64,
    stages: Vec<Arc<str>>,
    /// Scenarios; experiments add theirs while they run.
    scenarios: Lock<Vec<Arc<str>>>,
    cases: Vec<Arc<str>>,
    each_user: bool,
    names: Lock<Interned>,
    buffers: Lock<Vec<Arc<Lock<ThreadBuffer>>>>,
    store: Lock<RecorderState>,
}

#[derive(Default)]
struct RecorderState {
    measurements: Measurements,
    frozen: bool,
    /// The number of samples that came after the freeze.
    strays: u64,
}

impl Recorder {
    pub(crate) fn new(labels: Labels) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let share = |names: Vec<String>| names.into_iter().map(Arc::from).collect::<Vec<Arc<str>>>();
        let (stages, scenarios, cases) = (share(labels.stages), share(labels.scenarios), share(labels.cases));
        let mut store = RecorderState::default();
        store.measurements.names.stages.clone_from(&stages);
        store.measurements.names.scenarios.clone_from(&scenarios);
        store.measurements.names.cases.clone_from(&cases);
        Arc::new(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            stages,
            scenarios: Lock::new(scenarios),
            cases,
            each_user: labels.each_user,
            names: Lock::default(),
            buffers: Lock::default(),
            store: Lock::new(store),
        })
    }

    /// Returns the label of a scenario that is added while the load is on.
    pub(crate) fn scenario(&self, name: &str) -> Label {
        let mut scenarios = lock_whole(&self.scenarios);
        let index = scenarios.iter().position(|known| **known == *name).unwrap_or_else(|| {
            scenarios.push(name.into());
            scenarios.len() - 1
        });
        let known = scenarios.clone();
        drop(scenarios);
        lock_whole(&self.store).measurements.names.scenarios = known;
        Label(index as u16)
    }

    /// The number of a step's name.
    pub(crate) fn step(&self, name: &str) -> NameId {
        self.on_this_thread(|thread| thread.step(name, &self.names))
    }

    /// The name of the step with this number.
    pub(crate) fn step_name(&self, step: NameId) -> Arc<str> {
        lock_whole(&self.names).steps.name(step)
    }

    /// The number of a tag.
    pub(crate) fn tag(&self, key: &str, value: &str) -> TagId {
        self.on_this_thread(|thread| thread.tag(key, value, &self.names))
    }

    /// Counts an iteration that ended. `completion` is the time and the stage of its end, if load was still on then.
    #[inline]
    pub(crate) fn iteration(
        &self,
        context: &Context,
        sample: OperationSample,
        outcome: Outcome<'_>,
        completion: Option<Completion>,
    ) {
        self.operation(context, KeySubject::Iteration, sample, outcome, completion);
    }

    /// Counts an iteration of a load, and passes it to the observer of that load. `at` is the offset at which it was
    /// due; in the open model its service time is recorded too.
    #[inline]
    pub(crate) fn load_iteration(
        &self,
        context: &Context,
        (times, at, is_open): (OperationTimes, u64, bool),
        outcome: Outcome<'_>,
        completion: Option<Completion>,
        observer: Option<&dyn OperationObserver>,
    ) {
        self.iteration(context, times.sample(at, is_open), outcome, completion);
        if let Some(observer) = observer {
            observer.ended(context.user, times, outcome);
        }
    }

    /// Counts a step that ended, like [`iteration`](Self::iteration).
    #[inline]
    pub(crate) fn step_done(
        &self,
        context: &Context,
        step: NameId,
        sample: OperationSample,
        outcome: Outcome<'_>,
        completion: Option<Completion>,
    ) {
        self.operation(context, KeySubject::Step(step), sample, outcome, completion);
    }

    #[inline]
    fn operation(
        &self,
        context: &Context,
        what: KeySubject,
        sample: OperationSample,
        outcome: Outcome<'_>,
        completion: Option<Completion>,
    ) {
        let completion = completion.filter(|_| matches!(outcome, Outcome::Success));
        let same_stage = completion.filter(|completion| completion.stage == context.stage).map(|same| same.at);
        let is_full = self.on_this_thread(|thread| {
            let kind = match outcome {
                Outcome::Failed(failed) => Some(thread.kind(failed.kind(), &self.names)),
                _ => None,
            };
            let operation = EndedOperation { sample, outcome, kind: kind.as_ref() };
            let mut buffer = thread.buffer();
            self.keys(context, what, |key| buffer.operation(key, &operation, same_stage));
            if let (KeySubject::Iteration, Outcome::Failed(failed), Some(kind)) = (what, outcome, &kind) {
                buffer.failure_message(kind, failed.message());
            }
            if let Some(Completion { stage, at }) = completion.filter(|_| same_stage.is_none()) {
                let context = Context { stage, ..context.clone() };
                self.keys(&context, what, |key| buffer.completed(key, at));
            }
            buffer.is_full()
        });
        if is_full {
            self.gather(&mut lock_whole(&self.store));
        }
    }

    /// Counts calls that were timed together: their successes, and the times of a call.
    pub(crate) fn calls(&self, case: Label, at: u64, tally: Tally) {
        let selection = Selection { case: label_name(&self.cases, case), ..Selection::default() };
        let tally = Tally { completed: tally.successes, ..tally };
        let mut store = lock_whole(&self.store);
        if !store.frozen && !tally.is_empty() {
            store.measurements.add_operation_at(selection, slots::tick_of(at), tally);
        }
    }

    /// Sets the memory that all calls of a case took until now.
    pub(crate) fn call_memory(&self, case: Label, memory: CallMemory) {
        lock_whole(&self.store).measurements.call_memory.insert(label_name(&self.cases, case), memory);
    }

    /// Counts a failed step that may not have failed its iteration: see [`Incidents`].
    pub(crate) fn step_forgiven(&self, context: &Context, step: NameId, kind: &str, count: u64, message: &str) {
        let key = self.step_failure(context, step, kind);
        self.incident(|incidents| incidents.forgiven.entry(key).or_default().add(count, message));
    }

    /// Counts a failed step of a task or thread that a body started.
    pub(crate) fn spawned_step_failed(&self, context: &Context, step: NameId, failed: &Failed) {
        let key = self.step_failure(context, step, failed.kind());
        self.incident(|incidents| incidents.spawned.entry(key).or_default().add(1, failed.message()));
    }

    fn step_failure(&self, context: &Context, step: NameId, kind: &str) -> (Selection, Arc<str>) {
        let mut names = lock_whole(&self.names);
        let kind = names.kind(kind);
        (self.selection(&names, Key::new(context, KeySubject::Step(step))), kind)
    }

    /// Counts a call of `sample`, and its failure if it failed.
    pub(crate) fn sampled(&self, failed: Option<&Failed>) {
        self.incident(|incidents| {
            incidents.samples += 1;
            if let Some(failed) = failed {
                incidents.failed_samples.add(1, failed.message());
            }
        });
    }

    /// Counts an incident beside the operations, unless the measurements are already closed.
    pub(crate) fn incident(&self, count: impl FnOnce(&mut Incidents)) {
        let mut store = lock_whole(&self.store);
        if !store.frozen {
            count(&mut store.measurements.incidents);
        }
    }

    /// Counts an arrival for which no user was free.
    pub(crate) fn dropped(&self, context: &Context, at: u64) {
        self.on_this_thread(|thread| {
            let mut buffer = thread.buffer();
            self.keys(context, KeySubject::Iteration, |key| buffer.dropped(key, at));
        });
    }

    /// Counts a recorded value.
    ///
    /// # Errors
    /// A failure of kind "value" when the value is not finite, or earlier values of the name had another unit.
    pub(crate) fn value(
        &self,
        context: &Context,
        name: &str,
        at: u64,
        value: f64,
        unit: ValueUnit,
    ) -> Result<(), Failed> {
        if !value.is_finite() {
            return Err(Failed::new("value", format_args!("recorded `{name}` as {value}, which is no finite number")));
        }
        self.on_this_thread(|thread| {
            let (id, first) = thread.value(name, unit, &self.names);
            if first != unit {
                return Err(Failed::new(
                    "value",
                    format_args!("recorded `{name}` as {unit}, but before as {first}: give each its own name"),
                ));
            }
            let mut buffer = thread.buffer();
            self.keys(context, KeySubject::Value(id), |key| buffer.value(key, at, value, unit));
            Ok(())
        })
    }

    /// Records by how much an arrival started later than intended although a user was free.
    pub(crate) fn lateness(&self, ns: u64) {
        self.on_this_thread(|thread| thread.buffer().lateness(ns));
    }

    /// Records by how much a sleeping probe woke up too late.
    pub(crate) fn scheduling_lag(&self, ns: u64) {
        self.on_this_thread(|thread| thread.buffer().scheduling_lag(ns));
    }

    /// Adds the generator's observations of its own health since the last call.
    pub(crate) fn health(&self, noticed: &Generator) {
        let mut store = lock_whole(&self.store);
        if !store.frozen {
            store.measurements.generator.merge(noticed);
        }
    }

    /// Records the time of a stage. Another call with the same start moves the end.
    pub(crate) fn stage_span(&self, stage: Label, start: Duration, end: Duration) {
        set_span(&mut lock_whole(&self.store).measurements.spans, label_name(&self.stages, stage), start, end);
    }

    /// Records the time of a case. Another call with the same start moves the end.
    pub(crate) fn case_span(&self, case: Label, start: Duration, end: Duration) {
        set_span(&mut lock_whole(&self.store).measurements.case_spans, label_name(&self.cases, case), start, end);
    }

    /// Records the time of a scenario. Another call with the same start moves the end.
    pub(crate) fn scenario_span(&self, scenario: Label, start: Duration, end: Duration) {
        set_span(
            &mut lock_whole(&self.store).measurements.scenario_spans,
            label_name(&lock_whole(&self.scenarios), scenario),
            start,
            end,
        );
    }

    /// Notes that the load, or one of its stages, ends when its work is done and not at a time.
    pub(crate) fn ends_with_work(&self, stage: Label) {
        lock_whole(&self.store).measurements.ends_with_work.insert(label_name(&self.stages, stage));
    }

    /// Counts another verdict that can end the load.
    pub(crate) fn look(&self) {
        lock_whole(&self.store).measurements.looks += 1;
    }

    /// Sets how the load has gone on until now after its planned end.
    pub(crate) fn settled(&self, settled: Settled) {
        lock_whole(&self.store).measurements.settled = Some(settled);
    }

    /// Records how many users there are at once; the most is kept.
    pub(crate) fn peak_users(&self, users: u64) {
        let peak = &mut lock_whole(&self.store).measurements.peak_users;
        *peak = users.max(*peak);
    }

    /// Sets what the experiment did and saw until now.
    pub(crate) fn experiment(&self, experiment: Experiment) {
        lock_whole(&self.store).measurements.experiment = Some(Box::new(experiment));
    }

    /// Returns what the experiments of the test did and saw so far.
    pub(crate) fn experiment_so_far(&self) -> Experiment {
        lock_whole(&self.store).measurements.experiment.as_deref().cloned().unwrap_or_default()
    }

    /// Adds a note for the reader of the report, unless it exists already.
    pub(crate) fn note(&self, text: String) {
        let notes = &mut lock_whole(&self.store).measurements.notes;
        if !notes.contains(&text) {
            notes.push(text);
        }
    }

    /// Adds a reading of the resources that the process used.
    pub(crate) fn resources(&self, at: Duration, sample: ResourceSample) {
        let resources = &mut lock_whole(&self.store).measurements.resources;
        if sample.received.is_some() {
            resources.network_scope = Some(NetworkScope::Namespace);
        }
        resources.samples.push((at, sample));
    }

    /// Gathers every thread's measurements until now.
    pub(crate) fn snapshot(&self, elapsed: Duration) -> Measurements {
        self.read(&mut lock_whole(&self.store), elapsed)
    }

    /// Returns all measurements so far, and the name of a case.
    pub(crate) fn so_far(&self, case: Label) -> (Measurements, Option<Arc<str>>) {
        (self.snapshot(Duration::ZERO), label_name(&self.cases, case))
    }

    /// Takes the last snapshot: later samples are not measured, only counted, and a later snapshot has a note on them.
    pub(crate) fn freeze(&self, elapsed: Duration) -> Measurements {
        let mut store = lock_whole(&self.store);
        let measurements = self.read(&mut store, elapsed);
        store.frozen = true;
        measurements
    }

    fn read(&self, store: &mut RecorderState, elapsed: Duration) -> Measurements {
        self.gather(store);
        if !store.frozen {
            let Measurements { generator, resources, .. } = &mut store.measurements;
            generator.sum_up(resources, elapsed);
            store.measurements.elapsed = elapsed;
        }
        let mut measurements = store.measurements.clone();
        measurements.note_late_samples(store.strays);
        measurements.notes.extend(measurements.bounds.notes());
        measurements
    }

    /// How many samples came after the freeze.
    pub(crate) fn late_samples(&self) -> u64 {
        let mut store = lock_whole(&self.store);
        if store.frozen {
            self.gather(&mut store);
        }
        store.strays
    }

    fn gather(&self, store: &mut RecorderState) {
        let buffers = lock_whole(&self.buffers).clone();
        for buffer in &buffers {
            let drained = lock_whole(buffer).take();
            self.keep(store, drained);
        }
        drop(buffers);
        // A buffer that only this list holds is that of a thread that ended. It is removed if empty, and otherwise
        // gathered next time.
        lock_whole(&self.buffers).retain(|buffer| Arc::strong_count(buffer) > 1 || !lock_whole(buffer).is_empty());
        let mut names = lock_whole(&self.names);
        let known = &mut store.measurements.names;
        known.steps = names.steps.sorted();
        known.values = names.values.sorted();
        known.tags = names.tags();
        store.measurements.notes.append(&mut names.notes);
    }

    fn keep(&self, store: &mut RecorderState, drained: DrainedBuffer) {
        if store.frozen {
            store.strays += drained.samples();
            return;
        }
        let names = lock_whole(&self.names);
        for (key, tick, tally) in drained.operations {
            store.measurements.add_operation_at(self.selection(&names, key), tick, tally);
        }
        for (key, tick, completed) in drained.completed {
            let tally = Tally { completed, ..Tally::default() };
            store.measurements.add_operation_at(self.selection(&names, key), tick, tally);
        }
        for ((key, tick), tally) in drained.values {
            store.measurements.add_value_at(self.selection(&names, key), tick, tally);
        }
        store.measurements.incidents.add_messages(&drained.messages);
        store.measurements.generator.lateness.merge(&drained.lateness);
        store.measurements.generator.scheduling_lag.merge(&drained.scheduling_lag);
    }

    fn selection(&self, names: &Interned, key: Key) -> Selection {
        Selection {
            stage: label_name(&self.stages, key.stage()),
            scenario: label_name(&lock_whole(&self.scenarios), key.scenario()),
            case: label_name(&self.cases, key.case()),
            subject: match key.what() {
                KeySubject::Iteration => Subject::Iteration,
                KeySubject::Step(id) => Subject::Step(names.steps.name(id)),
                KeySubject::Value(id) => Subject::Value(names.values.name(id)),
            },
            tag: key.tag().map(|tag| names.tag_name(tag)),
            user: key.user(),
        }
    }

    /// Calls `each` with the keys under which a sample counts: its own, one with each tag, and one with its user.
    #[inline]
    fn keys(&self, context: &Context, what: KeySubject, mut each: impl FnMut(Key)) {
        let key = Key::new(context, what);
        each(key);
        for tag in context.tags.iter() {
            each(key.tagged(tag));
        }
        if self.each_user && context.user != Context::NOBODY {
            each(key.of_user(context.user));
        }
    }

    #[inline]
    fn on_this_thread<T>(&self, work: impl FnMut(&mut ThreadRecorder) -> T) -> T {
        with_thread_recorder(self.id, &self.buffers, work)
    }
}

fn label_name(names: &[Arc<str>], label: Label) -> Option<Arc<str>> {
    names.get(usize::from(label.0)).cloned()
}

fn set_span(spans: &mut Vec<Span>, name: Option<Arc<str>>, start: Duration, end: Duration) {
    let name = name.unwrap_or_else(|| "".into());
    match spans.iter_mut().rev().find(|span| span.name == name && span.start == start) {
        Some(span) => span.end = end,
        None => spans.push(Span { name, start, end }),
    }
}

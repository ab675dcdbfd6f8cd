//! Stress without a search: a body is measured at every size, or in every case, by one caller.
//!
//! The inputs are all made first, and then take turns of some milliseconds: a disturbance of the machine affects all of
//! them, and a ratio of two sizes stays fair. Time in the measurements is that of the calls alone, without the checks
//! of results and the making of inputs between them. Several callers at once, callers with an input each, and bodies
//! that ask for their `User`, are loads: see [`load_of_sweep`].
//!
//! This floor is above `test`, whose fixtures it measures.

mod call;
mod pace;

use super::counted::Counted;
use super::rt::made::Fixture;
use super::rt::run_delay::RunDelay;
use super::spec::BatchFn;
use super::supervision::standing::Doing;
use super::test::{Test, inputs_of};
use super::user::value::{Samples, Value};
use crate::error::Error;
use crate::failure::Failed;
use crate::record::allocator;
use crate::record::{CallMemory, Context, Label, OperationSample, Outcome, Sampler, TagList, Tally};
use brunt_plan::Kind;
use brunt_plan::load::{Hook, Shape, Stage};
use brunt_plan::{Plan, Quantity, parse};
use call::{BatchEnd, BatchRun, Calls};
use pace::{Goal, Pace};
use std::sync::Arc;
use std::time::Duration;

/// The length of an input's turn in nanoseconds.
const INPUT_TURN: u64 = 20_000_000;
/// Nanoseconds between two looks at the measurements, and two readings of the process.
const LOOK_INTERVAL: u64 = 1_000_000_000;
const READING_INTERVAL: u64 = 100_000_000;
/// How long a call of `sample` may take.
const SAMPLE_TIMEOUT: Duration = Duration::from_secs(5);
/// The number of calls whose allocations are counted, after a first call that may set things up.
const CALLS_COUNTED: u64 = 5;
/// The length of a batch in nanoseconds from which the system is likely to run another process meanwhile.
const LONG_BATCH: u64 = 100_000;

/// The plan of a stress test with several callers, or with a body that asks for its user, as a load.
pub(crate) fn load_of_sweep(plan: &Plan) -> Plan {
    let mut load = Plan { kind: Kind::Load, users: Some(plan.concurrency.unwrap_or(1)), ..plan.clone() };
    match (plan.concurrency, plan.iterations, plan.duration) {
        // One call of each caller, released together.
        (Some(callers), None | Some(1), None) => {
            let burst = Stage { name: None, shape: Shape::AtOnce(callers) };
            (load.users, load.iterations, load.stages.list) = (None, None, vec![burst]);
        }
        // One caller continues for the longest time that a stable estimate may take.
        (None, None, None) => load.duration = one_second(),
        _ => {}
    }
    load
}

fn one_second() -> Option<Quantity> {
    let (plan, _) = parse::plan(Kind::Load, "duration = 1s");
    plan.duration
}

/// The body in batches, where the test is measured in batches.
pub(crate) fn batch_body(plan: &Plan, batch: Option<BatchFn>) -> Option<BatchFn> {
    let one_caller = plan.concurrency.is_none_or(|callers| callers == 1) && plan.hook(Hook::UserSetup).is_none();
    batch.filter(|_| plan.kind.measures_calls() && plan.search.is_none() && one_caller)
}

/// One input and its state so far.
struct Input {
    label: Label,
    fixture: Arc<Fixture>,
    pace: Pace,
    warm_up: u64,
    memory: CallMemory,
    singly: u64,
    /// The length of the last batch in nanoseconds.
    last: u64,
}

struct SweepRun<'t> {
    test: &'t mut Test,
    body: BatchFn,
    origin: u64,
    /// The time of all calls so far.
    at: u64,
    looked: u64,
    read: u64,
    sampler: Option<Sampler>,
    /// The waits of bodies that block this thread; async bodies wait elsewhere.
    run_delay: Option<Arc<RunDelay>>,
    halted: Option<String>,
}

/// Measures every input, then checks and ends it.
pub(crate) fn run_sweep(test: &mut Test, body: BatchFn) -> Result<(), Error> {
    let mut inputs = Vec::new();
    let mut measured = make_inputs(test, &mut inputs);
    if measured.is_ok() {
        let (virtual_time, origin) = (test.home.is_virtual(), test.shared.clock.raw());
        let mut sweep = SweepRun {
            test,
            body,
            origin,
            at: 0,
            looked: 0,
            read: 0,
            sampler: (!virtual_time).then(|| Sampler::new(Duration::ZERO)),
            run_delay: (!virtual_time && matches!(body, BatchFn::Blocking(_)))
                .then(|| Arc::new(RunDelay::of_this_thread())),
            halted: None,
        };
        let standing = Arc::clone(&sweep.test.job.standing);
        let busy = standing.does(Doing::Body, None);
        measured = sweep.rounds(&mut inputs);
        drop(busy);
        let (at, halted) = (sweep.at, sweep.halted.take());
        test.base = at;
        test.outcome.halted = halted;
    }
    test.shared.recorder.freeze(Duration::from_nanos(test.base));
    end_inputs(test, inputs, measured)
}

/// Makes every input; those made before a failure are kept in `inputs` to be ended.
fn make_inputs(test: &Test, inputs: &mut Vec<Input>) -> Result<(), Error> {
    let plan = &test.job.plan;
    let time = |time: Option<Quantity>| time.and_then(Quantity::duration);
    let counts = allocator::installed();
    let singly = if counts { CALLS_COUNTED + 1 } else { 0 };
    let goal = Goal { calls: plan.iterations, time: time(plan.duration), exact: test.home.is_virtual(), singly };
    for (index, argument) in inputs_of(&test.job.plan).into_iter().enumerate() {
        inputs.push(Input {
            label: test.label(index),
            fixture: test.set_up(argument)?,
            pace: Pace::new(goal),
            warm_up: time(plan.warm_up).map_or(0, |time| time.as_nanos() as u64),
            memory: CallMemory::default(),
            singly,
            last: 0,
        });
    }
    Ok(())
}

/// Checks and ends every input, whatever came before.
fn end_inputs(test: &mut Test, inputs: Vec<Input>, measured: Result<(), Error>) -> Result<(), Error> {
    let ended = inputs
        .into_iter()
        .fold(measured, |done, input| test.end(input.fixture, done, |recorder| Counted::of(recorder, input.label)));
    ended.and_then(|()| test.unless_stopped())
}

impl SweepRun<'_> {
    /// Measures all inputs as planned, and again while a target is undecided and `settle` has time left.
    fn rounds(&mut self, inputs: &mut [Input]) -> Result<(), Error> {
        self.test.shared.recorder.peak_users(1);
        loop {
            let begin = self.now();
            self.test.job.standing.plan(self.planned(inputs.len()));
            self.round(inputs)?;
            let lasted = Duration::from_nanos(self.now() - begin);
            if !self.goes_on(inputs, lasted) {
                return Ok(());
            }
            let left = self.test.rounds.left();
            inputs.iter_mut().for_each(|input| input.pace.again(left));
        }
    }

    /// The planned length of a round of all inputs.
    fn planned(&self, inputs: usize) -> Duration {
        let plan = &self.test.job.plan;
        let time = |time: Option<Quantity>| time.and_then(Quantity::duration).unwrap_or_default();
        match self.test.home.is_virtual() {
            true => Duration::ZERO,
            false => (time(plan.duration) + time(plan.warm_up)) * inputs as u32,
        }
    }

    fn goes_on(&mut self, inputs: &[Input], lasted: Duration) -> bool {
        let test = &mut *self.test;
        if !test.rounds.are_wanted() {
            return false;
        }
        test.base = self.at;
        test.rounds.lasted(lasted);
        test.end_round();
        if self.halted.is_some() {
            return false;
        }
        // A call is not cut short: a round needs time for one call of each input.
        let left = test.rounds.left();
        let fits = !left.is_zero() && inputs.iter().all(|input| input.pace.of_a_call() <= left);
        test.goes_on(fits)
    }

    fn round(&mut self, inputs: &mut [Input]) -> Result<(), Error> {
        while inputs.iter().any(|input| input.pace.next().is_some()) && self.halted.is_none() {
            for input in inputs.iter_mut() {
                if input.pace.next().is_none() || self.halted.is_some() {
                    continue;
                }
                self.warm_up(input)?;
                self.turn(input)?;
                self.look(input);
            }
        }
        Ok(())
    }

    fn now(&self) -> u64 {
        let clock = &self.test.shared.clock;
        clock.nanos(self.origin, clock.raw())
    }

    fn call(&self, input: &Input, calls: u64, count: bool) -> Result<BatchRun, Error> {
        let run_delay = self.run_delay.clone().filter(|_| input.last >= LONG_BATCH);
        match call::call_batch(self.test, self.body, &input.fixture, Calls { calls, count, run_delay }) {
            BatchEnd::Made(made) => Ok(made),
            BatchEnd::Stopped => Err(Error::Stopped),
        }
    }

    fn warm_up(&mut self, input: &mut Input) -> Result<(), Error> {
        let until = self.now().saturating_add(std::mem::take(&mut input.warm_up));
        while self.now() < until {
            self.call(input, 1, false)?;
        }
        Ok(())
    }

    /// Calls the body for one turn, and records the results, also where a signal ends the turn.
    fn turn(&mut self, input: &mut Input) -> Result<(), Error> {
        let from = self.at;
        let mut tally = Tally::default();
        if allocator::installed() {
            allocator::reset_peak();
        }
        let ended = self.calls(input, &mut tally);
        let recorder = &self.test.shared.recorder;
        if input.label != Label::NONE {
            recorder.case_span(input.label, Duration::from_nanos(from), Duration::from_nanos(self.at));
        }
        recorder.calls(input.label, from, tally);
        if allocator::installed() {
            input.memory.process_peak = input.memory.process_peak.max(allocator::peak());
            recorder.call_memory(input.label, input.memory.clone());
        }
        ended
    }

    fn calls(&mut self, input: &mut Input, tally: &mut Tally) -> Result<(), Error> {
        let begin = self.now();
        while let Some(calls) = input.pace.next() {
            if self.test.job.stop.requested() {
                return Err(Error::Stopped);
            }
            let before = self.now();
            let made = self.call(input, calls, input.singly > 0)?;
            input.last = made.took;
            let now = self.now();
            self.count(input, &made, now - before, tally);
            if now - begin >= INPUT_TURN {
                break;
            }
        }
        Ok(())
    }

    /// Counts one batch: its failures one by one, its successes and their time together.
    fn count(&mut self, input: &mut Input, made: &BatchRun, spent: u64, tally: &mut Tally) {
        let failed = made.failures.len() as u64;
        let context = self.context(input.label);
        for failure in &made.failures {
            let sample = OperationSample { at: self.at, latency: made.took / made.calls, service: None };
            self.test.shared.recorder.iteration(&context, sample, Outcome::Failed(failure), None);
        }
        self.at += made.took;
        let times = input.pace.made(made.calls, made.took, spent);
        if failed > 0 {
            input.pace.singly();
        }
        tally.successes += made.calls - failed;
        if failed < made.calls {
            times.into_iter().for_each(|time| tally.latency.record(time));
        }
        if let Some(memory) = made.memory {
            // The first call may set up state that the others reuse.
            if input.memory.calls() == 1 && input.singly == CALLS_COUNTED {
                input.memory = CallMemory { process_peak: input.memory.process_peak, ..CallMemory::default() };
            }
            input.memory.record(memory.allocations, memory.bytes, memory.peak);
            // Counting the next call resets the peak.
            input.memory.process_peak = input.memory.process_peak.max(allocator::peak());
            input.singly = input.singly.saturating_sub(1);
        }
    }

    fn context(&self, case: Label) -> Context {
        Context { stage: Label::NONE, scenario: Label::NONE, case, user: 0, tags: TagList::default() }
    }

    /// Reads the gauges and shows the measurements about once a second; reads the process more often.
    fn look(&mut self, input: &Input) {
        let (now, test) = (self.now(), &*self.test);
        let recorder = &test.shared.recorder;
        let at = Duration::from_nanos(self.at);
        if let Some(sampler) = self.sampler.as_mut().filter(|_| now >= self.read + READING_INTERVAL) {
            self.read = now;
            recorder.resources(at, sampler.sample(at));
        }
        if now < self.looked + LOOK_INTERVAL {
            return;
        }
        self.looked = now;
        self.sample(input);
        if let Some(halt) = test.job.asks.look(recorder.snapshot(at)) {
            self.halted = Some(halt.reason);
        }
    }

    fn sample(&self, input: &Input) {
        let Some(sample) = self.test.job.spec.sample else { return };
        let recorder = &self.test.shared.recorder;
        let mut samples = Samples::default();
        let done =
            self.test.home.call(&self.test.job.stop, Some(SAMPLE_TIMEOUT), || sample(&*input.fixture, &mut samples));
        let context = self.context(input.label);
        let record =
            |(name, Value { number, unit }): (String, Value)| recorder.value(&context, &name, self.at, number, unit);
        let kept: Result<Vec<()>, Failed> = samples.into_gauges().into_iter().map(record).collect();
        recorder.sampled(done.and(kept.map(|_| ())).err().as_ref());
    }
}

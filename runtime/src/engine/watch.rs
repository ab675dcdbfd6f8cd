//! Looks at a load while it is on, about once a second: gauges, resources, stages, and whoever wants to see the
//! measurements so far. Its cost is bounded: where a look takes long, the next one waits.

use super::drive::Halting;
use super::home;
use super::load::Load;
use super::schedule::{Choice, Schedule};
use super::spec::{Fixture, SendMade, Spec};
use super::stop::Halt;
use super::value::Value;
use super::virtual_user::timed_out;
use crate::record::{Label, Measurements, Sampler, TagList};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Where `sample` records its gauges: values that something has now, such as the length of a queue.
///
/// ```
/// fn sample(queue: &std::sync::Mutex<Vec<u32>>, samples: &mut brunt::Samples) {
///     samples.record("backlog", queue.lock().unwrap().len());
/// }
/// ```
#[derive(Debug, Default)]
pub struct Samples {
    gauges: Vec<(String, Value)>,
}

impl Samples {
    /// Records a gauge under a name; targets speak of it as `name.max`, `name.last` ….
    pub fn record(&mut self, name: &str, value: impl Into<Value>) {
        self.gauges.push((name.to_owned(), value.into()));
    }

    pub(super) fn into_gauges(self) -> Vec<(String, Value)> {
        self.gauges
    }
}

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);
/// Between two looks at whether the load has started.
const SOON: Duration = Duration::from_millis(10);
/// A look may take this part of the time.
const SHARE: u32 = 20;
/// How often the probe for the scheduling lag sleeps, and how long.
const PROBE: Duration = Duration::from_millis(20);

pub(super) type Watcher<'a> = &'a (dyn Fn(&Measurements) -> Option<Halt> + Sync);

/// Looks at one load.
pub(super) struct Watch<'a> {
    pub(super) spec: &'a Spec,
    pub(super) load: &'a Arc<Load>,
    pub(super) schedule: &'a Schedule,
    pub(super) fixture: &'a Fixture,
    pub(super) halting: &'a Halting,
    pub(super) watcher: Watcher<'a>,
}

/// Tells the watching thread that the load is over.
#[derive(Debug, Default)]
pub(super) struct Over(Mutex<bool>, Condvar);

impl Over {
    /// Tells it when what this gives back is dropped, by a panic too: a scope waits for its threads before it goes on.
    pub(super) fn at_end(&self) -> impl Drop + '_ {
        struct Said<'a>(&'a Over);
        impl Drop for Said<'_> {
            fn drop(&mut self) {
                self.0.say();
            }
        }
        Said(self)
    }

    fn say(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.1.notify_all();
    }

    /// Waits; says whether it is over.
    fn wait(&self, time: Duration) -> bool {
        let over = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *self.1.wait_timeout_while(over, time, |over| !*over).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Watch<'_> {
    /// Watches from a thread, in real time: a plain `sample` may block it.
    pub(super) fn on_thread(&self, handle: &Handle, over: &Over) {
        let origin = self.load.elapsed(0);
        let (mut sampler, mut wait) = (None, SOON);
        while !over.wait(wait) {
            let began = Instant::now();
            // Tokio's timers sleep while the worker that was to wake them is held by a body that blocks; a task from
            // outside wakes another. Otherwise such a body would hold up the end of the load for as long as it lasts.
            handle.spawn(async {});
            if !self.load.has_started() {
                continue;
            }
            // The first reading is of the first second: what it is compared with is read at the start.
            let Some(sampler) = &mut sampler else {
                (sampler, wait) = (Some(Sampler::new(origin)), EVERY);
                continue;
            };
            let mut samples = Samples::default();
            if let Some(sample) = self.spec.sample {
                let sampled = home::call(
                    handle,
                    || sample(self.fixture, &mut samples),
                    |future| {
                        handle.block_on(async {
                            let limit = EVERY * 5;
                            tokio::time::timeout(limit, future).await.unwrap_or_else(|_| Err(timed_out(limit)))
                        })
                    },
                );
                self.keep(samples, sampled);
            }
            let now = self.load.now();
            let at = self.load.elapsed(now);
            self.load.shared.recorder.resources(at, sampler.sample(at));
            self.look(now);
            wait = EVERY.saturating_sub(began.elapsed()).max(began.elapsed() * (SHARE - 1));
        }
        // What was used since the last reading, and all of it in a load of less than a second.
        if let Some(sampler) = &mut sampler {
            let at = self.load.elapsed(self.load.now());
            self.load.shared.recorder.resources(at, sampler.sample(at));
        }
    }

    /// Watches from the load's own thread, by the seconds of virtual time.
    pub(super) async fn in_virtual_time(&self) {
        let mut second = 0;
        while !self.load.has_started() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        loop {
            second += 1;
            self.load.sleep_until(second * 1_000_000_000).await;
            let mut samples = Samples::default();
            if let Some(sample) = self.spec.sample {
                let sampled = virtual_sample(|| sample(self.fixture, &mut samples)).await;
                self.keep(samples, sampled);
            }
            // Virtual seconds pass by the thousand. When it is looked depends on nothing else, so that what ends a test
            // early is the same in every run.
            if second <= 60 || second % 10 == 0 {
                self.look(self.load.now());
            }
        }
    }

    /// Records gauges, and counts a failure of the hook.
    fn keep(&self, samples: Samples, sampled: Result<(), crate::Failed>) {
        let failed = sampled.and(self.record_gauges(samples)).err();
        self.load.shared.recorder.sampled(failed.as_ref());
    }

    fn record_gauges(&self, samples: Samples) -> Result<(), crate::Failed> {
        let load = self.load;
        let now = load.now();
        let Some(at) = load.offset(now) else { return Ok(()) };
        let context = crate::record::Context {
            stage: load.timeline.at(now),
            scenario: Label::NONE,
            case: load.case,
            user: crate::record::Context::NOBODY,
            tags: TagList::default(),
        };
        let record = |(name, Value { number, unit }): (String, Value)| {
            load.shared.recorder.value(&context, &name, at, number, unit)
        };
        // One that cannot be recorded does not keep the others out.
        samples.gauges.into_iter().map(record).fold(Ok(()), Result::and)
    }

    /// Shows the measurements so far.
    fn look(&self, now: u64) {
        self.note_times(now);
        let measurements = self.load.shared.recorder.snapshot(self.load.elapsed(now));
        if let Some(halt) = (self.watcher)(&measurements) {
            self.halting.order(halt);
        }
    }

    /// Records which stages, scenarios and cases have been on until now.
    pub(super) fn note_times(&self, now: u64) {
        note_times(self.load, self.schedule, now);
    }

    /// Sleeps and records how much too late it woke up.
    pub(super) async fn probe(load: Arc<Load>) {
        loop {
            let before = load.now();
            tokio::time::sleep(PROBE).await;
            let slept = load.now().saturating_sub(before);
            if load.offset(before).is_some() {
                load.shared.recorder.scheduling_lag(slept.saturating_sub(PROBE.as_nanos() as u64));
            }
        }
    }
}

/// Records which stages, scenarios and cases of a load have been on until now.
pub(super) fn note_times(load: &Load, schedule: &Schedule, now: u64) {
    {
        let recorder = &load.shared.recorder;
        let begin = schedule.warm_up;
        let stages = load.timeline.until(now);
        for (stage, start, end) in &stages {
            recorder.stage_span(*stage, load.elapsed(*start), load.elapsed(*end));
        }
        // What the stages do not name belongs to the whole all the same.
        if let (Some((_, _, last)), Some(end)) = (stages.last(), schedule.end)
            && *last < end.min(now)
        {
            recorder.stage_span(Label::NONE, load.elapsed(*last), load.elapsed(end.min(now)));
        }
        if load.case != Label::NONE && now > begin {
            recorder.case_span(load.case, load.elapsed(begin), load.elapsed(now));
        }
        for stream in &schedule.streams {
            if let Choice::One(scenario) = stream.scenario {
                let end = stream.end.map_or(now, |end| end.min(now));
                if stream.start() < end {
                    recorder.scenario_span(Label(scenario), load.elapsed(stream.start()), load.elapsed(end));
                }
            }
        }
        for (scenario, start, end) in load.scenarios(now) {
            recorder.scenario_span(scenario, load.elapsed(start), load.elapsed(end));
        }
        recorder.peak_users(load.peak());
    }
}

async fn virtual_sample<'a>(hook: impl FnOnce() -> SendMade<'a, ()>) -> Result<(), crate::Failed> {
    match super::panic::catch(hook)? {
        super::spec::Made::Ready(done) => done,
        super::spec::Made::Later(future) => home::Caught::new(future).await,
    }
}

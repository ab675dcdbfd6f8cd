//! One load on one fixture: what its streams and users share. It drives nothing itself.
//!
//! The second floor of the engine, above `rt` and `schedule`: one load, and what its streams and users share.

pub(crate) mod health;
pub(crate) mod in_flight;
pub(crate) mod roster;
pub(crate) mod stream;
pub(crate) mod timeline;
pub(crate) mod whereabouts;

use super::rt::clock::Clock;
use super::rt::seed::Seed;
use super::schedule::{Choice, Schedule, Shape};
use crate::failure::Failed;
use crate::record::{Completion, Label, Recorder};
use crate::sync::Lock;
use brunt_plan::Plan;
use brunt_plan::load::ThinkTime;
use health::Health;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use timeline::Timeline;

/// What iterations in flight at the end may take, where the plan does not say.
pub(crate) const GRACEFUL_STOP: Duration = Duration::from_secs(30);
/// What a call of a hook may take, where the plan does not say.
const SETUP_TIMEOUT: Duration = Duration::from_secs(60);

/// What a call of a hook may take.
pub(crate) fn setup_timeout(plan: &Plan) -> Duration {
    plan.setup_timeout.and_then(brunt_plan::Quantity::duration).unwrap_or(SETUP_TIMEOUT)
}

/// The plan's options that users look at.
#[derive(Debug)]
pub(crate) struct LoadOptions {
    pub(crate) seed: Seed,
    pub(crate) timeout: Option<Duration>,
    /// Shortest and longest, in nanoseconds.
    pub(crate) think_time: Option<(u64, u64)>,
    pub(crate) graceful_stop: Duration,
    /// How long a hook may take.
    pub(crate) setup_timeout: Duration,
    pub(crate) poisson: bool,
}

impl LoadOptions {
    pub(crate) fn of(plan: &Plan) -> Self {
        let nanos = |time: brunt_plan::Quantity| time.duration().map_or(0, |time| time.as_nanos() as u64);
        Self {
            seed: Seed(plan.seed.unwrap_or(0)),
            timeout: plan.timeout.and_then(brunt_plan::Quantity::duration),
            think_time: plan.think_time.map(|time| match time {
                ThinkTime::Fixed(time) => (nanos(time), nanos(time)),
                ThinkTime::Between(from, to) => (nanos(from), nanos(to)),
            }),
            graceful_stop: plan.graceful_stop.and_then(brunt_plan::Quantity::duration).unwrap_or(GRACEFUL_STOP),
            setup_timeout: setup_timeout(plan),
            poisson: plan.poisson,
        }
    }
}

/// Names by label.
#[derive(Clone, Debug)]
pub(crate) struct LoadNames {
    pub(crate) stages: Vec<String>,
    pub(crate) scenarios: Vec<String>,
    pub(crate) cases: Vec<String>,
}

/// The name of a label; empty where there is none.
pub(crate) fn label_name(names: &[String], label: Label) -> &str {
    names.get(usize::from(label.0)).map_or("", String::as_str)
}

/// What stays the same for all cases of a test.
pub(crate) struct TestShared {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) clock: Clock,
    pub(crate) options: LoadOptions,
    pub(crate) names: LoadNames,
}

impl TestShared {
    /// The same for a further round of the load: with other draws, and yet the same in every run.
    pub(crate) fn of_round(&self, plan: &Plan, round: u32) -> Arc<Self> {
        let options = LoadOptions::of(plan);
        let seed = options.seed.of_round(round);
        Arc::new(Self {
            recorder: Arc::clone(&self.recorder),
            clock: self.clock.clone(),
            options: LoadOptions { seed, ..options },
            names: self.names.clone(),
        })
    }
}

/// One load.
pub(crate) struct Load {
    /// Tells it from all other loads of the process.
    pub(crate) number: u64,
    pub(crate) shared: Arc<TestShared>,
    pub(crate) case: Label,
    pub(crate) timeline: Timeline,
    /// How long the warm-up is.
    lead: u64,
    /// When it ends, where a time ends it.
    end: Option<u64>,
    /// Where the load lies in the measurements: after those of the cases before.
    pub(crate) base: u64,
    /// The raw reading at which the load started; until then the end of time.
    origin: AtomicU64,
    /// Users that run now.
    running: AtomicU64,
    /// Users that are in their `user_teardown`.
    leaving: AtomicU64,
    last_end: AtomicU64,
    peak: AtomicU64,
    refused: Lock<Option<(Failed, u64)>>,
    ended_badly: Lock<Option<(Failed, u64)>>,
    pub(crate) health: Health,
    /// Turns that users' calls had on the thread of virtual time: while they go on it is not held.
    calls: AtomicU64,
    /// What holds the thread of virtual time is the engine.
    is_looked_at: AtomicBool,
    /// When the last thing moved in a load that hung; until then the end of time.
    hung_since: AtomicU64,
    /// Scenarios that came while the load was on, with their times.
    scenarios: Lock<Vec<(Label, u64, Option<u64>)>>,
}

impl Load {
    pub(crate) fn new(shared: &Arc<TestShared>, case: Label, schedule: &Schedule, base: u64) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NEXT.fetch_add(1, Relaxed),
            shared: Arc::clone(shared),
            case,
            timeline: Timeline::new(&schedule.windows),
            lead: schedule.warm_up,
            end: schedule.end,
            base,
            origin: AtomicU64::new(u64::MAX),
            running: AtomicU64::new(0),
            leaving: AtomicU64::new(0),
            last_end: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            refused: Lock::new(None),
            ended_badly: Lock::new(None),
            health: Health::default(),
            calls: AtomicU64::new(0),
            is_looked_at: AtomicBool::new(false),
            hung_since: AtomicU64::new(u64::MAX),
            scenarios: Lock::default(),
        }
    }

    /// The load starts now.
    pub(crate) fn start(&self) {
        self.origin.store(self.shared.clock.raw(), Relaxed);
    }

    pub(crate) fn has_started(&self) -> bool {
        self.origin.load(Relaxed) != u64::MAX
    }

    /// Nanoseconds since the load started, warm-up included.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        let clock = &self.shared.clock;
        clock.nanos(self.origin.load(Relaxed), clock.raw())
    }

    /// Where a time lies in the measurements; nothing during the warm-up.
    #[inline]
    pub(crate) fn offset(&self, t: u64) -> Option<u64> {
        t.checked_sub(self.lead).map(|t| t + self.base)
    }

    /// What an operation that ended `now` completes: nothing when its stream, or the load, was over by then, as what is
    /// finished while a load drains is not done under it.
    #[inline]
    pub(crate) fn completion(&self, now: u64, stream_end: Option<u64>) -> Option<Completion> {
        let is_over = |end: Option<u64>| end.is_some_and(|end| now >= end);
        if is_over(self.end) || is_over(stream_end) {
            return None;
        }
        self.offset(now).map(|at| Completion { stage: self.timeline.at(now), at })
    }

    /// Where a time lies in the measurements, the warm-up being their start.
    pub(crate) fn elapsed(&self, t: u64) -> Duration {
        Duration::from_nanos(self.base + t.saturating_sub(self.lead))
    }

    /// Until that time of the load.
    pub(crate) async fn sleep_until(&self, t: u64) {
        loop {
            let now = self.now();
            if now >= t {
                return;
            }
            tokio::time::sleep(Duration::from_nanos(t - now)).await;
        }
    }

    /// A user's call has a turn on its thread.
    #[inline]
    pub(crate) fn note_call(&self) {
        if self.shared.clock.is_virtual() {
            self.calls.fetch_add(1, Relaxed);
        }
    }

    /// The engine itself is at work on the thread of virtual time, until this is dropped.
    pub(crate) fn look(&self) -> impl Drop + '_ {
        struct Looking<'l>(&'l Load);
        impl Drop for Looking<'_> {
            fn drop(&mut self) {
                self.0.is_looked_at.store(false, Relaxed);
            }
        }
        self.is_looked_at.store(true, Relaxed);
        Looking(self)
    }

    pub(crate) fn is_looked_at(&self) -> bool {
        self.is_looked_at.load(Relaxed)
    }

    /// How many turns there were, in virtual time.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// A user runs.
    pub(crate) fn enter(&self) {
        self.peak.fetch_max(self.running.fetch_add(1, Relaxed) + 1, Relaxed);
    }

    /// A user runs no more; its last iteration ended then.
    pub(crate) fn exit(&self, last_end: u64) {
        self.running.fetch_sub(1, Relaxed);
        self.note_end(last_end);
    }

    /// An iteration ended then.
    pub(crate) fn note_end(&self, end: u64) {
        self.last_end.fetch_max(end, Relaxed);
    }

    /// Counts a user as leaving until this is dropped: `user_teardown` runs, and its state is dropped.
    pub(crate) fn leave(self: &Arc<Self>) -> impl Drop + Send + use<> {
        struct Leaving(Arc<Load>);
        impl Drop for Leaving {
            fn drop(&mut self) {
                self.0.leaving.fetch_sub(1, Relaxed);
            }
        }
        self.leaving.fetch_add(1, Relaxed);
        Leaving(Arc::clone(self))
    }

    /// Users that are in their `user_teardown` now.
    pub(crate) fn leaving(&self) -> u64 {
        self.leaving.load(Relaxed)
    }

    /// Users that run now.
    pub(crate) fn running(&self) -> u64 {
        self.running.load(Relaxed)
    }

    /// Most users that ran at once.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    /// Nothing has moved since then, and nothing will.
    pub(crate) fn hang(&self, since: u64) {
        self.hung_since.store(since, Relaxed);
    }

    /// When the last thing moved, where the load hung: the time after that was none of the load.
    pub(crate) fn hung_since(&self) -> Option<u64> {
        Some(self.hung_since.load(Relaxed)).filter(|since| *since != u64::MAX)
    }

    pub(crate) fn last_end(&self) -> u64 {
        self.last_end.load(Relaxed)
    }

    /// A scenario begins.
    pub(crate) fn open_scenario(&self, scenario: Label) {
        let now = self.now();
        self.scenarios.lock().push((scenario, now, None));
    }

    /// A scenario is over, unless it was before.
    pub(crate) fn close_scenario(&self, scenario: Label) {
        let now = self.now();
        let mut scenarios = self.scenarios.lock();
        let open = scenarios.iter_mut().find(|(label, _, end)| *label == scenario && end.is_none());
        if let Some((_, _, end)) = open {
            *end = Some(now);
        }
    }

    /// The scenarios that came while the load was on, until now.
    pub(crate) fn scenarios(&self, now: u64) -> Vec<(Label, u64, u64)> {
        let scenarios = self.scenarios.lock();
        scenarios.iter().map(|(label, start, end)| (*label, *start, end.unwrap_or(now).min(now))).collect()
    }

    /// `user_setup` failed.
    pub(crate) fn refuse(&self, failed: Failed) {
        count_failure(&self.refused, failed);
    }

    pub(crate) fn has_refused(&self) -> bool {
        self.refused.lock().is_some()
    }

    /// The first failure of `user_setup` and how many there were.
    pub(crate) fn refused(&self) -> Option<(Failed, u64)> {
        self.refused.lock().take()
    }

    /// `user_teardown` failed.
    pub(crate) fn end_badly(&self, failed: Failed) {
        count_failure(&self.ended_badly, failed);
    }

    /// The first failure of `user_teardown` and how many there were.
    pub(crate) fn ended_badly(&self) -> Option<(Failed, u64)> {
        self.ended_badly.lock().take()
    }

    /// Records which stages, scenarios and cases have been on until now.
    pub(crate) fn note_times(&self, schedule: &Schedule, now: u64) {
        let recorder = &self.shared.recorder;
        let begin = schedule.warm_up;
        let stages = self.timeline.until(now);
        note_what_ends_with_work(recorder, schedule);
        for (stage, start, end) in &stages {
            recorder.stage_span(*stage, self.elapsed(*start), self.elapsed(*end));
        }
        // What the stages do not name belongs to the whole all the same.
        if let (Some((_, _, last)), Some(end)) = (stages.last(), schedule.end)
            && *last < end.min(now)
        {
            recorder.stage_span(Label::NONE, self.elapsed(*last), self.elapsed(end.min(now)));
        }
        // Without stages load is on until its planned end, where it has one, and not until the last operation in flight
        // has ended.
        let end = schedule.end.map_or(now, |end| end.min(now));
        if stages.is_empty() && begin < end {
            recorder.stage_span(Label::NONE, self.elapsed(begin), self.elapsed(end));
        }
        if self.case != Label::NONE && now > begin {
            recorder.case_span(self.case, self.elapsed(begin), self.elapsed(now));
        }
        for stream in &schedule.streams {
            if let Choice::One(scenario) = stream.scenario {
                let end = stream.end.map_or(now, |end| end.min(now));
                if stream.start() < end {
                    recorder.scenario_span(Label(scenario), self.elapsed(stream.start()), self.elapsed(end));
                }
            }
        }
        for (scenario, start, end) in self.scenarios(now) {
            recorder.scenario_span(scenario, self.elapsed(start), self.elapsed(end));
        }
        recorder.peak_users(self.peak());
        recorder.health(&self.health.take());
    }
}

fn count_failure(failures: &Lock<Option<(Failed, u64)>>, failed: Failed) {
    failures.lock().get_or_insert((failed, 0)).1 += 1;
}

/// Records which stages, or whether the whole load, end when their work is done.
fn note_what_ends_with_work(recorder: &Recorder, schedule: &Schedule) {
    let segments = || schedule.streams.iter().flat_map(|stream| &stream.segments);
    if schedule.end.is_none() && segments().next().is_some() && schedule.stages.is_empty() {
        recorder.ends_with_work(Label::NONE);
    }
    for segment in segments().filter(|segment| matches!(segment.shape, Shape::Burst(_))) {
        recorder.ends_with_work(segment.stage.map_or(Label::NONE, Label));
    }
}

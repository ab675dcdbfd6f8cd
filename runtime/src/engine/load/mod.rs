//! One load on one fixture: the state that its streams and users share. It drives nothing itself.
//!
//! The second floor of the engine, above `rt` and `schedule`.

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

/// How long iterations in flight at the end may take, where the plan does not set it.
pub(crate) const GRACEFUL_STOP: Duration = Duration::from_secs(30);
/// How long a call of a hook may take, where the plan does not set it.
const SETUP_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a call of a hook may take.
pub(crate) fn setup_timeout(plan: &Plan) -> Duration {
    plan.setup_timeout.and_then(brunt_plan::Quantity::duration).unwrap_or(SETUP_TIMEOUT)
}

/// The options of the plan that a running load needs.
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

/// The names of labels: stages, scenarios and cases.
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

/// The state that stays the same for all cases of a test.
pub(crate) struct TestShared {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) clock: Clock,
    pub(crate) options: LoadOptions,
    pub(crate) names: LoadNames,
}

impl TestShared {
    /// Creates the state for a further round of the load: with other random draws, which are the same in every run.
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
    /// Unique among all loads of the process.
    pub(crate) number: u64,
    pub(crate) shared: Arc<TestShared>,
    pub(crate) case: Label,
    pub(crate) timeline: Timeline,
    /// The length of the warm-up.
    lead: u64,
    /// The end of the load, where it is planned.
    end: Option<u64>,
    /// The time in the measurements at which the load starts: after the loads of earlier cases.
    pub(crate) base: u64,
    /// The raw reading of the clock at which the load started; `u64::MAX` until then.
    origin: AtomicU64,
    /// The number of users that run now.
    running: AtomicU64,
    /// The number of users in their `user_teardown`.
    leaving: AtomicU64,
    last_end: AtomicU64,
    peak: AtomicU64,
    refused: Lock<Option<(Failed, u64)>>,
    ended_badly: Lock<Option<(Failed, u64)>>,
    pub(crate) health: Health,
    /// The number of turns that users' calls had on the thread of virtual time: while it grows, the thread is not held.
    calls: AtomicU64,
    /// Whether the engine itself holds the thread of virtual time.
    is_looked_at: AtomicBool,
    /// When anything last moved in a load that hung; `u64::MAX` until then.
    hung_since: AtomicU64,
    /// The scenarios that were added while the load was running, with their times.
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

    /// Starts the load now.
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

    /// The offset of a time in the measurements; `None` during the warm-up.
    #[inline]
    pub(crate) fn offset(&self, t: u64) -> Option<u64> {
        t.checked_sub(self.lead).map(|t| t + self.base)
    }

    /// The completion of an operation that ended `now`; `None` when its stream or the load was over by then, because
    /// operations that end while a load drains are not completed under load.
    #[inline]
    pub(crate) fn completion(&self, now: u64, stream_end: Option<u64>) -> Option<Completion> {
        let is_over = |end: Option<u64>| end.is_some_and(|end| now >= end);
        if is_over(self.end) || is_over(stream_end) {
            return None;
        }
        self.offset(now).map(|at| Completion { stage: self.timeline.at(now), at })
    }

    /// The time in the measurements; times of the warm-up count as their start.
    pub(crate) fn elapsed(&self, t: u64) -> Duration {
        Duration::from_nanos(self.base + t.saturating_sub(self.lead))
    }

    /// Sleeps until this time of the load.
    pub(crate) async fn sleep_until(&self, t: u64) {
        loop {
            let now = self.now();
            if now >= t {
                return;
            }
            tokio::time::sleep(Duration::from_nanos(t - now)).await;
        }
    }

    /// Counts a turn of a user's call on its thread, in virtual time.
    #[inline]
    pub(crate) fn note_call(&self) {
        if self.shared.clock.is_virtual() {
            self.calls.fetch_add(1, Relaxed);
        }
    }

    /// Marks the thread of virtual time as held by the engine itself, until the guard is dropped.
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

    /// The number of turns so far, in virtual time.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }

    /// Counts a user as running.
    pub(crate) fn enter(&self) {
        self.peak.fetch_max(self.running.fetch_add(1, Relaxed) + 1, Relaxed);
    }

    /// Counts a user as no longer running; its last iteration ended at `last_end`.
    pub(crate) fn exit(&self, last_end: u64) {
        self.running.fetch_sub(1, Relaxed);
        self.note_end(last_end);
    }

    /// Notes that an iteration ended at this time.
    pub(crate) fn note_end(&self, end: u64) {
        self.last_end.fetch_max(end, Relaxed);
    }

    /// Counts a user as leaving until the guard is dropped: its `user_teardown` runs, and its state is dropped.
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

    /// The number of users in their `user_teardown` now.
    pub(crate) fn leaving(&self) -> u64 {
        self.leaving.load(Relaxed)
    }

    /// Users that run now.
    pub(crate) fn running(&self) -> u64 {
        self.running.load(Relaxed)
    }

    /// The greatest number of users that ran at once.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    /// Notes that nothing has moved since this time, and nothing will.
    pub(crate) fn hang(&self, since: u64) {
        self.hung_since.store(since, Relaxed);
    }

    /// When anything last moved, where the load hung: the time after that does not belong to the load.
    pub(crate) fn hung_since(&self) -> Option<u64> {
        Some(self.hung_since.load(Relaxed)).filter(|since| *since != u64::MAX)
    }

    pub(crate) fn last_end(&self) -> u64 {
        self.last_end.load(Relaxed)
    }

    /// Opens a scenario now.
    pub(crate) fn open_scenario(&self, scenario: Label) {
        let now = self.now();
        self.scenarios.lock().push((scenario, now, None));
    }

    /// Closes a scenario now, unless it is closed already.
    pub(crate) fn close_scenario(&self, scenario: Label) {
        let now = self.now();
        let mut scenarios = self.scenarios.lock();
        let open = scenarios.iter_mut().find(|(label, _, end)| *label == scenario && end.is_none());
        if let Some((_, _, end)) = open {
            *end = Some(now);
        }
    }

    /// The scenarios that were added while the load was running, with their times until now.
    pub(crate) fn scenarios(&self, now: u64) -> Vec<(Label, u64, u64)> {
        let scenarios = self.scenarios.lock();
        scenarios.iter().map(|(label, start, end)| (*label, *start, end.unwrap_or(now).min(now))).collect()
    }

    /// Counts a failure of `user_setup`.
    pub(crate) fn refuse(&self, failed: Failed) {
        count_failure(&self.refused, failed);
    }

    pub(crate) fn has_refused(&self) -> bool {
        self.refused.lock().is_some()
    }

    /// The first failure of `user_setup` and the number of failures.
    pub(crate) fn refused(&self) -> Option<(Failed, u64)> {
        self.refused.lock().take()
    }

    /// Counts a failure of `user_teardown`.
    pub(crate) fn end_badly(&self, failed: Failed) {
        count_failure(&self.ended_badly, failed);
    }

    /// The first failure of `user_teardown` and the number of failures.
    pub(crate) fn ended_badly(&self) -> Option<(Failed, u64)> {
        self.ended_badly.lock().take()
    }

    /// Records the times of stages, scenarios and cases until now.
    pub(crate) fn note_times(&self, schedule: &Schedule, now: u64) {
        let recorder = &self.shared.recorder;
        let begin = schedule.warm_up;
        let stages = self.timeline.until(now);
        note_what_ends_with_work(recorder, schedule);
        for (stage, start, end) in &stages {
            recorder.stage_span(*stage, self.elapsed(*start), self.elapsed(*end));
        }
        // Time after the last stage still belongs to the whole load.
        if let (Some((_, _, last)), Some(end)) = (stages.last(), schedule.end)
            && *last < end.min(now)
        {
            recorder.stage_span(Label::NONE, self.elapsed(*last), self.elapsed(end.min(now)));
        }
        // Without stages a load lasts until its planned end, where it has one, and not until the last operation in
        // flight has ended.
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

/// Records the stages that end when their work is done, and whether the whole load does.
fn note_what_ends_with_work(recorder: &Recorder, schedule: &Schedule) {
    let segments = || schedule.streams.iter().flat_map(|stream| &stream.segments);
    if schedule.end.is_none() && segments().next().is_some() && schedule.stages.is_empty() {
        recorder.ends_with_work(Label::NONE);
    }
    for segment in segments().filter(|segment| matches!(segment.shape, Shape::Burst(_))) {
        recorder.ends_with_work(segment.stage.map_or(Label::NONE, Label));
    }
}

//! The state of a running test, for the thread that waits for it and may have to go on without it: the current activity
//! with its start and its bound, and the measurements so far.

use crate::engine::load::Load;
use crate::engine::rt::stop::Halting;
use crate::engine::schedule::Schedule;
use crate::engine::users::interrupted;
use crate::engine::users::interrupted::INTERRUPT_NOTICE;
use crate::engine::users::pool::Pool;
use crate::failure::Failed;
use crate::record::{Context, Label, Measurements, OperationSample, Outcome, Recorder, TagList};
use crate::sync::Lock;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

/// The current activity of a test.
#[derive(Clone, Debug)]
pub(crate) enum Doing {
    /// Work of the engine itself.
    Engine,
    /// A function of the user, which is called once.
    Hook(&'static str),
    /// A load, for as long as planned.
    Load,
    /// The body of an experiment, or calls of the body of a stress test, on the test's own thread.
    Body,
}

/// A running load.
#[derive(Clone)]
pub(crate) struct OnLoad {
    pub(crate) load: Arc<Load>,
    pub(crate) schedule: Schedule,
    pub(crate) pools: Vec<Arc<Pool>>,
    pub(crate) halting: Arc<Halting>,
    /// Heals the faults of an experiment.
    pub(crate) heal: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// The state of one running test.
#[derive(Default)]
pub(crate) struct Standing(Lock<StandingState>);

struct StandingState {
    doing: Doing,
    since: Instant,
    /// How long the current activity may take.
    bound: Option<Duration>,
    /// The total time planned so far.
    planned: Duration,
    recorder: Option<Arc<Recorder>>,
    on: Option<OnLoad>,
}

impl Default for StandingState {
    fn default() -> Self {
        Self {
            doing: Doing::Engine,
            since: Instant::now(),
            bound: None,
            planned: Duration::ZERO,
            recorder: None,
            on: None,
        }
    }
}

/// A guard of the current activity, which ends when the guard is dropped.
pub(crate) struct Busy<'s> {
    standing: &'s Standing,
    before: (Doing, Option<Duration>),
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut inner = self.standing.lock();
        (inner.doing, inner.bound) = self.before.clone();
        inner.since = Instant::now();
    }
}

impl Standing {
    fn lock(&self) -> MutexGuard<'_, StandingState> {
        self.0.lock()
    }

    /// Begins an activity, which may take at most `bound`.
    pub(crate) fn does(&self, doing: Doing, bound: Option<Duration>) -> Busy<'_> {
        let mut inner = self.lock();
        let before = (std::mem::replace(&mut inner.doing, doing), std::mem::replace(&mut inner.bound, bound));
        inner.since = Instant::now();
        Busy { standing: self, before }
    }

    /// The current activity, its start and its bound.
    pub(crate) fn doing(&self) -> (Doing, Instant, Option<Duration>) {
        let inner = self.lock();
        (inner.doing.clone(), inner.since, inner.bound)
    }

    /// Adds planned time.
    pub(crate) fn plan(&self, time: Duration) {
        let mut inner = self.lock();
        inner.planned = inner.planned.saturating_add(time);
    }

    pub(crate) fn planned(&self) -> Duration {
        self.lock().planned
    }

    /// Sets the recorder of the measurements from now on.
    pub(crate) fn records_to(&self, recorder: &Arc<Recorder>) {
        self.lock().recorder = Some(Arc::clone(recorder));
    }

    /// Sets the running load.
    pub(crate) fn puts_on(&self, on: OnLoad) {
        self.lock().on = Some(on);
    }

    /// Adds the pool of an experiment's new load.
    pub(crate) fn adds(&self, pool: &Arc<Pool>) {
        if let Some(on) = &mut self.lock().on {
            on.pools.push(Arc::clone(pool));
        }
    }

    /// Removes the load, which is over.
    pub(crate) fn takes_off(&self) {
        self.lock().on = None;
    }

    pub(crate) fn on(&self) -> Option<OnLoad> {
        self.lock().on.clone()
    }

    /// The virtual time and the count of users' calls: where neither changes for long, the thread is held.
    pub(crate) fn beat(&self) -> Option<(u64, u64)> {
        let on = self.on()?;
        (on.load.shared.clock.is_virtual() && !on.load.is_looked_at())
            .then(|| (on.load.shared.clock.raw(), on.load.calls()))
    }

    /// The length of the measurements until now.
    fn elapsed(&self) -> Duration {
        let Some(OnLoad { load, schedule, .. }) = self.on().filter(|on| on.load.has_started()) else {
            return Duration::ZERO;
        };
        let end = load.hung_since().unwrap_or_else(|| load.now());
        load.timeline.close(end);
        load.note_times(&schedule, end);
        load.elapsed(end)
    }

    /// Closes the measurements of a test whose thread is left behind: iterations in flight count as interrupted, and a
    /// call on the test's own thread, if any, as this failure.
    pub(crate) fn close(&self, failed: Option<&Failed>) -> Measurements {
        let Some(recorder) = self.lock().recorder.clone() else { return Measurements::default() };
        if let Some(on) = self.on() {
            on.pools.iter().for_each(|pool| pool.stream.roster.kill());
            // Users that only wait notice it by themselves.
            std::thread::sleep(INTERRUPT_NOTICE);
            on.pools.iter().for_each(|pool| _ = interrupted::abandon_iterations(pool));
            if let Some(heal) = &on.heal {
                heal();
            }
        }
        if let Some(failed) = failed {
            let context = Context {
                stage: Label::NONE,
                scenario: Label::NONE,
                case: Label::NONE,
                user: Context::NOBODY,
                tags: TagList::default(),
            };
            let latency = self.lock().since.elapsed().as_nanos() as u64;
            recorder.iteration(
                &context,
                OperationSample { at: 0, latency, service: None },
                Outcome::Failed(failed),
                None,
            );
        }
        recorder.freeze(self.elapsed())
    }
}

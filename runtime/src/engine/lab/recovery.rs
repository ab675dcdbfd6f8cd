//! The wait for recovery: asks the judge whether the system is stable again, and since when.

use super::state::ExperimentState;
use crate::engine::rt::alarm;
use crate::engine::rt::made::LocalFuture;
use crate::engine::supervision::questions::Questions;
use crate::failure::Failed;
use crate::record::Measurements;
use crate::record::course::{Calm, Change, Course, Fate, Recovered};
use crate::record::experiment::{Recovery, phase};
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

/// How long the system must be stable at least, by default.
const STABLE_WINDOW: Duration = Duration::from_secs(1);
/// The shortest window that a body can set.
const SHORTEST_WINDOW: Duration = Duration::from_millis(50);
/// The shortest and the longest pause between two checks; in between, a pause is one twenty-fifth of the time passed
/// since the injection.
const LOOK_INTERVALS: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(500)];

/// A wait for the system to be stable again; see [`Lab::recovery`](super::Lab::recovery).
#[must_use = "it waits only when it is awaited"]
pub struct Recovering<'l> {
    core: &'l Arc<ExperimentState>,
    asks: &'l Questions,
    limit: Duration,
    window: Duration,
}

impl<'l> Recovering<'l> {
    pub(crate) fn new(core: &'l Arc<ExperimentState>, asks: &'l Questions, limit: Duration) -> Self {
        Self { core, asks, limit, window: STABLE_WINDOW }
    }

    /// Sets how long the system must be stable, at least, to count as recovered (1 s by default). The window grows, up
    /// to the limit of the wait, until it has enough operations for a verdict: see [the
    /// guide](crate::guide::resilience#recovery). Every running load must have an operation in the window, and no
    /// arrival may be dropped in it unless a target on `dropped` allows it. Nor is the system stable while operations
    /// hang: while an operation that was due in the window, or any operation of a looping user, takes longer than the
    /// window and longer than every operation in it.
    pub fn stable_for(mut self, window: Duration) -> Self {
        self.window = window.max(SHORTEST_WINDOW);
        self
    }

    async fn wait(self) -> Result<(), Failed> {
        let Self { core, asks, limit, window } = self;
        core.plan(limit);
        let wait = Wait::begin(core, limit, window)?;
        core.state().waits = true;
        core.enter(Some(phase::RECOVERING));
        let baseline = Arc::new(core.measured());
        let calm = loop {
            let now = core.load.now();
            let found = wait.look(asks, &baseline, now);
            if let Recovered::Yes(calm) = found {
                break calm;
            }
            if now.saturating_sub(wait.since) >= limit.as_nanos() as u64 {
                return Err(wait.give_up(found));
            }
            let passed = Duration::from_nanos(now.saturating_sub(wait.injected));
            let pause = (passed / 25).clamp(LOOK_INTERVALS[0], LOOK_INTERVALS[1]);
            alarm::sleep_by_clock(&core.load.shared.clock, pause).await;
        };
        wait.record(&Recovered::Yes(calm));
        core.recovered(wait.injected, calm.since, wait.since);
        core.enter(Some(phase::RECOVERY));
        core.wait(window).await;
        core.sync();
        Ok(())
    }
}

/// A running wait.
struct Wait<'l> {
    core: &'l ExperimentState,
    /// The index of the recovery in the record.
    number: usize,
    /// When the previous wait began: faults injected before that are no part of this wait.
    last: u64,
    injected: u64,
    since: u64,
    limit: Duration,
    window: Duration,
}

impl<'l> Wait<'l> {
    fn begin(core: &'l ExperimentState, limit: Duration, window: Duration) -> Result<Self, Failed> {
        let since = core.load.now();
        let state = core.state();
        let last = state.recovered;
        let injected = state.faults.iter().map(|fault| fault.injected).filter(|injected| *injected >= last).min();
        let Some(injected) = injected else {
            let nothing = "nothing was broken that the system could recover from: `lab.inject` comes before";
            return Err(Failed::new("lab", nothing));
        };
        // A second wait for the same faults continues the first.
        let again = state.recoveries.last().is_some_and(|recovery| recovery.injected == core.load.elapsed(injected));
        let number = state.recoveries.len() - usize::from(again);
        drop(state);
        let wait = Self { core, number, last, injected, since, limit, window };
        wait.record(&Recovered::No(String::new()));
        Ok(wait)
    }

    /// Whether the system has recovered by now.
    fn look(&self, asks: &Questions, baseline: &Arc<Measurements>, now: u64) -> Recovered {
        let window = self.window.as_nanos() as u64;
        let Some(course) = self.core.log.course(now, window, self.injected, self.changes()) else {
            return Recovered::No("no window of it has passed in which every operation has ended".to_owned());
        };
        let course = Arc::new(course);
        let found = asks.recovered(baseline, &course);
        let Recovered::Yes(calm) = found else { return found };
        // A stable window proves nothing while an operation outside of it still hangs.
        match self.core.log.find_hanging(now, calm.since, longest_latency(&course, calm).max(window)) {
            Some((load, time)) => {
                Recovered::No(format!("an operation of `{load}` has not ended for {:.1} s", time.as_secs_f64()))
            }
            None => found,
        }
    }

    /// The times at which the faults of this wait were injected and healed.
    fn changes(&self) -> Vec<Change> {
        let state = self.core.state();
        let faults = state.faults.iter().filter(|fault| fault.injected >= self.last);
        let mut changes: Vec<Change> = faults
            .flat_map(|fault| {
                let injected = Change { begin: fault.injected, end: fault.injected, heals: false };
                let healed = fault.healed.map(|end| Change { begin: fault.heals.unwrap_or(end), end, heals: true });
                [Some(injected), healed]
            })
            .flatten()
            .collect();
        changes.sort_by_key(|change| change.begin);
        changes
    }

    /// Returns the failure of a wait whose limit has passed.
    fn give_up(&self, found: Recovered) -> Failed {
        let why = match &found {
            Recovered::No(why) | Recovered::Undecided(_, why) => why.clone(),
            Recovered::Yes(_) => String::new(),
        };
        self.record(&found);
        self.core.publish();
        self.core.sync();
        Failed::new(NOT_RECOVERED, format_args!("not shown to be stable again within {:?}: {why}", self.limit))
    }

    /// Records the result of the wait so far.
    fn record(&self, found: &Recovered) {
        let offset = |at: u64| self.core.load.elapsed(at);
        let mut state = self.core.state();
        let faults = state.faults.iter().filter(|fault| fault.injected >= self.last);
        let healed = faults.map(|fault| fault.healed).try_fold(0, |last, healed| Some(healed?.max(last)));
        let (stable, undecided, reason) = match found {
            Recovered::Yes(calm) => (Some(calm.answered.max(self.injected)), None, None),
            Recovered::No(why) => (None, None, Some(why.clone()).filter(|why| !why.is_empty())),
            Recovered::Undecided(since, why) => (None, Some(*since), Some(why.clone())),
        };
        let recovery = Recovery {
            injected: offset(self.injected),
            healed: healed.map(offset),
            since: offset(self.since),
            limit: self.limit,
            window: self.window,
            stable: stable.map(offset),
            undecided: undecided.map(offset),
            reason,
        };
        match state.recoveries.get_mut(self.number) {
            Some(known) => *known = recovery,
            None => state.recoveries.push(recovery),
        }
    }
}

/// The longest latency of an ended operation in the stable window.
fn longest_latency(course: &Course, calm: Calm) -> u64 {
    let well = course.operations.iter().filter(|one| one.due >= calm.since && one.fate != Fate::Open);
    well.map(|one| one.end.saturating_sub(one.due)).max().unwrap_or(0)
}

/// The kind of the failure of a system that did not recover.
pub(crate) const NOT_RECOVERED: &str = "not recovered";

impl<'l> IntoFuture for Recovering<'l> {
    type Output = Result<(), Failed>;
    type IntoFuture = LocalFuture<'l, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}

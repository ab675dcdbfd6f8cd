//! Waits until the system is stable again, and finds out since when it is.

use super::board::{Board, GRAIN};
use super::core::Core;
use super::{Hypothesis, Look};
use crate::engine::spec::LocalFuture;
use crate::failure::Failed;
use crate::record::experiment::{Recovery, phase};
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

/// How long the system must be stable, where nothing else is said.
const WINDOW: Duration = Duration::from_secs(1);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(20);

/// A wait for the system to be stable again; see [`Lab::recovery`](super::Lab::recovery).
#[must_use = "it waits only when it is awaited"]
pub struct Recovering<'l> {
    core: &'l Arc<Core>,
    hypothesis: &'l Hypothesis<'l>,
    limit: Duration,
    window: Duration,
}

impl<'l> Recovering<'l> {
    pub(super) fn new(core: &'l Arc<Core>, hypothesis: &'l Hypothesis<'l>, limit: Duration) -> Self {
        Self { core, hypothesis, limit, window: WINDOW }
    }

    /// For how long the system must be stable to count as recovered (1 s). Every load that goes on must have an
    /// operation in that time, no arrival may be dropped in it but where a target on `dropped` says how many, and the
    /// percentiles that targets ask for must have their samples. Nor is it stable while operations hang: while one that
    /// was due since, or any of a user in a loop, takes longer than this time and than all in it took.
    pub fn stable_for(mut self, window: Duration) -> Self {
        self.window = window.max(Duration::from_nanos(GRAIN));
        self
    }

    async fn wait(self) -> Result<(), Failed> {
        let Self { core, hypothesis, limit, window } = self;
        let wait = Wait::begin(core, limit, window)?;
        core.enter(Some(phase::RECOVERING));
        let length = window.as_nanos().div_ceil(u128::from(GRAIN)) as u64 * GRAIN;
        let from = wait.injected / GRAIN * GRAIN;
        let search = Search { board: &core.board, hypothesis, length, from };
        loop {
            let now = core.load.now();
            let why = match search.stable(now) {
                Ok(at) => break wait.record(Some(at.max(wait.injected)), None),
                Err(why) => why,
            };
            if now.saturating_sub(wait.since) >= limit.as_nanos() as u64 {
                wait.record(None, Some(why.clone()));
                core.publish();
                core.hear();
                return Err(Failed::new(NOT_RECOVERED, format_args!("not stable again within {limit:?}: {why}")));
            }
            tokio::time::sleep(LOOK).await;
        }
        core.state().recovered = wait.since;
        core.enter(Some(phase::RECOVERY));
        core.board.forget();
        tokio::time::sleep(window).await;
        core.hear();
        Ok(())
    }
}

/// A wait under way.
struct Wait<'l> {
    core: &'l Core,
    /// Its place in the record.
    number: usize,
    /// When the wait before began: what was broken before that is not waited for.
    last: u64,
    injected: u64,
    since: u64,
    limit: Duration,
    window: Duration,
}

impl<'l> Wait<'l> {
    fn begin(core: &'l Core, limit: Duration, window: Duration) -> Result<Self, Failed> {
        let since = core.load.now();
        let state = core.state();
        let last = state.recovered;
        let injected = state.faults.iter().map(|fault| fault.injected).filter(|injected| *injected >= last).min();
        let Some(injected) = injected else {
            let nothing = "nothing was broken that the system could recover from: `lab.inject` comes before";
            return Err(Failed::new("lab", nothing));
        };
        // Who waits once more for the same waits on.
        let again = state.recoveries.last().is_some_and(|recovery| recovery.injected == core.load.elapsed(injected));
        let number = state.recoveries.len() - usize::from(again);
        drop(state);
        let wait = Self { core, number, last, injected, since, limit, window };
        wait.record(None, None);
        Ok(wait)
    }

    /// What it came to so far.
    fn record(&self, stable: Option<u64>, reason: Option<String>) {
        let offset = |at: u64| self.core.load.elapsed(at);
        let mut state = self.core.state();
        let faults = state.faults.iter().filter(|fault| fault.injected >= self.last);
        let healed = faults.map(|fault| fault.healed).try_fold(0, |last, healed| Some(healed?.max(last)));
        let recovery = Recovery {
            injected: offset(self.injected),
            healed: healed.map(offset),
            since: offset(self.since),
            limit: self.limit,
            window: self.window,
            stable: stable.map(offset),
            reason,
        };
        match state.recoveries.get_mut(self.number) {
            Some(known) => *known = recovery,
            None => state.recoveries.push(recovery),
        }
    }
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

/// Looks for the stable stretch that reaches to the present.
struct Search<'l> {
    board: &'l Board,
    hypothesis: &'l Hypothesis<'l>,
    length: u64,
    /// The grain of the injection: what failed at once failed in it.
    from: u64,
}

impl Search<'_> {
    /// Since when the system has been stable without a break, where it is; else why not.
    fn stable(&self, now: u64) -> Result<u64, String> {
        let newest = self.board.newest(now, self.length, self.from);
        let mut start = newest.ok_or("no window of it has passed in which every operation has ended")?;
        let longest = self.holds(start)?;
        // What the stretch says is not said of now, where operations hang that are not in it.
        if let Some((load, time)) = self.board.hangs(now, start, longest.max(self.length)) {
            return Err(format!("an operation of `{load}` has not ended for {:.1} s", time.as_secs_f64()));
        }
        while start > self.from && self.holds(start - GRAIN).is_ok() {
            start -= GRAIN;
        }
        Ok(self.board.answered(if start > self.from { self.board.since(start) } else { start }))
    }

    /// Whether the hypothesis holds of what was due in a window; how long the longest of it took.
    fn holds(&self, start: u64) -> Result<u64, String> {
        let stretch = self.board.stretch(start, start + self.length).ok_or("an operation has not ended")?;
        if let Some(load) = stretch.idle.first() {
            let seconds = self.length as f64 / 1e9;
            return Err(format!("no operation of `{load}` was due for {seconds} s: a longer `stable_for` may help"));
        }
        (self.hypothesis)(&stretch.measurements, Look::Window).map(|()| stretch.longest)
    }
}

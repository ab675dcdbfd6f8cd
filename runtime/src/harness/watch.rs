//! Observer of a running test, called about once a second: it shows progress, writes the interim report that would
//! survive a crash, and ends a load whose outcome is decided.

use super::planned::Planned;
use super::progress::ProgressLine;
use super::session::Session;
use super::settings::SMOKE;
use super::smoke;
use crate::engine::{Halt, Hypothesis};
use crate::judge::{self, DerivedFigures, TargetVerdict};
use crate::record::Measurements;
use crate::record::course::{Course, Recovered};
use crate::report::{Facts, TestReport};
use crate::sync::Lock;
use brunt_plan::Target;
use std::time::{Duration, Instant};

/// Default time for which a critical target must be missed before the test ends.
const ABORT_AFTER: Duration = Duration::from_secs(10);
/// Interval between two interim reports, in real time: many seconds of virtual time pass in an instant.
const BETWEEN_PARTS: Duration = Duration::from_millis(900);

/// The observer of one test.
pub(crate) struct JudgingWatch<'a> {
    session: &'a Session,
    facts: &'a Facts,
    test: &'a Planned,
    /// The targets that can end the test early.
    targets: Vec<Target>,
    progress: ProgressLine,
    started: Instant,
    state: Lock<WatchState>,
}

#[derive(Debug)]
struct WatchState {
    written: Instant,
    breach: Breach,
}

impl<'a> JudgingWatch<'a> {
    pub(crate) fn start(session: &'a Session, facts: &'a Facts, test: &'a Planned, progress: ProgressLine) -> Self {
        let smoke = session.settings.profile.as_deref() == Some(SMOKE);
        let targets = test.targets.iter().filter(|target| !smoke || smoke::judges_target(target)).cloned().collect();
        let state = WatchState { written: Instant::now(), breach: Breach::default() };
        Self { session, facts, test, targets, progress, started: Instant::now(), state: Lock::new(state) }
    }

    /// Checks the measurements so far and returns why the load must end, if so.
    pub(crate) fn look(&self, so_far: &Measurements) -> Option<Halt> {
        self.show(so_far);
        let mut state = self.state.lock();
        if let Some(text) = judge::elapsed_lost(&self.targets, planned_elapsed(so_far)) {
            let reason = format!("ended early: `{text}` can no longer be met");
            return Some(Halt { reason, kill: true });
        }
        let missed = judge::critical_breach(&self.test.plan, &self.targets, so_far);
        let missed: Vec<String> = missed.iter().map(TargetVerdict::text).collect();
        let limit = self.test.plan.abort_after.and_then(|time| time.duration()).unwrap_or(ABORT_AFTER);
        let lasting = state.breach.lasted(so_far.elapsed, !missed.is_empty()).filter(|lasted| *lasted >= limit)?;
        let reason = format!("ended early: critical `{}` missed for {} s", missed.join("`, `"), lasting.as_secs());
        Some(Halt { reason, kill: false })
    }

    /// The undecided targets that more load could decide.
    pub(crate) fn undecided(&self, measured: &Measurements) -> Vec<Target> {
        judge::undecided_targets(&self.test.plan, &self.targets, measured)
    }

    /// Shows the progress and writes the interim report if it is due.
    pub(crate) fn show(&self, so_far: &Measurements) {
        self.progress.show(self.started.elapsed(), so_far);
        let mut state = self.state.lock();
        if state.written.elapsed() >= BETWEEN_PARTS {
            state.written = Instant::now();
            drop(state);
            self.write(so_far);
        }
    }

    /// Writes the interim report. A failure to write is reported at the end of the test.
    fn write(&self, so_far: &Measurements) {
        let (plan, targets) = (&self.test.plan, &self.test.targets);
        let figures = DerivedFigures::of(plan, targets, so_far);
        let _ = self.session.store.progress(TestReport::errored(self.facts, plan, "", Some((so_far, &figures))));
    }
}

/// Duration of the planned load so far, without the rounds that `settle` adds: `elapsed` targets refer to it.
fn planned_elapsed(so_far: &Measurements) -> Duration {
    so_far.settled.as_ref().map_or(so_far.elapsed, |settled| settled.planned.elapsed)
}

/// The steady-state hypothesis of an experiment, given by the test's targets.
impl Hypothesis for JudgingWatch<'_> {
    fn steady(&self, so_far: &Measurements) -> Result<(), String> {
        judge::check_steady_state(&self.test.plan, &self.targets, so_far)
    }

    fn recovered(&self, so_far: &Measurements, course: &Course) -> Recovered {
        judge::has_recovered(&self.test.plan, &self.targets, so_far, course)
    }
}

/// The start of an unbroken miss of a critical target, in load time.
#[derive(Debug, Default)]
struct Breach {
    since: Option<Duration>,
}

impl Breach {
    /// Duration of the current miss, if there is one.
    fn lasted(&mut self, now: Duration, missed: bool) -> Option<Duration> {
        self.since = if missed { Some(self.since.unwrap_or(now)) } else { None };
        self.since.map(|since| now.saturating_sub(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_counts_from_its_start_and_anew_after_a_break() {
        let mut breach = Breach::default();
        let mut lasted = |second: u64, missed: bool| {
            breach.lasted(Duration::from_secs(second), missed).map(|lasted| lasted.as_secs())
        };
        assert_eq!(lasted(1, false), None);
        assert_eq!((lasted(2, true), lasted(3, true), lasted(9, true)), (Some(0), Some(1), Some(7)));
        assert_eq!((lasted(10, false), lasted(11, true), lasted(21, true)), (None, Some(0), Some(10)));
    }
}

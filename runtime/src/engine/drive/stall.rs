//! Detects that a load has hung: nothing in it ends any more, and nothing in its plan is still to come. It reads no
//! clock: the caller passes the time.

use crate::engine::schedule::{Schedule, Shape};
use crate::record::{Measurements, Selection, Subject};
use std::sync::Arc;
use std::time::Duration;

/// How long a load may run without the end of an operation before it counts as hung.
const LOAD_STALL_LIMIT: Duration = Duration::from_secs(600);
/// The same limit for an experiment, whose body may wait for something that is no operation.
const EXPERIMENT_STALL_LIMIT: Duration = Duration::from_secs(3_600);
/// The same limit in virtual time, which costs nothing: a sleep of a day is no hang.
const VIRTUAL_STALL_LIMIT: Duration = Duration::from_secs(25 * 3_600);

/// The progress of a load: the operations that have ended so far, and when the last did.
pub(crate) struct Progress {
    longest: Duration,
    /// The time until which the plan still has something to come.
    planned: Duration,
    ended: u64,
    since: Duration,
}

impl Progress {
    pub(crate) fn of(schedule: &Schedule, is_experiment: bool, is_virtual: bool) -> Self {
        let longest = match (is_virtual, is_experiment) {
            (true, _) => VIRTUAL_STALL_LIMIT,
            (false, true) => EXPERIMENT_STALL_LIMIT,
            (false, false) => LOAD_STALL_LIMIT,
        };
        let length = |shape: Shape| shape.length().unwrap_or(0);
        let streams = schedule.streams.iter();
        let lengths = streams.map(|stream| stream.segments.iter().map(|segment| length(segment.shape)).sum::<u64>());
        let planned = lengths.chain(schedule.end).max().unwrap_or(0).max(schedule.warm_up);
        Self { longest, planned: Duration::from_nanos(planned), ended: 0, since: Duration::ZERO }
    }

    /// Checks which operations have ended by `now`, a time of the load with its warm-up. Returns since when none has
    /// ended, where that is too long.
    pub(crate) fn look(&mut self, so_far: &Measurements, now: Duration) -> Option<Duration> {
        let ended = operations_ended(so_far);
        if ended != self.ended {
            (self.ended, self.since) = (ended, now);
        }
        (now > self.since.max(self.planned) + self.longest).then_some(self.since)
    }
}

/// The number of iterations and steps that have ended. Values do not count: `sample` goes on recording beside a load
/// that hangs.
fn operations_ended(so_far: &Measurements) -> u64 {
    let of = |subject: Subject| Selection { subject, ..Selection::default() };
    let steps = so_far.names.steps.iter().map(|name| so_far.tally(&of(Subject::Step(Arc::clone(name)))));
    let operations = std::iter::once(so_far.tally(&Selection::default())).chain(steps);
    operations.map(|tally| tally.count() + tally.cancelled + tally.dropped).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::schedule::resolve_schedule;
    use crate::record::Tally;
    use brunt_plan::{Kind, parse};

    fn progress(options: &str) -> Progress {
        Progress::of(&resolve_schedule(&parse::plan(Kind::Load, options).0), false, false)
    }

    fn after(iterations: u64) -> Measurements {
        let mut measurements = Measurements::default();
        measurements.add_operation(Selection::default(), 0, Tally { successes: iterations, ..Tally::default() });
        measurements
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_load_in_which_nothing_ends_for_ten_minutes_has_hung() {
        let mut progress = progress("users = 3, iterations = 10");
        assert_eq!(progress.look(&after(0), at(500)), None);
        assert_eq!(progress.look(&after(7), at(590)), None);
        assert_eq!(progress.look(&after(7), at(1_190)), None);
        assert_eq!(progress.look(&after(7), at(1_191)), Some(at(590)));
        assert_eq!(progress.look(&after(8), at(1_192)), None, "slow is not hung");
    }

    #[test]
    fn what_is_planned_is_waited_for() {
        let mut sessions = progress("users = 3, duration = 1h");
        assert_eq!(sessions.look(&after(0), at(4_100)), None);
        assert_eq!(sessions.look(&after(0), at(4_201)), Some(Duration::ZERO));
        let mut burst = progress("stages = [hold: 5 for 30min, 10 at once]");
        assert_eq!(burst.look(&after(0), at(2_399)), None);
        assert_eq!(burst.look(&after(0), at(2_401)), Some(Duration::ZERO));
    }

    #[test]
    fn a_step_that_ended_is_progress_too() {
        let mut progress = progress("users = 1");
        let mut measured = after(0);
        measured.names.steps.push("part".into());
        let step = Selection { subject: Subject::Step("part".into()), ..Selection::default() };
        measured.add_operation(step, 0, Tally { successes: 1, ..Tally::default() });
        assert_eq!(progress.look(&measured, at(599)), None);
        assert_eq!(progress.look(&measured, at(1_100)), None);
    }
}

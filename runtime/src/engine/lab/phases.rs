//! The phases of an experiment: the current one, and the counts of each.

use crate::engine::load::timeline::Timeline;
use crate::engine::schedule::{Schedule, StageWindow};
use crate::record::Label;
use crate::record::experiment::{Attempts, phase};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The phases so far.
#[derive(Debug, Default)]
pub(crate) struct Phases {
    current: Option<&'static str>,
    /// The number of attempts at the last count.
    attempts: u64,
    operations: u64,
    counted: bool,
    by_phase: BTreeMap<Option<Arc<str>>, Attempts>,
}

impl Phases {
    pub(crate) fn current(&self) -> Option<&'static str> {
        self.current
    }

    /// Enters another phase, at the time that the first call of `clock` returns.
    pub(crate) fn enter(
        &mut self,
        timeline: &Timeline,
        phase: Option<&'static str>,
        clock: impl Fn() -> u64,
        attempts: Option<u64>,
        operations: u64,
    ) {
        self.count(attempts, operations);
        if self.current == phase {
            return;
        }
        let stage = phase.map_or(Label::NONE, phase_label).0;
        timeline.open(stage, clock(), None);
        if phase == Some(phase::FAULT) {
            // The clock is read again: an operation that began since the first reading is in flight as well.
            timeline.disturb(stage, clock());
        }
        self.current = phase;
    }

    /// Counts the attempts and operations since the last count for the current phase.
    pub(crate) fn count(&mut self, attempts: Option<u64>, operations: u64) {
        self.counted |= attempts.is_some();
        let attempts = attempts.unwrap_or(0);
        let of_phase = self.by_phase.entry(self.current.map(Arc::from)).or_default();
        of_phase.attempts += attempts.saturating_sub(self.attempts);
        of_phase.operations += operations.saturating_sub(self.operations);
        (self.attempts, self.operations) = (attempts, operations);
    }

    /// The attempts and operations of each phase; empty where attempts were not counted.
    pub(crate) fn attempts(&self) -> BTreeMap<Option<Arc<str>>, Attempts> {
        if self.counted { self.by_phase.clone() } else { BTreeMap::new() }
    }
}

/// The label of a phase among the stages.
fn phase_label(phase: &str) -> Label {
    let index = phase::ALL.iter().position(|known| *known == phase);
    index.map_or(Label::NONE, |index| Label(index as u16))
}

/// The schedule of an experiment: its phases are the stages, whose times are not known in advance.
pub(crate) fn experiment_schedule() -> Schedule {
    Schedule {
        stages: phase::ALL.map(str::to_owned).to_vec(),
        scenarios: Vec::new(),
        streams: Vec::new(),
        windows: vec![StageWindow { stage: Label::NONE.0, start: 0, end: None }],
        warm_up: 0,
        end: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_belongs_to_the_phase_it_was_counted_in() {
        let timeline = Timeline::new(&[StageWindow { stage: Label::NONE.0, start: 0, end: None }]);
        timeline.open(Label::NONE.0, 0, None);
        let mut phases = Phases::default();
        phases.enter(&timeline, Some(phase::BASELINE), || 10, Some(2), 1);
        phases.enter(&timeline, Some(phase::FAULT), || 20, Some(12), 11);
        phases.count(Some(42), 21);
        let of = |phase: Option<&str>| phases.attempts()[&phase.map(Arc::from)];
        assert_eq!(
            (of(None).attempts, of(Some(phase::BASELINE)).attempts, of(Some(phase::FAULT)).attempts),
            (2, 10, 30)
        );
        assert_eq!((of(None).operations, of(Some(phase::FAULT)).operations), (1, 10));
        assert_eq!([5, 15, 25].map(|at| timeline.at(at)), [Label::NONE, Label(0), Label(1)]);
        let in_flight = [(12, 18), (19, 21), (25, 30)].map(|(due, end)| timeline.of(timeline.at(due), due, end));
        assert_eq!(in_flight, [Label(0), Label(1), Label(1)], "what was in flight at the injection met the fault");
    }
    #[test]
    fn what_began_as_the_fault_came_met_it_too() {
        let timeline = Timeline::new(&[StageWindow { stage: Label::NONE.0, start: 0, end: None }]);
        let time = std::cell::Cell::new(20);
        let clock = || time.replace(time.get() + 5);
        let before = timeline.at(22);
        Phases::default().enter(&timeline, Some(phase::FAULT), clock, None, 0);
        assert_eq!(timeline.of(before, 22, 40), Label(1), "due at 22, it had not heard of the phase since 20");
        assert_eq!(timeline.of(before, 12, 19), before);
    }
}

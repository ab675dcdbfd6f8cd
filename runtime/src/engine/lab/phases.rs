//! Which phase an experiment is in, and what was counted in each. It knows no load.

use crate::engine::timeline::Timeline;
use crate::record::Label;
use crate::record::experiment::{Attempts, phase};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The phases so far.
#[derive(Debug, Default)]
pub(super) struct Phases {
    current: Option<&'static str>,
    /// What had been counted when it was last looked.
    attempts: u64,
    operations: u64,
    counted: bool,
    by_phase: BTreeMap<Option<Arc<str>>, Attempts>,
}

impl Phases {
    pub(super) fn current(&self) -> Option<&'static str> {
        self.current
    }

    /// Another begins.
    pub(super) fn enter(
        &mut self,
        timeline: &Timeline,
        phase: Option<&'static str>,
        now: u64,
        attempts: Option<u64>,
        operations: u64,
    ) {
        self.count(attempts, operations);
        if self.current == phase {
            return;
        }
        let stage = phase.map_or(Label::NONE, label).0;
        timeline.open(stage, now, None);
        if phase == Some(phase::FAULT) {
            timeline.disturb(stage, now);
        }
        self.current = phase;
    }

    /// What was counted since it was last looked belongs to the phase there is.
    pub(super) fn count(&mut self, attempts: Option<u64>, operations: u64) {
        self.counted |= attempts.is_some();
        let attempts = attempts.unwrap_or(0);
        let of_phase = self.by_phase.entry(self.current.map(Arc::from)).or_default();
        of_phase.attempts += attempts.saturating_sub(self.attempts);
        of_phase.operations += operations.saturating_sub(self.operations);
        (self.attempts, self.operations) = (attempts, operations);
    }

    /// Attempts and operations of each phase; nothing where nobody counted attempts.
    pub(super) fn attempts(&self) -> BTreeMap<Option<Arc<str>>, Attempts> {
        if self.counted { self.by_phase.clone() } else { BTreeMap::new() }
    }
}

/// The label of a phase among the stages.
fn label(phase: &str) -> Label {
    let index = phase::ALL.iter().position(|known| *known == phase);
    index.map_or(Label::NONE, |index| Label(index as u16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::schedule::StageWindow;

    #[test]
    fn what_is_counted_belongs_to_the_phase_it_was_counted_in() {
        let timeline = Timeline::new(&[StageWindow { stage: Label::NONE.0, start: 0, end: None }]);
        timeline.open(Label::NONE.0, 0, None);
        let mut phases = Phases::default();
        phases.enter(&timeline, Some(phase::BASELINE), 10, Some(2), 1);
        phases.enter(&timeline, Some(phase::FAULT), 20, Some(12), 11);
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
}

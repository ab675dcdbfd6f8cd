//! The rules of sagas, applied to the journal of one run and to the store after it. Pure.

use super::Faults;
use super::deviation::Deviation;
use super::journal::{JournalLine, What};
use std::collections::BTreeSet;

/// All deviations in a journal; `forgotten` returns whether a stage was reported as forgotten in another run.
pub(super) fn deviations_of(
    stages: &[String],
    faults: Faults<'_>,
    lines: &[JournalLine],
    forgotten: impl Fn(&String) -> bool,
) -> Vec<Deviation> {
    let run = SagaRun { stages, faults, lines };
    let named = lines.iter().map(|line| &line.stage);
    let mut found: Vec<Deviation> = unknown_stages(stages, named).cloned().map(Deviation::Unknown).collect();
    run.forward(&mut found);
    match faults.stage() {
        None => found.extend(run.undone().into_iter().map(|at| Deviation::CompensatesSuccess(stages[at].clone()))),
        Some(_) => {
            run.extent(&forgotten, &mut found);
            run.order(&mut found);
            run.log(&forgotten, &mut found);
        }
    }
    found
}

/// The items left of each stage whose compensation did not have to fail, and the number of items of the one whose
/// compensation had to.
pub(super) fn orphans_left(stages: &[String], faults: Faults<'_>, left: &[String]) -> (Vec<(u64, Deviation)>, u64) {
    let count = |stage: &str| left.iter().filter(|of| *of == stage).count() as u64;
    let excused = faults.compensation().map_or(0, count);
    let mut found: Vec<(u64, Deviation)> = stages
        .iter()
        .filter(|stage| !faults.compensation_fails(stage) && count(stage) > 0)
        .map(|stage| (count(stage), Deviation::Orphans(stage.clone(), count(stage))))
        .collect();
    found.extend(unknown_stages(stages, left.iter()).map(|stage| (count(stage), Deviation::Unknown(stage.clone()))));
    (found, excused)
}

fn unknown_stages<'a>(stages: &[String], named: impl Iterator<Item = &'a String>) -> impl Iterator<Item = &'a String> {
    named.filter(|name| !stages.contains(name)).collect::<BTreeSet<_>>().into_iter()
}

struct SagaRun<'a> {
    stages: &'a [String],
    faults: Faults<'a>,
    lines: &'a [JournalLine],
}

impl SagaRun<'_> {
    /// The stages with these events, in the order of the journal.
    fn of(&self, what: &[What]) -> Vec<usize> {
        let lines = self.lines.iter().filter(|line| what.contains(&line.what));
        lines.filter_map(|line| self.stages.iter().position(|stage| *stage == line.stage)).collect()
    }

    /// The stages whose compensation was tried, in the order of the journal.
    fn undone(&self) -> Vec<usize> {
        self.of(&[What::Compensated, What::CompensationFailed])
    }

    fn name(&self, at: usize) -> String {
        self.stages[at].clone()
    }

    /// Index of the stage that must fail, or the number of stages.
    fn end(&self) -> usize {
        self.stages.iter().position(|stage| self.faults.fails(stage)).unwrap_or(self.stages.len())
    }

    /// Checks that all stages before the failing one are done, that it fails, and that no later stage begins.
    fn forward(&self, found: &mut Vec<Deviation>) {
        let (done, failed, end) = (self.of(&[What::Done]), self.of(&[What::Failed]), self.end());
        found.extend((0..end).filter(|at| !done.contains(at)).map(|at| Deviation::NotRun(self.name(at))));
        if end < self.stages.len() && !failed.contains(&end) {
            found.push(Deviation::DoesNotFail(self.name(end)));
        }
        found.extend(failed.iter().filter(|at| **at != end).map(|at| Deviation::FailsUnasked(self.name(*at))));
        found.extend(done.iter().filter(|at| **at > end).map(|at| Deviation::GoesOn(self.name(*at))));
    }

    /// Checks that every done stage is compensated once, and no other stage. `log` checks the compensation that had to
    /// fail.
    fn extent(&self, forgotten: &impl Fn(&String) -> bool, found: &mut Vec<Deviation>) {
        let (done, undone, end) = (self.of(&[What::Done]), self.undone(), self.end());
        let asked = self.stages.iter().position(|stage| self.faults.compensation_fails(stage));
        let missing: Vec<usize> =
            done.iter().copied().filter(|at| !undone.contains(at) && Some(*at) != asked).collect();
        let news = missing.iter().any(|at| !forgotten(&self.stages[*at]));
        match asked {
            // All compensations after the failed one are missing, and no others.
            Some(at) if news && missing == (0..at).collect::<Vec<_>>() => found.push(Deviation::StopsAt(self.name(at))),
            _ => found.extend(missing.into_iter().map(|at| Deviation::Forgets(self.name(at)))),
        }
        for at in 0..self.stages.len() {
            match undone.iter().filter(|other| **other == at).count() {
                0 => continue,
                1 => {}
                _ => found.push(Deviation::Repeats(self.name(at))),
            }
            if at == end {
                found.push(Deviation::CompensatesFailed(self.name(at)));
            } else if !done.contains(&at) {
                found.push(Deviation::CompensatesUnrun(self.name(at)));
            }
        }
    }

    /// Checks that the latest stage is compensated first.
    fn order(&self, found: &mut Vec<Deviation>) {
        let undone = self.undone();
        let wrong = undone.windows(2).find(|pair| pair[0] < pair[1]);
        found.extend(wrong.map(|pair| Deviation::WrongOrder(self.name(pair[0]), self.name(pair[1]))));
    }

    /// Checks that the compensation that had to fail is in the log, and that no other one failed.
    fn log(&self, forgotten: &impl Fn(&String) -> bool, found: &mut Vec<Deviation>) {
        let (failed, done) = (self.of(&[What::CompensationFailed]), self.of(&[What::Done]));
        let asked = self.stages.iter().position(|stage| self.faults.compensation_fails(stage));
        let never_tried = |at: usize| forgotten(&self.stages[at]) && !self.undone().contains(&at);
        if let Some(at) = asked.filter(|at| done.contains(at) && !failed.contains(at) && !never_tried(*at)) {
            found.push(Deviation::NotLogged(self.name(at)));
        }
        let unasked = failed.into_iter().filter(|at| Some(*at) != asked);
        found.extend(unasked.map(|at| Deviation::CompensationFails(self.name(at))));
    }
}

//! What a saga owes, held against the journal of one run and the store after it. Pure; it knows no saga.

use super::journal::{JournalLine, What};
use super::{Deviation, Faults};
use std::collections::BTreeSet;

/// Everything in which the journal is wrong; `forgotten` are the stages that are known to be forgotten anyway.
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

/// What is left of each stage though its compensation was not made to fail, and how much of the one whose was.
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
    /// The stages this happened to, in the order in which it did.
    fn of(&self, what: &[What]) -> Vec<usize> {
        let lines = self.lines.iter().filter(|line| what.contains(&line.what));
        lines.filter_map(|line| self.stages.iter().position(|stage| *stage == line.stage)).collect()
    }

    /// The stages whose compensation was tried, in that order.
    fn undone(&self) -> Vec<usize> {
        self.of(&[What::Compensated, What::CompensationFailed])
    }

    fn name(&self, at: usize) -> String {
        self.stages[at].clone()
    }

    /// The stage that fails, or the end of all stages.
    fn end(&self) -> usize {
        self.stages.iter().position(|stage| self.faults.fails(stage)).unwrap_or(self.stages.len())
    }

    /// Up to the failure every stage is done, it fails, and none after it is begun.
    fn forward(&self, found: &mut Vec<Deviation>) {
        let (done, failed, end) = (self.of(&[What::Done]), self.of(&[What::Failed]), self.end());
        found.extend((0..end).filter(|at| !done.contains(at)).map(|at| Deviation::NotRun(self.name(at))));
        if end < self.stages.len() && !failed.contains(&end) {
            found.push(Deviation::DoesNotFail(self.name(end)));
        }
        found.extend(failed.iter().filter(|at| **at != end).map(|at| Deviation::FailsUnasked(self.name(*at))));
        found.extend(done.iter().filter(|at| **at > end).map(|at| Deviation::GoesOn(self.name(*at))));
    }

    /// What was done is compensated, each once, and nothing else. Of the compensation that was made to fail `log` tells.
    fn extent(&self, forgotten: &impl Fn(&String) -> bool, found: &mut Vec<Deviation>) {
        let (done, undone, end) = (self.of(&[What::Done]), self.undone(), self.end());
        let asked = self.stages.iter().position(|stage| self.faults.compensation_fails(stage));
        let missing: Vec<usize> =
            done.iter().copied().filter(|at| !undone.contains(at) && Some(*at) != asked).collect();
        let news = missing.iter().any(|at| !forgotten(&self.stages[*at]));
        match asked {
            // All that would have come after the failed one is missing, and nothing else.
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

    /// The latest stage is compensated first.
    fn order(&self, found: &mut Vec<Deviation>) {
        let undone = self.undone();
        let wrong = undone.windows(2).find(|pair| pair[0] < pair[1]);
        found.extend(wrong.map(|pair| Deviation::WrongOrder(self.name(pair[0]), self.name(pair[1]))));
    }

    /// A compensation that fails is in the log, and none fails by itself.
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

//! Runs a search for the capacity: puts on the levels that the search asks for, has each judged, and lets the system
//! recover once. Which level comes next, and what a level comes to, it leaves to the judge.

use super::planned::Planned;
use super::watch::Watch;
use crate::engine::spec::Spec;
use crate::engine::{self, Halt, Job, Stop};
use crate::judge::capacity::{self, Recovery, Search, Searched, Step, Trial};
use crate::judge::{Outcome, TargetVerdict, Verdict};
use crate::record::{Measurements, Selection};
use brunt_plan::load::Amount;
use brunt_plan::quantity::{TimeUnit, Unit};
use brunt_plan::{Kind, Plan, Quantity};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a level lasts where `duration` does not say.
const LEVEL: Quantity = Quantity::seconds(5.0);
/// How long the system has to recover.
const RECOVERY: Duration = Duration::from_secs(60);
/// A window shows a recovery only when what was due in it has had this long to end.
const SETTLED: Duration = Duration::from_secs(2);

/// What a search came to, and what was measured in all of it.
pub(crate) struct Done {
    pub(crate) outcome: engine::Outcome,
    pub(crate) searched: Searched,
    /// The verdict on the last level that held, or on the first where none did, with the iterations it is of.
    pub(crate) level: (Verdict, u64),
}

/// Searches.
pub(crate) fn search(
    spec: &'static Spec,
    test: &Planned,
    search: &brunt_plan::load::Search,
    stop: &Stop,
    watch: Option<&Watch<'_>>,
) -> Done {
    let run = Mutex::new(Run::new(test, search, stop));
    let first = lock(&run).plan.clone();
    let look = |level: &Measurements| lock(&run).look(level, watch);
    let job = Job {
        spec,
        plan: &test.plan,
        targets: &test.targets,
        stop,
        watch: &look,
        undecided: &|_| Vec::new(),
        hypothesis: &(),
    };
    let mut outcome = engine::run_levels(job, &first, &mut |measured| lock(&run).ended(measured));
    let run = run.into_inner().unwrap_or_else(PoisonError::into_inner);
    let notes = std::mem::replace(&mut outcome.measurements, run.whole).notes;
    outcome.measurements.notes.extend(notes);
    let found = run.search.found();
    let searched = Searched { is_rate: run.is_rate, found, recovery: run.recovery, trials: run.trials };
    let nothing = || (Verdict::of(Vec::new()), 0);
    Done { outcome, searched, level: run.held.or(run.first).unwrap_or_else(nothing) }
}

fn lock<'m, 't>(run: &'m Mutex<Run<'t>>) -> std::sync::MutexGuard<'m, Run<'t>> {
    run.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A search under way.
struct Run<'t> {
    test: &'t Planned,
    stop: &'t Stop,
    search: Search,
    is_rate: bool,
    /// The level that is on, and its load.
    step: Step,
    plan: Plan,
    whole: Measurements,
    trials: Vec<Trial>,
    /// How long the last level that broke drained.
    drained: Duration,
    recovery: Option<Recovery>,
    first: Option<(Verdict, u64)>,
    held: Option<(Verdict, u64)>,
}

impl<'t> Run<'t> {
    fn new(test: &'t Planned, search: &brunt_plan::load::Search, stop: &'t Stop) -> Self {
        let is_rate = search.from.is_rate();
        let step = Step::Try(search.from.level());
        Self {
            test,
            stop,
            search: Search::new(search, capacity::marks(&test.targets)),
            is_rate,
            step,
            plan: load(&test.plan, step, is_rate),
            whole: Measurements::default(),
            trials: Vec::new(),
            drained: Duration::ZERO,
            recovery: None,
            first: None,
            held: None,
        }
    }

    /// Shows the whole so far; ends the load that was there to see the system recover once it has.
    fn look(&self, level: &Measurements, watch: Option<&Watch<'_>>) -> Option<Halt> {
        if let Some(watch) = watch {
            let mut whole = self.whole.clone();
            whole.follow(&self.stage(), level);
            watch.show(&whole);
        }
        let Step::Recover(_) = self.step else { return None };
        let mut settled = level.clone();
        settled.elapsed = level.elapsed.saturating_sub(SETTLED);
        capacity::recovered(&self.plan, &self.test.targets, &settled)?;
        Some(Halt { reason: "recovered".to_owned(), kill: false })
    }

    /// Takes what a level measured; says what comes next.
    fn ended(&mut self, measured: &Measurements) -> Option<Plan> {
        let stage = self.stage();
        self.whole.follow(&stage, measured);
        if self.stop.requested() {
            // A level that was cut short is measured but not tried.
            return None;
        }
        match self.step {
            Step::Try(level) => self.tried(level, stage, measured),
            Step::Recover(level) => self.recovered(level, stage, measured),
        }
        self.step = self.search.next()?;
        self.plan = load(&self.test.plan, self.step, self.is_rate);
        Some(self.plan.clone())
    }

    fn tried(&mut self, level: f64, stage: String, measured: &Measurements) {
        let verdict = capacity::level(&self.plan, &self.test.targets, measured);
        let (outcome, reason) = (verdict.outcome, reason(&verdict));
        self.search.saw(level, outcome);
        self.trials.push(Trial { stage, level, outcome, reason, is_recovery: false });
        let judged = (verdict, measured.tally(&Selection::default()).count());
        if outcome == Outcome::Pass && self.search.found().capacity == Some(level) {
            self.held = Some(judged);
        } else {
            let length = self.plan.duration.and_then(Quantity::duration).unwrap_or_default();
            self.drained = measured.elapsed.saturating_sub(length);
            self.first.get_or_insert(judged);
        }
    }

    fn recovered(&mut self, level: f64, stage: String, measured: &Measurements) {
        let began = capacity::recovered(&self.plan, &self.test.targets, measured);
        let after = began.map(|began| self.drained + began);
        let looked = self.drained + measured.elapsed;
        self.recovery = Some(Recovery { after, looked });
        let outcome = if after.is_some() { Outcome::Pass } else { Outcome::Fail };
        let reason = after.is_none().then(|| "the targets held in no window".to_owned());
        self.trials.push(Trial { stage, level, outcome, reason, is_recovery: true });
    }

    /// What the measurements of the level that is on are called: each by a name of its own.
    fn stage(&self) -> String {
        let (level, purpose) = match self.step {
            Step::Try(level) => (level, ""),
            Step::Recover(level) => (level, " (recovery)"),
        };
        let name = format!("{}{}{purpose}", amount(level, self.is_rate), if self.is_rate { "" } else { " users" });
        let before = self.trials.iter().filter(|trial| trial.level == level && !trial.is_recovery).count();
        if before > 0 && purpose.is_empty() { format!("{name} (again)") } else { name }
    }
}

/// The load of a level: that of the search's plan at this level, for one level's time.
fn load(plan: &Plan, step: Step, is_rate: bool) -> Plan {
    let (level, duration) = match step {
        Step::Try(level) => (level, plan.duration.unwrap_or(LEVEL)),
        Step::Recover(level) => (level, Quantity::seconds(RECOVERY.as_secs_f64())),
    };
    let mut load = Plan { kind: Kind::Load, search: None, duration: Some(duration), ..plan.clone() };
    if let Step::Recover(_) = step {
        // Its first seconds are what it is about.
        load.warm_up = None;
    }
    match amount(level, is_rate) {
        Amount::Users(users) => load.users = Some(users),
        Amount::Rate(rate) => {
            load.rate = Some(rate);
            // Every arrival may be in flight at once: what bounds the capacity is the system, not a default of ours.
            let seconds = [Some(duration), plan.warm_up].into_iter().flatten().map(|time| time.base() / 1e9);
            load.max_users = plan.max_users.or(Some((level * seconds.sum::<f64>()).ceil() as u64 + 1));
        }
    }
    load
}

fn amount(level: f64, is_rate: bool) -> Amount {
    match is_rate {
        true => Amount::Rate(Quantity { value: level, unit: Unit::Rate(TimeUnit::Second) }),
        false => Amount::Users(level as u64),
    }
}

/// The first thing that did not hold: `p95 < 200ms: 412 ms is …`.
fn reason(verdict: &Verdict) -> Option<String> {
    let is_it = |row: &&TargetVerdict| row.outcome == verdict.outcome;
    let row = verdict.targets.iter().find(is_it).filter(|_| verdict.outcome != Outcome::Pass)?;
    Some(format!("`{}`: {}", row.text, row.reason.as_deref().unwrap_or_default()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

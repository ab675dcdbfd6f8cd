//! Search for the capacity: runs the loads that the search asks for and has each judged. The judge decides which load
//! comes next and whether a step held.

use super::planned::Planned;
use super::watch::JudgingWatch;
use crate::engine::spec::Spec;
use crate::engine::{self, Halt, Job, NextLoad, Stop};
use crate::judge::Verdict;
use crate::judge::capacity::{self, Purpose, Search, SearchOptions, SearchStep, Searched, Seen, Shown, StepTrial};
use crate::record::{Measurements, Selection};
use crate::sync::Lock;
use brunt_plan::load::Amount;
use brunt_plan::quantity::{TimeUnit, Unit};
use brunt_plan::{Kind, Plan, Quantity};
use std::time::Duration;

/// Default duration of a step.
const LEVEL: Duration = Duration::from_secs(5);
/// Time that operations of a window have to end before the window can show a recovery.
const SETTLED: Duration = Duration::from_secs(2);
/// Difference between the seeds of consecutive loads: an odd number far from zero, so that no seed repeats.
const NEXT_SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// The result of a search, with all measurements.
pub(crate) struct SearchResult {
    pub(crate) outcome: engine::RunOutcome,
    pub(crate) searched: Searched,
    /// The verdict on the load that confirmed the capacity, else on the last that held, else on the first; with its
    /// number of iterations.
    pub(crate) level: (Verdict, u64),
}

/// Runs the search. With `confirms`, a step that held must hold again.
pub(crate) fn search_capacity(
    spec: &'static Spec,
    test: &Planned,
    search: &brunt_plan::load::Search,
    confirms: bool,
    stop: &Stop,
    watch: Option<&JudgingWatch<'_>>,
    limit: Option<Duration>,
) -> SearchResult {
    let length = test.plan.duration.and_then(Quantity::duration).unwrap_or(LEVEL);
    let options = SearchOptions { length, can_remake: engine::can_remake(spec), confirms };
    let run = Lock::new(SearchRun::new(test, search, options, stop));
    let first = lock_run(&run).next().map(|next| next.plan).unwrap_or_else(|| test.plan.clone());
    let look = |level: &Measurements| lock_run(&run).look(level, watch);
    let job = Job {
        spec,
        plan: &test.plan,
        targets: &test.targets,
        stop,
        watch: &look,
        undecided: &|_| Vec::new(),
        hypothesis: &(),
        limit,
    };
    let mut outcome = engine::run_levels(job, &first, &mut |measured| lock_run(&run).ended(measured));
    let mut run = run.into_inner();
    if outcome.trouble.is_none() && run.step.is_some_and(|step| step.is_fresh) {
        // The load after the second setup was never measured.
        run.search.not_remade();
    }
    let beside = std::mem::replace(&mut outcome.measurements, run.whole);
    outcome.measurements.notes.extend(beside.notes);
    outcome.measurements.incidents.overran = beside.incidents.overran;
    outcome.measurements.incidents.backtraces = beside.incidents.backtraces;
    let searched =
        Searched { is_rate: run.is_rate, found: run.search.found(), fixtures: run.fixture, trials: run.trials };
    outcome.measurements.notes.extend(searched.notes());
    let nothing = || (Verdict::of(Vec::new()), 0);
    SearchResult { outcome, searched, level: run.confirmed.or(run.held).or(run.first).unwrap_or_else(nothing) }
}

fn lock_run<'m, 't>(run: &'m Lock<SearchRun<'t>>) -> std::sync::MutexGuard<'m, SearchRun<'t>> {
    run.lock()
}

/// A search under way.
struct SearchRun<'t> {
    test: &'t Planned,
    stop: &'t Stop,
    search: Search,
    is_rate: bool,
    /// The current load: its purpose, plan and name.
    step: Option<SearchStep>,
    plan: Plan,
    stage: String,
    /// Numbers of loads and of fixtures so far.
    loads: u64,
    fixture: u32,
    whole: Measurements,
    trials: Vec<StepTrial>,
    /// Drain time of the last load.
    drained: Duration,
    first: Option<(Verdict, u64)>,
    held: Option<(Verdict, u64)>,
    confirmed: Option<(Verdict, u64)>,
}

impl<'t> SearchRun<'t> {
    fn new(test: &'t Planned, search: &brunt_plan::load::Search, options: SearchOptions, stop: &'t Stop) -> Self {
        Self {
            test,
            stop,
            search: Search::new(search, capacity::levels_named_by(&test.targets), options),
            is_rate: search.from.is_rate(),
            step: None,
            plan: test.plan.clone(),
            stage: String::new(),
            loads: 0,
            fixture: 1,
            whole: Measurements::default(),
            trials: Vec::new(),
            drained: Duration::ZERO,
            first: None,
            held: None,
            confirmed: None,
        }
    }

    /// The next load.
    fn next(&mut self) -> Option<NextLoad> {
        self.step = self.search.next();
        let step = self.step?;
        self.stage = self.name(step);
        self.plan = plan_of_step(&self.test.plan, step, self.is_rate);
        // Each load gets another seed; with the same one it would repeat the same draws.
        self.plan.seed = Some(self.test.plan.seed.unwrap_or(0).wrapping_add(self.loads.wrapping_mul(NEXT_SEED)));
        self.loads += 1;
        Some(NextLoad { plan: self.plan.clone(), is_fresh: step.is_fresh })
    }

    /// Shows the measurements so far, and ends a recovery load as soon as the targets hold.
    fn look(&self, level: &Measurements, watch: Option<&JudgingWatch<'_>>) -> Option<Halt> {
        if let Some(watch) = watch {
            let mut whole = self.whole.clone();
            whole.append_as_stage(&self.stage, level);
            watch.show(&whole);
        }
        self.step.filter(|step| step.purpose.is_wait())?;
        let mut settled = level.clone();
        settled.elapsed = level.elapsed.saturating_sub(SETTLED);
        capacity::first_window_that_held(&self.plan, &self.test.targets, &settled).ok()?;
        Some(Halt { reason: "recovered".to_owned(), kill: false })
    }

    /// Takes the measurements of a load and decides what comes next.
    fn ended(&mut self, measured: &Measurements) -> Option<NextLoad> {
        self.whole.append_as_stage(&self.stage, measured);
        if self.stop.requested() {
            // A load that was cut short is recorded, but not judged.
            return None;
        }
        let step = self.step?;
        self.fixture += u32::from(step.is_fresh);
        let shown = if step.purpose.is_wait() { self.waited(step, measured) } else { self.tried(step, measured) };
        self.drained = measured.elapsed.saturating_sub(step.length);
        self.search.saw(shown);
        self.next()
    }

    fn tried(&mut self, step: SearchStep, measured: &Measurements) -> Shown {
        let judged = capacity::judge_level(&self.plan, &self.test.targets, measured);
        let verdict = (judged.verdict, measured.tally(&Selection::default()).count());
        match (step.purpose, judged.seen) {
            (Purpose::Confirmation, Seen::Held) => self.confirmed = Some(verdict),
            (_, Seen::Held) => self.held = Some(verdict),
            _ => _ = self.first.get_or_insert(verdict),
        }
        self.keep(step, measured, judged.seen, judged.reason);
        Shown {
            seen: judged.seen,
            carried: judged.carried,
            took: measured.elapsed,
            after: None,
            looked: measured.elapsed,
        }
    }

    fn waited(&mut self, step: SearchStep, measured: &Measurements) -> Shown {
        let began = capacity::first_window_that_held(&self.plan, &self.test.targets, measured);
        let (seen, reason) = match began {
            Ok(_) => (Seen::Held, None),
            Err(Seen::Broke { far }) => (Seen::Broke { far }, Some("the targets held in no window".to_owned())),
            Err(seen) => (seen, Some("in no window could it be told whether the targets held".to_owned())),
        };
        self.keep(step, measured, seen, reason);
        let after = began.ok().map(|began| self.drained + began);
        Shown { seen, carried: 1.0, took: measured.elapsed, after, looked: self.drained + measured.elapsed }
    }

    fn keep(&mut self, step: SearchStep, measured: &Measurements, seen: Seen, reason: Option<String>) {
        let seconds = measured.elapsed.min(step.length).as_secs_f64();
        let (stage, level, purpose, fixture) = (self.stage.clone(), step.level, step.purpose, self.fixture);
        self.trials.push(StepTrial { stage, level, purpose, seen, seconds, fixture, reason });
    }

    /// A unique name for the measurements of a load.
    fn name(&self, step: SearchStep) -> String {
        let level = format!("{}{}", amount_of_step(step.level, self.is_rate), if self.is_rate { "" } else { " users" });
        let is_alike = |trial: &&StepTrial| trial.level == step.level && trial.purpose == step.purpose;
        let before = self.trials.iter().filter(is_alike).count();
        match (step.purpose, before) {
            (Purpose::Probe, 0) => level,
            (Purpose::Probe, 1) => format!("{level} (again)"),
            (Purpose::Probe, _) => format!("{level} (again {before})"),
            (purpose, 0) => format!("{level} ({})", purpose.name()),
            (purpose, _) => format!("{level} ({} {})", purpose.name(), before + 1),
        }
    }
}

/// The plan of a step: the plan of the search with the step's amount and duration.
fn plan_of_step(plan: &Plan, step: SearchStep, is_rate: bool) -> Plan {
    let duration = Quantity::seconds(step.length.as_secs_f64());
    let mut load = Plan { kind: Kind::Load, search: None, duration: Some(duration), ..plan.clone() };
    if step.purpose.is_wait() {
        // The first seconds of a recovery are what it is run for, so they are no warm-up.
        load.warm_up = None;
    }
    match amount_of_step(step.level, is_rate) {
        Amount::Users(users) => load.users = Some(users),
        Amount::Rate(rate) => {
            load.rate = Some(rate);
            // All arrivals may be in flight at once, so that the system bounds the capacity and not a default of
            // `max_users`.
            let seconds = [Some(duration), plan.warm_up].into_iter().flatten().map(|time| time.base() / 1e9);
            load.max_users = plan.max_users.or(Some((step.level * seconds.sum::<f64>()).ceil() as u64 + 1));
        }
    }
    load
}

fn amount_of_step(level: f64, is_rate: bool) -> Amount {
    match is_rate {
        true => Amount::Rate(Quantity { value: level, unit: Unit::Rate(TimeUnit::Second) }),
        false => Amount::Users(level as u64),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

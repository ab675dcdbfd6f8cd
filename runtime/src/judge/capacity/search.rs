//! Chooses the next load of a search: doubled levels until one breaks, then levels halfway between the last that held
//! and the first that broke until they are close, and then the one that held once more, after an overload that used up
//! what the system had saved. Its only input is what each load showed, not measurements or targets.
//!
//! Where a system does not hold a level again after an overload, either it never could (it lived on what it had saved),
//! or the overload left it broken. A fixture made anew decides between the two: on it the level holds for long, or it
//! does not.
//!
//! The file is long because it is one state machine: the next step of each question depends on the state that all of
//! them share.

use super::known::KnownSteps;
use super::searched::{SearchCut, SearchEvent, SearchFound, Seen, Shown, StepRecovery};
use super::step::{AGAIN, CONFIRMATION, LONG_CONFIRMATION, RECOVERY};
use super::step::{Purpose, SearchStep};
use super::task::{Condition, Confirm, ConfirmationStage, Look, Mode, Probe, SearchTask};
use std::time::Duration;

/// The precision of a capacity: the search ends when the level that broke is above the level that held by at most this
/// share.
const PRECISION: f64 = 0.02;
/// The precision where the load generator was the limit, not the system.
const COARSE: f64 = 0.1;
/// The factor from one level to the next on the way up, and from a level to the overload that uses up what was saved.
const FACTOR: f64 = 2.0;
/// The least factor from a level that was not confirmed down to the next one that is tried.
const DOWN: f64 = 1.2;
/// The factor from a level that nearly held for long down to the next one that is tried.
const CLOSE: f64 = 1.05;
/// How many levels may nearly hold for long before all levels that held for a short time are doubted.
const NEAR: u32 = 3;
/// How often a level that broke may hold after all while the capacity is confirmed, before that is taken for chance.
const REOPENED: u32 = 3;
/// The most fixtures made anew only to see why a level did not hold again.
const DOUBTS: u32 = 2;
/// After load for `HURRY` level lengths the search settles for what it has; after `LONGEST` it ends.
const HURRY: u32 = 120;
const LONGEST: u32 = 240;

/// The options of a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SearchOptions {
    /// How long a level lasts.
    pub(crate) length: Duration,
    /// Whether the fixture can be made anew.
    pub(crate) can_remake: bool,
    /// Whether a level that held must be confirmed.
    pub(crate) confirms: bool,
}

/// A load that was too much for a system that was well.
#[derive(Clone, Copy, Debug)]
struct Overload {
    level: f64,
    /// The load that the system kept up with all the same.
    carried: f64,
    /// The highest level that had held before.
    floor: Option<f64>,
}

/// A search for the highest level that holds.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    first: f64,
    last: f64,
    /// Whether levels are whole numbers.
    whole: bool,
    /// Levels that targets name: they are tried rather than another one nearby.
    marks: Vec<f64>,
    options: SearchOptions,
    known: KnownSteps,
    mode: Mode,
    condition: Condition,
    task: Option<SearchTask>,
    step: Option<SearchStep>,
    /// How long the system has to recover.
    patience: Duration,
    has_recovered: bool,
    recovery_asked: bool,
    recovery: Option<StepRecovery>,
    /// How often a level that did not hold again was put on a fixture made anew to see why.
    doubted: u32,
    reopened: u32,
    /// How often a level held for a while and not for long, though not by far.
    near_misses: u32,
    /// The floor that needs no further question.
    settled: Option<f64>,
    /// The last load that broke the system, and the first.
    overload: f64,
    first_overload: Option<Overload>,
    used: Duration,
    cut: Option<SearchCut>,
    events: Vec<SearchEvent>,
}

impl Search {
    pub(crate) fn new(search: &brunt_plan::load::Search, marks: Vec<f64>, options: SearchOptions) -> Self {
        let whole = !search.from.is_rate();
        let marks = marks.into_iter().filter(|mark| !whole || mark.fract() == 0.0).collect();
        Self {
            first: search.from.level(),
            last: search.to.level(),
            whole,
            marks,
            options,
            known: KnownSteps::default(),
            mode: Mode::Plain,
            condition: Condition::Calm,
            task: None,
            step: None,
            patience: RECOVERY,
            has_recovered: false,
            recovery_asked: false,
            recovery: None,
            doubted: 0,
            reopened: 0,
            near_misses: 0,
            settled: None,
            overload: 0.0,
            first_overload: None,
            used: Duration::ZERO,
            cut: None,
            events: Vec::new(),
        }
    }

    /// Chooses the next step; `None` when the search is over.
    pub(crate) fn next(&mut self) -> Option<SearchStep> {
        if self.cut.is_some() {
            return None;
        }
        if self.used > self.options.length * LONGEST {
            self.cut = Some(SearchCut::TooLong);
            return None;
        }
        let task = match self.task {
            Some(task) => task,
            None => self.choose()?,
        };
        self.task = Some(task);
        self.step = Some(self.step_of(task));
        self.step
    }

    /// Takes the result of the last step that [`next`](Self::next) returned.
    pub(crate) fn saw(&mut self, shown: Shown) {
        let (Some(task), Some(step)) = (self.task.take(), self.step.take()) else { return };
        self.used += shown.took;
        let holds = shown.seen == Seen::Held;
        match step.purpose {
            Purpose::FreshStart => self.started(task, shown.seen),
            Purpose::Overload => self.overloaded(task, step.level, shown.seen),
            Purpose::Recovery => self.waited(task, shown),
            Purpose::Probe | Purpose::Confirmation => {
                self.condition = if holds { Condition::Calm } else { Condition::Overloaded };
                if let Seen::Broke { .. } = shown.seen {
                    self.overload = step.level;
                    self.first_overload.get_or_insert(Overload {
                        level: step.level,
                        carried: step.level * shown.carried,
                        floor: self.known.floor(),
                    });
                }
                self.tried(task, step.level, shown.seen);
            }
        }
    }

    /// Ends the search because the fixture could not be made anew.
    pub(crate) fn not_remade(&mut self) {
        self.cut = Some(SearchCut::NotRemade);
    }

    /// The result so far.
    pub(crate) fn found(&self) -> SearchFound {
        let capacity = self.known.confirmed;
        let once = if capacity.is_some() { None } else { self.known.once_held() };
        SearchFound {
            capacity,
            once,
            ceiling: self.known.ceiling_above(capacity.or(once)),
            broke: self.known.lowest_broken(),
            cut: self.cut,
            recovery: self.recovery,
            events: self.events.clone(),
        }
    }

    /// Chooses the next question, where there is one.
    fn choose(&mut self) -> Option<SearchTask> {
        let Some(highest) = self.known.highest() else { return Some(SearchTask::Probe(Probe::of(self.first))) };
        match (self.known.floor(), self.known.ceiling()) {
            (floor, None) => {
                let up = (highest < self.last).then(|| (highest * FACTOR).min(self.last));
                up.map(|level| SearchTask::Probe(Probe::of(level))).or_else(|| self.confirm(floor?))
            }
            (Some(floor), Some((_, seen))) if seen != Seen::Unsent && !self.recovery_asked => {
                self.recovery_asked = true;
                Some(SearchTask::Recover(floor))
            }
            (floor, Some((ceiling, seen))) => {
                let low = floor.or(self.known.highest_below(ceiling))?;
                let precision = if seen == Seen::Unsent { COARSE } else { PRECISION };
                let between = self.between(low, ceiling, precision).map(|level| SearchTask::Probe(Probe::of(level)));
                between.or_else(|| self.confirm(floor?))
            }
        }
    }

    fn between(&self, low: f64, high: f64, precision: f64) -> Option<f64> {
        let inside = |level: &f64| low < *level && *level < high;
        if let Some(mark) = self.marks.iter().copied().find(inside) {
            return Some(mark);
        }
        if high / low <= 1.0 + precision || self.used > self.options.length * HURRY {
            return None;
        }
        // The geometric mean has the same factor to both ends.
        let middle = (low * high).sqrt();
        let round = self.rounded(middle);
        [round, middle].into_iter().filter(|level| !self.whole || level.fract() == 0.0).find(inside)
    }

    fn rounded(&self, level: f64) -> f64 {
        if self.whole { level.round() } else { three_digits(level) }
    }

    /// Confirms the floor, unless that has been done.
    fn confirm(&mut self, floor: f64) -> Option<SearchTask> {
        if !self.options.confirms {
            self.known.confirm(floor);
            return None;
        }
        if self.settled == Some(floor) {
            return None;
        }
        let is_overloadable = matches!(self.known.ceiling(), Some((_, Seen::Broke { .. } | Seen::Unclear)))
            && self.overload_of(floor).is_some();
        let stage = match self.mode {
            Mode::Fresh if self.known.confirmed == Some(floor) => ConfirmationStage::Ceiling,
            Mode::Plain | Mode::Spent if is_overloadable => ConfirmationStage::Overload,
            _ => ConfirmationStage::Hold,
        };
        self.reached(Confirm { level: floor, stage, is_spent: false, failed: 0 });
        self.task.or_else(|| self.choose())
    }

    /// Continues a confirmation at a stage, or past it where the stage has no question.
    fn reached(&mut self, confirm: Confirm) {
        let is_asked = match confirm.stage {
            ConfirmationStage::Ceiling => self.ceiling_in_doubt(confirm.level).is_some(),
            ConfirmationStage::Overload | ConfirmationStage::Recovery | ConfirmationStage::Hold => true,
        };
        self.task = match (is_asked, self.mode) {
            (true, _) => Some(SearchTask::Confirm(confirm)),
            (false, Mode::Fresh) => {
                self.settled = Some(confirm.level);
                None
            }
            (false, Mode::Plain | Mode::Spent) => {
                Some(SearchTask::Confirm(Confirm { stage: ConfirmationStage::Recovery, ..confirm }))
            }
        };
    }

    /// The level that broke, where it should be tried again: a warm system may hold what a cold one does not.
    fn ceiling_in_doubt(&self, floor: f64) -> Option<f64> {
        let (ceiling, seen) = self.known.ceiling()?;
        let is_broken = matches!(seen, Seen::Broke { .. });
        let was_asked = self.mode != Mode::Fresh && self.overload_of(floor) == Some(ceiling);
        let is_open = is_broken && !was_asked && !self.known.is_refuted(ceiling);
        (is_open && self.reopened < REOPENED).then_some(ceiling)
    }

    /// The load that uses up what a system has saved, where the range of the search allows it.
    fn overload_of(&self, level: f64) -> Option<f64> {
        Some((level * FACTOR).min(self.last)).filter(|overload| *overload > level * (1.0 + COARSE))
    }

    fn step_of(&self, task: SearchTask) -> SearchStep {
        let length = self.options.length;
        let step = |level, purpose, length| SearchStep { level, purpose, length, is_fresh: false };
        let recovery = |level| step(level, Purpose::Recovery, self.patience);
        match task {
            SearchTask::Recover(level) => recovery(level),
            SearchTask::Doubt { level, is_fresh: false } => self.fresh_start(level),
            SearchTask::Look(Look { level, is_fresh: false, .. }) => self.fresh_start(level),
            SearchTask::Look(Look { level, has_held: false, .. }) => step(level, Purpose::Probe, length),
            SearchTask::Doubt { level, .. } | SearchTask::Look(Look { level, .. }) => {
                step(level, Purpose::Confirmation, length * LONG_CONFIRMATION)
            }
            SearchTask::Probe(Probe { level, tries, far, .. }) => {
                let times = if tries == 0 || far { 1 } else { AGAIN };
                match (self.mode, self.condition, self.overload_of(level)) {
                    (Mode::Fresh, Condition::Overloaded | Condition::Recovered, _) => self.fresh_start(level),
                    (Mode::Spent, Condition::Calm, Some(overload)) => step(overload, Purpose::Overload, length),
                    (Mode::Spent, Condition::Overloaded, _) => recovery(level),
                    _ => step(level, Purpose::Probe, length * times),
                }
            }
            SearchTask::Confirm(Confirm { level, stage, is_spent, .. }) => match stage {
                _ if self.mode == Mode::Fresh && self.condition != Condition::Calm => self.fresh_start(level),
                ConfirmationStage::Overload => step(level * FACTOR, Purpose::Overload, length).at_most(self.last),
                ConfirmationStage::Ceiling => {
                    step(self.ceiling_in_doubt(level).unwrap_or(level), Purpose::Probe, length)
                }
                ConfirmationStage::Recovery => recovery(level),
                ConfirmationStage::Hold if is_spent => step(level, Purpose::Confirmation, length * CONFIRMATION),
                ConfirmationStage::Hold => step(level, Purpose::Confirmation, length * LONG_CONFIRMATION),
            },
        }
    }

    /// The small load that shows whether a fixture made anew works, and warms it up.
    fn fresh_start(&self, level: f64) -> SearchStep {
        let half = level / FACTOR;
        let low = if self.whole { half.floor() } else { half }.max(self.first).min(level);
        SearchStep { level: low, purpose: Purpose::FreshStart, length: RECOVERY, is_fresh: true }
    }

    fn started(&mut self, task: SearchTask, seen: Seen) {
        if let Seen::Broke { .. } = seen {
            self.cut = Some(SearchCut::RuinedAnew);
            return;
        }
        self.condition = Condition::Calm;
        self.task = Some(match task {
            SearchTask::Doubt { level, .. } => SearchTask::Doubt { level, is_fresh: true },
            SearchTask::Look(look) => SearchTask::Look(Look { is_fresh: true, ..look }),
            task => task,
        });
    }

    fn overloaded(&mut self, task: SearchTask, level: f64, seen: Seen) {
        if seen == Seen::Held {
            // The overload was none.
            self.condition = Condition::Calm;
            self.known.hold(level);
            return;
        }
        self.condition = Condition::Overloaded;
        self.overload = level;
        match task {
            SearchTask::Confirm(confirm) => {
                let is_spent = seen != Seen::Unsent;
                self.reached(Confirm { stage: ConfirmationStage::Ceiling, is_spent, ..confirm });
            }
            task => self.task = Some(task),
        }
    }

    fn waited(&mut self, task: SearchTask, shown: Shown) {
        if self.recovery.is_none() {
            self.recovery = Some(StepRecovery { after: shown.after, looked: shown.looked });
        }
        if !matches!(shown.seen, Seen::Broke { .. }) {
            self.condition = Condition::Recovered;
            self.has_recovered = true;
            self.patience = (shown.took * 2).clamp(self.options.length * 2, RECOVERY.max(self.options.length * 2));
        }
        match (task, shown.seen) {
            (SearchTask::Recover(level), Seen::Broke { .. }) => self.unhealed(level),
            (SearchTask::Recover(level), _) => self.known.hold(level),
            (SearchTask::Probe(Probe { level, .. }), Seen::Broke { .. }) => self.break_at(level, shown.seen),
            (SearchTask::Confirm(Confirm { level, .. }), Seen::Broke { .. }) => self.unhealed(level),
            (SearchTask::Confirm(confirm), _) => {
                self.task = Some(SearchTask::Confirm(Confirm { stage: ConfirmationStage::Hold, ..confirm }))
            }
            (task, _) => self.task = Some(task),
        }
    }

    fn tried(&mut self, task: SearchTask, level: f64, seen: Seen) {
        match (task, seen) {
            (SearchTask::Probe(_), Seen::Held) => self.known.hold(level),
            (SearchTask::Probe(probe), _) => self.probed(probe, seen),
            (SearchTask::Doubt { level, .. }, Seen::Held) => {
                self.damaged(self.overload, level);
            }
            // Near the capacity a level a little below answers the question as well.
            (SearchTask::Doubt { level, .. }, Seen::Broke { far: false } | Seen::Unclear)
                if self.near_misses < NEAR =>
            {
                self.near_misses += 1;
                self.known.not_hold_for_long(level, seen, true);
                let lower = self.rounded(level / CLOSE).max(self.first);
                self.task = Some(SearchTask::Doubt { level: lower, is_fresh: false });
            }
            (SearchTask::Doubt { level, .. }, _) => {
                // The system never held the level that the wait was at, so the wait proves nothing about its recovery.
                self.recovery = None;
                self.refuted(level, seen, true);
            }
            (SearchTask::Look(look), Seen::Held) if !look.has_held => {
                self.task = Some(SearchTask::Look(Look { has_held: true, ..look }));
            }
            (SearchTask::Look(_), Seen::Held) => {
                self.damaged(self.first_overload.map_or(self.overload, |first| first.level), level);
            }
            (SearchTask::Look(look), _) => self.settled = Some(look.floor),
            (SearchTask::Confirm(confirm), _) => self.confirmed(confirm, level, seen),
            (SearchTask::Recover(_), _) => {}
        }
    }

    /// Notes that the overload left the system broken, since the level holds for long on a fixture made anew. Levels
    /// that broke after the overload may have done so because of it.
    fn damaged(&mut self, overload: f64, level: f64) {
        self.events.push(SearchEvent::Damaged(overload, level));
        self.mode = Mode::Fresh;
        self.reopened = 0;
        self.known.forget_broken_below(self.first_overload.map_or(level, |first| first.level));
        self.known.confirm(level);
    }

    /// Handles a level that did not hold: it is tried again, with other draws, before that counts.
    fn probed(&mut self, probe: Probe, seen: Seen) {
        let broke = matches!(seen, Seen::Broke { .. });
        // A longer load shows nothing more where the level was far too much or could not be sent.
        let far = matches!(seen, Seen::Broke { far: true } | Seen::Unsent);
        let probe = Probe { tries: probe.tries + 1, broke: probe.broke + u32::from(broke), far, ..probe };
        let is_marked = self.marks.contains(&probe.level);
        let wanted = match seen {
            // The level is too low to tell, and a second try would be as well.
            Seen::Unclear if self.known.floor().is_none() => 1,
            Seen::Broke { far: true } if self.mode == Mode::Fresh && !is_marked => 1,
            _ if is_marked || seen == Seen::Unsent => 3,
            _ => 2,
        };
        if probe.tries < wanted {
            self.task = Some(SearchTask::Probe(probe));
        } else {
            let surely = !is_marked || probe.broke >= 2;
            self.break_at(probe.level, if broke && !surely { Seen::Unclear } else { seen });
        }
    }

    fn confirmed(&mut self, confirm: Confirm, level: f64, seen: Seen) {
        let floor = confirm.level;
        match (confirm.stage, seen) {
            (ConfirmationStage::Ceiling, Seen::Held) => {
                self.reopened += 1;
                self.known.hold(level);
            }
            (ConfirmationStage::Ceiling, _) if self.mode == Mode::Fresh => self.settled = Some(floor),
            (ConfirmationStage::Ceiling, _) => {
                self.task = Some(SearchTask::Confirm(Confirm { stage: ConfirmationStage::Recovery, ..confirm }))
            }
            (_, Seen::Held) => {
                self.known.confirm(floor);
                match self.mode {
                    Mode::Fresh => self.reached(Confirm { stage: ConfirmationStage::Ceiling, ..confirm }),
                    Mode::Plain | Mode::Spent => self.look_anew(floor),
                }
            }
            // The level held before the first overload, which may be the cause.
            (_, Seen::Broke { .. }) if confirm.failed > 0 && self.may_doubt() && self.held_at_first(floor) => {
                self.doubted += 1;
                self.task = Some(SearchTask::Doubt { level: floor, is_fresh: false });
            }
            _ if confirm.failed == 0 => {
                let stage =
                    if self.mode == Mode::Fresh { ConfirmationStage::Hold } else { ConfirmationStage::Recovery };
                self.task = Some(SearchTask::Confirm(Confirm { stage, failed: 1, ..confirm }));
            }
            // The level held for a while and narrowly not for long: the capacity is a little below.
            _ if seen != (Seen::Broke { far: true }) && self.near_misses < NEAR => {
                self.near_misses += 1;
                self.known.not_hold_for_long(floor, seen, !self.is_damaged_for_good());
            }
            _ => self.refuted(floor, seen, true),
        }
    }

    /// Notes that the level does not hold, nor any level above it.
    fn break_at(&mut self, level: f64, seen: Seen) {
        self.known.not_hold(level, seen, !self.is_damaged_for_good());
    }

    /// Handles a level that had held and did not hold again after an overload.
    fn unhealed(&mut self, level: f64) {
        if self.may_doubt() {
            self.doubted += 1;
            self.task = Some(SearchTask::Doubt { level, is_fresh: false });
        } else if self.options.can_remake {
            // Until the system recovers at some level, it may be broken rather than spent.
            self.refuted(level, Seen::Broke { far: false }, false);
        } else {
            if !self.is_damaged_for_good() {
                self.events.push(SearchEvent::DamagedForGood(self.overload, level));
            }
            self.refuted(level, Seen::Unclear, false);
        }
    }

    /// Notes that a level does not hold although it did. Other levels that held as briefly are not trusted either: the
    /// search goes down to one that holds again.
    fn refuted(&mut self, level: f64, seen: Seen, is_sure: bool) {
        if let (Seen::Broke { .. }, true) = (seen, is_sure) {
            self.events.push(SearchEvent::WasBurst(level));
        }
        self.known.not_hold_for_long(level, seen, is_sure && !self.is_damaged_for_good());
        self.known.forget_unconfirmed();
        let lower = self.known.once_held_below(level / DOWN);
        if self.mode == Mode::Fresh {
            lower.into_iter().for_each(|lower| self.known.hold(lower));
            return;
        }
        self.mode = Mode::Spent;
        if !self.has_recovered {
            self.patience = self.options.length * 2;
        }
        match lower {
            Some(lower) => self.task = Some(SearchTask::Recover(lower)),
            None if !self.options.can_remake => self.cut = Some(SearchCut::Ruined(self.overload)),
            // Not even the lowest level holds: perhaps the system lived on what it had saved, and is broken as well.
            None if self.doubted < DOUBTS => {
                self.doubted = DOUBTS;
                self.task = self.known.once_held().map(|level| SearchTask::Doubt { level, is_fresh: false });
            }
            None => {}
        }
    }

    fn may_doubt(&self) -> bool {
        self.options.can_remake && self.doubted == 0 && self.mode == Mode::Plain
    }

    fn held_at_first(&self, level: f64) -> bool {
        self.first_overload.and_then(|first| first.floor).is_some_and(|floor| level <= floor)
    }

    /// Tries a fixture made anew where less was confirmed than the system carried in its first overload: that overload
    /// may have reduced the capacity.
    fn look_anew(&mut self, floor: f64) {
        self.settled = Some(floor);
        let Some(first) = self.first_overload.filter(|_| !self.whole && self.may_doubt()) else { return };
        if floor < first.carried * (1.0 - COARSE) {
            self.doubted += 1;
            self.settled = None;
            let level = self.rounded((floor * first.carried).sqrt());
            self.task = Some(SearchTask::Look(Look { level, floor, is_fresh: false, has_held: false }));
        }
    }

    fn is_damaged_for_good(&self) -> bool {
        self.events.iter().any(|event| matches!(event, SearchEvent::DamagedForGood(..)))
    }
}

/// Rounds a level to three significant digits, for people.
fn three_digits(level: f64) -> f64 {
    let scale = 10_f64.powi(level.log10().floor() as i32 - 2);
    // The division is exact where the multiplication is not: 113 × 0.1 is a hair more than 11.3.
    if scale < 1.0 { (level / scale).round() / scale.recip().round() } else { (level / scale).round() * scale }
}

//! Which level to try next: up by doubling until one breaks, then halfway between the last that held and the first that
//! broke, until they are close. It knows no measurements and no target, only how each level came out.

use super::Outcome;

/// The search ends when the level that broke is above the level that held by at most this share.
const PRECISION: f64 = 0.02;
/// From one level to the next, on the way up.
const FACTOR: f64 = 2.0;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// Try this level.
    Try(f64),
    /// See how the system recovers at this level, the last that held.
    Recover(f64),
}

/// Why the capacity is not higher.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ceiling {
    /// This level broke.
    Broke(f64),
    /// Of this level the measurements could not tell.
    Unclear(f64),
    /// There was no higher level to try.
    End,
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    /// The highest level that held; `None` where none did.
    pub(crate) capacity: Option<f64>,
    pub(crate) ceiling: Ceiling,
}

/// A search for the highest level that holds. A level that does not is tried once more before that counts: near the
/// capacity chance decides single levels.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    first: f64,
    last: f64,
    /// Levels are whole numbers.
    whole: bool,
    /// Levels to be tried where they decide something, rather than one near by.
    marks: Vec<f64>,
    tried: Vec<(f64, Outcome)>,
    recovery_asked: bool,
}

impl Search {
    pub(crate) fn new(search: &brunt_plan::load::Search, marks: Vec<f64>) -> Self {
        let whole = !search.from.is_rate();
        let marks = marks.into_iter().filter(|mark| !whole || mark.fract() == 0.0).collect();
        let (first, last) = (search.from.level(), search.to.level());
        Self { first, last, whole, marks, tried: Vec::new(), recovery_asked: false }
    }

    /// How the level that was tried last came out.
    pub(crate) fn saw(&mut self, level: f64, outcome: Outcome) {
        self.tried.push((level, outcome));
    }

    /// What to do next; `None` when the search is over.
    pub(crate) fn next(&mut self) -> Option<Step> {
        let Some((last, outcome)) = self.tried.last().copied() else { return Some(Step::Try(self.first)) };
        // Without any level that held, one that cannot be told is too low to tell: once more says no more.
        let may_be_chance = outcome == Outcome::Fail || (outcome == Outcome::Inconclusive && self.floor().is_some());
        if may_be_chance && self.times(last) == 1 {
            return Some(Step::Try(last));
        }
        match (self.ceiling(), self.floor()) {
            (None, _) => self.up().map(Step::Try),
            (Some(_), Some(floor)) if !self.recovery_asked => {
                self.recovery_asked = true;
                Some(Step::Recover(floor))
            }
            (Some(ceiling), floor) => self.between(floor.or(self.highest_below(ceiling))?, ceiling).map(Step::Try),
        }
    }

    /// What is known now.
    pub(crate) fn found(&self) -> Found {
        let broke = |level: f64| self.tried.contains(&(level, Outcome::Fail));
        let unclear = self.tried.iter().map(|(level, _)| *level).reduce(f64::max).filter(|_| self.floor().is_none());
        let ceiling = match self.ceiling().or(unclear) {
            Some(level) if broke(level) => Ceiling::Broke(level),
            Some(level) => Ceiling::Unclear(level),
            None => Ceiling::End,
        };
        Found { capacity: self.floor(), ceiling }
    }

    fn times(&self, level: f64) -> usize {
        self.tried.iter().filter(|(tried, _)| *tried == level).count()
    }

    /// The highest level that held.
    fn floor(&self) -> Option<f64> {
        self.tried.iter().filter(|(_, outcome)| *outcome == Outcome::Pass).map(|(level, _)| *level).reduce(f64::max)
    }

    /// The lowest level above those that held which did not.
    fn ceiling(&self) -> Option<f64> {
        let floor = self.floor();
        let not_held = self.tried.iter().filter(|(level, outcome)| match (outcome, floor) {
            (Outcome::Pass, _) | (Outcome::Inconclusive, None) => false,
            (_, floor) => floor.is_none_or(|floor| *level > floor),
        });
        not_held.map(|(level, _)| *level).reduce(f64::min)
    }

    /// The highest level tried below this one.
    fn highest_below(&self, level: f64) -> Option<f64> {
        self.tried.iter().map(|(tried, _)| *tried).filter(|tried| *tried < level).reduce(f64::max)
    }

    fn up(&self) -> Option<f64> {
        let highest = self.tried.iter().map(|(level, _)| *level).reduce(f64::max)?;
        (highest < self.last).then(|| (highest * FACTOR).min(self.last))
    }

    fn between(&self, low: f64, high: f64) -> Option<f64> {
        let inside = |level: &f64| low < *level && *level < high;
        if let Some(mark) = self.marks.iter().copied().find(inside) {
            return Some(mark);
        }
        if high / low <= 1.0 + PRECISION {
            return None;
        }
        // The geometric mean: as far, by its factor, from the one as from the other.
        let middle = (low * high).sqrt();
        let round = if self.whole { middle.round() } else { three_digits(middle) };
        [round, middle].into_iter().filter(|level| !self.whole || level.fract() == 0.0).find(inside)
    }
}

/// Rounded to three significant digits: people read levels.
fn three_digits(level: f64) -> f64 {
    let scale = 10_f64.powi(level.log10().floor() as i32 - 2);
    // Divided where that is exact and multiplied is not: 113 × 0.1 is 11.3, and a hair more.
    if scale < 1.0 { (level / scale).round() / scale.recip().round() } else { (level / scale).round() * scale }
}

//! The levels that a search tried, with the latest result of each. More load is never easier: a level that holds
//! outdates the breaks below it, and a level that breaks outdates the holds above it.

use super::searched::{Ceiling, Seen};

/// A level that did not hold.
#[derive(Clone, Copy, Debug, PartialEq)]
struct NotHeld {
    level: f64,
    seen: Seen,
    /// Whether it was put on for long: then no short load contradicts it.
    for_long: bool,
}

/// The levels by the latest result of each.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownSteps {
    held: Vec<f64>,
    not_held: Vec<NotHeld>,
    /// The level that was confirmed.
    pub(super) confirmed: Option<f64>,
    /// Every level that ever held.
    once: Vec<f64>,
    /// Every level that was tried.
    tried: Vec<f64>,
    /// Levels that broke although nothing before had left the system broken, whatever happened later.
    surely_broke: Vec<f64>,
}

impl KnownSteps {
    /// Notes that the level held.
    pub(super) fn hold(&mut self, level: f64) {
        self.tried.push(level);
        self.held.push(level);
        self.once.push(level);
        self.not_held.retain(|not| not.level > level);
        self.surely_broke.retain(|broke| *broke > level);
    }

    /// Notes that the level was confirmed.
    pub(super) fn confirm(&mut self, level: f64) {
        self.hold(level);
        self.confirmed = Some(level);
    }

    /// Notes that the level did not hold; `is_sure` where the system was well before.
    pub(super) fn not_hold(&mut self, level: f64, seen: Seen, is_sure: bool) {
        self.not_hold_for(level, seen, is_sure, false);
    }

    /// Notes that the level did not hold for long; `is_sure` where the system was well before.
    pub(super) fn not_hold_for_long(&mut self, level: f64, seen: Seen, is_sure: bool) {
        self.not_hold_for(level, seen, is_sure, true);
    }

    fn not_hold_for(&mut self, level: f64, seen: Seen, is_sure: bool, for_long: bool) {
        self.tried.push(level);
        // A level that could not be sent outdates nothing.
        if seen != Seen::Unsent {
            self.held.retain(|held| *held < level);
            self.confirmed = self.confirmed.filter(|confirmed| *confirmed < level);
        }
        self.not_held.retain(|not| not.level != level);
        self.not_held.push(NotHeld { level, seen, for_long });
        if is_sure && matches!(seen, Seen::Broke { .. }) {
            self.surely_broke.push(level);
        }
    }

    /// Forgets the levels that held only for a short time.
    pub(super) fn forget_unconfirmed(&mut self) {
        self.held.clear();
        self.held.extend(self.confirmed);
    }

    /// Forgets the breaks below this level: the system may have been broken already.
    pub(super) fn forget_broken_below(&mut self, level: f64) {
        self.not_held.retain(|not| not.level >= level);
        self.surely_broke.retain(|broke| *broke >= level);
    }

    /// The highest level that held.
    pub(super) fn floor(&self) -> Option<f64> {
        self.held.iter().copied().reduce(f64::max)
    }

    /// The lowest level above the floor that did not hold. Without a floor, a level that was unclear is too low to
    /// tell, and is no ceiling.
    pub(super) fn ceiling(&self) -> Option<(f64, Seen)> {
        let floor = self.floor();
        let above = self.not_held.iter().filter(|not| match floor {
            Some(floor) => not.level > floor,
            None => not.seen != Seen::Unclear,
        });
        above.map(|not| (not.level, not.seen)).reduce(|a, b| if b.0 < a.0 { b } else { a })
    }

    /// Whether the level was put on for long and did not hold.
    pub(super) fn is_refuted(&self, level: f64) -> bool {
        self.not_held.iter().any(|not| not.level == level && not.for_long)
    }

    /// The highest level tried.
    pub(super) fn highest(&self) -> Option<f64> {
        self.tried.iter().copied().reduce(f64::max)
    }

    /// The highest level tried below this one.
    pub(super) fn highest_below(&self, level: f64) -> Option<f64> {
        self.tried.iter().copied().filter(|tried| *tried < level).reduce(f64::max)
    }

    /// The highest level up to this one that ever held.
    pub(super) fn once_held_below(&self, level: f64) -> Option<f64> {
        self.once.iter().copied().filter(|held| *held <= level).reduce(f64::max)
    }

    /// The highest level that ever held and below which nothing surely broke.
    pub(super) fn once_held(&self) -> Option<f64> {
        let broke = self.surely_broke.iter().copied().reduce(f64::min).unwrap_or(f64::INFINITY);
        self.once.iter().copied().filter(|held| *held < broke).reduce(f64::max)
    }

    /// The lowest level that surely broke.
    pub(super) fn lowest_broken(&self) -> Option<f64> {
        self.surely_broke.iter().copied().reduce(f64::min)
    }

    /// Why the capacity is not higher than `level`; for `None`, why no level held.
    pub(super) fn ceiling_above(&self, level: Option<f64>) -> Ceiling {
        let is_broken = |not: &&NotHeld| matches!(not.seen, Seen::Broke { .. });
        let lowest = |a: NotHeld, b: NotHeld| if b.level < a.level { b } else { a };
        let of_level = |level: f64| self.not_held.iter().copied().filter(|not| not.level > level).reduce(lowest);
        let of_none = || {
            let broken = self.not_held.iter().filter(is_broken).copied().reduce(lowest);
            broken.or_else(|| self.not_held.iter().copied().reduce(|a, b| if b.level > a.level { b } else { a }))
        };
        let not = level.map_or_else(of_none, of_level);
        match not.map(|not| (not.seen, not.level)) {
            None => Ceiling::End,
            Some((Seen::Unsent, level)) => Ceiling::Unsent(level),
            Some((Seen::Broke { .. }, level)) => Ceiling::Broke(level),
            Some((Seen::Unclear | Seen::Held, level)) => Ceiling::Unclear(level),
        }
    }
}

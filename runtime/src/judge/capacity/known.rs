//! What a search knows of the levels that it tried. More load is never easier: a level that holds makes what was seen
//! to break below it out of date, and a level that breaks what was seen to hold above it.

use super::searched::{Ceiling, Seen};

/// A level that did not hold.
#[derive(Clone, Copy, Debug, PartialEq)]
struct NotHeld {
    level: f64,
    seen: Seen,
    /// Whether it was put on for long: then no short load says otherwise.
    for_long: bool,
}

/// The levels, by what was last seen of them.
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
    /// Levels that broke while nothing before had left the system broken, whatever was seen of it since.
    surely_broke: Vec<f64>,
}

impl KnownSteps {
    /// The level held.
    pub(super) fn hold(&mut self, level: f64) {
        self.tried.push(level);
        self.held.push(level);
        self.once.push(level);
        self.not_held.retain(|not| not.level > level);
        self.surely_broke.retain(|broke| *broke > level);
    }

    /// The level held again.
    pub(super) fn confirm(&mut self, level: f64) {
        self.hold(level);
        self.confirmed = Some(level);
    }

    /// The level did not hold; `is_sure` where the system was well before.
    pub(super) fn not_hold(&mut self, level: f64, seen: Seen, is_sure: bool) {
        self.not_hold_for(level, seen, is_sure, false);
    }

    /// The same of a level that was put on for long.
    pub(super) fn not_hold_for_long(&mut self, level: f64, seen: Seen, is_sure: bool) {
        self.not_hold_for(level, seen, is_sure, true);
    }

    fn not_hold_for(&mut self, level: f64, seen: Seen, is_sure: bool, for_long: bool) {
        self.tried.push(level);
        // Of what cannot be told, nothing below is out of date.
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

    /// What held for a short time says nothing any more.
    pub(super) fn forget_unconfirmed(&mut self) {
        self.held.clear();
        self.held.extend(self.confirmed);
    }

    /// What broke below this level may have done so because the system was broken: it says nothing any more.
    pub(super) fn forget_broken_below(&mut self, level: f64) {
        self.not_held.retain(|not| not.level >= level);
        self.surely_broke.retain(|broke| *broke >= level);
    }

    /// The highest level that held.
    pub(super) fn floor(&self) -> Option<f64> {
        self.held.iter().copied().reduce(f64::max)
    }

    /// The lowest level above those that held which did not. Without any that held, a level that cannot be told is too
    /// low to tell, and no ceiling.
    pub(super) fn ceiling(&self) -> Option<(f64, Seen)> {
        let floor = self.floor();
        let above = self.not_held.iter().filter(|not| match floor {
            Some(floor) => not.level > floor,
            None => not.seen != Seen::Unclear,
        });
        above.map(|not| (not.level, not.seen)).reduce(|a, b| if b.0 < a.0 { b } else { a })
    }

    /// Whether the level did not hold when it was put on for long.
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

    /// The highest level at most this that ever held.
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

    /// Why the capacity is not higher than `level`; of no level, why none held.
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

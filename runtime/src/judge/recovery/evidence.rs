//! The evidence since the change: whether it is enough to show that the system is well.
//!
//! Each rule is tested sequentially (Wald, *Annals of Mathematical Statistics* 16, 1945): the likelihood of the
//! operations when no more goes wrong than allowed, against the likelihood when a share `p` goes wrong. While the share
//! is `p` or more, the ratio is a supermartingale, whatever came before and however the operations are correlated, and
//! reaches `c` with a chance of at most `1/c` (Ville 1939). The calm may begin where operations stop going wrong: the
//! `k`th such time since the last injection or healing must reach `(k + 1)(k + 2)/α`, and the sum of their chances is
//! at most α. The operation that marks such a time is no evidence. Several rules need no correction: all of them must
//! be shown.
//!
//! The share `p` that is excluded is the share that the target allows, and at least 5 %, or the share that went wrong
//! before, where that is less. Without failures that takes about 150 operations at 5 %, and 1.5 % more for each 0.1 %
//! less.

use super::change::{Followed, is_start};
use crate::judge::binomial;
use crate::record::course::Course;
use std::cmp::Ordering;

/// How often a system that is not well may be taken for one that is, for each injection or healing.
const ALPHA: f64 = 1e-3;
/// The share of operations that go wrong which must be excluded where a target allows less.
const MARGIN: f64 = 0.05;
/// The probability below which chance does not explain that more went wrong than allowed.
const LIKELY: f64 = 0.05;
/// The shares that may go wrong in a system that is well, as parts of the excluded one, and their weights.
const STEADY: [(f64, f64); 5] = [(0.0, 0.5), (1.0 / 16.0, 0.125), (0.125, 0.125), (0.25, 0.125), (0.5, 0.125)];

/// The operations of one rule in the calm, and what they must show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RuleEvidence {
    /// Operations that went wrong.
    pub(super) wrong: u64,
    right: u64,
    /// The share that may go wrong.
    allowed: f64,
    /// The share that must be excluded.
    excluded: f64,
    /// The logarithm of the ratio that is enough.
    wanted: f64,
}

impl RuleEvidence {
    pub(super) fn of(one: &Followed<'_>, since: u64, course: &Course) -> Self {
        let calm = one.points.iter().filter(|point| point.due >= since);
        let (wrong, right) = calm.fold((0, 0), |(wrong, right), point| match point.wrong {
            true => (wrong + 1, right),
            false => (wrong, right + 1),
        });
        let changed = course.changes.iter().flat_map(|change| [change.begin, change.end]);
        let changed = changed.filter(|at| *at <= since).max().unwrap_or(course.from);
        let is_since = |index: &usize| (changed..since).contains(&one.points[*index].due);
        let starts = (0..one.points.len()).filter(|index| is_start(&one.points, *index)).filter(is_since).count();
        let right = if starts > 0 { u64::saturating_sub(right, 1) } else { right };
        let starts = starts as f64;
        let allowed = one.rule.allowed.max(one.rule.usual);
        let before = if one.turn.wrong_before > 0 { one.turn.share_before() } else { MARGIN };
        let least = if before > allowed { before.min(MARGIN) } else { MARGIN };
        let wanted = ((starts + 1.0) * (starts + 2.0) / ALPHA).ln();
        Self { wrong, right, allowed, excluded: allowed.max(least), wanted }
    }

    pub(super) fn count(&self) -> u64 {
        self.wrong + self.right
    }

    /// Whether more goes wrong than allowed, and chance hardly explains it.
    pub(super) fn is_over(&self) -> bool {
        self.wrong > 0
            && self.wrong as f64 > self.allowed * self.count() as f64
            && binomial::upper_tail(self.wrong, self.count(), self.allowed) < LIKELY
    }

    pub(super) fn is_enough(&self) -> bool {
        self.reached() >= self.wanted
    }

    /// The logarithm of the likelihood ratio.
    fn reached(&self) -> f64 {
        let (wrong, right) = (self.wrong as f64, self.right as f64);
        let against = |share: f64| {
            let worse = if self.wrong == 0 { 0.0 } else { wrong * (share / self.excluded).ln() };
            worse + right * ((1.0 - share) / (1.0 - self.excluded)).ln()
        };
        // Where nothing may go wrong, zero is the only share of a system that is well.
        if self.allowed == 0.0 {
            return against(0.0);
        }
        let terms = STEADY.map(|(part, weight)| against(part * self.excluded) + f64::ln(weight));
        let most = terms.into_iter().fold(f64::NEG_INFINITY, f64::max);
        most + terms.iter().map(|term| (term - most).exp()).sum::<f64>().ln()
    }

    /// How many operations would be enough at the present share; `None` where no number would.
    pub(super) fn wanted(&self) -> Option<u64> {
        const MOST: f64 = 1e7;
        let share = if self.wrong == 0 { 0.0 } else { self.wrong as f64 / self.count() as f64 };
        let worse = if share > 0.0 { share * (share / self.excluded).ln() } else { 0.0 };
        let each = worse + (1.0 - share) * ((1.0 - share) / (1.0 - self.excluded)).ln();
        let more = (self.wanted - self.reached()) / each;
        (share < self.excluded && more.is_finite() && more < MOST).then(|| self.count() + more.max(0.0).ceil() as u64)
    }

    /// Compares how many more operations are needed; evidence that no number completes needs the most.
    pub(super) fn cmp_wanted(&self, other: &Self) -> Ordering {
        let wanted = |one: &Self| one.wanted().unwrap_or(u64::MAX) - one.count();
        wanted(self).cmp(&wanted(other))
    }
}

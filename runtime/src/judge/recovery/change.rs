//! The change for the better: the time from which operations went well.
//!
//! The candidates are all times after an operation that went wrong and before one that went well; the likeliest is
//! taken (maximum likelihood of one change, Hinkley, *Biometrika* 57, 1970). Before it operations go wrong at the rate
//! at which they did, after it at a rate that the target allows. Where nothing may go wrong, that is after the last
//! failure. Where a change is hardly likelier than none, there was none, and operations have gone well since the
//! injection.
//!
//! A fault that affected only a share of the operations leaves gaps: the last failure lies before the healing. The
//! system counts as well before its healing where chance does not explain the gap; else it is well since the healing.

use super::operation_rule::OperationRule;
use crate::record::course::Course;

/// The probability below which chance does not explain a gap without failures before the healing.
const UNLIKELY: f64 = 1e-4;
/// The logarithm of how much likelier a change must be than none; more where operations went wrong in the baseline.
const CHANGED: f64 = 2.0;
const CHANGED_OF_MANY: f64 = 4.6;
/// The probability above which a stretch without failures may be luck.
const LIKELY: f64 = 0.05;

/// One operation of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RuledOperation {
    pub(super) due: u64,
    pub(super) end: u64,
    pub(super) wrong: bool,
}

/// When things changed for the better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChangePoint {
    /// The time in nanoseconds from which operations belong to the calm, by when they were due.
    pub(super) since: u64,
    /// How many operations went wrong between the injection and this time, and of how many.
    pub(super) wrong_before: u64,
    count_before: u64,
    allowed: f64,
}

impl ChangePoint {
    pub(super) fn of(points: &[RuledOperation], rule: &OperationRule, course: &Course) -> Self {
        let wrong = points.iter().filter(|point| point.wrong).count() as u64;
        let all = CountsBefore { wrong, count: points.len() as u64 };
        let unchanged = change_likelihood(CountsBefore::default(), all, rule);
        // Failures that the baseline did not have are due to the fault.
        let doubt = if rule.usual > 0.0 { CHANGED_OF_MANY } else { CHANGED };
        let mut best = (unchanged + doubt, course.from, CountsBefore::default());
        let mut before = CountsBefore::default();
        for (index, point) in points.iter().enumerate() {
            before.count += 1;
            before.wrong += u64::from(point.wrong);
            if !is_start(points, index) {
                continue;
            }
            let likely = change_likelihood(before, all.without(before), rule);
            if likely >= best.0 {
                best = (likely, point.due + 1, before);
            }
        }
        let (_, since, CountsBefore { wrong, count }) = best;
        Self { since, wrong_before: wrong, count_before: count, allowed: rule.allowed.max(rule.usual) }
    }

    /// The share of operations that went wrong before the turn; with few operations, a little less than all or more
    /// than none.
    pub(super) fn share_before(&self) -> f64 {
        share_wrong(CountsBefore { wrong: self.wrong_before, count: self.count_before })
    }

    /// The start of the calm, put off to the healing of a fault where chance explains why nothing went wrong before it.
    pub(super) fn until_healed(&self, since: u64, points: &[RuledOperation], course: &Course) -> u64 {
        let mut since = since;
        if self.wrong_before == 0 {
            return since;
        }
        for heal in course.changes.iter().filter(|change| change.heals) {
            if heal.begin <= since {
                continue;
            }
            let well = points.iter().filter(|one| (since..heal.begin).contains(&one.due) && one.end <= heal.begin);
            let well = well.filter(|point| !point.wrong).count() as i32;
            if (1.0 - self.share_before()).powi(well) < UNLIKELY {
                break;
            }
            since = heal.begin;
        }
        since
    }

    /// Whether a system that has not changed since the turn may well have had this stretch without failures by luck.
    pub(super) fn may_be_luck(&self, since: u64, points: &[RuledOperation]) -> bool {
        if self.wrong_before == 0 || self.share_before() <= self.allowed {
            return false;
        }
        let calm = points.iter().filter(|point| point.due >= since);
        let (right, all) = calm.fold((0, 0), |(right, all), point| (right + i32::from(!point.wrong), all + 1));
        right == all && (1.0 - self.share_before()).powi(right) > LIKELY
    }
}

/// Whether the calm may start after this operation: it went wrong, and the next one did not.
pub(super) fn is_start(points: &[RuledOperation], index: usize) -> bool {
    points[index].wrong && points.get(index + 1).is_none_or(|next| !next.wrong)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct CountsBefore {
    wrong: u64,
    count: u64,
}

impl CountsBefore {
    fn without(self, other: Self) -> Self {
        Self { wrong: self.wrong - other.wrong, count: self.count - other.count }
    }
}

/// The share that went wrong, kept away from none and all by half an operation, since few operations do not fix it
/// exactly.
fn share_wrong(of: CountsBefore) -> f64 {
    (of.wrong as f64 + 0.5) / (of.count as f64 + 1.0)
}

/// The logarithm of the likelihood of the counts before a time and after it.
fn change_likelihood(before: CountsBefore, after: CountsBefore, rule: &OperationRule) -> f64 {
    let most = rule.allowed.max(rule.usual);
    let least = rule.usual.max(rule.allowed / 10.0);
    let steady = if after.count == 0 { least } else { after.wrong as f64 / after.count as f64 };
    likelihood_of(before, share_wrong(before)) + likelihood_of(after, steady.clamp(least, most))
}

fn likelihood_of(counted: CountsBefore, share: f64) -> f64 {
    let times = |count: u64, share: f64| if count == 0 { 0.0 } else { count as f64 * share.ln() };
    times(counted.wrong, share) + times(counted.count - counted.wrong, 1.0 - share)
}

/// A rule with its operations and its change.
pub(super) struct Followed<'r> {
    pub(super) rule: &'r OperationRule,
    pub(super) points: Vec<RuledOperation>,
    pub(super) turn: ChangePoint,
}

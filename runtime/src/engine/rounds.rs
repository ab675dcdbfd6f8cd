//! The rounds of a load that continues while a target is undecided (`settle`): whether time is left for one more, its
//! plan, and when to ask for the verdict. Pure: the caller passes how long the loads lasted.
//!
//! A round is the planned load again. Where only `duration` sets its length, the last round may be shorter; a load with
//! a course over time (stages, a ramp, scenarios that come and go) runs as a whole or not at all.

use crate::record::{Measurements, Settled};
use brunt_plan::{Plan, Quantity, Target};
use std::sync::Arc;
use std::time::Duration;

/// The shortest useful round: a shorter one gives too little information.
const SHORTEST_ROUND: Duration = Duration::from_secs(1);
/// The verdict is asked for when the load has grown by at least one part in this number: each verdict uses up some of
/// the error that all of them together may have, and after one hundredth more load the answer is the same.
const ROUND_PART: u32 = 10;

/// The rounds of one test.
pub(crate) struct Rounds {
    /// The planned load.
    plan: Plan,
    /// The number of loads in a round: one for each case.
    loads: u32,
    most: Duration,
    number: u32,
    /// How long the loads of the current round lasted so far.
    current: Duration,
    longest: Duration,
    /// How long the rounds after the planned load lasted.
    used: Duration,
    /// How long all rounds lasted, including the planned load, without warm-ups.
    whole: Duration,
    since_look: Duration,
    undecided: Vec<Target>,
    planned: Arc<Measurements>,
}

impl Rounds {
    pub(crate) fn of(plan: &Plan, loads: usize) -> Self {
        Self {
            plan: plan.clone(),
            loads: loads.max(1) as u32,
            most: time_of(plan.settle),
            number: 0,
            current: Duration::ZERO,
            longest: Duration::ZERO,
            used: Duration::ZERO,
            whole: Duration::ZERO,
            since_look: Duration::ZERO,
            undecided: Vec::new(),
            planned: Arc::default(),
        }
    }

    /// Whether the plan allows further rounds at all.
    pub(crate) fn are_wanted(&self) -> bool {
        !self.most.is_zero()
    }

    /// The number of the current round; the planned load is round 0.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Adds the time of a load of the current round.
    pub(crate) fn lasted(&mut self, time: Duration) {
        self.current += time;
    }

    /// Ends the current round.
    pub(crate) fn end(&mut self) {
        let lasted = std::mem::take(&mut self.current);
        self.longest = self.longest.max(lasted);
        let warm_up = if self.number == 0 { self.plan.warm_up } else { self.warm_up() };
        let measured = lasted.saturating_sub(time_of(warm_up) * self.loads);
        self.whole += measured;
        self.since_look += measured;
        if self.number > 0 {
            self.used += lasted;
        }
    }

    /// Whether the load has grown enough since the verdict was last asked for.
    pub(crate) fn are_to_be_looked_at(&self) -> bool {
        self.since_look * ROUND_PART >= self.whole
    }

    /// Notes that the verdict is asked for with these measurements.
    pub(crate) fn look(&mut self, measured: &Measurements) {
        self.since_look = Duration::ZERO;
        if self.number == 0 {
            self.planned = Arc::new(measured.clone());
        }
    }

    /// Begins one more round, because these targets are undecided.
    pub(crate) fn begin(&mut self, undecided: Vec<Target>) {
        self.number += 1;
        for target in undecided {
            if !self.undecided.contains(&target) {
                self.undecided.push(target);
            }
        }
    }

    /// The record of the further rounds so far; `None` where there were none.
    pub(crate) fn settled(&self) -> Option<Settled> {
        (self.number > 0).then(|| Settled {
            rounds: self.number,
            time: self.used,
            undecided: self.undecided.clone(),
            planned: Arc::clone(&self.planned),
        })
    }

    /// The time left for each load of a round.
    pub(crate) fn left(&self) -> Duration {
        self.most.saturating_sub(self.used) / self.loads
    }

    /// The warm-up of a further round: a single fixture and its users are still warm; those of several cases are made
    /// anew.
    fn warm_up(&self) -> Option<Quantity> {
        self.plan.warm_up.filter(|_| self.loads > 1)
    }

    /// Whether a round as long as the longest fits into the time left.
    fn fits_again(&self) -> bool {
        self.longest <= self.left() * self.loads
    }

    /// The load of one more round; `None` where the time left is too short for it.
    pub(crate) fn next(&self) -> Option<Plan> {
        let mut plan = self.plan.clone();
        plan.warm_up = self.warm_up();
        let left = self.left().checked_sub(time_of(plan.warm_up)).filter(|left| !left.is_zero())?;
        let fits = match plan.fixed_time() {
            Some(time) if time <= left => true,
            Some(_) if plan.has_course() || left < SHORTEST_ROUND => false,
            Some(_) => {
                plan.duration = Some(to_quantity(left));
                true
            }
            None if plan.has_course() => self.fits_again(),
            None => {
                let longest = time_of(plan.duration.or(Some(to_quantity(left)))).min(left);
                plan.duration = Some(to_quantity(longest));
                if plan.iterations.is_none() && plan.total_iterations.is_none() {
                    // The meaning of a plan without a length, which the plan has now.
                    plan.iterations = Some(1);
                }
                left >= SHORTEST_ROUND || self.fits_again()
            }
        };
        fits.then_some(plan)
    }
}

fn time_of(time: Option<Quantity>) -> Duration {
    time.and_then(Quantity::duration).unwrap_or_default()
}

/// Rounds a time down to whole milliseconds, which a number of seconds holds exactly enough.
fn to_quantity(time: Duration) -> Quantity {
    Quantity::seconds(time.as_millis() as f64 / 1e3)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use brunt_plan::{Kind, Level, parse};

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// The lengths of a load and its rounds, where each load lasts its planned time, or `each` where none is planned.
    fn lengths(options: &str, loads: usize, each: Duration) -> Vec<Duration> {
        let (plan, mistakes) = parse::plan(Kind::Load, options);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let mut rounds = Rounds::of(&plan, loads);
        let (mut lengths, mut next) = (Vec::new(), Some(plan));
        while let Some(plan) = next.take() {
            let length = plan.fixed_time().unwrap_or(each);
            lengths.push(length);
            (0..loads).for_each(|_| rounds.lasted(length));
            rounds.end();
            rounds.begin(vec![parse::target(Level::Target, "p95 < 1s").unwrap()]);
            next = rounds.next();
        }
        lengths
    }

    #[test]
    fn a_plain_load_fills_the_time_and_a_course_is_whole_or_not_at_all() {
        let of = |options: &str, each| {
            let lengths = lengths(options, 1, ms(each));
            (lengths.len(), *lengths.last().unwrap())
        };
        assert_eq!(of("users = 2, duration = 4s, settle = 10s", 0), (4, ms(2_000)));
        assert_eq!(of("rate = 9/s, duration = 4s, settle = 8500ms", 0), (3, ms(4_000)), "half a second is too short");
        assert_eq!(of("users = 2, duration = 400ms, settle = 1s", 0), (3, ms(400)));
        assert_eq!(of("users = 2, duration = 4s, ramp_up = 1s, settle = 10s", 0), (3, ms(4_000)));
        assert_eq!(of("stages = [a: 1 for 3s, b: 2 for 1s], settle = 10s", 0), (3, ms(4_000)));
        assert_eq!(of("scenarios = [a: 1, b: 2 from 2s], duration = 4s, settle = 10s", 0), (3, ms(4_000)));
        assert_eq!(
            of("users = 2, iterations = 9, settle = 10s", 3_000),
            (5, ms(3_000)),
            "its last round is cut at 1 s"
        );
        assert_eq!(of("users = 2, iterations = 9, settle = 9500ms", 3_000), (4, ms(3_000)));
        assert_eq!(of("stages = [9 at once], settle = 10s", 3_000), (4, ms(3_000)));
        assert_eq!(of("users = 2, duration = 4s", 0).0, 1);
        assert_eq!(of("users = 2, duration = 4s, settle = 0s", 0).0, 1);
    }

    #[test]
    fn all_cases_share_the_time() {
        let lengths = lengths("users = 2, duration = 4s, settle = 20s", 2, ms(0));
        assert_eq!(lengths, [ms(4_000), ms(4_000), ms(4_000), ms(2_000)]);
    }

    #[test]
    fn a_budget_is_the_same_again_and_bounded_by_the_time_left() {
        let next = |options: &str| {
            let (plan, _) = parse::plan(Kind::Load, options);
            let mut rounds = Rounds::of(&plan, 1);
            rounds.lasted(ms(3_000));
            rounds.end();
            rounds.next().map(|plan| plan.to_string()).unwrap_or_default()
        };
        assert_eq!(next("users = 7, settle = 9s"), "users = 7, iterations = 1, duration = 9s, settle = 9s");
        let wanted = "users = 7, total_iterations = 50, duration = 9s, settle = 9s";
        assert_eq!(next("users = 7, total_iterations = 50, warm_up = 1s, settle = 9s"), wanted);
        assert_eq!(next("users = 7, iterations = 5, duration = 2s, settle = 9s"), {
            "users = 7, iterations = 5, duration = 2s, settle = 9s"
        });
    }

    #[test]
    fn the_warm_up_is_repeated_only_where_something_is_cold() {
        let (plan, _) = parse::plan(Kind::Load, "users = 1, duration = 5s, warm_up = 2s, settle = 12s");
        let next = |cases| Rounds::of(&plan, cases).next().unwrap().to_string();
        assert_eq!(next(1), "users = 1, duration = 5s, settle = 12s");
        assert_eq!(next(2), "users = 1, duration = 4s, warm_up = 2s, settle = 12s");
    }

    #[test]
    fn short_rounds_are_looked_at_together() {
        let (plan, _) = parse::plan(Kind::Load, "users = 1, iterations = 5, settle = 1h");
        let mut rounds = Rounds::of(&plan, 1);
        let mut looks = Vec::new();
        for round in 0..1_000 {
            rounds.lasted(ms(100));
            rounds.end();
            if rounds.are_to_be_looked_at() {
                looks.push(round);
                rounds.look(&Measurements::default());
            }
            rounds.begin(Vec::new());
        }
        assert_eq!(looks[..11], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
        assert!((30..60).contains(&looks.len()), "{}", looks.len());
    }
}

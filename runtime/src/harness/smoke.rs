//! The profile `smoke`: does every test still run? Its load is small and short, and what depends on the size of a load
//! is not judged; a failure, an unknown name and a broken setup fail as ever.

use brunt_plan::load::{Amount, ScenarioLoad, Search, Shape, Stages, ThinkTime};
use brunt_plan::metric::Direction;
use brunt_plan::quantity::{TimeUnit, Unit};
use brunt_plan::target::{Comparison, Limit};
use brunt_plan::{Plan, Quantity, Target};

const USERS: u64 = 5;
const ITERATIONS: u64 = 3;
/// Arrivals a second.
const RATE: f64 = 10.0;
/// Seconds that a load lasts.
const DURATION: f64 = 2.0;
/// Seconds of a warm-up, and of a user's pause between iterations.
const PAUSE: f64 = 0.1;
/// Seconds of a stage without load at most: it is the time that the system has to recover, which does not shrink with
/// the load.
const REST: f64 = 30.0;

/// The plan with its load scaled down. What it does not give stays not given.
pub(crate) fn scaled(mut plan: Plan) -> Plan {
    let seconds = length(&plan);
    let factor = if seconds > DURATION { DURATION / seconds } else { 1.0 };
    // Nothing that noise decides is judged.
    plan.settle = None;
    cap(&mut plan.users, USERS);
    cap(&mut plan.concurrency, USERS);
    cap(&mut plan.iterations, ITERATIONS);
    if plan.kind.measures_calls() && plan.search.is_none() {
        // "Until the estimate is stable" is short as it is, but not for every size.
        plan.iterations = plan.iterations.or(Some(ITERATIONS));
    }
    cap(&mut plan.total_iterations, USERS * ITERATIONS);
    for time in [&mut plan.duration, &mut plan.ramp_up].into_iter().flatten() {
        *time = shorter(*time, factor);
    }
    // A ramp of iterations has no length to be scaled by.
    plan.ramp_up = plan.ramp_up.map(|time| at_most(time, DURATION));
    plan.warm_up = plan.warm_up.map(|time| at_most(time, PAUSE));
    plan.think_time = plan.think_time.map(|think| match think {
        ThinkTime::Fixed(time) => ThinkTime::Fixed(at_most(time, PAUSE)),
        ThinkTime::Between(low, high) => ThinkTime::Between(at_most(low, PAUSE), at_most(high, PAUSE)),
    });
    plan.rate = plan.rate.map(slower);
    // One small level is enough to see that the body works.
    plan.search = plan.search.map(|search| Search { from: less(search.from), to: less(search.from) });
    if plan.search.is_some() {
        // Its levels have a shortest length, which is theirs where none is given.
        plan.duration = None;
    }
    plan.stages = Stages { list: std::mem::take(&mut plan.stages.list), repeat: 1 };
    for stage in &mut plan.stages.list {
        stage.shape = shape(stage.shape, factor);
    }
    for scenario in &mut plan.scenarios {
        if let ScenarioLoad::Own(amount) = scenario.share {
            scenario.share = ScenarioLoad::Own(less(amount));
        }
        scenario.from = scenario.from.map(|time| shorter(time, factor));
        scenario.until = scenario.until.map(|time| shorter(time, factor));
    }
    plan
}

/// Whether the target says something of a small load too: that few operations fail.
pub(crate) fn judges(target: &Target) -> bool {
    let metric = &target.measure.metric;
    // A target that wants failures (a system that sheds load) wants the whole load.
    let wants_few = match target.comparison {
        Comparison::Less | Comparison::AtMost => metric.direction() == Direction::Cost,
        Comparison::Greater | Comparison::AtLeast => metric.direction() == Direction::Yield,
        Comparison::Meets => target.direction() != Direction::Exact || wants_none(target),
    };
    metric.is_of_any_load() && wants_few && matches!(target.limit, Limit::Quantity(_)) && target.measure.over.is_none()
}

/// `errors = 0`; a number of failures above zero is that of the whole load.
fn wants_none(target: &Target) -> bool {
    matches!(target.limit, Limit::Quantity(limit) if limit.value == 0.0)
}

/// How long the load lasts without its pauses, in seconds; 0 where iterations end it.
fn length(plan: &Plan) -> f64 {
    let loaded = plan.stages.list.iter().filter(|stage| !is_rest(stage.shape));
    let stages: f64 = loaded.map(|stage| stage_length(stage.shape)).sum();
    plan.duration.map_or(0.0, seconds).max(stages)
}

fn stage_length(shape: Shape) -> f64 {
    match shape {
        Shape::Window(time) | Shape::Hold(_, time) | Shape::Ramp { over: time, .. } => seconds(time),
        Shape::AtOnce(_) => 0.0,
    }
}

/// `0 for 5s`
fn is_rest(shape: Shape) -> bool {
    matches!(shape, Shape::Hold(amount, _) if amount.level() == 0.0)
}

fn shape(shape: Shape, factor: f64) -> Shape {
    match shape {
        Shape::Hold(nothing, time) if is_rest(shape) => Shape::Hold(nothing, at_most(time, REST)),
        Shape::Window(time) => Shape::Window(shorter(time, factor)),
        Shape::Hold(amount, time) => Shape::Hold(less(amount), shorter(time, factor)),
        Shape::Ramp { from, to, over } => {
            Shape::Ramp { from: from.map(less), to: less(to), over: shorter(over, factor) }
        }
        Shape::AtOnce(users) => Shape::AtOnce(users.min(USERS)),
    }
}

fn cap(count: &mut Option<u64>, most: u64) {
    *count = count.map(|count| count.min(most));
}

fn less(amount: Amount) -> Amount {
    match amount {
        Amount::Users(users) => Amount::Users(users.min(USERS)),
        Amount::Rate(rate) => Amount::Rate(slower(rate)),
    }
}

fn slower(rate: Quantity) -> Quantity {
    if rate.base() <= RATE { rate } else { Quantity { value: RATE, unit: Unit::Rate(TimeUnit::Second) } }
}

fn seconds(time: Quantity) -> f64 {
    time.base() / 1e9
}

fn at_most(time: Quantity, most: f64) -> Quantity {
    if seconds(time) <= most { time } else { milliseconds(most) }
}

fn shorter(time: Quantity, factor: f64) -> Quantity {
    if factor < 1.0 { milliseconds(seconds(time) * factor) } else { time }
}

/// Whole milliseconds, and at least one: nothing is scaled to no time at all.
fn milliseconds(seconds: f64) -> Quantity {
    Quantity { value: (seconds * 1e3).round().max(1.0), unit: Unit::Time(TimeUnit::Millisecond) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brunt_plan::{Kind, Level, parse};

    #[test]
    fn every_load_becomes_small_and_short_and_keeps_its_shape() {
        for (plan, wanted) in [
            ("users = 100, iterations = 50", "users = 5, iterations = 3"),
            ("users = 2, iterations = 1", "users = 2, iterations = 1"),
            ("users = 2, iterations = 1, settle = 1min", "users = 2, iterations = 1"),
            ("users = 9, total_iterations = 5000", "users = 5, total_iterations = 15"),
            ("users = 50, duration = 30s, ramp_up = 15s", "users = 5, duration = 2000ms, ramp_up = 1000ms"),
            ("users = 100, iterations = 1, ramp_up = 10s", "users = 5, iterations = 1, ramp_up = 2000ms"),
            (
                "duration = 30s, rate = 500/s, max_users = 200, poisson",
                "duration = 2000ms, rate = 10/s, max_users = 200, poisson",
            ),
            ("duration = 1s, rate = 30/min", "duration = 1s, rate = 30/min"),
            ("users = 8, warm_up = 10s, think_time = 50ms..2s", "users = 5, warm_up = 100ms, think_time = 50ms..100ms"),
            (
                "stages = [low: 10 for 10s, up: -> 100 over 20s, all: 500 at once; 3]",
                "stages = [low: 5 for 667ms, up: -> 5 over 1333ms, all: 5 at once]",
            ),
            (
                "stages = [spike: 100 for 10s, rest: 0 for 5s, after: 10 for 10s, 0 for 10min]",
                "stages = [spike: 5 for 1000ms, rest: 0 for 5s, after: 5 for 1000ms, 0 for 30000ms]",
            ),
            ("stages = [100/s for 2s, 0/s for 5s]", "stages = [10/s for 2s, 0/s for 5s]"),
            (
                "stages = [alone: 10s, beside: 10s], scenarios = [quiet: 50/s, noisy: 100 from 10s]",
                "stages = [alone: 1000ms, beside: 1000ms], scenarios = [quiet: 10/s, noisy: 5 from 1000ms]",
            ),
        ] {
            let (plan, mistakes) = parse::plan(Kind::Load, plan);
            assert!(mistakes.is_empty(), "{mistakes:?}");
            assert_eq!(scaled(plan).to_string(), wanted);
        }
    }

    #[test]
    fn a_search_becomes_one_small_level() {
        let (plan, _) = parse::plan(Kind::Stress, "search = capacity(rate 100/s..=1_000/s), duration = 30s");
        let scaled = scaled(plan);
        assert_eq!(scaled.to_string(), "search = capacity(rate 10/s..=10/s)");
        assert!(brunt_plan::check::plan(&scaled).is_empty());
    }

    #[test]
    fn only_that_few_operations_fail_is_judged() {
        for (text, wanted) in [
            ("errors = 0", true),
            ("errors < 1%", true),
            ("errors(\"shed\") < 3", true),
            ("spike.success_rate > 80%", true),
            ("success_rate = \"100%\"", true),
            ("interrupted = 0", true),
            ("interrupted < 1", true),
            ("errors(\"shed\") = 5", false),
            ("errors(\"shed\") = 1%", true),
            ("errors(\"shed\") > 10%", false),
            ("success_rate > 0.9x baseline.success_rate", false),
            ("p95 < 50ms", false),
            ("throughput > 1_000/s", false),
            ("elapsed < 10s", false),
            ("count = 5_000", false),
            ("cache_hit.share > 80%", false),
            ("peak_memory < 1GiB", false),
        ] {
            let target = parse::target(Level::Target, text).unwrap();
            assert_eq!(judges(&target), wanted, "{text}");
        }
    }
}

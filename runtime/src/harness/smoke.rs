//! The profile `smoke`: a quick check that every test still runs. Loads are small and short, and targets that depend on
//! the size of a load are not judged; failures, unknown names and broken setups still fail.

use brunt_plan::load::{Amount, ScenarioLoad, Search, Shape, Stages, ThinkTime};
use brunt_plan::metric::Direction;
use brunt_plan::quantity::{TimeUnit, Unit};
use brunt_plan::target::{Comparison, Limit};
use brunt_plan::{Plan, Quantity, Target};

const USERS: u64 = 5;
const ITERATIONS: u64 = 3;
/// Largest arrival rate, per second.
const RATE: f64 = 10.0;
/// Duration of a load in seconds.
const DURATION: f64 = 2.0;
/// Longest warm-up and think time in seconds.
const PAUSE: f64 = 0.1;
/// Longest stage without load in seconds. The system needs it to recover, and that time does not shrink with the load.
const REST: f64 = 30.0;

/// The plan with its load scaled down. Options that are not given stay so.
pub(crate) fn scale_down(mut plan: Plan) -> Plan {
    let seconds = load_seconds(&plan);
    let factor = if seconds > DURATION { DURATION / seconds } else { 1.0 };
    // No target that noise could decide is judged.
    plan.settle = None;
    cap_count(&mut plan.users, USERS);
    cap_count(&mut plan.concurrency, USERS);
    cap_count(&mut plan.iterations, ITERATIONS);
    if plan.kind.measures_calls() && plan.search.is_none() {
        // Sampling until the estimate is stable is short for one size, but not for every size.
        plan.iterations = plan.iterations.or(Some(ITERATIONS));
    }
    cap_count(&mut plan.total_iterations, USERS * ITERATIONS);
    for time in [&mut plan.duration, &mut plan.ramp_up].into_iter().flatten() {
        *time = shorten_time(*time, factor);
    }
    // A ramp-up in a load that ends by iterations has no duration to scale by.
    plan.ramp_up = plan.ramp_up.map(|time| at_most(time, DURATION));
    plan.warm_up = plan.warm_up.map(|time| at_most(time, PAUSE));
    plan.think_time = plan.think_time.map(|think| match think {
        ThinkTime::Fixed(time) => ThinkTime::Fixed(at_most(time, PAUSE)),
        ThinkTime::Between(low, high) => ThinkTime::Between(at_most(low, PAUSE), at_most(high, PAUSE)),
    });
    plan.rate = plan.rate.map(lower_rate);
    // One small step is enough to see that the body works.
    plan.search = plan.search.map(|search| Search { from: lower_amount(search.from), to: lower_amount(search.from) });
    if plan.search.is_some() {
        // Steps have a minimum duration, which is also the default.
        plan.duration = None;
    }
    plan.stages = Stages { list: std::mem::take(&mut plan.stages.list), repeat: 1 };
    for stage in &mut plan.stages.list {
        stage.shape = shorten_shape(stage.shape, factor);
    }
    for scenario in &mut plan.scenarios {
        if let ScenarioLoad::Own(amount) = scenario.share {
            scenario.share = ScenarioLoad::Own(lower_amount(amount));
        }
        scenario.from = scenario.from.map(|time| shorten_time(time, factor));
        scenario.until = scenario.until.map(|time| shorten_time(time, factor));
    }
    plan
}

/// Whether a target is meaningful under a small load: it limits failures.
pub(crate) fn judges_target(target: &Target) -> bool {
    let metric = &target.measure.metric;
    // A target that demands failures (of a system that sheds load) needs the full load.
    let wants_few = match target.comparison {
        Comparison::Less | Comparison::AtMost => metric.direction() == Direction::Cost,
        Comparison::Greater | Comparison::AtLeast => metric.direction() == Direction::Yield,
        Comparison::Meets => target.direction() != Direction::Exact || wants_none(target),
    };
    metric.is_of_any_load() && wants_few && matches!(target.limit, Limit::Quantity(_)) && target.measure.over.is_none()
}

/// Whether the target is `errors = 0`; any other number of failures refers to the full load.
fn wants_none(target: &Target) -> bool {
    matches!(target.limit, Limit::Quantity(limit) if limit.value == 0.0)
}

/// Duration of the load in seconds without stages of no load; 0 if iterations end it.
fn load_seconds(plan: &Plan) -> f64 {
    let loaded = plan.stages.list.iter().filter(|stage| !is_rest(stage.shape));
    let stages: f64 = loaded.map(|stage| stage_length(stage.shape)).sum();
    plan.duration.map_or(0.0, in_seconds).max(stages)
}

fn stage_length(shape: Shape) -> f64 {
    match shape {
        Shape::Window(time) | Shape::Hold(_, time) | Shape::Ramp { over: time, .. } => in_seconds(time),
        Shape::AtOnce(_) => 0.0,
    }
}

/// `0 for 5s`
fn is_rest(shape: Shape) -> bool {
    matches!(shape, Shape::Hold(amount, _) if amount.level() == 0.0)
}

fn shorten_shape(shape: Shape, factor: f64) -> Shape {
    match shape {
        Shape::Hold(nothing, time) if is_rest(shape) => Shape::Hold(nothing, at_most(time, REST)),
        Shape::Window(time) => Shape::Window(shorten_time(time, factor)),
        Shape::Hold(amount, time) => Shape::Hold(lower_amount(amount), shorten_time(time, factor)),
        Shape::Ramp { from, to, over } => {
            Shape::Ramp { from: from.map(lower_amount), to: lower_amount(to), over: shorten_time(over, factor) }
        }
        Shape::AtOnce(users) => Shape::AtOnce(users.min(USERS)),
    }
}

fn cap_count(count: &mut Option<u64>, most: u64) {
    *count = count.map(|count| count.min(most));
}

fn lower_amount(amount: Amount) -> Amount {
    match amount {
        Amount::Users(users) => Amount::Users(users.min(USERS)),
        Amount::Rate(rate) => Amount::Rate(lower_rate(rate)),
    }
}

fn lower_rate(rate: Quantity) -> Quantity {
    if rate.base() <= RATE { rate } else { Quantity { value: RATE, unit: Unit::Rate(TimeUnit::Second) } }
}

fn in_seconds(time: Quantity) -> f64 {
    time.base() / 1e9
}

fn at_most(time: Quantity, most: f64) -> Quantity {
    if in_seconds(time) <= most { time } else { from_milliseconds(most) }
}

fn shorten_time(time: Quantity, factor: f64) -> Quantity {
    if factor < 1.0 { from_milliseconds(in_seconds(time) * factor) } else { time }
}

/// A time of whole milliseconds, at least one, so that no time is scaled to zero.
fn from_milliseconds(seconds: f64) -> Quantity {
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
            assert_eq!(scale_down(plan).to_string(), wanted);
        }
    }

    #[test]
    fn a_search_becomes_one_small_level() {
        let (plan, _) = parse::plan(Kind::Stress, "search = capacity(rate 100/s..=1_000/s), duration = 30s");
        let scaled = scale_down(plan);
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
            assert_eq!(judges_target(&target), wanted, "{text}");
        }
    }
}

//! Resolves a checked plan to its schedule.

use super::{Budget, Choice, Rates, Schedule, Segment, Shape, StageWindow, StreamPlan, UserCounts};
use brunt_plan::Quantity;
use brunt_plan::load::{self, Amount, Plan, ScenarioLoad};

/// The greatest number of users of the open model in flight at once, where `max_users` is not given.
const MAX_USERS: u64 = 10_000;

/// Resolves the schedule of a plan. The plan has been checked: contradictions in it are resolved in an arbitrary way.
pub(crate) fn resolve_schedule(plan: &Plan) -> Schedule {
    let stages = stage_labels(plan);
    let warm_up = duration_in_nanos(plan.warm_up);
    let staged = plan.stages.list.iter().any(|stage| !matches!(stage.shape, load::Shape::Window(_)));
    let main = main_segments(plan, &stages, staged, warm_up);
    let end = main_end(plan, main.as_deref(), staged, warm_up);
    let scenarios: Vec<_> = plan.scenarios.iter().map(|scenario| scenario.name.clone()).collect();
    let mut streams = Vec::new();
    if let Some(segments) = main {
        streams.push(plan_stream(plan, scenario_weights(plan), segments, end, false));
    }
    let alone = streams.is_empty();
    for (i, scenario) in plan.scenarios.iter().enumerate() {
        if let ScenarioLoad::Own(amount) = scenario.share {
            streams.push(own_stream(plan, i as u16, scenario, amount, warm_up, end, !alone));
        }
    }
    let end = match alone {
        // Without a main load, the load is over with the last scenario.
        true => {
            streams.iter().map(|stream| stream.end).collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max())
        }
        false => end,
    };
    let windows = stage_windows(plan, &stages, staged, warm_up);
    Schedule { stages, scenarios, streams, windows, warm_up, end }
}

fn duration_in_nanos(time: Option<Quantity>) -> u64 {
    time.and_then(Quantity::duration).map_or(0, |time| time.as_nanos() as u64)
}

/// The labels of the stages, each once: a stage that runs again is the same stage.
fn stage_labels(plan: &Plan) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for stage in &plan.stages.list {
        let label = stage.label();
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

fn stage_index(stages: &[String], stage: &load::Stage) -> Option<u16> {
    let label = stage.label();
    stages.iter().position(|known| *known == label).map(|i| i as u16)
}

/// The segments of the load that the plan describes apart from scenarios with a load of their own.
fn main_segments(plan: &Plan, stages: &[String], staged: bool, warm_up: u64) -> Option<Vec<Segment>> {
    let own = |scenario: &load::Scenario| matches!(scenario.share, ScenarioLoad::Own(_));
    let only_own = !plan.scenarios.is_empty() && plan.scenarios.iter().all(own);
    if only_own && !staged && plan.users.is_none() && plan.rate.is_none() {
        return None;
    }
    let mut segments = match (staged, plan.rate) {
        (true, _) => staged_segments(plan, stages),
        (false, Some(rate)) => {
            let length = length_of(plan).unwrap_or(0);
            vec![Segment { stage: None, shape: Shape::Arrivals(constant_rate(rate, length)) }]
        }
        (false, None) => return Some(closed_segments(plan, warm_up)),
    };
    if warm_up > 0
        && let Some(first) = segments.first()
    {
        segments.insert(0, warm_up_segment(first.shape, warm_up));
    }
    Some(segments)
}

/// The load before the measurement: the highest level of the first segment.
fn warm_up_segment(first: Shape, length: u64) -> Segment {
    let shape = match first {
        Shape::Users(levels) => Shape::Users(UserCounts::hold(levels.peak(), Some(length))),
        Shape::Burst(users) => Shape::Users(UserCounts::hold(users, Some(length))),
        Shape::Arrivals(rates) => Shape::Arrivals(Rates { from: rates.peak(), to: rates.peak(), length }),
    };
    Segment { stage: None, shape }
}

/// The length of a plan's load: `duration`, or the sum of the named windows.
fn length_of(plan: &Plan) -> Option<u64> {
    let windows = plan.stages.expanded().map(|stage| match stage.shape {
        load::Shape::Window(length) => duration_in_nanos(Some(length)),
        _ => 0,
    });
    let windows: u64 = windows.sum();
    plan.duration.map(|time| duration_in_nanos(Some(time))).or((windows > 0).then_some(windows))
}

/// The segments of users that loop: `ramp_up` first; warm-up and duration begin at the same moment.
fn closed_segments(plan: &Plan, warm_up: u64) -> Vec<Segment> {
    let users = plan.users.unwrap_or(1);
    let (ramp_up, length) = (duration_in_nanos(plan.ramp_up), length_of(plan).map(|length| length + warm_up));
    let ramp_up = length.map_or(ramp_up, |length| ramp_up.min(length));
    let mut segments = Vec::new();
    if ramp_up > 0 {
        segments.push(Shape::Users(UserCounts { from: 0, to: users, length: Some(ramp_up) }));
    }
    segments.push(Shape::Users(UserCounts::hold(users, length.map(|length| length - ramp_up))));
    segments.into_iter().map(|shape| Segment { stage: None, shape }).collect()
}

fn constant_rate(rate: Quantity, length: u64) -> Rates {
    Rates { from: rate.base(), to: rate.base(), length }
}

/// The segments of stages that carry the load. A ramp without a start, and a bare window between stages, begin at the
/// current level.
fn staged_segments(plan: &Plan, stages: &[String]) -> Vec<Segment> {
    let mut level = Amount::Users(0);
    let mut segments = Vec::new();
    for stage in plan.stages.expanded() {
        let shape = match stage.shape {
            load::Shape::Window(length) => ramp_shape(level, level, duration_in_nanos(Some(length))),
            load::Shape::Hold(amount, length) => ramp_shape(amount, amount, duration_in_nanos(Some(length))),
            load::Shape::Ramp { from, to, over } => {
                ramp_shape(from.unwrap_or(level), to, duration_in_nanos(Some(over)))
            }
            load::Shape::AtOnce(users) => Shape::Burst(users),
        };
        level = match stage.shape {
            load::Shape::Hold(to, _) | load::Shape::Ramp { to, .. } => to,
            load::Shape::Window(_) => level,
            load::Shape::AtOnce(_) => Amount::Users(0),
        };
        segments.push(Segment { stage: stage_index(stages, stage), shape });
    }
    segments
}

/// The shape from one level to another; a start level of the other model counts as 0.
fn ramp_shape(from: Amount, to: Amount, length: u64) -> Shape {
    match (from, to) {
        (from, Amount::Users(to)) => {
            let from = if let Amount::Users(from) = from { from } else { 0 };
            Shape::Users(UserCounts { from, to, length: Some(length) })
        }
        (from, Amount::Rate(to)) => {
            let from = if let Amount::Rate(from) = from { from.base() } else { 0.0 };
            Shape::Arrivals(Rates { from, to: to.base(), length })
        }
    }
}

/// The end of the main load; without one, the end that the plan gives for everything.
fn main_end(plan: &Plan, main: Option<&[Segment]>, staged: bool, warm_up: u64) -> Option<u64> {
    match main {
        Some(segments) if staged || plan.rate.is_some() => segments.iter().map(|segment| segment.shape.length()).sum(),
        _ => length_of(plan).map(|length| length + warm_up),
    }
}

fn scenario_weights(plan: &Plan) -> Choice {
    let mut sums = Vec::new();
    let mut sum = 0.0;
    for (i, scenario) in plan.scenarios.iter().enumerate() {
        if let ScenarioLoad::Weight(weight) = scenario.share {
            sum += weight;
            sums.push((sum, i as u16));
        }
    }
    match sums[..] {
        [] => Choice::None,
        [(_, only)] => Choice::One(only),
        _ => Choice::Weighted(sums),
    }
}

fn plan_stream(plan: &Plan, scenario: Choice, segments: Vec<Segment>, end: Option<u64>, follows: bool) -> StreamPlan {
    let users = segments.iter().map(|segment| match segment.shape {
        Shape::Users(levels) => levels.peak(),
        Shape::Burst(users) => users,
        Shape::Arrivals(_) => plan.max_users.unwrap_or(MAX_USERS),
    });
    let users = users.max().unwrap_or(0);
    let timed =
        segments.iter().all(|segment| segment.shape.length().is_some() || matches!(segment.shape, Shape::Burst(_)));
    let budget = match (plan.iterations, plan.total_iterations) {
        (Some(each), _) => Budget::Each(each),
        (None, Some(all)) => Budget::Shared(all),
        // With a duration, stages or a stream that follows the others: as many iterations as fit. Otherwise one for
        // each user.
        (None, None) if timed || follows => Budget::Unlimited,
        (None, None) => Budget::Each(1),
    };
    StreamPlan { scenario, segments, budget, end, users, follows }
}

/// The stream of a scenario with a load of its own: a pause until it starts, then its amount until its end.
fn own_stream(
    plan: &Plan,
    index: u16,
    scenario: &load::Scenario,
    amount: Amount,
    warm_up: u64,
    end: Option<u64>,
    beside: bool,
) -> StreamPlan {
    let from = duration_in_nanos(scenario.from);
    let until = scenario.until.map(|until| warm_up + duration_in_nanos(Some(until)));
    let end = match (until, end) {
        (Some(until), Some(end)) => Some(until.min(end)),
        (one, other) => one.or(other),
    };
    let start = if from > 0 { warm_up + from } else { 0 };
    let start = end.map_or(start, |end| start.min(end));
    let length = end.map(|end| end - start);
    let mut shapes = Vec::new();
    if start > 0 {
        shapes.push(Shape::pause(start));
    }
    match amount {
        Amount::Users(users) => shapes.push(Shape::Users(UserCounts::hold(users, length))),
        Amount::Rate(rate) => {
            // The warm-up's arrivals are a segment of their own, so that the measured arrivals start at exactly 0.
            let warm = if start == 0 { warm_up.min(length.unwrap_or(u64::MAX)) } else { 0 };
            if warm > 0 {
                shapes.push(Shape::Arrivals(constant_rate(rate, warm)));
            }
            let length = length.map_or(HUNDRED_YEARS, |length| length - warm);
            shapes.push(Shape::Arrivals(constant_rate(rate, length)));
        }
    }
    let segments = shapes.into_iter().map(|shape| Segment { stage: None, shape }).collect();
    plan_stream(plan, Choice::One(index), segments, end, beside && end.is_none())
}

/// A hundred years, the length of arrivals that last as long as the other streams do.
const HUNDRED_YEARS: u64 = 100 * 365 * 86_400 * 1_000_000_000;

/// The windows of the stages whose times are known: up to and including the first burst.
fn stage_windows(plan: &Plan, stages: &[String], staged: bool, warm_up: u64) -> Vec<StageWindow> {
    let mut windows = Vec::new();
    let mut start = warm_up;
    for stage in plan.stages.expanded() {
        let length = match stage.shape {
            load::Shape::Window(length) | load::Shape::Hold(_, length) => Some(duration_in_nanos(Some(length))),
            load::Shape::Ramp { over, .. } => Some(duration_in_nanos(Some(over))),
            load::Shape::AtOnce(_) => None,
        };
        let mut end = length.map(|length| start + length);
        // Windows name parts of a load; `duration` may end the load before them.
        if !staged && let Some(duration) = plan.duration {
            end = end.map(|end| end.min(warm_up + duration_in_nanos(Some(duration))));
        }
        if let Some(stage) = stage_index(stages, stage) {
            windows.push(StageWindow { stage, start, end });
        }
        let Some(end) = end else { break };
        start = end;
    }
    windows
}

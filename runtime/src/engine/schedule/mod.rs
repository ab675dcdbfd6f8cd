//! The schedule of a plan: streams of iterations that run in parallel, each a list of consecutive segments. Pure: it
//! uses no clock and no runtime. All times are nanoseconds from the start of the load, warm-up included.
//!
//! The ground floor of the engine, beside `rt`.

mod arrivals;
mod resolve;
mod user_counts;

pub(crate) use arrivals::{Arrivals, Rates};
pub(crate) use resolve::resolve_schedule;
pub(crate) use user_counts::UserCounts;

/// The resolved schedule of a plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    /// The labels of the stages, each once, in order.
    pub(crate) stages: Vec<String>,
    /// The names of the scenarios.
    pub(crate) scenarios: Vec<String>,
    /// The streams, which run in parallel.
    pub(crate) streams: Vec<StreamPlan>,
    /// The stages whose times are known in advance: all, or those up to the first burst.
    pub(crate) windows: Vec<StageWindow>,
    /// The length of the warm-up.
    pub(crate) warm_up: u64,
    /// The end of the load, where it is known in advance.
    pub(crate) end: Option<u64>,
}

/// The time window of a stage; a window without an end is over when its burst is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StageWindow {
    pub(crate) stage: u16,
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
}

/// One stream of iterations.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamPlan {
    /// How the scenario of each iteration is chosen.
    pub(crate) scenario: Choice,
    /// The segments, one after another.
    pub(crate) segments: Vec<Segment>,
    /// The number of iterations that its users may run.
    pub(crate) budget: Budget,
    /// The end of the stream, where it is known in advance.
    pub(crate) end: Option<u64>,
    /// The greatest number of users that it may need at once.
    pub(crate) users: u64,
    /// Whether it lasts as long as the other streams do.
    pub(crate) follows: bool,
}

impl StreamPlan {
    /// The start of the stream: the end of its initial pause, if any.
    pub(crate) fn start(&self) -> u64 {
        match self.segments.first().map(|segment| segment.shape) {
            Some(Shape::Users(UserCounts { from: 0, to: 0, length: Some(pause) })) => pause,
            _ => 0,
        }
    }

    /// Whether its users are started by arrivals.
    pub(crate) fn is_open(&self) -> bool {
        self.segments.iter().any(|segment| matches!(segment.shape, Shape::Arrivals(_)))
    }

    /// Whether it has bursts, whose iterations no budget limits.
    pub(crate) fn has_bursts(&self) -> bool {
        self.segments.iter().any(|segment| matches!(segment.shape, Shape::Burst(_)))
    }
}

/// How an iteration's scenario is chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    /// There are no scenarios.
    None,
    /// Always this one.
    One(u16),
    /// By weight: each with the sum of the weights up to it.
    Weighted(Vec<(f64, u16)>),
}

impl Choice {
    /// The scenario for a number drawn uniformly from [0, 1).
    pub(crate) fn pick(&self, draw: impl FnOnce() -> f64) -> Option<u16> {
        match self {
            Self::None => None,
            Self::One(scenario) => Some(*scenario),
            Self::Weighted(sums) => {
                let at = draw() * sums.last()?.0;
                sums.iter().find(|(sum, _)| at < *sum).or(sums.last()).map(|(_, scenario)| *scenario)
            }
        }
    }
}

/// The number of iterations to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    /// As many as the time allows.
    Unlimited,
    /// This number of iterations for each user.
    Each(u64),
    /// This number of iterations in all.
    Shared(u64),
}

/// One part of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) stage: Option<u16>,
    pub(crate) shape: Shape,
}

/// The shape of a segment's load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Users that loop.
    Users(UserCounts),
    /// Iterations that start when they are due.
    Arrivals(Rates),
    /// A burst of this number of users with one iteration each, released together; it is over when all iterations are
    /// done.
    Burst(u64),
}

impl Shape {
    /// The length of the segment, where it is known in advance.
    pub(crate) fn length(self) -> Option<u64> {
        match self {
            Self::Users(levels) => levels.length,
            Self::Arrivals(rates) => Some(rates.length),
            Self::Burst(_) => None,
        }
    }

    fn pause(length: u64) -> Self {
        Self::Users(UserCounts::hold(0, Some(length)))
    }
}

//! What a plan means: streams of iterations that run beside one another, each a list of segments that follow one
//! another. Pure: it knows no clock and no runtime. All times are nanoseconds from the start of the load, warm-up
//! included.
//!
//! The ground floor of the engine, beside `rt`.

mod arrivals;
mod resolve;
mod user_counts;

pub(crate) use arrivals::{Arrivals, Rates};
pub(crate) use resolve::resolve_schedule;
pub(crate) use user_counts::UserCounts;

/// A plan, resolved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    /// The labels of the stages, each once, in order.
    pub(crate) stages: Vec<String>,
    /// The names of the scenarios.
    pub(crate) scenarios: Vec<String>,
    /// What runs beside one another.
    pub(crate) streams: Vec<StreamPlan>,
    /// The stages whose times are known in advance: all, or those up to the first burst.
    pub(crate) windows: Vec<StageWindow>,
    /// How long the warm-up is.
    pub(crate) warm_up: u64,
    /// When the load ends, where that is known in advance.
    pub(crate) end: Option<u64>,
}

/// A stage and when it is; without an end it is over when its burst is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StageWindow {
    pub(crate) stage: u16,
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
}

/// One stream of iterations.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamPlan {
    /// Which scenario its iterations are of.
    pub(crate) scenario: Choice,
    /// What happens, one after another.
    pub(crate) segments: Vec<Segment>,
    /// How many iterations its users may do.
    pub(crate) budget: Budget,
    /// When it ends, where that is known in advance.
    pub(crate) end: Option<u64>,
    /// The most users it may need at once.
    pub(crate) users: u64,
    /// It goes on as long as the other streams do.
    pub(crate) follows: bool,
}

impl StreamPlan {
    /// When it starts: after the pause that it may begin with.
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
    /// There are none.
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

/// How many iterations there are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    /// As many as the time allows.
    Unlimited,
    /// This many iterations of each user.
    Each(u64),
    /// This many iterations in all.
    Shared(u64),
}

/// One part of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) stage: Option<u16>,
    pub(crate) shape: Shape,
}

/// What happens in a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Users that loop.
    Users(UserCounts),
    /// Iterations that start when they are due.
    Arrivals(Rates),
    /// A burst of this many users, one iteration each, released together; over when all are done.
    Burst(u64),
}

impl Shape {
    /// How long it takes, where that is known in advance.
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

//! A target: what must hold of the measurements, as data. It measures nothing.

use crate::quantity::Quantity;
use std::time::Duration;

/// The level a target is declared at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// `#[target]`: what is wanted.
    Target,
    /// `#[critical]`: what must never happen.
    Critical,
}

/// One comparison of a measure with a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// How severe a miss is.
    pub level: Level,
    /// What is measured.
    pub measure: Measure,
    /// How it is compared.
    pub comparison: Comparison,
    /// What it is compared with.
    pub limit: Limit,
    /// `proven p95 < 50ms`: a pass must be shown beyond noise as well, not only a miss.
    pub proven: bool,
    /// The line that it is written in, where that is known. It is no part of the text.
    pub line: Option<u32>,
}

/// How a measure is compared with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `=`: at most for a cost, at least for a yield, exactly for `count` and `sum`; within, for a range.
    Meets,
}

/// The right-hand side.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// `10s`
    Quantity(Quantity),
    /// `140ms..200ms`, both ends included.
    Range(Quantity, Quantity),
    /// `n_log_n`
    Growth(Growth),
    /// `3x baseline.mean`; a bare selector is a factor of one.
    Relative {
        /// The factor.
        factor: f64,
        /// What it multiplies.
        of: Reference,
    },
    /// `1.5x..2.5x single.mean`, both ends included.
    RelativeRange {
        /// The lower factor.
        low: f64,
        /// The upper factor.
        high: f64,
        /// What they multiply.
        of: Reference,
    },
}

impl Limit {
    /// The measure that a relative limit multiplies, where it is one of the run that is judged.
    pub const fn measure(&self) -> Option<&Measure> {
        match self {
            Self::Relative { of, .. } | Self::RelativeRange { of, .. } => match of.run {
                Run::This => Some(&of.measure),
            },
            Self::Quantity(_) | Self::Range(..) | Self::Growth(_) => None,
        }
    }
}

/// What a relative limit multiplies: a measure of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The run that it is read from.
    pub run: Run,
    /// What is measured in that run.
    pub measure: Measure,
}

/// A run whose measurements a limit refers to. A stored or another run will be a variant of its own, for which the
/// language has no word yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Run {
    /// The run that is judged.
    This,
}

/// Classes of growth, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Growth {
    /// `1`
    Constant,
    /// `log_n`
    Logarithmic,
    /// `n`
    Linear,
    /// `n_log_n`
    Linearithmic,
    /// `n2`
    Quadratic,
    /// `n3`
    Cubic,
}

/// A metric of a selection, perhaps of each of its groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// `each(10s)`: the metric is taken of every group.
    pub each: Option<Group>,
    /// The names before the metric, as written. Empty: the iterations of the whole test.
    pub selector: Vec<Name>,
    /// What is measured of the selection.
    pub metric: Metric,
    /// A stat over the groups' figures: `each(10s).throughput.cv`.
    pub over: Option<Stat>,
}

/// One part of a selector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// A stage, phase, scenario, step, case or recorded value; which one is known when the test has run.
    Plain(String),
    /// `tenant("acme")`: iterations and steps that carry this tag.
    Tag {
        /// The tag's key.
        key: String,
        /// The tag's value.
        value: String,
    },
    /// `size(1_000)`
    Size(u64),
    /// `process("api")`
    Process(String),
}

/// What a quantifier goes over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Windows of this width, by intended start; whole seconds.
    Window(Duration),
    /// Every step.
    Step,
    /// Every stage.
    Stage,
    /// Every scenario.
    Scenario,
    /// Every case.
    Case,
    /// Every user.
    User,
    /// Every value of this tag.
    Tag(String),
}

/// A statistic of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stat {
    /// The smallest.
    Min,
    /// The arithmetic mean.
    Mean,
    /// `p99.9`: 99.9.
    Percentile(f64),
    /// The largest.
    Max,
    /// The standard deviation.
    Stddev,
    /// The coefficient of variation: standard deviation ÷ mean.
    Cv,
    /// How many.
    Count,
    /// The sum.
    Sum,
    /// The share of `true` among recorded flags.
    Share,
    /// The last one recorded.
    Last,
}

/// Which failures a metric counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kinds {
    /// `errors`: all of them.
    All,
    /// `errors("shed")`
    Only(Vec<String>),
    /// `errors(except "shed")`
    Except(Vec<String>),
}

/// What is measured of a selection.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// `p95`: of the latency, or of recorded values.
    Stat(Stat),
    /// `service.p95`: without the wait for the start.
    Service(Stat),
    /// `errors`: a share or a count, by the limit's unit.
    Errors(Kinds),
    /// `errors("shed").p99`: the latency of those failures.
    ErrorLatency(Kinds, Stat),
    /// Successes ÷ iterations.
    SuccessRate,
    /// Successes per second.
    Throughput,
    /// From the first start to the last end.
    Elapsed,
    /// Steps that were dropped before they ended: a share or a count.
    Cancelled,
    /// Iterations that were still running when `graceful_stop` was over: a share or a count.
    Interrupted,
    /// Arrivals for which no user was free: a share or a count.
    Dropped,
    /// Arrivals that the load generator was too late to start: a share or a count.
    Unsent,
    /// The highest level that held.
    Capacity,
    /// The most memory in use.
    PeakMemory,
    /// How memory grows.
    MemoryGrowth,
    /// Allocations per operation.
    Allocations,
    /// Share of one core; more than 100 % on several.
    Cpu,
    /// Bytes per second, both directions.
    Network,
    /// How time grows with size.
    Growth,
    /// From injection to the first answer of the time since which things go well.
    RecoveryTime,
    /// From injection to the end of the first failed operation.
    DetectionTime,
    /// Share of bystander operations, while something was broken, that succeeded within their limit.
    Isolation,
    /// Acknowledged and not read back.
    LostWrites,
    /// Not acknowledged and yet read back.
    IndeterminateWrites,
    /// Read back more than once.
    DuplicateWrites,
    /// Attempts at the dependency ÷ operations asked for.
    Amplification,
    /// From the failure to the last compensation.
    CompensationTime,
    /// Left over after compensation.
    Orphans,
}

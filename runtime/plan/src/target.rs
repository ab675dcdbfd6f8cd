//! Targets as data: what must hold of the measurements.

use crate::metric::Direction;
pub use crate::metric::{Kinds, Metric, Stat};
use crate::quantity::{Dimension, Quantity};
use crate::slack::widen_limit;
use std::time::Duration;

/// The level of a target: how severe a miss is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// `#[target]`: what is wanted.
    Target,
    /// `#[critical]`: what must never happen.
    Critical,
}

/// The side of the limit on which a target holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Below,
    Above,
    Between,
}

/// One comparison of a measure with a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The level at which it is declared.
    pub level: Level,
    /// What is measured.
    pub measure: Measure,
    /// The comparison of the measure with the limit.
    pub comparison: Comparison,
    /// The right-hand side.
    pub limit: Limit,
    /// `proven p95 < 50ms`: a pass must be statistically certain as well, not only a miss.
    pub proven: bool,
    /// The line of the source in which it is declared, if that is known. It is not part of the text.
    pub line: Option<u32>,
}

impl Target {
    /// What `=` means in this target: exactly, if the limit is a number of events; else what it means for the measure.
    pub fn direction(&self) -> Direction {
        if self.is_number_of_events() { Direction::Exact } else { self.measure.direction() }
    }

    /// Whether the limit is a number of events: `errors("sold out") = 5`, not `errors < 1%`.
    pub fn is_number_of_events(&self) -> bool {
        let single = matches!(self.measure.over, None | Some(Stat::Min | Stat::Max | Stat::Sum | Stat::Last));
        let number = matches!(self.limit, Limit::Quantity(limit) if limit.dimension() == Dimension::Count);
        number && single && self.measure.metric.counts_events()
    }

    /// The target with its limit widened by the factor: an upper limit is multiplied, a lower one divided. Only limits
    /// of times and rates change, as other and relative limits do not depend on the machine.
    ///
    /// ```
    /// use brunt_plan::{Level, parse};
    /// let wider = |text: &str| parse::target(Level::Target, text).map(|target| target.with_slack(3.0).to_string());
    /// assert_eq!(wider("p95 < 50ms")?, "p95 < 150ms");
    /// assert_eq!(wider("throughput > 900/s")?, "throughput > 300/s");
    /// assert_eq!(wider("errors < 1%")?, "errors < 1%");
    /// # Ok::<(), brunt_plan::Mistake>(())
    /// ```
    #[must_use]
    pub fn with_slack(&self, factor: f64) -> Self {
        let limit = match (&self.limit, self.side()) {
            (Limit::Quantity(limit), Side::Above) => Limit::Quantity(widen_limit(*limit, factor.recip())),
            (Limit::Quantity(limit), Side::Below) => Limit::Quantity(widen_limit(*limit, factor)),
            (Limit::Range(low, high), _) => Limit::Range(widen_limit(*low, factor.recip()), widen_limit(*high, factor)),
            (limit, _) => limit.clone(),
        };
        Self { limit, ..self.clone() }
    }

    /// Whether both targets limit the same measure on the same side, so that one can replace the other.
    pub fn limits_the_same(&self, other: &Self) -> bool {
        let (one, another) = (self.side(), other.side());
        self.measure == other.measure && (one == another || one == Side::Between || another == Side::Between)
    }

    /// Whether a figure that equals the limit misses the target.
    pub(crate) const fn is_strict(&self) -> bool {
        matches!(self.comparison, Comparison::Less | Comparison::Greater)
    }

    /// The side of its limit on which the target holds.
    pub(crate) fn side(&self) -> Side {
        match (self.comparison, &self.limit) {
            (Comparison::Less | Comparison::AtMost, _) => Side::Below,
            (Comparison::Greater | Comparison::AtLeast, _) => Side::Above,
            (Comparison::Meets, Limit::Range(..) | Limit::RelativeRange { .. }) => Side::Between,
            (Comparison::Meets, _) => match self.direction() {
                Direction::Cost => Side::Below,
                Direction::Yield => Side::Above,
                Direction::Exact => Side::Between,
            },
        }
    }
}

/// The comparison of a measure with its limit.
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
    /// The measure that a relative limit multiplies, if it is one of the run that is judged.
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

/// A run whose measurements a limit refers to. The language has no word for a stored run yet; it will be a variant of
/// its own.
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

/// A measure: a metric of a selection, or of each group of it.
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

impl Measure {
    /// What `=` means for the figure: as for the stat over groups, if that decides it, else as for the metric.
    pub fn direction(&self) -> Direction {
        match self.over {
            Some(Stat::Cv | Stat::Stddev) => Direction::Cost,
            Some(Stat::Count) => Direction::Exact,
            _ => self.metric.direction(),
        }
    }

    /// The dimensions that its limit may have, as far as the text alone shows: a plain name may be a recorded value of
    /// any dimension.
    pub fn dimensions(&self) -> &'static [Dimension] {
        let recorded = self.selector.iter().any(|name| matches!(name, Name::Plain(_)));
        let metric = self.metric.dimensions(recorded);
        self.over.map_or(metric, |stat| stat.dimensions(metric))
    }

    /// Whether the figure is a share of a whole, so that it lies between 0 and 100 %.
    pub(crate) fn is_part_of_whole(&self) -> bool {
        self.metric.is_part_of_whole() && !matches!(self.over, Some(Stat::Cv | Stat::Count | Stat::Sum))
    }
}

/// One part of a selector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// A stage, phase, scenario, step, case or recorded value. Which one it is, is only known after the run.
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

/// The groups of a quantifier.
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn a_number_of_events_is_met_exactly_and_a_share_by_its_sense() {
        for (text, wanted) in [
            ("errors(\"sold out\") = 5", Direction::Exact),
            ("interrupted = 0", Direction::Exact),
            ("dropped = 3", Direction::Exact),
            ("lost_writes = 0", Direction::Exact),
            ("orphans = 2", Direction::Exact),
            ("each(step).errors.max = 5", Direction::Exact),
            ("count = 100", Direction::Exact),
            ("items.sum = 5", Direction::Exact),
            ("errors = 1%", Direction::Cost),
            ("cancelled = 10%", Direction::Cost),
            ("each(10s).errors.mean = 5", Direction::Cost),
            ("p95 = 1s", Direction::Cost),
            ("allocations = 3", Direction::Cost),
            ("amplification = 2", Direction::Cost),
            ("lag.max = 5", Direction::Cost),
            ("success_rate = 99%", Direction::Yield),
            ("hit.share = 80%", Direction::Yield),
            ("capacity = 100", Direction::Yield),
        ] {
            assert_eq!(parse::target(Level::Target, text).unwrap().direction(), wanted, "{text}");
        }
    }
}

//! The metrics, one row each: name, direction, dimensions of the limit, and what the checks and the judge need to know
//! of them.

use crate::quantity::Dimension;
use Direction::{Cost, Yield};
use Mark::{AllowsFailures, AnyLoad, CountsEvents, Grows, PartOfWhole, SteadyState, Steps, WaitedFor, WholeSearch};
use Scope::{Experiment, Operations, Process, Search, Sweep};

/// The direction in which a figure gets better, which decides what `=` means. If every test would meet such a target,
/// as it would `success_rate = 0%`, the target is a mistake, and the message names alternatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Less is better: `=` means at most. Times, memory, CPU; errors and losses as a share.
    Cost,
    /// More is better: `=` means at least. Throughput, success rate, isolation, capacity, the share of a flag.
    Yield,
    /// Neither: `=` means exactly. A count, a sum; the number of errors, interrupted iterations, dropped arrivals or
    /// lost writes, if the limit is a number without unit.
    Exact,
}

/// The subject of a metric, which decides the kinds of tests that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Iterations, steps and recorded values.
    Operations,
    /// A process: the test's own, or one that it started.
    Process,
    /// An experiment as a whole, beside its operations.
    Experiment,
    /// The calls of a sweep over sizes or cases.
    Sweep,
    /// A search over levels of load.
    Search,
}

/// A further property of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// It counts events, if its limit is a number without unit.
    CountsEvents,
    /// It is a share of a whole, at most 100 %.
    PartOfWhole,
    /// It describes operations in a steady state: it does not grow with the length of the test.
    SteadyState,
    /// It states which iterations may fail, be interrupted or dropped.
    AllowsFailures,
    /// It is meaningful for a load that is smaller than planned, too.
    AnyLoad,
    /// It is of iterations and steps, and never of recorded values.
    Steps,
    /// It only grows while the test runs.
    Grows,
    /// It is the time that an experiment waits for a change of the system. A faster build of the test does not shorten it.
    WaitedFor,
    /// It belongs to a search as a whole, not to each of its steps.
    WholeSearch,
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
    /// The number of samples.
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

/// The row of a metric. A new metric is a row here and its reader in the judge.
pub(crate) struct MetricRow {
    /// Its word, or the word that it begins with.
    pub(crate) word: &'static str,
    scope: Scope,
    /// What `=` means; for a metric with a stat, the stat decides.
    direction: Direction,
    /// The dimensions that its limit may have; empty if only a class of growth is possible. A metric with a stat lists
    /// the dimensions of the values that the stat is taken of.
    dimensions: &'static [Dimension],
    marks: &'static [Mark],
}

const fn metric_row(
    word: &'static str,
    scope: Scope,
    direction: Direction,
    dimensions: &'static [Dimension],
    marks: &'static [Mark],
) -> MetricRow {
    MetricRow { word, scope, direction, dimensions, marks }
}

/// Defines [`Metric`] by its rows: variant, word, scope, direction, dimensions and marks of each metric that is one
/// word. A variant without a row cannot be written.
macro_rules! plain_metrics {
    ($($(#[$doc:meta])* $metric:ident = $word:literal: $scope:ident, $direction:ident, $dimensions:expr, [$($mark:ident),*];)+) => {
        /// A metric: what is measured of a selection.
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
            $($(#[$doc])* $metric,)+
        }

        impl Metric {
            /// The metrics that are one word, without stats and errors.
            pub const PLAIN: &[Self] = &[$(Self::$metric),+];

            /// The row of the metric, whatever stat or kinds of failures it holds.
            pub(crate) const fn row(&self) -> &'static MetricRow {
                match self {
                    Self::Stat(_) => &STAT,
                    Self::Service(_) => &SERVICE,
                    Self::Errors(_) => &ERRORS,
                    Self::ErrorLatency(..) => &ERROR_LATENCY,
                    $(Self::$metric => const { &metric_row($word, $scope, $direction, $dimensions, &[$($mark),*]) },)+
                }
            }
        }
    };
}

#[rustfmt::skip]
plain_metrics! {
    /// Successes ÷ iterations.
    SuccessRate = "success_rate": Operations, Yield, SHARE, [PartOfWhole, SteadyState, AllowsFailures, AnyLoad, Steps];
    /// Successes per second.
    Throughput = "throughput": Operations, Yield, &[Dimension::Rate], [SteadyState, Steps];
    /// From the first start to the last end.
    Elapsed = "elapsed": Operations, Cost, TIME, [Grows];
    /// Steps that were dropped before they ended: a share or a count.
    Cancelled = "cancelled": Operations, Cost, SHARE_OR_COUNT, [CountsEvents, PartOfWhole, Steps];
    /// Iterations that were still running when `graceful_stop` was over: a share or a count.
    Interrupted = "interrupted": Operations, Cost, SHARE_OR_COUNT,
        [CountsEvents, PartOfWhole, SteadyState, AllowsFailures, AnyLoad];
    /// Arrivals for which no user was free: a share or a count.
    Dropped = "dropped": Operations, Cost, SHARE_OR_COUNT, [CountsEvents, PartOfWhole, SteadyState, AllowsFailures];
    /// Arrivals that the load generator was too late to start: a share or a count.
    Unsent = "unsent": Operations, Cost, SHARE_OR_COUNT, [PartOfWhole];
    /// The highest load of a search at which the targets held.
    Capacity = "capacity": Search, Yield, &[Dimension::Rate, Dimension::Count], [WholeSearch];
    /// The most memory in use.
    PeakMemory = "peak_memory": Process, Cost, &[Dimension::Size], [];
    /// How memory grows.
    MemoryGrowth = "memory_growth": Process, Cost, &[Dimension::Share, Dimension::Size, Dimension::Flow], [];
    /// Allocations per operation.
    Allocations = "allocations": Sweep, Cost, COUNT, [];
    /// Share of one core; more than 100 % on several.
    Cpu = "cpu": Process, Cost, SHARE, [];
    /// Bytes per second, both directions.
    Network = "network": Process, Cost, &[Dimension::Flow], [];
    /// How time grows with size.
    Growth = "growth": Sweep, Cost, &[], [];
    /// From the injection of a fault to the first success of the time from which on the targets hold.
    // In a search: the time that the system takes to recover from the first step that broke it.
    RecoveryTime = "recovery_time": Experiment, Cost, TIME, [WaitedFor, WholeSearch];
    /// From injection to the end of the first failed operation.
    DetectionTime = "detection_time": Experiment, Cost, TIME, [WaitedFor];
    /// Share of bystander operations, while something was broken, that succeeded within their limit.
    Isolation = "isolation": Experiment, Yield, SHARE, [PartOfWhole];
    /// Writes that were acknowledged and not read back.
    LostWrites = "lost_writes": Experiment, Cost, COUNT, [CountsEvents, AnyLoad];
    /// Writes that were read back without having been acknowledged.
    IndeterminateWrites = "indeterminate_writes": Experiment, Cost, COUNT, [CountsEvents];
    /// Writes that were read back more than once.
    DuplicateWrites = "duplicate_writes": Experiment, Cost, COUNT, [CountsEvents, AnyLoad];
    /// Attempts at the dependency ÷ operations asked for.
    Amplification = "amplification": Experiment, Cost, &[Dimension::Factor, Dimension::Count], [];
    /// From the failure to the last compensation.
    CompensationTime = "compensation_time": Experiment, Cost, TIME, [];
    /// Effects left over after compensation.
    Orphans = "orphans": Experiment, Cost, COUNT, [CountsEvents, AnyLoad];
}

/// The rows of the metrics that hold a stat or kinds of failures.
const STAT: MetricRow = metric_row("", Operations, Cost, TIME, &[SteadyState]);
const SERVICE: MetricRow = metric_row("service", Operations, Cost, TIME, &[SteadyState, Steps]);
#[rustfmt::skip]
const ERRORS: MetricRow = metric_row("errors", Operations, Cost, SHARE_OR_COUNT,
    &[CountsEvents, PartOfWhole, SteadyState, AllowsFailures, AnyLoad, Steps]);
#[rustfmt::skip]
const ERROR_LATENCY: MetricRow = metric_row("errors", Operations, Cost, TIME,
    &[SteadyState, AllowsFailures, Steps]);

/// The stats that are one word, without percentiles.
pub(crate) const STATS: [(&str, Stat); 9] = [
    ("min", Stat::Min),
    ("mean", Stat::Mean),
    ("max", Stat::Max),
    ("stddev", Stat::Stddev),
    ("cv", Stat::Cv),
    ("count", Stat::Count),
    ("sum", Stat::Sum),
    ("share", Stat::Share),
    ("last", Stat::Last),
];

/// Every word that is a metric or begins one. They are suggested for unknown words, and a name that is one of them
/// needs quotes.
pub(crate) fn metric_words() -> impl Iterator<Item = &'static str> {
    let stats = STATS.iter().map(|(word, _)| *word);
    let plain = Metric::PLAIN.iter().map(|metric| metric.row().word);
    stats.chain(["p50", "p75", "p90", "p95", "p99"]).chain(["errors", "service"]).chain(plain)
}

/// The metric that other tools call by this word.
pub(crate) fn metric_of_other_tools(word: &str) -> Option<&'static str> {
    Some(match word {
        "success" | "successes" | "success_ratio" | "availability" => "success_rate",
        "error" | "error_rate" | "failures" | "failure_rate" | "failed" => "errors",
        "avg" | "average" => "mean",
        "median" | "med" => "p50",
        "latency" | "response_time" => "p95",
        "rps" | "qps" | "tps" | "rate" => "throughput",
        "duration" | "time" | "total_time" => "elapsed",
        "rss" | "memory" | "mem" => "peak_memory",
        "std" | "stdev" | "std_dev" => "stddev",
        "iterations" | "requests" => "count",
        _ => return None,
    })
}

/// Whether the word, unquoted, is read as a metric.
pub(crate) fn is_metric(word: &str) -> bool {
    is_percentile(word) || metric_words().any(|known| known == word)
}

/// Whether the word looks like a percentile: `p95`, `p99.9`, and also `p959`, which is none.
pub(crate) fn is_percentile(word: &str) -> bool {
    let number = word.strip_prefix('p').unwrap_or_default();
    number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_digit() || c == '.')
}

const ANY: &[Dimension] =
    &[Dimension::Time, Dimension::Count, Dimension::Share, Dimension::Rate, Dimension::Size, Dimension::Flow];
const SHARE_OR_COUNT: &[Dimension] = &[Dimension::Share, Dimension::Count];
const SHARE: &[Dimension] = &[Dimension::Share];
const COUNT: &[Dimension] = &[Dimension::Count];
const TIME: &[Dimension] = &[Dimension::Time];

impl Stat {
    /// Whether the stat of latencies is a time that a delay of them moves by as much at most; no number, sum or ratio is.
    pub const fn is_time(self) -> bool {
        !matches!(self, Self::Count | Self::Sum | Self::Share | Self::Last | Self::Cv)
    }

    /// Whether its figure can only grow while the test runs.
    pub const fn grows(self) -> bool {
        matches!(self, Self::Count | Self::Sum)
    }

    /// What `=` means for a figure of this stat.
    pub fn direction(self) -> Direction {
        match self {
            Self::Count | Self::Sum => Direction::Exact,
            Self::Share => Direction::Yield,
            _ => Direction::Cost,
        }
    }

    /// The dimensions of the stat, taken of values with the dimensions `of`.
    pub(crate) fn dimensions(self, of: &'static [Dimension]) -> &'static [Dimension] {
        match self {
            Self::Cv => SHARE_OR_COUNT,
            Self::Count => COUNT,
            Self::Share => SHARE,
            _ => of,
        }
    }
}

impl Metric {
    fn has(&self, mark: Mark) -> bool {
        self.row().marks.contains(&mark)
    }

    /// The stat, if the metric is a stat of latencies or recorded values.
    const fn stat(&self) -> Option<Stat> {
        match self {
            Self::Stat(stat) | Self::Service(stat) | Self::ErrorLatency(_, stat) => Some(*stat),
            _ => None,
        }
    }

    /// The subject that it is measured of.
    pub fn scope(&self) -> Scope {
        self.row().scope
    }

    /// What `=` means: at most for a cost (time, errors, memory), at least for a yield (throughput, success rate,
    /// isolation), exactly for a count and a sum.
    pub fn direction(&self) -> Direction {
        self.stat().map_or(self.row().direction, Stat::direction)
    }

    /// Whether it can only grow while the test runs: `elapsed`, a count, a sum.
    pub fn grows(&self) -> bool {
        self.stat().map_or_else(|| self.has(Grows), Stat::grows)
    }

    /// Whether it describes operations in a steady state: it does not grow with the length of the test.
    pub fn is_of_steady_state(&self) -> bool {
        self.has(SteadyState) && !self.grows()
    }

    /// Whether it states which iterations may fail, be interrupted or dropped.
    pub fn allows_failures(&self) -> bool {
        self.has(AllowsFailures)
    }

    /// Whether it is meaningful for a load that is smaller than planned, too.
    pub fn is_of_any_load(&self) -> bool {
        self.has(AnyLoad)
    }

    /// Whether it is the time that an experiment waits for a change of the system.
    pub fn is_waited_for(&self) -> bool {
        self.has(WaitedFor)
    }

    /// Whether it belongs to a search as a whole, not to each of its steps.
    pub fn is_of_whole_search(&self) -> bool {
        self.has(WholeSearch)
    }

    /// Whether only iterations and steps have it, not recorded values.
    pub(crate) fn is_of_steps(&self) -> bool {
        self.has(Steps)
    }

    /// Whether it counts events, if its limit is a number without unit.
    pub(crate) fn counts_events(&self) -> bool {
        self.has(CountsEvents)
    }

    /// The dimensions that its limit may have; empty if only a class of growth is possible.
    pub(crate) fn dimensions(&self, recorded: bool) -> &'static [Dimension] {
        let of = if recorded && matches!(self, Self::Stat(_)) { ANY } else { self.row().dimensions };
        self.stat().map_or(of, |stat| stat.dimensions(of))
    }

    /// Whether it is a share of a whole, at most 100 %.
    pub(crate) fn is_part_of_whole(&self) -> bool {
        *self == Self::Stat(Stat::Share) || self.has(PartOfWhole)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::parse;
    use crate::target::Level;

    #[test]
    fn every_word_has_its_own_row() {
        for metric in Metric::PLAIN {
            assert_eq!(metric.to_string(), metric.row().word);
            assert_eq!(metric_words().filter(|word| *word == metric.row().word).count(), 1, "{metric}");
        }
        for text in ["p95", "service.p95", "errors", "errors.p99"] {
            let word = text.split_once('.').map_or(text, |(word, _)| word);
            let metric = parse::target(Level::Target, &format!("{text} < 3x a.{text}")).unwrap().measure.metric;
            assert!(metric.row().word == word || word == "p95", "{text}");
        }
    }
}

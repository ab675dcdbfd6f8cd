//! What a metric means: its name, which way is better, and what its limit may be. It reads no text.

use crate::quantity::Dimension;
use crate::target::{Kinds, Limit, Measure, Metric, Name, Stat, Target};
use Direction::{Cost, Yield};
use Mark::{AllowsFailures, AnyLoad, CountsEvents, Grows, PartOfWhole, SteadyState, Steps, WholeSearch};
use Scope::{Experiment, Operations, Process, Search, Sweep};

/// Which way is better, and so what `=` asks for. Where that would say nothing (`success_rate = 0%`, which "at least"
/// makes of every test), `=` is a mistake, and the message says what to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Less is better: `=` means at most. Times, memory, CPU; errors and what is lost as a share.
    Cost,
    /// More is better: `=` means at least. Throughput, success rate, isolation, capacity, the share of a flag.
    Yield,
    /// Neither: `=` means exactly. A count, a sum; how many errors, interrupted iterations, dropped arrivals, lost writes
    /// there were, where the limit is a number without unit.
    Exact,
}

/// What a metric is measured of, and so which kind of test has it.
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

/// What else is true of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// It says how often something happened, where its limit is a number without unit.
    CountsEvents,
    /// It is a share of a whole, which 100 % bounds.
    PartOfWhole,
    /// It says how operations are in a steady state, and no amount of them.
    SteadyState,
    /// It says which iterations may fail, be interrupted or dropped.
    AllowsFailures,
    /// It says something of a load that is smaller than planned, too.
    AnyLoad,
    /// It is of iterations and steps, and never of recorded values.
    Steps,
    /// It only grows while the test runs.
    Grows,
    /// It is of a search as a whole, not of each of its levels.
    WholeSearch,
}

/// All that is known of a metric beside how it is read: a new one is a row here, a variant, and its reader in the judge.
pub(crate) struct MetricRow {
    /// Its word, or the word that it begins with.
    pub(crate) word: &'static str,
    pub(crate) metric: Metric,
    scope: Scope,
    /// What `=` means; of a stat, the stat says it.
    direction: Direction,
    /// The dimensions that its limit may have; none for a class of growth alone. Those of a stat are what it is a stat of.
    dimensions: &'static [Dimension],
    marks: &'static [Mark],
}

const fn row(
    word: &'static str,
    metric: Metric,
    scope: Scope,
    direction: Direction,
    dimensions: &'static [Dimension],
    marks: &'static [Mark],
) -> MetricRow {
    MetricRow { word, metric, scope, direction, dimensions, marks }
}

/// The metrics that are one word, without stats and errors.
#[rustfmt::skip]
pub(crate) static PLAIN: [MetricRow; 23] = [
    row("success_rate", Metric::SuccessRate, Operations, Yield, SHARE,
        &[PartOfWhole, SteadyState, AllowsFailures, AnyLoad, Steps]),
    row("throughput", Metric::Throughput, Operations, Yield, &[Dimension::Rate], &[SteadyState, Steps]),
    row("elapsed", Metric::Elapsed, Operations, Cost, TIME, &[Grows]),
    row("cancelled", Metric::Cancelled, Operations, Cost, SHARE_OR_COUNT, &[CountsEvents, PartOfWhole, Steps]),
    row("interrupted", Metric::Interrupted, Operations, Cost, SHARE_OR_COUNT,
        &[CountsEvents, PartOfWhole, SteadyState, AllowsFailures, AnyLoad]),
    row("dropped", Metric::Dropped, Operations, Cost, SHARE_OR_COUNT,
        &[CountsEvents, PartOfWhole, SteadyState, AllowsFailures]),
    row("unsent", Metric::Unsent, Operations, Cost, SHARE_OR_COUNT, &[PartOfWhole]),
    row("capacity", Metric::Capacity, Search, Yield, &[Dimension::Rate, Dimension::Count], &[WholeSearch]),
    row("peak_memory", Metric::PeakMemory, Process, Cost, &[Dimension::Size], &[]),
    row("memory_growth", Metric::MemoryGrowth, Process, Cost,
        &[Dimension::Share, Dimension::Size, Dimension::Flow], &[]),
    row("allocations", Metric::Allocations, Sweep, Cost, COUNT, &[]),
    row("cpu", Metric::Cpu, Process, Cost, SHARE, &[]),
    row("network", Metric::Network, Process, Cost, &[Dimension::Flow], &[]),
    row("growth", Metric::Growth, Sweep, Cost, &[], &[]),
    // Of a search: how long the system takes after the first level that broke it.
    row("recovery_time", Metric::RecoveryTime, Experiment, Cost, TIME, &[WholeSearch]),
    row("detection_time", Metric::DetectionTime, Experiment, Cost, TIME, &[]),
    row("isolation", Metric::Isolation, Experiment, Yield, SHARE, &[PartOfWhole]),
    row("lost_writes", Metric::LostWrites, Experiment, Cost, COUNT, &[CountsEvents, AnyLoad]),
    row("indeterminate_writes", Metric::IndeterminateWrites, Experiment, Cost, COUNT, &[CountsEvents]),
    row("duplicate_writes", Metric::DuplicateWrites, Experiment, Cost, COUNT, &[CountsEvents, AnyLoad]),
    row("amplification", Metric::Amplification, Experiment, Cost, &[Dimension::Factor, Dimension::Count], &[]),
    row("compensation_time", Metric::CompensationTime, Experiment, Cost, TIME, &[]),
    row("orphans", Metric::Orphans, Experiment, Cost, COUNT, &[CountsEvents, AnyLoad]),
];

/// The metrics that hold a stat or kinds of failures. What these say themselves is no matter of the row.
static STAT: MetricRow = row("", Metric::Stat(Stat::Mean), Operations, Cost, TIME, &[SteadyState]);
static SERVICE: MetricRow = row("service", Metric::Service(Stat::Mean), Operations, Cost, TIME, &[SteadyState, Steps]);
#[rustfmt::skip]
static ERRORS: MetricRow = row("errors", Metric::Errors(Kinds::All), Operations, Cost, SHARE_OR_COUNT,
    &[CountsEvents, PartOfWhole, SteadyState, AllowsFailures, AnyLoad, Steps]);
#[rustfmt::skip]
static ERROR_LATENCY: MetricRow = row("errors", Metric::ErrorLatency(Kinds::All, Stat::Mean), Operations, Cost, TIME,
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

/// Every word that is a metric or begins one, for suggestions and to know which names need quotes.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    let stats = STATS.iter().map(|(word, _)| *word);
    let plain = PLAIN.iter().map(|row| row.word);
    stats.chain(["p50", "p75", "p90", "p95", "p99"]).chain(["errors", "service"]).chain(plain)
}

/// What other tools call a metric, and its name here.
pub(crate) fn foreign(word: &str) -> Option<&'static str> {
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
    is_percentile(word) || words().any(|known| known == word)
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
    /// Whether it only grows while the test runs.
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

    /// The dimensions of the stat of something that has these.
    fn dimensions(self, of: &'static [Dimension]) -> &'static [Dimension] {
        match self {
            Self::Cv => SHARE_OR_COUNT,
            Self::Count => COUNT,
            Self::Share => SHARE,
            _ => of,
        }
    }
}

impl Metric {
    /// What is known of the metric, without the stat and the kinds of failures in it.
    pub(crate) fn row(&self) -> &'static MetricRow {
        match self {
            Self::Stat(_) => &STAT,
            Self::Service(_) => &SERVICE,
            Self::Errors(_) => &ERRORS,
            Self::ErrorLatency(..) => &ERROR_LATENCY,
            plain => PLAIN.iter().find(|row| row.metric == *plain).unwrap_or(&STAT),
        }
    }

    fn has(&self, mark: Mark) -> bool {
        self.row().marks.contains(&mark)
    }

    /// The stat that it is of a latency or of recorded values.
    const fn stat(&self) -> Option<Stat> {
        match self {
            Self::Stat(stat) | Self::Service(stat) | Self::ErrorLatency(_, stat) => Some(*stat),
            _ => None,
        }
    }

    /// What it is measured of.
    pub fn scope(&self) -> Scope {
        self.row().scope
    }

    /// What `=` means: at most for a cost (time, errors, memory), at least for a yield (throughput, success rate,
    /// isolation), exactly for a count and a sum.
    pub fn direction(&self) -> Direction {
        self.stat().map_or(self.row().direction, Stat::direction)
    }

    /// Whether it only grows while the test runs: `elapsed`, a count, a sum.
    pub fn grows(&self) -> bool {
        self.stat().map_or_else(|| self.has(Grows), Stat::grows)
    }

    /// Whether it says how operations are in a steady state, and no amount of them.
    pub fn is_of_steady_state(&self) -> bool {
        self.has(SteadyState) && !self.grows()
    }

    /// Whether it says which iterations may fail, be interrupted or dropped.
    pub fn allows_failures(&self) -> bool {
        self.has(AllowsFailures)
    }

    /// Whether it says something of a load that is smaller than planned, too.
    pub fn is_of_any_load(&self) -> bool {
        self.has(AnyLoad)
    }

    /// Whether it is of a search as a whole, not of each of its levels.
    pub fn is_of_whole_search(&self) -> bool {
        self.has(WholeSearch)
    }

    /// Whether it is of iterations and steps, and never of recorded values.
    pub(crate) fn is_of_steps(&self) -> bool {
        self.has(Steps)
    }

    /// Whether it says how often something happened, where its limit is a number without unit.
    fn counts_events(&self) -> bool {
        self.has(CountsEvents)
    }

    /// The dimensions that its limit may have; none for a class of growth alone.
    fn dimensions(&self, recorded: bool) -> &'static [Dimension] {
        let of = if recorded && matches!(self, Self::Stat(_)) { ANY } else { self.row().dimensions };
        self.stat().map_or(of, |stat| stat.dimensions(of))
    }

    /// Whether it is a share of a whole, which 100 % bounds.
    fn is_part_of_whole(&self) -> bool {
        *self == Self::Stat(Stat::Share) || self.has(PartOfWhole)
    }
}

impl Target {
    /// What `=` means in this target: that of its measure, but exactly where the limit is a number of events.
    pub fn direction(&self) -> Direction {
        if self.is_number_of_events() { Direction::Exact } else { self.measure.direction() }
    }

    /// Whether the limit is a number of events: `errors("sold out") = 5`, not `errors < 1%`.
    pub fn is_number_of_events(&self) -> bool {
        let single = matches!(self.measure.over, None | Some(Stat::Min | Stat::Max | Stat::Sum | Stat::Last));
        let number = matches!(self.limit, Limit::Quantity(limit) if limit.dimension() == Dimension::Count);
        number && single && self.measure.metric.counts_events()
    }
}

impl Measure {
    /// What `=` means for the figure: that of the stat over groups, where it has a sense of its own, or the metric's.
    pub fn direction(&self) -> Direction {
        match self.over {
            Some(Stat::Cv | Stat::Stddev) => Direction::Cost,
            Some(Stat::Count) => Direction::Exact,
            _ => self.metric.direction(),
        }
    }

    /// The dimensions that its limit may have, as far as the text alone tells: a plain name may be a recorded value
    /// of any dimension.
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::parse;
    use crate::target::Level;

    #[test]
    fn every_word_has_its_own_row() {
        for row in &PLAIN {
            assert_eq!(row.metric.row().word, row.word);
            assert_eq!(row.metric.to_string(), row.word);
        }
        for text in ["p95", "service.p95", "errors", "errors.p99"] {
            let word = text.split_once('.').map_or(text, |(word, _)| word);
            let metric = parse::target(Level::Target, &format!("{text} < 3x a.{text}")).unwrap().measure.metric;
            assert!(metric.row().word == word || word == "p95", "{text}");
        }
    }

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

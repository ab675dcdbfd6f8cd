//! What a metric means: its name, which way is better, and what its limit may be. It reads no text.

use crate::quantity::Dimension;
use crate::target::{Limit, Measure, Metric, Name, Stat, Target};

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

/// The metrics that are one word, without stats and errors.
pub(crate) const PLAIN: [(&str, Metric); 23] = [
    ("success_rate", Metric::SuccessRate),
    ("throughput", Metric::Throughput),
    ("elapsed", Metric::Elapsed),
    ("cancelled", Metric::Cancelled),
    ("interrupted", Metric::Interrupted),
    ("dropped", Metric::Dropped),
    ("unsent", Metric::Unsent),
    ("capacity", Metric::Capacity),
    ("peak_memory", Metric::PeakMemory),
    ("memory_growth", Metric::MemoryGrowth),
    ("allocations", Metric::Allocations),
    ("cpu", Metric::Cpu),
    ("network", Metric::Network),
    ("growth", Metric::Growth),
    ("recovery_time", Metric::RecoveryTime),
    ("detection_time", Metric::DetectionTime),
    ("isolation", Metric::Isolation),
    ("lost_writes", Metric::LostWrites),
    ("indeterminate_writes", Metric::IndeterminateWrites),
    ("duplicate_writes", Metric::DuplicateWrites),
    ("amplification", Metric::Amplification),
    ("compensation_time", Metric::CompensationTime),
    ("orphans", Metric::Orphans),
];

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
    let plain = PLAIN.iter().map(|(word, _)| *word);
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
    /// What `=` means: at most for a cost (time, errors, memory), at least for a yield (throughput, success rate,
    /// isolation), exactly for a count and a sum.
    pub fn direction(&self) -> Direction {
        match self {
            Self::Stat(stat) | Self::Service(stat) | Self::ErrorLatency(_, stat) => stat.direction(),
            Self::Throughput | Self::SuccessRate | Self::Isolation | Self::Capacity => Direction::Yield,
            _ => Direction::Cost,
        }
    }

    /// Whether it says how often something happened, where its limit is a number without unit.
    const fn counts_events(&self) -> bool {
        matches!(
            self,
            Self::Errors(_)
                | Self::Cancelled
                | Self::Interrupted
                | Self::Dropped
                | Self::LostWrites
                | Self::IndeterminateWrites
                | Self::DuplicateWrites
                | Self::Orphans
        )
    }

    /// The dimensions that its limit may have; none for a class of growth alone.
    fn dimensions(&self, recorded: bool) -> &'static [Dimension] {
        match self {
            Self::Stat(stat) => stat.dimensions(if recorded { ANY } else { TIME }),
            Self::Service(stat) | Self::ErrorLatency(_, stat) => stat.dimensions(TIME),
            Self::Errors(_) | Self::Cancelled | Self::Interrupted | Self::Dropped | Self::Unsent => SHARE_OR_COUNT,
            Self::SuccessRate | Self::Cpu | Self::Isolation => SHARE,
            Self::Throughput => &[Dimension::Rate],
            Self::Elapsed | Self::RecoveryTime | Self::DetectionTime | Self::CompensationTime => TIME,
            Self::Capacity => &[Dimension::Rate, Dimension::Count],
            Self::PeakMemory => &[Dimension::Size],
            Self::MemoryGrowth => &[Dimension::Share, Dimension::Size, Dimension::Flow],
            Self::Network => &[Dimension::Flow],
            Self::Growth => &[],
            Self::Amplification => &[Dimension::Factor, Dimension::Count],
            Self::Allocations
            | Self::LostWrites
            | Self::IndeterminateWrites
            | Self::DuplicateWrites
            | Self::Orphans => COUNT,
        }
    }

    /// Whether it is a share of a whole, which 100 % bounds.
    fn is_part_of_whole(&self) -> bool {
        match self {
            Self::Errors(_) | Self::Cancelled | Self::Interrupted | Self::Dropped | Self::Unsent => true,
            Self::SuccessRate | Self::Isolation => true,
            Self::Stat(stat) => *stat == Stat::Share,
            _ => false,
        }
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

//! Prints targets.

use super::{Named, join_with_commas};
use crate::metric::{self, Kinds, Metric, STATS, Stat};
use crate::parse::is_word;
use crate::target::{Comparison, Group, Growth, Level, Limit, Measure, Name, Reference, Run, Target};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Target => "target",
            Self::Critical => "critical",
        })
    }
}

impl Display for Target {
    /// `spike.mean < 3x baseline.mean`, without the level.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.proven {
            f.write_str("proven ")?;
        }
        write!(f, "{} {} {}", self.measure, self.comparison, self.limit)
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Meets => "=",
        })
    }
}

impl Display for Limit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantity(quantity) => write!(f, "{quantity}"),
            Self::Range(low, high) => write!(f, "{low}..{high}"),
            Self::Growth(growth) => write!(f, "{growth}"),
            Self::Relative { factor: 1.0, of } => write!(f, "{of}"),
            Self::Relative { factor, of } => write!(f, "{factor}x {of}"),
            Self::RelativeRange { low, high, of } => write!(f, "{low}x..{high}x {of}"),
        }
    }
}

impl Display for Reference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.run {
            Run::This => write!(f, "{}", self.measure),
        }
    }
}

impl Display for Growth {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "1",
            Self::Logarithmic => "log_n",
            Self::Linear => "n",
            Self::Linearithmic => "n_log_n",
            Self::Quadratic => "n2",
            Self::Cubic => "n3",
        })
    }
}

impl Display for Measure {
    /// `each(10s).checkout.p95.max`: the quantifier first, then the selector as written, the metric, the stat over groups.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(group) = &self.each {
            write!(f, "each({group}).")?;
        }
        for name in &self.selector {
            write!(f, "{name}.")?;
        }
        write!(f, "{}", self.metric)?;
        self.over.map_or(Ok(()), |stat| write!(f, ".{stat}"))
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            // Without quotes these would be read as a metric or a quantifier.
            Self::Plain(name) if metric::is_metric(name) || name == "each" => write!(f, "{name:?}"),
            Self::Plain(name) => write!(f, "{}", Named(name)),
            Self::Tag { key, value } => {
                let taken = metric::is_metric(key) || matches!(key.as_str(), "each" | "size" | "process");
                if taken || !is_word(key) { write!(f, "{key:?}({value:?})") } else { write!(f, "{key}({value:?})") }
            }
            Self::Size(size) => write!(f, "size({size})"),
            Self::Process(name) => write!(f, "process({name:?})"),
        }
    }
}

impl Display for Group {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const WORDS: [&str; 10] =
            ["step", "steps", "stage", "stages", "scenario", "scenarios", "case", "cases", "user", "users"];
        match self {
            Self::Window(width) => f.write_str(&print_duration(*width)),
            Self::Step => f.write_str("step"),
            Self::Stage => f.write_str("stage"),
            Self::Scenario => f.write_str("scenario"),
            Self::Case => f.write_str("case"),
            Self::User => f.write_str("user"),
            Self::Tag(key) if WORDS.contains(&key.as_str()) => write!(f, "{key:?}"),
            Self::Tag(key) => write!(f, "{}", Named(key)),
        }
    }
}

/// A duration in the largest unit that gives a whole number.
fn print_duration(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let units = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)];
    let (symbol, unit) = units.into_iter().find(|(_, unit)| nanoseconds.is_multiple_of(*unit)).unwrap_or(("ns", 1));
    format!("{}{symbol}", nanoseconds / unit)
}

impl Display for Stat {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Self::Percentile(percent) = self {
            return write!(f, "p{percent}");
        }
        f.write_str(STATS.iter().find(|(_, stat)| stat == self).map_or("?", |(word, _)| word))
    }
}

impl Display for Kinds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let quoted = |kinds: &[String]| join_with_commas(kinds.iter().map(|kind| format!("{kind:?}")));
        match self {
            Self::All => f.write_str("errors"),
            Self::Only(kinds) => write!(f, "errors({})", quoted(kinds)),
            Self::Except(kinds) => write!(f, "errors(except {})", quoted(kinds)),
        }
    }
}

impl Display for Metric {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stat(stat) => write!(f, "{stat}"),
            Self::Service(stat) => write!(f, "service.{stat}"),
            Self::Errors(kinds) => write!(f, "{kinds}"),
            Self::ErrorLatency(kinds, stat) => write!(f, "{kinds}.{stat}"),
            plain => f.write_str(plain.row().word),
        }
    }
}

//! Targets on many operations together, which no single one decides: a mean, a spread, a least value, a throughput.
//! They must hold in the calm.

use super::operation_rule;
use crate::judge::bounds::{self, Ends};
use crate::judge::hypothesis;
use crate::judge::selector::KnownNames;
use crate::record::Distribution;
use crate::record::course::{Course, Fate, Operation};
use crate::units;
use crate::units::Figure as Shown;
use brunt_plan::target::{Metric, Stat};
use brunt_plan::{Dimension, Target};

/// The step in nanoseconds in which the past of a figure is searched.
const STEP: u64 = 50_000_000;
/// The normal deviate that chance exceeds once in a thousand times.
const DEVIATE: f64 = 3.09;

/// A figure of the operations of one load, or of all.
pub(super) struct StateFigure {
    text: String,
    load: Option<u16>,
    of: FigureKind,
    ends: Ends,
}

enum FigureKind {
    /// A stat of latencies: from when operations were due or, for the service time, from when they started.
    Latency { stat: Stat, service: bool },
    /// Successes a second.
    Throughput,
}

/// Lists the figures that targets are on.
pub(super) fn figures_of(known: &KnownNames, targets: &[Target], course: &Course) -> Vec<StateFigure> {
    let mut figures = Vec::new();
    for target in targets.iter().filter_map(|target| hypothesis::of_state(known, target)) {
        let Some(ends) = bounds::ends_of(&target) else { continue };
        for load in operation_rule::loads_of(&target, course) {
            let of = match target.measure.metric {
                Metric::Throughput => FigureKind::Throughput,
                // A greatest time is a rule on each operation.
                Metric::Stat(Stat::Percentile(_) | Stat::Max) | Metric::Service(Stat::Percentile(_) | Stat::Max)
                    if ends.low.is_none() =>
                {
                    continue;
                }
                Metric::Stat(stat) => FigureKind::Latency { stat, service: false },
                Metric::Service(stat) => FigureKind::Latency { stat, service: true },
                _ => continue,
            };
            figures.push(StateFigure { text: target.to_string(), load, of, ends });
        }
    }
    figures
}

impl StateFigure {
    /// The time since which the figure has held in every window; since the injection where windows have no figure.
    pub(super) fn since(&self, course: &Course) -> u64 {
        if !matches!(self.of, FigureKind::Throughput) {
            return course.from;
        }
        let holds = |from: u64, until: u64| self.throughput(from, until, course).is_some_and(|rate| self.holds(rate));
        let (mut start, window) = (course.until, course.window);
        while start >= course.from + STEP + window && holds(start - STEP - window, start - STEP) {
            start -= STEP;
        }
        if start == course.until && !holds(start.saturating_sub(window), start) {
            return course.until;
        }
        // The figure may have held from a time before the oldest of these windows.
        let mut from = start.saturating_sub(window).max(course.from);
        while from + STEP < start && !holds(from, from + STEP) {
            from += STEP;
        }
        if from <= course.from + STEP { course.from } else { from }
    }

    /// Describes in one line how the figure misses its target from a time on; `None` where it does not.
    pub(super) fn missed(&self, since: u64, course: &Course) -> Option<String> {
        let (figure, dimension) = match self.of {
            FigureKind::Throughput => (self.throughput(since, course.until, course)?, Dimension::Rate),
            FigureKind::Latency { stat, service } => {
                let latency = self.latency(since, service, course);
                let (figure, dimension) = match stat {
                    Stat::Min => (latency.min(), Dimension::Time),
                    Stat::Max => (latency.max(), Dimension::Time),
                    Stat::Percentile(percentile) => (latency.percentile(percentile), Dimension::Time),
                    Stat::Mean => (latency.mean().map(|mean| mean + self.doubt(&latency)), Dimension::Time),
                    Stat::Stddev => (latency.stddev(), Dimension::Time),
                    Stat::Cv => (latency.cv(), Dimension::Share),
                    _ => return None,
                };
                (figure?, dimension)
            }
        };
        (!self.holds(figure))
            .then(|| format!("{}: {}", self.text, units::describe_figure(Shown { value: figure, dimension })))
    }

    /// How far a mean may lie above its figure by chance, where only an upper limit is set.
    fn doubt(&self, latency: &Distribution) -> f64 {
        let spread = latency.stddev().unwrap_or(0.0) / (latency.count().max(1) as f64).sqrt();
        if self.ends.high.is_some() && self.ends.low.is_none() { DEVIATE * spread } else { 0.0 }
    }

    fn holds(&self, figure: f64) -> bool {
        let Ends { low, high } = self.ends;
        !low.is_some_and(|end| end.is_missed_by(figure)) && !high.is_some_and(|end| end.is_passed_by(figure))
    }

    fn is_of(&self, one: &Operation) -> bool {
        self.load.is_none_or(|load| load == one.load)
    }

    /// The successes per second that ended between two times.
    fn throughput(&self, from: u64, until: u64, course: &Course) -> Option<f64> {
        let came =
            |one: &&Operation| one.fate == Fate::Succeeded && (from..until).contains(&one.end) && self.is_of(one);
        let seconds = until.saturating_sub(from) as f64 / 1e9;
        (seconds > 0.0).then(|| course.operations.iter().filter(came).count() as f64 / seconds)
    }

    fn latency(&self, since: u64, service: bool, course: &Course) -> Distribution {
        let mut latency = Distribution::default();
        let of = course.operations.iter().filter(|one| (since..course.until).contains(&one.due) && self.is_of(one));
        for one in of.filter(|one| matches!(one.fate, Fate::Succeeded | Fate::Interrupted)) {
            let took = if service { one.service_time() } else { one.latency() };
            latency.record(took as f64);
        }
        latency
    }
}

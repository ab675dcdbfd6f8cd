//! What a target says of many operations together, and of none alone: a mean, a spread, a least, a throughput. It must
//! hold of the calm.

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

/// How far a figure is looked back in one step.
const STEP: u64 = 50_000_000;
/// The normal deviate that chance passes once in a thousand times.
const DEVIATE: f64 = 3.09;

/// A figure of all loads' operations or of one's.
pub(super) struct StateFigure {
    text: String,
    load: Option<u16>,
    of: FigureKind,
    ends: Ends,
}

enum FigureKind {
    /// Of latencies, from when they were due or, of the service, from when they started.
    Latency { stat: Stat, service: bool },
    /// Successes a second.
    Throughput,
}

/// The figures that targets are about.
pub(super) fn figures_of(known: &KnownNames, targets: &[Target], course: &Course) -> Vec<StateFigure> {
    let mut figures = Vec::new();
    for target in targets.iter().filter_map(|target| hypothesis::of_state(known, target)) {
        let Some(ends) = bounds::ends_of(&target) else { continue };
        for load in operation_rule::loads_of(&target, course) {
            let of = match target.measure.metric {
                Metric::Throughput => FigureKind::Throughput,
                // A greatest time is a matter of each operation.
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
    /// Since when it has held in every window; of what has no window's figure, since the injection.
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
        // The oldest of these windows may have begun before.
        let mut from = start.saturating_sub(window).max(course.from);
        while from + STEP < start && !holds(from, from + STEP) {
            from += STEP;
        }
        if from <= course.from + STEP { course.from } else { from }
    }

    /// What was missed from a time on, in one line.
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

    /// How far above its figure a mean may lie by chance, where it must not be too great.
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

    /// Successes that came between two times, a second.
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

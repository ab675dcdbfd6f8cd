//! Readings: the figure of a measure with its samples and its noise, or why there is none.

use super::sampled::Basis;
use crate::units::Figure;
use brunt_plan::Dimension;

/// A figure that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) figure: Figure,
    pub(super) samples: u64,
    /// Which noise it has.
    pub(super) basis: Basis,
    /// Hits and trials of a share that has no samples over time.
    pub(super) counts: Option<(u64, u64)>,
    /// The ends between which the figure is not told apart from others, where its resolution is no finer.
    pub(super) resolution: Option<(f64, f64)>,
    /// Why so few samples do not show that it holds, though they may show that it is missed.
    pub(super) too_few: Option<String>,
    /// What is to be known beside the figure, whether the target holds or not.
    pub(super) note: Option<String>,
    /// Why the true figure is only known to be greater.
    pub(super) at_least: Option<String>,
    /// Of a latency in the open model, the same had every arrival started when it was due.
    pub(super) on_time: Option<f64>,
    /// The least of what the figure is of, where that is a time: it is no less without any lateness.
    pub(super) least: Option<f64>,
}

impl Reading {
    pub(super) fn new(value: f64, dimension: Dimension, samples: u64) -> Self {
        Self {
            figure: Figure { value, dimension },
            samples,
            basis: Basis::Fact,
            counts: None,
            resolution: None,
            too_few: None,
            note: None,
            at_least: None,
            on_time: None,
            least: None,
        }
    }
}

pub(super) type ReadResult = Result<Reading, Trouble>;

/// Why a measure has no figure that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    /// The target asks for something that is not there: it fails, and says what there was.
    Mistake(String),
    /// The measurements cannot tell.
    Open {
        /// Why not.
        reason: String,
        /// What was seen although it cannot count.
        seen: Option<Figure>,
        /// Out of how many samples.
        samples: u64,
    },
}

impl Trouble {
    pub(super) fn open(reason: impl Into<String>) -> Self {
        Self::Open { reason: reason.into(), seen: None, samples: 0 }
    }

    pub(super) fn no_samples() -> Self {
        Self::open("no samples")
    }
}

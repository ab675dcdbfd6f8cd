//! Readings: the figure of a measure with its samples and its noise, or the reason for its absence.

use super::sampled::Basis;
use crate::units::Figure;
use brunt_plan::Dimension;

/// A figure that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) figure: Figure,
    pub(super) samples: u64,
    /// The kind of noise in the figure.
    pub(super) basis: Basis,
    /// Hits and trials of a share without samples over time.
    pub(super) counts: Option<(u64, u64)>,
    /// The ends between which figures cannot be told apart, where the resolution is no finer.
    pub(super) resolution: Option<(f64, f64)>,
    /// Why there are too few samples to show that the target holds, though they may show that it is missed.
    pub(super) too_few: Option<String>,
    /// A note that belongs to the figure, whether the target holds or not.
    pub(super) note: Option<String>,
    /// Why the true figure is only known to be greater.
    pub(super) at_least: Option<String>,
    /// For a latency in the open model: the same stat as if every arrival had started when it was due.
    pub(super) on_time: Option<f64>,
    /// The least sample, where the figure is a time: without lateness the figure would be no less.
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
    /// The target asks for something that does not exist: it fails, and the text lists what exists.
    Mistake(String),
    /// The measurements do not decide it.
    Open {
        /// Why not.
        reason: String,
        /// The figure that was seen although it does not count.
        seen: Option<Figure>,
        /// The number of samples of that figure.
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

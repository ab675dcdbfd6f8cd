//! What a search found, as the report has it. It judges nothing.

use super::TestReport;
use super::figures::metrics;
use super::model::{Capacity, Level, Unit, Verdict};
use crate::judge::Outcome;
use crate::judge::capacity::{Ceiling, Searched, Trial};
use crate::record::{Measurements, Selection};

impl TestReport {
    /// The same with what the search found and every level that it tried.
    pub(crate) fn with_levels(self, searched: &Searched, from: &Measurements) -> Self {
        let found = &searched.found;
        let recovery = found.recovery.and_then(|recovery| recovery.after);
        let broke_at = match found.ceiling {
            Ceiling::Broke(level) if found.broke == Some(level) => Some(level),
            _ => None,
        };
        let capacity = Capacity {
            unit: if searched.is_rate { Unit::PerS } else { Unit::Users },
            level: found.capacity,
            unconfirmed: found.once,
            at_least: found.capacity.is_some() && broke_at.is_none(),
            broke_at: broke_at.or(found.broke),
            unsent_at: match found.ceiling {
                Ceiling::Unsent(level) => Some(level),
                Ceiling::Broke(_) | Ceiling::Unclear(_) | Ceiling::End => None,
            },
            fixtures: searched.fixtures,
            recovery_s: recovery.map(|time| time.as_secs_f64()),
        };
        let levels = searched.trials.iter().map(|trial| level(trial, from)).collect();
        Self { capacity: Some(capacity), levels, ..self }
    }
}

fn level(trial: &Trial, from: &Measurements) -> Level {
    let stage = Selection { stage: Some(trial.stage.as_str().into()), ..Selection::default() };
    Level {
        name: trial.stage.clone(),
        level: trial.level,
        purpose: trial.purpose.name().to_owned(),
        seconds: trial.seconds,
        fixture: trial.fixture,
        verdict: match trial.outcome() {
            Outcome::Pass => Verdict::Pass,
            Outcome::Inconclusive => Verdict::Inconclusive,
            Outcome::Fail => Verdict::Fail,
        },
        reason: trial.reason.clone(),
        metrics: metrics(from, &stage),
    }
}

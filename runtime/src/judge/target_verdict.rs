//! The verdicts of the judge: one for each target, and one for the test.

use super::rule::Rule;
use crate::failure::Failed;
use crate::units::{Bound, Figure};
use brunt_plan::{Level, Target};

/// The outcome of a target or of a whole test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It held.
    Pass,
    /// The measurements do not decide it.
    Inconclusive,
    /// It was missed, or cannot be judged because it asks for something that does not exist.
    Fail,
}

/// The right-hand side of a relative target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeasuredReference {
    /// The measure, as the language writes it.
    pub(crate) text: String,
    /// Its figure.
    pub(crate) figure: Figure,
    /// The number of samples of the figure.
    pub(crate) samples: u64,
}

/// A declared target, or an implicit rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum VerdictOn {
    /// A target.
    Target(Box<Target>),
    /// A rule.
    Rule(Rule),
}

/// The verdict on one target or rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TargetVerdict {
    /// The target or rule that was judged.
    pub(crate) on: VerdictOn,
    /// The outcome.
    pub(crate) outcome: Outcome,
    /// The measured figure; for a quantified target, that of the worst group.
    pub(crate) observed: Option<Figure>,
    /// The observed figure in words, where the number alone is not enough: `n log n (n not excluded)`.
    pub(crate) shown: Option<String>,
    /// The limit that the figure was compared with; `None` where there was no comparison.
    pub(crate) limit: Option<Bound>,
    /// The share of the limit that was left; negative when missed, `None` where the limit is zero.
    pub(crate) margin: Option<f64>,
    /// The ends between which the true figure lies with 95 % confidence, where its samples show it; for a relative
    /// target, the ends of the ratio times the other side's figure.
    pub(crate) interval: Option<(f64, f64)>,
    /// The number of samples of the observed figure.
    pub(crate) samples: u64,
    /// The group that did worst: `10s..20s`, `tenant("acme")`.
    pub(crate) worst: Option<String>,
    /// The other side of a relative target.
    pub(crate) reference: Option<MeasuredReference>,
    /// The reason in words: how it was missed, why it is undecided, or a note although it held.
    pub(crate) reason: Option<String>,
}

/// The verdict on a test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The worst outcome among the targets.
    pub(crate) outcome: Outcome,
    /// Whether a critical target was missed.
    pub(crate) critical: bool,
    /// The verdicts on the targets in the order declared, then those on the implicit rules that did not hold.
    pub(crate) targets: Vec<TargetVerdict>,
}

impl Verdict {
    /// Combines the verdicts on targets and rules into that on the test.
    pub(crate) fn of(targets: Vec<TargetVerdict>) -> Self {
        let outcome = targets.iter().map(|target| target.outcome).max().unwrap_or(Outcome::Pass);
        let critical = targets.iter().any(|t| t.level() == Level::Critical && t.outcome == Outcome::Fail);
        Self { outcome, critical, targets }
    }

    /// Adds a finding that decides the test although it belongs to no target.
    pub(crate) fn and(mut self, finding: TargetVerdict) -> Self {
        self.targets.push(finding);
        Self::of(self.targets)
    }

    /// Adds the failure of the test's own `verify`.
    pub(crate) fn verify_failed(self, failure: &Failed) -> Self {
        self.and(TargetVerdict::of_rule(Rule::VerifySucceeds, Outcome::Fail, format!("{failure:?}")))
    }

    /// Adds the failure of an experiment that ended with an error, and drops the finding that nothing was measured,
    /// since the error explains it.
    pub(crate) fn experiment_failed(mut self, failure: &Failed) -> Self {
        self.targets.retain(|row| row.rule() != Some(&Rule::Measured));
        self.and(TargetVerdict::of_rule(Rule::ExperimentSucceeds, Outcome::Fail, format!("{failure:?}")))
    }
}

impl TargetVerdict {
    /// The verdict on a target, without any figure.
    pub(crate) fn of_target(target: &Target, outcome: Outcome, reason: Option<String>) -> Self {
        Self::blank(VerdictOn::Target(Box::new(target.clone())), outcome, reason)
    }

    /// The verdict on an implicit rule.
    pub(crate) fn of_rule(rule: Rule, outcome: Outcome, reason: String) -> Self {
        Self::blank(VerdictOn::Rule(rule), outcome, Some(reason))
    }

    /// The verdict on a target or rule, without any figure.
    pub(super) fn on(on: VerdictOn, outcome: Outcome, reason: String) -> Self {
        Self::blank(on, outcome, Some(reason))
    }

    fn blank(on: VerdictOn, outcome: Outcome, reason: Option<String>) -> Self {
        Self {
            on,
            outcome,
            observed: None,
            shown: None,
            limit: None,
            margin: None,
            interval: None,
            samples: 0,
            worst: None,
            reference: None,
            reason,
        }
    }

    /// The target; `None` for a rule.
    pub(crate) fn target(&self) -> Option<&Target> {
        match &self.on {
            VerdictOn::Target(target) => Some(target),
            VerdictOn::Rule(_) => None,
        }
    }

    /// The rule; `None` for a target.
    pub(crate) fn rule(&self) -> Option<&Rule> {
        match &self.on {
            VerdictOn::Target(_) => None,
            VerdictOn::Rule(rule) => Some(rule),
        }
    }

    /// The target as the language writes it, or the text of the rule.
    pub(crate) fn text(&self) -> String {
        match &self.on {
            VerdictOn::Target(target) => target.to_string(),
            VerdictOn::Rule(rule) => rule.to_string(),
        }
    }

    /// The level of the target; rules have that of `#[target]`.
    pub(crate) fn level(&self) -> Level {
        self.target().map_or(Level::Target, |target| target.level)
    }
}

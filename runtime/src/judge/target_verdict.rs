//! What the judge found: one verdict a target, and one for the test. It decides nothing.

use super::rule::Rule;
use crate::failure::Failed;
use crate::units::{Bound, Figure};
use brunt_plan::{Level, Target};

/// How a target, or a whole test, came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It held.
    Pass,
    /// The measurements cannot tell.
    Inconclusive,
    /// It was missed, or cannot be judged because it asks for something that is not there.
    Fail,
}

/// The right-hand side of a relative target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeasuredReference {
    /// The measure, as the language writes it.
    pub(crate) text: String,
    /// What it came to.
    pub(crate) figure: Figure,
    /// Out of how many samples.
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
    /// What it is the verdict on.
    pub(crate) on: VerdictOn,
    /// How it came out.
    pub(crate) outcome: Outcome,
    /// What was measured; of a quantified target, in the worst group.
    pub(crate) observed: Option<Figure>,
    /// The observed figure in words, where the number alone says too little: `n log n (n not excluded)`.
    pub(crate) shown: Option<String>,
    /// What it was compared with; `None` where it never came to a comparison.
    pub(crate) limit: Option<Bound>,
    /// The share of the limit that was left; negative when missed, `None` where the limit is zero.
    pub(crate) margin: Option<f64>,
    /// The ends between which the true figure lies with 95 % confidence, where its samples tell; of a relative target, of
    /// the ratio times the other side's figure.
    pub(crate) interval: Option<(f64, f64)>,
    /// How many samples the observed figure is of.
    pub(crate) samples: u64,
    /// The group that did worst: `10s..20s`, `tenant("acme")`.
    pub(crate) worst: Option<String>,
    /// The other side of a relative target.
    pub(crate) reference: Option<MeasuredReference>,
    /// In words: how it was missed, why it cannot be told, or what the reader should know although it held.
    pub(crate) reason: Option<String>,
}

/// The verdict on a test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The worst outcome among the targets.
    pub(crate) outcome: Outcome,
    /// Whether a critical target was missed.
    pub(crate) critical: bool,
    /// One each for the targets in the order declared, then the rules that hold without being written and did not.
    pub(crate) targets: Vec<TargetVerdict>,
}

impl Verdict {
    /// The verdict that these come to.
    pub(crate) fn of(targets: Vec<TargetVerdict>) -> Self {
        let outcome = targets.iter().map(|target| target.outcome).max().unwrap_or(Outcome::Pass);
        let critical = targets.iter().any(|t| t.level() == Level::Critical && t.outcome == Outcome::Fail);
        Self { outcome, critical, targets }
    }

    /// The same with one more finding: something that is not a target's matter and yet decides the test.
    pub(crate) fn and(mut self, finding: TargetVerdict) -> Self {
        self.targets.push(finding);
        Self::of(self.targets)
    }

    /// The same, failed by the test's own `verify`.
    pub(crate) fn verify_failed(self, failure: &Failed) -> Self {
        self.and(TargetVerdict::of_rule(Rule::VerifySucceeds, Outcome::Fail, format!("{failure:?}")))
    }

    /// The same, failed by an experiment that ended with an error: why nothing was measured is then known.
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

    /// The target; `None` of a rule.
    pub(crate) fn target(&self) -> Option<&Target> {
        match &self.on {
            VerdictOn::Target(target) => Some(target),
            VerdictOn::Rule(_) => None,
        }
    }

    /// The rule; `None` of a target.
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

//! The kinds of tests, one row each: the attribute and the role of the body. A new kind is a row here, its options in
//! `parse/option_spec.rs`, and the attribute in `macros` and `runtime`.

/// The kind of a test, which its primary attribute decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `#[load_test]`
    Load,
    /// `#[stress]`
    Stress,
    /// `#[resilience]`
    Resilience,
}

/// The role of one call of a test's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyRole {
    /// An iteration of a virtual user of the plan.
    Iteration,
    /// A call that is measured, and whose value is a result.
    Call,
    /// A whole experiment, which starts its loads itself and goes through phases.
    Experiment,
}

/// The row of a kind.
struct KindRow {
    attribute: &'static str,
    role: BodyRole,
    phases: &'static [&'static str],
}

/// The phases of a resilience test, in order: the undisturbed system, the broken one, the time until it is stable
/// again, and the stable system. They are selectors, as the names of stages are.
pub const PHASES: [&str; 4] = ["baseline", "fault", "recovering", "recovery"];

/// The selector of every phase, those with expected failures and the time between phases included.
pub const EVERY_PHASE: &str = "always";

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Load, Self::Stress, Self::Resilience];

    const fn row(self) -> &'static KindRow {
        match self {
            Self::Load => &KindRow { attribute: "load_test", role: BodyRole::Iteration, phases: &[] },
            Self::Stress => &KindRow { attribute: "stress", role: BodyRole::Call, phases: &[] },
            Self::Resilience => &KindRow { attribute: "resilience", role: BodyRole::Experiment, phases: &PHASES },
        }
    }

    /// The attribute's name: `load_test`, `stress`, `resilience`.
    pub const fn attribute(self) -> &'static str {
        self.row().attribute
    }

    /// The role of one call of its body.
    pub const fn role(self) -> BodyRole {
        self.row().role
    }

    /// Whether its body is an iteration of the plan's virtual users.
    pub const fn has_users(self) -> bool {
        matches!(self.role(), BodyRole::Iteration)
    }

    /// Whether its body is a call that is measured.
    pub const fn measures_calls(self) -> bool {
        matches!(self.role(), BodyRole::Call)
    }

    /// Whether its body leads an experiment, and starts its loads itself.
    pub const fn is_led_by_body(self) -> bool {
        matches!(self.role(), BodyRole::Experiment)
    }

    /// The names of the stages that every test of this kind has.
    pub const fn phases(self) -> &'static [&'static str] {
        self.row().phases
    }

    /// Whether its tests go through phases.
    pub const fn has_phases(self) -> bool {
        !self.phases().is_empty()
    }

    /// Whether a name in a selector is a phase, or the name of all of them.
    pub fn is_phase(self, name: &str) -> bool {
        self.phases().contains(&name) || self.has_phases() && name == EVERY_PHASE
    }
}

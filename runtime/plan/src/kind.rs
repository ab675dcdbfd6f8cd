//! The kinds of tests, one row each: the attribute that makes it and what its body is. A new kind is a row here, the
//! options that it has (`parse/option_spec.rs`) and the attribute itself.

/// Which primary attribute made the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `#[load_test]`
    Load,
    /// `#[stress]`
    Stress,
    /// `#[resilience]`
    Resilience,
}

/// What one call of a test's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyRole {
    /// An iteration of a virtual user, of which the plan says how many there are.
    Iteration,
    /// A call that is measured, whose value is a result.
    Call,
    /// A whole experiment, which puts on its loads itself and goes through phases.
    Experiment,
}

/// What is known of a kind.
struct KindRow {
    attribute: &'static str,
    role: BodyRole,
    phases: &'static [&'static str],
}

/// What a resilience test goes through, in order: the system as it is, broken, healed or not but not yet stable, and
/// stable again. They select as the names of stages do.
pub const PHASES: [&str; 4] = ["baseline", "fault", "recovering", "recovery"];

/// In the place of a phase's name: every phase, also those in which failures are expected, and the time outside of all.
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

    /// What one call of its body is.
    pub const fn role(self) -> BodyRole {
        self.row().role
    }

    /// Whether its body is an iteration of the plan's virtual users.
    pub const fn has_users(self) -> bool {
        matches!(self.role(), BodyRole::Iteration)
    }

    /// Whether its body is a call that is measured, and what it returns a result.
    pub const fn measures_calls(self) -> bool {
        matches!(self.role(), BodyRole::Call)
    }

    /// Whether its body leads an experiment, and puts on its loads itself.
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

    /// Whether a name in a selector is that of a phase, or stands for all of them.
    pub fn is_phase(self, name: &str) -> bool {
        self.phases().contains(&name) || self.has_phases() && name == EVERY_PHASE
    }
}

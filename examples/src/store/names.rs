//! The names under which stages, statuses and events are kept: those that the API speaks of.

use crate::error::Error;
use crate::workflow::{EventKind, Stage, Status};

/// A value that is kept by its name.
pub(super) trait Named: Copy + PartialEq + 'static {
    /// What messages call such a value.
    const WHAT: &'static str;
    /// Every value with its name.
    const NAMES: &'static [(Self, &'static str)];

    /// The name of this one.
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(value, _)| *value == self).map_or("", |(_, name)| name)
    }

    /// The value of that name.
    fn named(name: &str) -> Result<Self, Error> {
        let found = Self::NAMES.iter().find(|(_, known)| *known == name);
        found.map(|(value, _)| *value).ok_or_else(|| Error::database(format!("{name:?} is no {}", Self::WHAT)))
    }
}

impl Named for Stage {
    const WHAT: &'static str = "stage";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Research, "research"),
        (Self::Design, "design"),
        (Self::Build, "build"),
        (Self::Review, "review"),
        (Self::Release, "release"),
    ];
}

impl Named for Status {
    const WHAT: &'static str = "status";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Running, "running"),
        (Self::Compensating, "compensating"),
        (Self::Completed, "completed"),
        (Self::Compensated, "compensated"),
        (Self::CompensationFailed, "compensation_failed"),
    ];
}

impl Named for EventKind {
    const WHAT: &'static str = "event";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Completed, "completed"),
        (Self::Failed, "failed"),
        (Self::Compensated, "compensated"),
        (Self::CompensationFailed, "compensation_failed"),
    ];
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn names_are_those_of_the_api<T: Named + serde::Serialize + std::fmt::Debug>() {
        for &(value, name) in T::NAMES {
            assert_eq!(serde_json::to_value(value).unwrap(), name);
            assert_eq!((value.name(), T::named(name).unwrap()), (name, value));
        }
    }

    #[test]
    fn every_value_is_kept_under_the_name_that_the_api_uses() {
        names_are_those_of_the_api::<Stage>();
        names_are_those_of_the_api::<Status>();
        names_are_those_of_the_api::<EventKind>();
        assert_eq!(Stage::NAMES.len(), Stage::ALL.len());
        assert!(Status::named("lost").is_err());
    }
}

//! The five stages: their order, what each costs and what it makes. Knows neither the database nor who runs it.

use serde::{Deserialize, Serialize};

/// A stage of the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Collects what is known.
    Research,
    /// Settles the outline.
    Design,
    /// Writes the draft.
    Build,
    /// Has it read.
    Review,
    /// Publishes it.
    Release,
}

impl Stage {
    /// Every stage, in the order in which they are executed.
    pub const ALL: [Self; 5] = [Self::Research, Self::Design, Self::Build, Self::Review, Self::Release];

    /// What all stages cost together.
    pub const TOTAL_COST: u32 = 100;

    /// What the stage takes from the budget.
    pub const fn cost(self) -> u32 {
        match self {
            Self::Research | Self::Release => 10,
            Self::Design | Self::Review => 20,
            Self::Build => 40,
        }
    }

    /// The kinds of artifacts that the stage makes.
    pub const fn makes(self) -> &'static [&'static str] {
        match self {
            Self::Research => &["notes", "sources"],
            Self::Design => &["outline"],
            Self::Build => &["draft", "figures"],
            Self::Review => &["review"],
            Self::Release => &["publication", "announcement"],
        }
    }

    /// What is left of `budget` when the stage begins, or `None` where the stages before it cost more.
    pub fn budget_left(self, budget: u32) -> Option<u32> {
        let spent = Self::ALL.into_iter().take_while(|stage| *stage != self).map(Self::cost).sum();
        budget.checked_sub(spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_the_sum_of_the_stages() {
        assert_eq!(Stage::ALL.into_iter().map(Stage::cost).sum::<u32>(), Stage::TOTAL_COST);
    }

    #[test]
    fn the_budget_left_is_what_earlier_stages_did_not_spend() {
        assert_eq!(Stage::Research.budget_left(100), Some(100));
        assert_eq!(Stage::Build.budget_left(69), Some(39));
        assert_eq!(Stage::Release.budget_left(89), None);
    }
}

//! What a tree is worth: its total, its total by level, and the return on what it cost.

use super::Tree;

/// What each level counts of the one above.
const DECAY: f64 = 0.9;

impl Tree {
    /// The sum of all values.
    pub fn total_value(&self) -> f64 {
        self.nodes.iter().map(|node| node.value).sum()
    }

    /// The sum of all values, where each level counts 0.9 of the one above.
    pub fn weighted_value(&self) -> f64 {
        let weights = std::iter::successors(Some(1.0), |weight| Some(weight * DECAY));
        self.by_level()
            .zip(weights)
            .map(|(level, weight)| weight * level.iter().map(|node| node.value).sum::<f64>())
            .sum()
    }
}

/// The return on an investment in per cent: (total − cost) ÷ cost × 100. `None` where nothing was invested.
pub fn roi(total: f64, cost: f64) -> Option<f64> {
    (cost > 0.0).then(|| (total - cost) / cost * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_the_sum_of_the_values() {
        // 1 + 2 + … + 7
        assert_eq!(Tree::with_values(2, 7, |node| (node + 1) as f64).total_value(), 28.0);
        // 101 is prime, so that 101 nodes have every value from 1 to 101 once.
        assert_eq!(Tree::filled(4, 101).total_value(), 5_151.0);
        assert_eq!(Tree::filled(4, 1).total_value(), 1.0);
    }

    #[test]
    fn each_level_counts_nine_tenths_of_the_one_above() {
        // 1 + 0.9 · (2 + 3) + 0.81 · (4 + 5 + 6 + 7)
        let weighted = Tree::with_values(2, 7, |node| (node + 1) as f64).weighted_value();
        assert!((weighted - 23.32).abs() < 1e-9, "{weighted}");
        let chain = Tree::with_values(1, 3, |_| 100.0).weighted_value();
        assert!((chain - 271.0).abs() < 1e-9, "{chain}");
    }

    #[test]
    fn the_return_is_relative_to_the_cost() {
        assert_eq!(roi(150.0, 100.0), Some(50.0));
        assert_eq!(roi(50.0, 100.0), Some(-50.0));
        assert_eq!(roi(50.0, 0.0), None);
    }
}

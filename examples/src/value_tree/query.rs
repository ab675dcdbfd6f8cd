//! Queries: which nodes, and what they come to.

use super::Tree;
use std::ops::RangeInclusive;

/// Which nodes count. The default takes all.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Their values.
    pub values: RangeInclusive<f64>,
    /// Their levels; the root's is zero.
    pub levels: RangeInclusive<usize>,
}

/// What the nodes that count come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aggregate {
    /// How many there are.
    pub count: usize,
    /// The sum of their values.
    pub sum: f64,
    /// The least of them.
    pub min: f64,
    /// The greatest of them.
    pub max: f64,
}

impl Default for Filter {
    fn default() -> Self {
        Self { values: f64::NEG_INFINITY..=f64::INFINITY, levels: 0..=usize::MAX }
    }
}

impl Tree {
    /// What the nodes that the filter takes come to; `None` where it takes none.
    pub fn aggregate(&self, filter: &Filter) -> Option<Aggregate> {
        let levels = self.by_level().enumerate().filter(|(level, _)| filter.levels.contains(level));
        let values = levels.flat_map(|(_, nodes)| nodes.iter().map(|node| node.value));
        values
            .filter(|value| filter.values.contains(value))
            .map(|value| Aggregate { count: 1, sum: value, min: value, max: value })
            .reduce(Aggregate::with)
    }
}

impl Aggregate {
    /// The mean of their values.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    fn with(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_filter_takes_counts() {
        // Levels: 1 · 2 3 · 4 5 6 7
        let tree = Tree::with_values(2, 7, |node| (node + 1) as f64);
        let high = tree.aggregate(&Filter { values: 3.0..=6.0, ..Filter::default() }).unwrap();
        assert_eq!(high, Aggregate { count: 4, sum: 18.0, min: 3.0, max: 6.0 });
        assert_eq!(high.mean(), 4.5);
        let inner = tree.aggregate(&Filter { values: 3.0..=6.0, levels: 0..=1 }).unwrap();
        assert_eq!((inner.count, inner.sum), (1, 3.0));
        assert_eq!(tree.aggregate(&Filter::default()).unwrap().count, 7);
        assert_eq!(tree.aggregate(&Filter { values: 8.0..=9.0, ..Filter::default() }), None);
    }
}

//! How the values of a tree are distributed.

use super::Tree;

/// Figures of all values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distribution {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// The value in the middle; of an even number the mean of both.
    pub median: f64,
    /// The standard deviation of all values (not of a sample of them).
    pub stddev: f64,
}

impl Tree {
    /// How the values are distributed. It sorts them.
    pub fn distribution(&self) -> Distribution {
        let mut values: Vec<f64> = self.nodes.iter().map(|node| node.value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64;
        Distribution {
            min: values[0],
            max: values[count - 1],
            mean,
            median: f64::midpoint(values[(count - 1) / 2], values[count / 2]),
            stddev: variance.sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_textbook() {
        let eight = Tree::with_values(2, 8, |node| [9.0, 2.0, 5.0, 4.0, 5.0, 7.0, 4.0, 4.0][node]);
        let wanted = Distribution { min: 2.0, max: 9.0, mean: 5.0, median: 4.5, stddev: 2.0 };
        assert_eq!(eight.distribution(), wanted);
        let three = Tree::with_values(2, 3, |node| [3.0, 1.0, 8.0][node]).distribution();
        assert_eq!((three.median, three.mean), (3.0, 4.0));
        let one = Distribution { min: 6.0, max: 6.0, mean: 6.0, median: 6.0, stddev: 0.0 };
        assert_eq!(Tree::with_values(2, 1, |_| 6.0).distribution(), one);
    }
}

//! The critical path: from the root always into the child whose subtree is worth most.

use super::Tree;

/// The way from the root to a leaf.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticalPath {
    /// Its nodes, by their index in breadth-first order.
    pub nodes: Vec<usize>,
    /// The sum of their values.
    pub value: f64,
}

impl Tree {
    /// The critical path. Of children whose subtrees are worth the same it takes the first.
    pub fn critical_path(&self) -> CriticalPath {
        let worth = self.subtrees();
        let dearest = |node: &usize| {
            self.children(*node).reduce(|best, child| if worth[child] > worth[best] { child } else { best })
        };
        let nodes: Vec<usize> = std::iter::successors(Some(0), dearest).collect();
        let value = nodes.iter().map(|node| self.nodes[*node].value).sum();
        CriticalPath { nodes, value }
    }

    /// What the subtree below and with each node is worth: children come after their parent, so that one walk backwards
    /// has every subtree complete before it is added.
    fn subtrees(&self) -> Vec<f64> {
        let mut worth: Vec<f64> = self.nodes.iter().map(|node| node.value).collect();
        for (index, node) in self.nodes.iter().enumerate().rev() {
            if let Some(parent) = node.parent {
                worth[parent as usize] += worth[index];
            }
        }
        worth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_where_the_subtree_is_worth_most_not_the_child() {
        // 0 → 1 (10 with leaves 1 and 1), 2 (2 with leaves 9 and 5): 12 against 16.
        let tree = Tree::with_values(2, 7, |node| [1.0, 10.0, 2.0, 1.0, 1.0, 9.0, 5.0][node]);
        assert_eq!(tree.subtrees(), [29.0, 12.0, 16.0, 1.0, 1.0, 9.0, 5.0]);
        assert_eq!(tree.critical_path(), CriticalPath { nodes: vec![0, 2, 5], value: 12.0 });
    }

    #[test]
    fn the_first_wins_a_tie_and_a_root_is_a_path() {
        assert_eq!(Tree::with_values(3, 13, |_| 1.0).critical_path().nodes, [0, 1, 4]);
        assert_eq!(Tree::with_values(3, 1, |_| 4.0).critical_path(), CriticalPath { nodes: vec![0], value: 4.0 });
    }

    #[test]
    fn values_may_be_negative() {
        let tree = Tree::with_values(2, 3, |node| [0.0, -5.0, -2.0][node]);
        assert_eq!(tree.critical_path().nodes, [0, 2]);
    }
}

//! Trees whose nodes each have a value, and what is calculated on them.
//!
//! A tree lies in one array in breadth-first order: parents before children, the children of a node side by side. What
//! goes down the tree is a walk forwards, what comes up is a walk backwards, and nothing recurses: a chain of a million
//! nodes needs no more stack than a tree of one, in use and when it is dropped.

mod critical_path;
mod distribution;
mod query;
mod worth;

pub use critical_path::CriticalPath;
pub use distribution::Distribution;
pub use query::{Aggregate, Filter};
pub use worth::roi;

use std::ops::Range;

/// A tree with at least one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
    /// Where each level begins.
    levels: Vec<usize>,
}

/// A node, which its index names.
#[derive(Clone, Debug, PartialEq)]
struct Node {
    value: f64,
    parent: Option<u32>,
    first_child: u32,
    children: u32,
}

impl Tree {
    /// A complete tree: every node above the last level has `arity` children. Values repeat every 101 nodes, from 1 to
    /// 101 in a scattered order.
    ///
    /// # Panics
    /// Without an arity or levels, or with more nodes than [`Tree::filled`] takes.
    pub fn complete(arity: usize, levels: u32) -> Self {
        assert!(levels > 0, "a tree has at least one level");
        let mut widths = (0..levels).map(|level| arity.checked_pow(level));
        let nodes = widths.try_fold(0_usize, |sum, width| sum.checked_add(width?));
        Self::filled(arity, nodes.unwrap_or(usize::MAX))
    }

    /// A tree of so many nodes, each level filled before the next begins, with values as [`Tree::complete`] has them.
    ///
    /// # Panics
    /// Without an arity or nodes, or with more than `u32::MAX` nodes.
    pub fn filled(arity: usize, nodes: usize) -> Self {
        Self::with_values(arity, nodes, |node| (node * 37 % 101 + 1) as f64)
    }

    /// Every node has one child: as many levels as nodes.
    ///
    /// # Panics
    /// As [`Tree::filled`].
    pub fn chain(nodes: usize) -> Self {
        Self::filled(1, nodes)
    }

    /// A tree as [`Tree::filled`] makes it, with the value of each node by its index in breadth-first order.
    ///
    /// # Panics
    /// As [`Tree::filled`].
    pub fn with_values(arity: usize, nodes: usize, value: impl Fn(usize) -> f64) -> Self {
        assert!(arity > 0 && nodes > 0, "a tree has at least one node, and an arity");
        assert!(u32::try_from(nodes).is_ok(), "{nodes} nodes are more than a tree holds");
        let node = |index: usize| {
            let first_child = index.saturating_mul(arity).saturating_add(1).min(nodes);
            let end = first_child.saturating_add(arity).min(nodes);
            Node {
                value: value(index),
                parent: index.checked_sub(1).map(|before| (before / arity) as u32),
                first_child: first_child as u32,
                children: (end - first_child) as u32,
            }
        };
        Self { nodes: (0..nodes).map(node).collect(), levels: levels(arity, nodes) }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: a tree has a root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many levels there are.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// The children of a node.
    fn children(&self, node: usize) -> Range<usize> {
        let Node { first_child, children, .. } = self.nodes[node];
        first_child as usize..(first_child + children) as usize
    }

    /// The nodes of each level, from the root's on.
    fn by_level(&self) -> impl Iterator<Item = &[Node]> {
        let ends = self.levels.iter().skip(1).copied().chain([self.nodes.len()]);
        self.levels.iter().zip(ends).map(|(start, end)| &self.nodes[*start..end])
    }
}

/// Where each level begins, when one is filled after the other.
fn levels(arity: usize, nodes: usize) -> Vec<usize> {
    let next = |(start, width): &(usize, usize)| Some((start + width, width.saturating_mul(arity)));
    std::iter::successors(Some((0, 1)), next).map(|(start, _)| start).take_while(|start| *start < nodes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_trees_have_the_nodes_of_a_geometric_series() {
        assert_eq!(Tree::complete(3, 4).len(), 40);
        assert_eq!(Tree::complete(4, 5).len(), 341);
        assert_eq!(Tree::complete(5, 6).len(), 3_906);
        assert_eq!((Tree::complete(2, 10).len(), Tree::complete(2, 10).depth()), (1_023, 10));
        assert_eq!((Tree::complete(10, 4).len(), Tree::complete(10, 4).depth()), (1_111, 4));
        assert_eq!((Tree::chain(7).len(), Tree::chain(7).depth()), (7, 7));
    }

    #[test]
    fn every_node_but_the_root_is_its_parents_child() {
        for tree in [Tree::complete(3, 4), Tree::filled(4, 100), Tree::chain(50), Tree::filled(7, 1)] {
            assert_eq!(tree.nodes[0].parent, None);
            for (index, node) in tree.nodes.iter().enumerate().skip(1) {
                assert!(tree.children(node.parent.unwrap() as usize).contains(&index), "{index} of {tree:?}");
            }
            let children: usize = (0..tree.len()).map(|node| tree.children(node).len()).sum();
            assert_eq!(children, tree.len() - 1);
        }
    }

    #[test]
    fn levels_hold_the_nodes_of_one_depth() {
        let widths: Vec<usize> = Tree::filled(3, 20).by_level().map(<[Node]>::len).collect();
        assert_eq!(widths, [1, 3, 9, 7]);
    }

    /// On a stack that a recursion of this depth overflows a hundred times.
    #[test]
    fn a_chain_of_a_million_nodes_needs_no_stack() {
        let small_stack = std::thread::Builder::new().stack_size(256 * 1024);
        let work = || {
            let tree = Tree::chain(1_000_000);
            let path = tree.critical_path();
            let all = tree.aggregate(&Filter::default()).map(|found| found.count);
            let figures = (path.nodes.len(), all, tree.distribution().max, tree.weighted_value());
            assert_eq!((tree.total_value(), tree.clone().depth()), (path.value, 1_000_000));
            drop(tree);
            figures
        };
        let (length, all, max, weighted) = small_stack.spawn(work).unwrap().join().unwrap();
        assert_eq!((length, all, max), (1_000_000, Some(1_000_000), 101.0));
        // The weights sum to no more than ten, and values lie between 1 and 101.
        assert!((10.0..1_010.0).contains(&weighted), "{weighted}");
    }
}

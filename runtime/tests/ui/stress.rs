//! Mistakes in `#[stress]`, at their tokens.
use brunt::prelude::*;

struct Tree;

fn tree(_size: u64) -> Tree {
    Tree
}

#[brunt::stress(sizes = [0, 10], setup = tree)]
fn no_size(_tree: &Tree) {}

#[brunt::stress(sizes = [10, 10], setup = tree)]
fn a_size_twice(_tree: &Tree) {}

#[brunt::stress(sizes = 10..=5 by 10x, setup = tree)]
fn downwards(_tree: &Tree) {}

#[brunt::stress(cases = [small: 1, small: 2], setup = tree)]
fn a_name_twice(_tree: &Tree) {}

#[brunt::stress(sizes = [10, 20], cases = [small: 1], setup = tree)]
fn two_inputs(_tree: &Tree) {}

#[brunt::stress]
#[target(growth <= n, memory_growth <= n)]
fn growth_over_nothing() {}

#[brunt::stress(sizes = [10, 20], setup = tree)]
#[target(size(30).mean < 1s, growth < 3)]
fn no_such_size(_tree: &Tree) {}

#[brunt::stress(sizes = [10, 20])]
fn nothing_makes_it(_tree: &Tree) {}

#[brunt::stress(users = 3)]
fn not_users() {}

#[brunt::stress(search = capacity(users 1..=100))]
fn nothing_to_break() {}

#[brunt::stress(search = capacity(users 1..=100), duration = 1s, sizes = [1, 2])]
#[target(capacity > 5/s, p95 < 10ms)]
fn too_short_and_of_two_inputs() {}

fn own(_user: &User) -> Tree {
    Tree
}

#[brunt::stress(user_setup = own, user_teardown = own)]
fn whose_own_is_it(_tree: &mut Tree) {}

#[brunt::stress(concurrency = 4)]
fn nothing_makes_its_own(_tree: &mut Tree) {}

#[brunt::stress(concurrency = 4, user_teardown = own)]
fn nothing_to_end() {}

#[brunt::stress(search = capacity(users 1..=100), settle = 30s)]
#[target(p95 < 10ms)]
fn levels_that_would_not_compare() {}

fn main() {}

//! What the compiler says of the functions that a stress test names.
use brunt::prelude::*;

fn halves(_size: f64) -> Vec<u64> {
    Vec::new()
}

#[brunt::stress(sizes = [10, 20], setup = halves)]
fn a_size_is_whole(_numbers: &[u64]) {}

#[brunt::stress(sizes = [10, 20])]
fn so_it_is_in_a_body(_size: f64) {}

fn answer(_result: &u64) -> u64 {
    42
}

#[brunt::stress(check = answer)]
fn a_check_says_right_or_wrong() -> u64 {
    1
}

fn other(_result: &String) -> bool {
    true
}

#[brunt::stress(check = other)]
fn a_check_takes_the_result() -> u64 {
    1
}

fn number_of(_user: &User) -> u64 {
    1
}

#[brunt::stress(concurrency = 4, user_setup = number_of)]
fn its_own_is_a_number(_text: &mut String) {}

fn of_a_tree(_user: &User, _tree: &String) -> u64 {
    1
}

#[brunt::stress(concurrency = 4, sizes = [10, 20], setup = numbers, user_setup = of_a_tree)]
fn it_is_made_of_what_setup_made(_numbers: &[u64], _own: &mut u64) {}

fn numbers(_size: u64) -> Vec<u64> {
    Vec::new()
}

fn main() {}

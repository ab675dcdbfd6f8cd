//! Every form a stress test may have.

use super::Store;
use brunt::prelude::*;

brunt::allocator!();

fn numbers(size: usize) -> Vec<u64> {
    (0..size as u64).collect()
}
async fn text(size: u32) -> Result<String, std::io::Error> {
    Ok("a".repeat(size as usize))
}
fn store() -> Store {
    Store(vec![3, 1, 2])
}

#[brunt::stress]
fn bare() {}

#[brunt::stress(iterations = 100)]
async fn bare_async() -> u64 {
    tokio::task::yield_now().await;
    7
}

fn is_sum(numbers: &[u64], sum: &u64) -> bool {
    numbers.iter().sum::<u64>() == *sum
}

#[brunt::stress(sizes = [10, 100, 1_000], setup = numbers, check = is_sum, iterations = 1_000)]
#[target(size(1_000).mean < 1s, each(case).p95 < 1s, allocations = 0)]
fn slice(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

fn has_length(text: &str, length: &usize) -> Result<(), String> {
    if text.len() == *length { Ok(()) } else { Err(format!("{length} is not the length of {text:?}")) }
}

#[brunt::stress(sizes = 10..=1_000 by 10x, setup = text, check = has_length, iterations = 20)]
async fn fallible_and_async(text: &str) -> Result<usize, std::io::Error> {
    Ok(text.len())
}

fn is_small(size: u16, root: &f64) -> bool {
    *root <= f64::from(size)
}

#[brunt::stress(sizes = [1, 100], check = is_small, iterations = 20)]
fn the_size_itself(size: u32) -> f64 {
    f64::from(size).sqrt()
}

fn is_seven(seven: &u64) -> bool {
    *seven == 7
}

#[brunt::stress(check = is_seven, concurrency = 4, iterations = 5)]
#[target(elapsed < 10s, count = 20)]
fn several_callers() -> u64 {
    7
}

fn own_copy(user: &User, numbers: &[u64]) -> Vec<u64> {
    numbers.iter().map(|number| number + user.id()).collect()
}
fn is_used_up(numbers: &mut [u64]) -> Result<(), String> {
    // Under the profile `smoke` there are three iterations, and two of five numbers are left.
    if numbers.len() < 3 { Ok(()) } else { Err(format!("{numbers:?} is left")) }
}
fn is_some(_numbers: &[u64], taken: &Option<u64>) -> bool {
    taken.is_some()
}

#[brunt::stress(
    sizes = [2, 5],
    setup = numbers,
    check = is_some,
    concurrency = 3,
    iterations = 5,
    user_setup = own_copy,
    user_teardown = ended,
)]
#[target(size(5).errors = 0, size(2).errors("check") = 9)]
fn an_input_per_caller(user: &User, _numbers: &[u64], own: &mut Vec<u64>) -> Option<u64> {
    own.pop().filter(|taken| *taken >= user.id())
}
async fn ended(own: &mut [u64]) -> Result<(), String> {
    is_used_up(own)
}

async fn buffer(_user: &User) -> Result<String, std::io::Error> {
    Ok(String::new())
}

#[brunt::stress(sizes = [10, 100], concurrency = 4, user_setup = buffer)]
#[target(count = 8, max_length.max = 100)]
async fn the_size_and_an_input_per_caller(user: &User, size: usize, own: &mut String) {
    own.extend(std::iter::repeat_n('a', size));
    user.record("max_length", own.len() as u64);
}

#[brunt::stress(cases = [one: 1, three: 3], setup = numbers, concurrency = 2, user_setup = own_copy, user_teardown = is_dropped)]
#[target(each(case).count = 2)]
fn callers_and_cases(own: &mut [u64]) -> u64 {
    own.iter().sum()
}
fn is_dropped(_own: &mut [u64]) {}

#[brunt::stress(cases = [one: 1, three: 3], setup = numbers, check = is_sum, virtual_time, iterations = 5)]
#[target(three.mean = 10ms, three.mean < 1.1x one.mean)]
async fn cases(numbers: &[u64]) -> u64 {
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    numbers.iter().sum()
}

#[brunt::stress(setup = store, iterations = 20)]
#[target(a.mean < 1s, b.count = 20)]
async fn with_a_user(user: &User, store: &Store) -> brunt::Result {
    let (a, b) = (async { Ok::<_, brunt::Failed>(store.0[0]) }, async { Ok::<_, brunt::Failed>(store.0[1]) });
    user.pair("a", a, "b", b).await?;
    Ok(())
}

fn nobody(_store: &Store, _count: &usize) -> bool {
    false
}

#[brunt::stress(setup = store, check = nobody, iterations = 4)]
#[target(errors("check") = 4, success_rate <= 0%)]
fn wrong_results(store: &Store) -> usize {
    store.0.len()
}

#[brunt::stress(sizes = [300, 1_000, 3_000, 10_000, 30_000], setup = numbers)]
#[target(growth > n)]
fn an_accidental_square_is_seen(numbers: &[u64]) -> u64 {
    let mut left = numbers.to_vec();
    let mut sum = 0;
    while !left.is_empty() {
        sum += left.remove(0);
    }
    sum
}

//! What the judge says of functions whose class is known: `cargo bench -p brunt --bench growth`. Each function is swept
//! ten times (`BRUNT_RUNS=50`), each time in a process of its own, and its target asked as a test would ask it. It ends
//! in failure where a run ends otherwise than it must; with `BRUNT_BUSY=2` two threads keep the machine busy meanwhile.

#![allow(clippy::unwrap_used)]

use brunt::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::process::{Command, ExitCode, Stdio};
use std::thread;

brunt::allocator!();

/// As many numbers, in no order (Knuth, *The Art of Computer Programming*, §6.4: multiplicative hashing).
fn numbers(size: u64) -> Vec<u64> {
    (0..size).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()
}

fn sorted(size: u64) -> Vec<u64> {
    let mut numbers = numbers(size);
    numbers.sort_unstable();
    numbers
}

/// What is looked up: as many for every size, so that a call takes as many lookups.
const LOOKUPS: usize = 64;

fn table(size: u64) -> (HashMap<u64, u64>, Vec<u64>) {
    (numbers(size).into_iter().map(|number| (number, !number)).collect(), wanted(size))
}

fn tree(size: u64) -> (Vec<u64>, Vec<u64>) {
    (sorted(size), wanted(size))
}

fn wanted(size: u64) -> Vec<u64> {
    let numbers = numbers(size);
    (0..LOOKUPS).map(|i| numbers[i * 7_919 % numbers.len()]).collect()
}

#[brunt::stress(sizes = [100, 1_000, 10_000, 100_000, 1_000_000], setup = numbers)]
#[target(growth <= n)]
fn scan(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |sum, number| sum.rotate_left(1) ^ number)
}

#[brunt::stress(sizes = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000], setup = numbers)]
#[target(growth <= n_log_n)]
fn sort(numbers: &[u64]) -> Vec<u64> {
    let mut numbers = numbers.to_vec();
    numbers.sort();
    numbers
}

#[brunt::stress(sizes = [100, 300, 1_000, 3_000, 10_000], setup = numbers)]
#[target(growth <= n2)]
fn nested_loop(numbers: &[u64]) -> usize {
    numbers.iter().map(|one| numbers.iter().filter(|other| black_box(*other) < one).count()).sum()
}

#[brunt::stress(sizes = [10, 20, 50, 100, 200], setup = numbers)]
#[target(growth <= n3)]
fn triple_loop(numbers: &[u64]) -> usize {
    numbers.iter().map(|one| nested_loop_below(numbers, *one)).sum()
}

fn nested_loop_below(numbers: &[u64], most: u64) -> usize {
    numbers.iter().map(|one| numbers.iter().filter(|other| (black_box(**other) ^ one) < most).count()).sum()
}

#[brunt::stress(sizes = [16, 64, 256, 1_024, 4_096, 16_384], setup = table)]
#[target(growth <= 1)]
fn hash_lookup((table, wanted): &(HashMap<u64, u64>, Vec<u64>)) -> u64 {
    wanted.iter().map(|key| table[key]).fold(0, u64::wrapping_add)
}

// Up to what the nearest cache holds: that searches in slower memory take longer is not their class.
#[brunt::stress(sizes = 16..=4_096 by 2x, setup = tree)]
#[target(growth <= log_n)]
fn binary_search((sorted, wanted): &(Vec<u64>, Vec<u64>)) -> usize {
    wanted.iter().map(|key| sorted.binary_search(key).unwrap_or(0)).sum()
}

#[brunt::stress(sizes = [100, 300, 1_000, 3_000, 10_000, 30_000], setup = numbers)]
#[target(growth <= n_log_n)]
fn remove_first(numbers: &[u64]) -> u64 {
    let (mut numbers, mut sum) = (numbers.to_vec(), 0_u64);
    while !numbers.is_empty() {
        sum = sum.rotate_left(1) ^ numbers.remove(0);
    }
    sum
}

fn pieces(size: usize) -> Vec<String> {
    (0..size).map(|i| format!("piece {i:>9}, ")).collect()
}

#[brunt::stress(sizes = [100, 300, 1_000, 3_000, 10_000, 30_000], setup = pieces)]
#[target(growth <= n_log_n)]
fn string_building(pieces: &[String]) -> String {
    pieces.iter().fold(String::new(), |text, piece| format!("{text}{piece}"))
}

fn floats(size: usize) -> Vec<f64> {
    (0..size).map(|i| i as f64).collect()
}

// As in the README.
#[brunt::stress(sizes = [100, 1_000, 10_000, 100_000], setup = floats)]
#[target(growth <= n)]
fn slice_sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn hash_map(size: u64) -> HashMap<u64, u64> {
    (0..size).map(|i| (i, i)).collect()
}

#[brunt::stress(sizes = [100, 1_000, 10_000, 100_000], setup = hash_map)]
#[target(growth <= 1)]
fn hash_get(map: &HashMap<u64, u64>) -> Option<u64> {
    map.get(&black_box(77)).copied()
}

fn btree_map(size: u64) -> BTreeMap<u64, u64> {
    (0..size).map(|i| (i, i)).collect()
}

#[brunt::stress(sizes = [100, 1_000, 10_000, 100_000], setup = btree_map)]
#[target(growth <= log_n)]
fn btree_get(map: &BTreeMap<u64, u64>) -> Option<u64> {
    map.get(&(map.len() as u64 - 1)).copied()
}

#[brunt::stress(sizes = [100, 1_000, 10_000, 100_000])]
#[target(memory_growth <= n)]
fn vec_push(size: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    (0..size).for_each(|number| numbers.push(number));
    numbers
}

/// A function, and what its target comes to: some squares are told only where they have grown out of what caches do.
const FUNCTIONS: [(&str, &[&str]); 12] = [
    ("slice_sum", &["pass"]),
    ("hash_get", &["pass"]),
    ("btree_get", &["pass"]),
    ("vec_push", &["pass"]),
    ("hash_lookup", &["pass"]),
    ("binary_search", &["pass"]),
    ("scan", &["pass", "inconclusive"]),
    ("sort", &["pass", "inconclusive"]),
    ("nested_loop", &["pass"]),
    ("triple_loop", &["pass"]),
    ("remove_first", &["fail"]),
    ("string_building", &["fail", "inconclusive"]),
];

fn main() -> ExitCode {
    if std::env::var_os("BRUNT_OUT").is_some() {
        return brunt::private::main(
            brunt::private::CargoTarget::default(),
            brunt::private::Source { file: file!(), crate_dir: env!("CARGO_MANIFEST_DIR") },
        );
    }
    for _ in 0..number("BRUNT_BUSY", 0) {
        thread::spawn(|| {
            loop {
                black_box(numbers(1_000));
            }
        });
    }
    let runs = number("BRUNT_RUNS", 10);
    println!("{:<17}{:<20}{:>6}{:>14}{:>6}  classes", "function", "target", "pass", "inconclusive", "fail");
    let shown: Vec<bool> = FUNCTIONS.iter().map(|(function, wanted)| shows(function, wanted, runs)).collect();
    if shown.into_iter().all(|is_right| is_right) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Prints how the runs of a function ended; whether all did so as wanted.
fn shows(function: &str, wanted: &[&str], runs: usize) -> bool {
    let (mut verdicts, mut classes) = (BTreeMap::<String, usize>::new(), BTreeMap::<String, usize>::new());
    let (mut target_text, mut reasons) = (String::new(), Vec::new());
    for _ in 0..runs {
        let test = run(function);
        let target = &test["targets"][0];
        let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
        let growth = &test[if text(&target["text"]).starts_with("memory") { "memory_growth" } else { "growth" }];
        target_text = text(&target["text"]);
        *classes.entry(text(&growth["best"])).or_default() += 1;
        let verdict = text(&target["verdict"]);
        if !wanted.contains(&verdict.as_str()) {
            reasons.push(format!("  {}\n  {}", text(&target["reason"]), growth["points"]));
        }
        *verdicts.entry(verdict).or_default() += 1;
    }
    let of = |verdict: &str| verdicts.get(verdict).copied().unwrap_or(0);
    let (pass, inconclusive, fail) = (of("pass"), of("inconclusive"), of("fail"));
    println!("{function:<17}{target_text:<20}{pass:>6}{inconclusive:>14}{fail:>6}  {classes:?}");
    reasons.iter().for_each(|reason| println!("{reason}"));
    reasons.is_empty()
}

/// The test's report, from a process that runs nothing else.
fn run(test: &str) -> Value {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env("BRUNT_OUT", out.path()).env("BRUNT_PROGRESS", "off");
    // Some are there to fail; without a report none has run.
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let report: Value = serde_json::from_slice(&std::fs::read(out.path().join("report.json")).unwrap()).unwrap();
    report["tests"][0].clone()
}

//! What the fit says of functions whose class is known: `cargo bench -p brunt --bench growth`. Each function is swept in
//! a process of its own, and its target asked as a test would ask it. It ends in failure where the best class is not the
//! true one, a target that holds is missed, or an accidental square is not caught; what else a machine does meanwhile
//! may spoil a sweep, so that a function has three.

#![allow(clippy::unwrap_used)]

use brunt::prelude::*;
use serde_json::Value;
use std::collections::HashMap;
use std::hint::black_box;
use std::process::{Command, ExitCode, Stdio};

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

/// A function, its class, and what its target comes to.
const FUNCTIONS: [(&str, &str, &str); 8] = [
    ("hash_lookup", "1", "pass"),
    ("binary_search", "log_n", "pass"),
    ("scan", "n", "pass"),
    ("sort", "n_log_n", "pass"),
    ("nested_loop", "n2", "pass"),
    ("triple_loop", "n3", "pass"),
    ("remove_first", "n2", "fail"),
    ("string_building", "n2", "fail"),
];

/// Sweeps that a function has.
const TRIES: usize = 3;

fn main() -> ExitCode {
    if std::env::var_os("BRUNT_OUT").is_some() {
        return brunt::private::main();
    }
    println!(
        "{:<17}{:<9}{:<9}{:<16}{:>8}  {:<15}{:>8}  {:<18}verdict",
        "function", "class", "best", "not excluded", "exponent", "95 %", "R²", "target"
    );
    let shown = FUNCTIONS
        .iter()
        .map(|(function, class, verdict)| (0..TRIES).any(|_| shows(function, class, verdict)))
        .collect::<Vec<bool>>();
    if shown.into_iter().all(|is_right| is_right) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what is found; whether it is as it should be.
fn shows(function: &str, class: &str, wanted: &str) -> bool {
    let test = run(function);
    let (growth, target) = (&test["growth"], &test["targets"][0]);
    let best = growth["best"].as_str().unwrap_or_default();
    let candidates = growth["candidates"].as_array().unwrap().iter().filter_map(Value::as_str);
    let others: Vec<&str> = candidates.filter(|class| *class != best).collect();
    let figure = |name: &str| growth[name].as_f64().unwrap_or(f64::NAN);
    let interval = format!("{:.2}..{:.2}", figure("exponent_low"), figure("exponent_high"));
    let (text, verdict) = (target["text"].as_str().unwrap(), target["verdict"].as_str().unwrap());
    println!(
        "{function:<17}{class:<9}{best:<9}{:<16}{:>8.2}  {interval:<15}{:>8.4}  {text:<18}{verdict}",
        others.join(", "),
        figure("exponent"),
        figure("r_squared"),
    );
    let is_right = verdict == wanted && best == class;
    if !is_right {
        println!("  wanted: {class}, {wanted}. {}", target["reason"].as_str().unwrap_or_default());
        for point in growth["points"].as_array().unwrap() {
            println!("  {} {} ns ± {}", point["size"], point["cost"], point["error"]);
        }
    }
    is_right
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

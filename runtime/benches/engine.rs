//! What the engine itself costs: `cargo bench -p brunt`. Each load runs in a process of its own, by turns with a bare
//! loop that does the least a measuring loop can do (two clock reads, one histogram record), so that noise falls on
//! both. Figures are medians; ratios are of neighbours in time.

#![allow(clippy::unwrap_used)]

use brunt::prelude::*;
use hdrhistogram::Histogram;
use serde_json::Value;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[brunt::load_test(users = 100, duration = 2s)]
async fn noop() {}

#[brunt::load_test(users = 10_000, duration = 2s)]
async fn noop_10k() {}

#[brunt::load_test(users = 100, duration = 2s, per_core)]
async fn noop_per_core() {}

#[brunt::load_test(users = 100, duration = 2s)]
async fn yields() {
    tokio::task::yield_now().await;
}

/// The same users as the background load of an experiment.
#[brunt::resilience]
async fn noop_experiment(lab: &Lab) -> brunt::Result {
    lab.load("noop", 100.users(), |_| async { brunt::Result::<()>::Ok(()) });
    tokio::time::sleep(secs(2)).await;
    Ok(())
}

#[brunt::load_test(users = 1, duration = 2s)]
async fn one_parked(user: &User) {
    user.until_end(std::future::pending::<()>()).await;
}

#[brunt::load_test(users = 100_000, duration = 2s)]
async fn many_parked(user: &User) {
    user.until_end(std::future::pending::<()>()).await;
}

#[brunt::load_test(rate = 1_000/s, duration = 3s)]
async fn arrivals_1k() {}

#[brunt::load_test(rate = 100_000/s, duration = 3s)]
async fn arrivals_100k() {}

const ROUNDS: usize = 5;

fn main() -> ExitCode {
    if std::env::var_os("BRUNT_OUT").is_some() {
        return brunt::private::main(
            brunt::private::CargoTarget::default(),
            brunt::private::Source { file: file!(), crate_dir: env!("CARGO_MANIFEST_DIR") },
        );
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores, medians of {ROUNDS} rounds\n");
    println!("{:<16}{:>14}{:>14}{:>20}", "load", "iterations/s", "CPU ns each", "× the bare loop's");
    for load in ["noop", "noop_10k", "noop_per_core", "yields", "noop_experiment"] {
        let (mut per_second, mut cost, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let floor = bare_loop(cores);
            let test = run(load);
            let throughput = figure(&test, "/metrics/throughput_per_s");
            let each = figure(&test, "/resources/cpu_cores") / throughput * 1e9;
            per_second.push(throughput);
            cost.push(each);
            ratio.push(each / floor);
        }
        let (per_second, cost, ratio) = (median(per_second) / 1e6, median(cost), median(ratio));
        println!("{load:<16}{per_second:>12.1} M{cost:>14.1}{ratio:>20.2}");
    }
    memory();
    lateness();
    ExitCode::SUCCESS
}

fn memory() {
    let peak = |load| figure(&run(load), "/resources/peak_memory_bytes");
    let each = (0..ROUNDS).map(|_| (peak("many_parked") - peak("one_parked")) / 99_999.0).collect();
    println!("\n{:<16}{:>14.0} bytes a user", "100 000 users", median(each));
}

fn lateness() {
    println!("\n{:<16}{:>14}{:>14}{:>20}", "arrivals", "late p50", "late p99", "cores busy");
    for load in ["arrivals_1k", "arrivals_100k"] {
        let (mut p50, mut p99, mut busy) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let test = run(load);
            p50.push(figure(&test, "/resources/lateness_ns/p50") / 1e3);
            p99.push(figure(&test, "/resources/lateness_ns/p99") / 1e3);
            busy.push(figure(&test, "/resources/cpu_cores"));
        }
        println!("{load:<16}{:>11.0} µs{:>11.0} µs{:>20.2}", median(p50), median(p99), median(busy));
    }
}

/// The test's report, from a process that runs nothing else.
fn run(test: &str) -> Value {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env("BRUNT_OUT", out.path()).env("BRUNT_PROGRESS", "off");
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{test} failed");
    let report: Value = serde_json::from_slice(&std::fs::read(out.path().join("report.json")).unwrap()).unwrap();
    report["tests"][0].clone()
}

fn figure(test: &Value, pointer: &str) -> f64 {
    test.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer} in {test:#}"))
}

/// CPU nanoseconds of an iteration that does nothing but be measured, on as many threads as there are cores.
fn bare_loop(threads: usize) -> f64 {
    let stop = AtomicBool::new(false);
    let (cpu, start) = (cpu_time::ProcessTime::now(), Instant::now());
    let iterations: u64 = std::thread::scope(|scope| {
        let loops: Vec<_> = (0..threads).map(|_| scope.spawn(|| iterate(&stop))).collect();
        std::thread::sleep(Duration::from_secs(1));
        stop.store(true, Ordering::Relaxed);
        loops.into_iter().map(|each| each.join().unwrap()).sum()
    });
    std::hint::black_box(start);
    cpu.elapsed().as_nanos() as f64 / iterations as f64
}

fn iterate(stop: &AtomicBool) -> u64 {
    let clock = quanta::Clock::new();
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
    while !stop.load(Ordering::Relaxed) {
        let start = clock.raw();
        std::hint::black_box(());
        let end = clock.raw();
        histogram.saturating_record(clock.delta_as_nanos(start, end).max(1));
    }
    histogram.len()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! Two hundred random experiments, whose detection and recovery are those that an oracle computes that knows of every
//! call when it began and ended, and of the system when it was well again.
//!
//! `cargo test -p brunt --lib oracle -- --nocapture` shows a table.

use super::*;

/// What is random of an experiment.
#[derive(Clone, Copy, Debug)]
struct Random {
    rate: f64,
    baseline: u64,
    fault: Fault,
    /// How long the fault is at work, in milliseconds.
    hold: u64,
}

/// Longer than this is slow.
const LIMIT: u64 = 100;

impl Random {
    fn of(seed: u64) -> Self {
        let mut rng = Pcg64Mcg::seed_from_u64(seed ^ 0x5EED);
        let share = *rng_pick(&mut rng, &[0.2, 0.3, 0.5, 0.8, 1.0]);
        let slow = Duration::from_millis(rng.random_range(150..600));
        let fault = *rng_pick(&mut rng, &[Fault::Stall, Fault::Refuse(share), Fault::Slow(share, slow)]);
        Self {
            rate: *rng_pick(&mut rng, &[7.0, 20.0, 50.0, 90.0, 130.0, 200.0]),
            baseline: rng.random_range(1_000..3_000),
            fault,
            hold: rng.random_range(800..4_000),
        }
    }
}

fn rng_pick<'a, T>(rng: &mut Pcg64Mcg, from: &'a [T]) -> &'a T {
    &from[rng.random_range(0..from.len())]
}

/// What the oracle says, in milliseconds from the injection.
#[derive(Clone, Copy, Debug, Default)]
struct Truth {
    detected: Option<f64>,
    recovered: f64,
}

/// Of the experiment that was led last; only one test leads such.
static TRUTH: Mutex<Truth> = Mutex::new(Truth { detected: None, recovered: 0.0 });

fn body<'a, 'lab>(lab: &'a Lab<'lab>, fixture: &'lab Fixture) -> Done<'a> {
    Box::pin(async move {
        let system = of(fixture);
        let random = Random::of(system.seed);
        lab.load("call", engine::Amounts::per_second(random.rate), move |_| system.serve());
        lab.baseline(Duration::from_millis(random.baseline)).await?;
        let injected = Instant::now();
        let fault = lab.inject(system.broken_by(random.fault)).await?;
        fault.hold(Duration::from_millis(random.hold)).await?;
        let healed = Instant::now();
        fault.heal().await?;
        let waited = lab.recovery(Duration::from_secs(40)).await;
        *TRUTH.lock().unwrap() = truth(&system.calls.lock().unwrap(), injected, healed);
        waited
    })
}

fn truth(calls: &[(Instant, Instant, bool)], injected: Instant, healed: Instant) -> Truth {
    let after = |at: Instant| at.saturating_duration_since(injected).as_secs_f64() * 1e3;
    let met = calls.iter().filter(|(begin, end, _)| *end >= injected && *begin < healed);
    let detected = met.filter(|(.., succeeded)| !succeeded).map(|(_, end, _)| after(*end)).reduce(f64::min);
    let since = calls.iter().filter(|(begin, ..)| *begin >= injected);
    let limit = Duration::from_millis(LIMIT);
    let is_wrong = |(begin, end, succeeded): &&(Instant, Instant, bool)| !succeeded || *end - *begin >= limit;
    let last_wrong = since.clone().filter(is_wrong).map(|(begin, ..)| *begin).max();
    let answers = since.filter(|call| !is_wrong(call)).filter(|(begin, end, _)| match last_wrong {
        // It is well since it was healed.
        Some(wrong) => *begin > wrong && *end >= healed,
        None => true,
    });
    let recovered = answers.map(|(_, end, _)| after(*end)).reduce(f64::min).unwrap_or(f64::NAN);
    Truth { detected, recovered }
}

#[test]
fn detection_and_recovery_are_those_of_an_oracle() {
    println!("seed  rate/s  fault                       held  detected (truth)        recovered (truth)");
    let (mut shown, mut wrong) = (0, Vec::new());
    for seed in 0..200 {
        let random = Random::of(seed);
        let tried = tried(seed, &["p95 < 100ms", "success_rate > 97%", "recovery_time < 60s"], body);
        let (seen, truth) = (tried.seen(), *TRUTH.lock().unwrap());
        let after = |at: Duration| (at.as_secs_f64() - seen.faults[0].injected.as_secs_f64()) * 1e3;
        let detected = seen.faults[0].detected.map(after);
        let recovered = seen.recoveries[0].stable.map(after);
        println!(
            "{seed:>4}  {:>6}  {:<26}  {:>4}  {detected:>7.1?} ({:>7.1?})  {recovered:>9.1?} ({:.1})",
            random.rate,
            format!("{:?}", random.fault),
            random.hold,
            truth.detected,
            truth.recovered
        );
        let same = |found: f64, truth: f64| (found - truth).abs() <= 1.0;
        let detects = match (detected, truth.detected) {
            (Some(found), Some(truth)) => same(found, truth),
            (found, truth) => found == truth,
        };
        let recovers = recovered.is_none_or(|found| same(found, truth.recovered));
        shown += usize::from(recovered.is_some());
        if !detects || !recovers {
            wrong.push(format!("{seed}: {random:?}: {detected:?} {recovered:?} of {truth:?}"));
        }
    }
    println!("{shown} of 200 shown to have recovered");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(shown >= 190, "{shown} shown");
}

//! What the generator's own health does to a verdict, on healths made by hand.

use crate::judge::Outcome::{Fail, Inconclusive, Pass};
use crate::judge::sample::{Sample, failures, successes};
use crate::judge::{Outcome, health};
use crate::record::{Distribution, Selection, Stuck, Subject, Tally, ValueUnit};
use std::time::Duration;

const MS: f64 = 1e6;

fn of(values: &[(u64, f64)]) -> Distribution {
    let mut distribution = Distribution::default();
    values.iter().for_each(|(count, milliseconds)| distribution.record_n(milliseconds * MS, *count));
    distribution
}

/// Twenty users whose iterations take 5 ms, and every tenth 85 ms.
fn closed() -> Sample {
    let sample = Sample::new("users = 20, duration = 10s");
    sample.evenly("", 90, |count| successes(count, 5.0)).evenly("", 10, |count| successes(count, 85.0))
}

/// The same while the process is stopped for 80 of every 100 ms.
fn suspended() -> Sample {
    let mut sample = closed();
    let generator = &mut sample.measurements.generator;
    generator.pauses = of(&[(100, 80.0)]);
    (generator.scheduling_lag, generator.awaits) = (generator.pauses.clone(), true);
    sample
}

/// Arrivals that took 5 ms from their start, which was late by `late`.
fn open(late: f64) -> Sample {
    let arrived = |count: u64| {
        let mut tally = successes(count, late + 5.0);
        tally.service.record_n(5.0 * MS, count);
        tally
    };
    let mut sample = Sample::new("rate = 100/s, duration = 10s").evenly("", 100, arrived);
    sample.measurements.generator.lateness = of(&[(1_000, late)]);
    sample
}

fn leave_out(sample: &mut Sample, arrivals: u64) {
    sample.measurements.generator.unsent.insert(Selection::default(), arrivals);
}

fn finding(sample: &Sample, targets: &[&str], rule: &str) -> Option<(Outcome, String)> {
    let verdict = sample.verdict(&crate::judge::sample::targets(targets));
    let found = verdict.targets.into_iter().find(|target| target.text() == rule)?;
    Some((found.outcome, found.reason.unwrap()))
}

#[test]
fn a_machine_that_stops_the_process_is_no_miss_of_the_system() {
    assert_eq!(closed().of("p95 < 30ms").outcome, Fail);
    let (outcome, reason) = suspended().outcome("p95 < 30ms");
    assert_eq!(outcome, Inconclusive, "{reason}");
    assert!(reason.contains("85 ms is 183 % above 30ms, but the load generator itself was held up"), "{reason}");
    assert!(reason.contains("its timers fired up to 80 ms late"), "{reason}");
    // It holds where it is met in spite of that.
    assert_eq!(suspended().of("p95 < 100ms").outcome, Pass);
}

#[test]
fn a_miss_that_is_larger_than_the_lateness_is_a_miss() {
    let mut slow = Sample::new("users = 20, duration = 10s").ok("", 0, 1_000, 400.0);
    slow.measurements.generator = suspended().measurements.generator;
    slow.measurements.generator.pauses = of(&[(500, 0.1), (5, 80.0)]);
    slow.measurements.generator.scheduling_lag = slow.measurements.generator.pauses.clone();
    assert_eq!(slow.of("p95 < 100ms").outcome, Fail, "80 ms do not make 400 ms of 100 ms");
    // Nor where even the fastest took too long: those were not all stopped.
    let mut steady = Sample::new("users = 20, duration = 10s").ok("", 0, 1_000, 35.0);
    steady.measurements.generator = slow.measurements.generator.clone();
    assert_eq!(steady.of("p50 < 30ms").outcome, Fail);
    // Rare pauses touch few operations.
    let mut sample = closed();
    sample.measurements.generator.pauses = of(&[(500, 0.1), (1, 80.0)]);
    assert_eq!(sample.of("p95 < 30ms").outcome, Fail, "a pause of 80 ms in 10 s meets 1 %, not 10 %");
}

#[test]
fn what_its_thread_does_not_feel_delays_no_body() {
    let mut busy = closed();
    busy.measurements.generator.scheduling_lag = of(&[(100, 80.0)]);
    assert_eq!(busy.of("p95 < 30ms").outcome, Fail, "a body that never awaits waits for no other task");
    busy.measurements.generator.awaits = true;
    assert_eq!(busy.of("p95 < 30ms").outcome, Inconclusive);
}

#[test]
fn timeouts_that_pauses_made_are_none_of_the_system() {
    let timed_out = |count: u64| {
        let mut sample = suspended();
        sample.plan.timeout = Sample::new("users = 1, timeout = 50ms").plan.timeout;
        sample.evenly("", count / 10, |count| failures(count, "timeout"))
    };
    let (outcome, reason) = finding(&timed_out(30), &["p95 < 1s"], "errors = 0").unwrap();
    assert_eq!(outcome, Inconclusive);
    assert!(reason.ends_with("for 80 ms at a time, which is enough for 30 timeouts"), "{reason}");
    assert_eq!(timed_out(30).of("errors < 1%").outcome, Inconclusive);
    assert_eq!(timed_out(30).of("success_rate > 99%").outcome, Inconclusive);
    assert_eq!(timed_out(30).of("errors(\"timeout\") < 5").outcome, Inconclusive);
    // What else failed is not excused, nor a timeout that no pause was long enough for.
    assert_eq!(timed_out(30).evenly("", 3, |count| failures(count, "shed")).of("errors < 1%").outcome, Fail);
    assert_eq!(timed_out(30).evenly("", 3, |count| failures(count, "shed")).of("errors(\"shed\") < 1%").outcome, Fail);
    let mut patient = timed_out(30);
    patient.plan.timeout = Sample::new("users = 1, timeout = 2s").plan.timeout;
    assert_eq!(patient.of("errors < 1%").outcome, Fail);
    let mut well = timed_out(30);
    well.measurements.generator.pauses = of(&[(500, 0.1)]);
    well.measurements.generator.scheduling_lag = of(&[(500, 1.1)]);
    assert_eq!(finding(&well, &["p95 < 1s"], "errors = 0").unwrap().0, Fail);
}

#[test]
fn late_arrivals_excuse_what_they_add_and_no_more() {
    assert_eq!(open(0.1).of("p50 < 1ms").outcome, Fail);
    let (outcome, reason) = open(100.0).outcome("p50 < 50ms");
    assert_eq!(outcome, Inconclusive);
    assert!(reason.contains("started its arrivals late (100 ms at p50): without that it is 5 ms"), "{reason}");
    assert_eq!(open(100.0).of("p50 < 4ms").outcome, Fail);
    assert_eq!(open(100.0).of("max < 50ms").outcome, Inconclusive);
    assert_eq!(open(100.0).of("each(10s).p95 < 50ms").outcome, Inconclusive);
    assert_eq!(open(100.0).of("p50 < 200ms").outcome, Pass);
}

#[test]
fn lateness_is_in_no_service_time_step_number_or_amount() {
    let mut late = open(100.0).ok("step=pay", 0, 1_000, 60.0);
    late = late.recorded("attempts", 0, ValueUnit::Number, &[4.0]).recorded("body", 0, ValueUnit::Size, &[4_096.0]);
    late.measurements.generator.saturated = true;
    for missed in ["service.p50 < 4ms", "pay.p50 < 50ms", "attempts.max <= 3", "attempts.sum < 2", "body.max < 1KiB"] {
        assert_eq!(late.of(missed).outcome, Fail, "{missed}: {:?}", late.of(missed));
    }
    assert_eq!(late.of("count > 5_000").outcome, Fail);
    assert_eq!(late.of("throughput > 5_000/s").outcome, Fail, "all were sent");
    // Of a step only what delays all that sleeps.
    late.measurements.generator.awaits = true;
    late.measurements.generator.scheduling_lag = of(&[(500, 40.0)]);
    assert_eq!(late.of("pay.p50 < 50ms").outcome, Fail, "even the least is above");
    let spread = late.ok("step=pay", 0, 10, 5.0);
    assert_eq!(spread.of("pay.p50 < 50ms").outcome, Inconclusive);
}

#[test]
fn a_lower_bound_is_not_met_by_the_generators_own_lateness() {
    let (outcome, reason) = open(600.0).outcome("p50 > 500ms");
    assert_eq!(outcome, Inconclusive);
    assert!(reason.starts_with("605 ms meets 500ms, but the load generator started its arrivals late"), "{reason}");
    assert_eq!(open(600.0).of("p50 = 500ms..700ms").outcome, Inconclusive);
    assert_eq!(open(0.1).of("p50 > 4ms").outcome, Pass);
    // Nor is a miss of it excused: on time it would be less.
    assert_eq!(open(100.0).of("p50 > 500ms").outcome, Fail);
    // A ratio whose other side was late.
    let stages = |late: f64| {
        let mut slow = Tally { successes: 1_000, ..Tally::default() };
        slow.latency.record_n((late + 5.0) * MS, 1_000);
        slow.service.record_n(5.0 * MS, 1_000);
        let mut spike = Tally { successes: 1_000, ..Tally::default() };
        spike.latency.record_n(50.0 * MS, 1_000);
        spike.service.record_n(50.0 * MS, 1_000);
        let mut sample = Sample::new("stages = [base: 10/s for 5s, spike: 10/s for 5s]");
        sample = sample.stage("base", 0, 5).stage("spike", 5, 10);
        sample = sample.add("stage=base", 0, slow).add("stage=spike", 5, spike);
        sample.measurements.generator.lateness = of(&[(1_000, late)]);
        sample
    };
    assert_eq!(stages(100.0).of("spike.p50 < 3x base.p50").outcome, Inconclusive);
    assert_eq!(stages(0.1).of("spike.p50 < 3x base.p50").outcome, Fail);
}

#[test]
fn a_load_that_was_not_put_on_shows_nothing() {
    let mut short = open(100.0);
    leave_out(&mut short, 5_000);
    let (outcome, reason) = finding(&short, &["p99 < 30s"], "unsent <= 1%").unwrap();
    assert_eq!(outcome, Inconclusive);
    assert!(
        reason.starts_with("16.7/s of 100/s were sent: the load generator was too late for 5,000 of 6,000"),
        "{reason}"
    );
    assert_eq!(short.verdict(&crate::judge::sample::targets(&["p99 < 30s"])).outcome, Inconclusive);
    // Where a target names it, that decides.
    assert_eq!(finding(&short, &["unsent < 90%"], "unsent <= 1%"), None);
    assert_eq!((short.of("unsent < 90%").outcome, short.of("unsent < 80%").outcome), (Pass, Fail));
    assert_eq!(short.of("unsent < 5_001").outcome, Pass);
    // A target on a part of the load names that part.
    let mut parts = short.clone().stage("low", 0, 5).stage("spike", 5, 10);
    let of = |stage: &str| Selection { stage: Some(stage.into()), ..Selection::default() };
    parts.measurements.generator.unsent = [(of("low"), 500), (of("spike"), 4_500)].into();
    assert_eq!(finding(&parts, &["low.unsent < 100%", "spike.unsent < 100%"], "unsent <= 1%"), None);
    let (_, reason) = finding(&parts, &["spike.unsent < 100%"], "unsent <= 1%").unwrap();
    assert!(reason.contains("too late for 500 of 6,000 arrivals"), "{reason}");
    // A small shortfall is worth a note and no more.
    let mut few = open(0.1);
    leave_out(&mut few, 10);
    assert_eq!(finding(&few, &["p99 < 30s"], "unsent <= 1%"), None);
    assert!(
        health(&few.measurements)[0].contains("too late for 10 of 1,010 arrivals"),
        "{:?}",
        health(&few.measurements)
    );
}

#[test]
fn a_throughput_is_excused_by_what_was_not_sent_alone() {
    let mut short = open(0.1);
    leave_out(&mut short, 500);
    assert_eq!(short.of("throughput > 140/s").outcome, Inconclusive);
    assert_eq!(short.of("throughput > 200/s").outcome, Fail);
    assert_eq!(short.of("throughput < 120/s").outcome, Inconclusive, "it is less only for what was left out");
    assert_eq!(short.of("throughput < 80/s").outcome, Fail);
    // The process ran for a fifth of the time: 100/s could have been 500/s.
    assert_eq!(suspended().of("throughput > 400/s").outcome, Inconclusive);
    assert_eq!(suspended().of("throughput > 900/s").outcome, Fail);
    // And 30 of every 35 ms of an iteration were a pause.
    let mut stretched = suspended().evenly("", 900, |count| successes(count, 35.0));
    stretched.measurements.generator.pauses = of(&[(250, 30.0), (50, 0.1)]);
    assert_eq!(stretched.of("throughput > 2_500/s").outcome, Inconclusive);
    assert_eq!(stretched.of("throughput > 9_000/s").outcome, Fail);
}

/// Fifty users on two threads whose bodies hold theirs for 20 ms; each waits 480 ms for its next turn.
fn blocking() -> Sample {
    let mut sample = Sample::new("users = 50, duration = 10s").ok("", 0, 1_000, 20.0).ok("step=pay", 0, 1_000, 20.0);
    sample.measurements.peak_users = 50;
    let generator = &mut sample.measurements.generator;
    generator.cores = 2;
    (generator.holds, generator.waits) = (of(&[(1_000, 20.0)]), of(&[(1_000, 480.0)]));
    sample
}

#[test]
fn a_body_that_blocks_its_thread_passes_nothing_that_its_users_wait_for() {
    for held in ["p95 < 30ms", "mean < 30ms", "max < 30ms", "pay.p95 < 30ms", "each(10s).p95 < 30ms"] {
        let (outcome, reason) = blocking().outcome(held);
        assert_eq!(outcome, Inconclusive, "{held}: {reason}");
        assert!(reason.contains("it leaves out 480 ms that users waited for a thread"), "{reason}");
        assert!(reason.contains("make the body a plain `fn`"), "{reason}");
    }
    // The limit at hand decides: with the wait it is still met.
    assert_eq!(blocking().of("p95 < 1s").outcome, Pass);
    assert_eq!(blocking().of("errors < 1%").outcome, Pass);
    assert_eq!(blocking().of("p95 < 10ms").outcome, Fail, "the body alone takes longer");
    assert!(health(&blocking().measurements)[0].contains("the async body holds its thread (20 ms in the median)"));
}

#[test]
fn waits_inside_of_an_iteration_that_blocks_are_no_miss() {
    let mut sample = Sample::new("users = 50, duration = 10s").ok("", 0, 900, 500.0).ok("", 0, 10, 21.0);
    sample.measurements.generator = blocking().measurements.generator;
    sample.measurements.generator.waits = Distribution::default();
    sample.measurements.peak_users = 50;
    assert_eq!(sample.of("p95 < 30ms").outcome, Inconclusive);
    assert_eq!(sample.of("p95 < 15ms").outcome, Fail);
}

#[test]
fn bodies_that_compute_for_long_with_a_thread_each_are_no_fault() {
    let mut few = blocking();
    few.measurements.peak_users = 2;
    assert_eq!(few.of("p95 < 30ms").outcome, Pass);
    assert_eq!(health(&few.measurements), Vec::<String>::new());
    let mut rare = blocking();
    rare.measurements.generator.holds = of(&[(5, 20.0)]);
    assert_eq!(rare.of("p95 < 30ms").outcome, Pass, "five of a thousand block nobody");
}

#[test]
fn a_load_that_hung_has_failed_whatever_its_targets_allow() {
    let mut hung = closed();
    let since = Duration::from_secs(12);
    let stuck = Stuck {
        users: 3,
        in_setup: false,
        since,
        waited: Duration::from_secs(600),
        is_virtual: false,
        last_seen: "user 3 is in step `pay` since 1.2 s".to_owned(),
    };
    hung.measurements.generator.stuck = Some(stuck);
    let (outcome, reason) = finding(&hung, &["success_rate > 1%"], "the load ends").unwrap();
    assert_eq!(outcome, Fail);
    assert!(reason.starts_with("3 users hang: nothing has ended since 12 s of the load, for 10 min"), "{reason}");
}

#[test]
fn a_generator_that_is_well_has_nothing_to_say() {
    let mut well = closed();
    well.measurements.generator.pauses = of(&[(500, 0.2), (3, 4.0)]);
    well.measurements.generator.scheduling_lag = of(&[(500, 1.2)]);
    assert_eq!(health(&well.measurements), Vec::<String>::new());
    assert_eq!(health(&open(0.1).measurements), Vec::<String>::new());
    let selection = Selection { subject: Subject::Iteration, ..Selection::default() };
    assert_eq!(well.measurements.generator.unsent_of(&selection), 0);
    assert!(health(&suspended().measurements)[0].contains("stopped or starved of CPU for 80 % of the time"));
}

//! When a system counts as recovered, and since when: courses of operations whose truth is known.

use super::has_recovered;
use crate::judge::sample::{resilience, successes, targets};
use crate::record::Measurements;
use crate::record::course::{Calm, Change, Course, CourseLoad, Fate, Operation, Recovered};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;

/// What became of an operation that was due then: how long it took, and how it ended.
type Fated = (u64, Fate);

const GOOD: Fated = (5 * MS, Fate::Succeeded);
const SLOW: Fated = (400 * MS, Fate::Succeeded);
const FAILED: Fated = (5 * MS, Fate::Failed(0));

/// Operations at a rate from the injection, at 0, until so many seconds later.
fn course(rate: f64, seconds: f64, mut fate: impl FnMut(u64) -> Fated) -> Course {
    let count = (rate * seconds) as u64;
    let until = (seconds * 1e9) as u64;
    let operation = |index: u64| {
        let due = (index as f64 / rate * 1e9) as u64;
        let (took, fate) = fate(due);
        let (end, fate) = if due + took > until { (until, Fate::Open) } else { (due + took, fate) };
        Operation { load: 0, due, start: due, end, thought: 0, fate }
    };
    let mut operations: Vec<Operation> = (0..count).map(operation).collect();
    let open = operations.iter().find(|one| one.fate == Fate::Open).map_or(until, |one| one.due);
    operations.sort_by_key(|one| one.due);
    Course {
        loads: vec![CourseLoad { name: "call".into(), is_bystander: false, is_over: false }],
        kinds: vec!["io".into()],
        operations,
        changes: vec![Change { begin: 0, end: 0, heals: false }],
        from: 0,
        until: open,
        window: SECOND,
    }
}

fn healed(course: Course, at: u64) -> Course {
    let mut course = course;
    course.changes.push(Change { begin: at, end: at, heals: true });
    course
}

/// Five hundred of 5 ms.
fn baseline() -> Measurements {
    resilience().add("stage=baseline scenario=call", 1, successes(500, 5.0)).measurements
}

fn asked(course: &Course, texts: &[&str]) -> Recovered {
    asked_after(&baseline(), course, texts)
}

fn asked_after(baseline: &Measurements, course: &Course, texts: &[&str]) -> Recovered {
    has_recovered(&resilience().plan, &targets(texts), baseline, course)
}

fn calm(course: &Course, texts: &[&str]) -> Calm {
    match asked(course, texts) {
        Recovered::Yes(calm) => calm,
        other => panic!("{texts:?}: {other:?}"),
    }
}

/// Whether it is ever taken for recovered, looked at every 200 ms.
fn is_taken(rate: f64, seconds: f64, texts: &[&str], mut fate: impl FnMut(u64) -> Fated) -> bool {
    let whole = course(rate, seconds, &mut fate);
    (5..(seconds * 5.0) as u64).any(|look| {
        let until = look * 200 * MS;
        let ended = |one: &&Operation| one.due < until;
        let operations = whole.operations.iter().filter(ended).copied().collect();
        matches!(asked(&Course { operations, until, ..whole.clone() }, texts), Recovered::Yes(_))
    })
}

#[test]
fn so_many_operations_are_enough() {
    for (text, wanted) in [("p95 < 100ms", 157), ("success_rate > 95%", 157), ("errors = 0", 149), ("p50 < 100ms", 14)]
    {
        let enough = |count: u64| matches!(asked(&course(count as f64, 1.0, |_| GOOD), &[text]), Recovered::Yes(_));
        let least = (1..1_000).find(|count| enough(*count)).unwrap();
        assert!(least.abs_diff(wanted.max(149)) <= 2, "{text}: {least}");
    }
}

#[test]
fn what_misses_its_target_for_ever_has_not_recovered() {
    let slow = |due: u64| if due == 0 { GOOD } else { SLOW };
    assert!(!is_taken(1.0, 60.0, &["p95 < 100ms"], slow));
    let found = asked(&course(1.0, 12.0, slow), &["p95 < 100ms"]);
    assert!(matches!(&found, Recovered::No(why) if why.contains("p95 < 100ms: 11 of 12 took longer")), "{found:?}");
}

#[test]
fn chance_takes_less_than_one_in_a_thousand_for_recovered() {
    for (share, bad, text, rate) in [
        (0.2, SLOW, "p95 < 100ms", 10.0),
        (0.2, SLOW, "p99 < 100ms", 50.0),
        (0.06, SLOW, "p95 < 100ms", 100.0),
        (0.2, FAILED, "success_rate > 99%", 20.0),
        (0.1, FAILED, "errors < 1%", 50.0),
        (0.3, FAILED, "recovery_time < 1s", 10.0),
    ] {
        let taken = (0..40).filter(|seed| {
            let mut rng = Pcg64Mcg::seed_from_u64(*seed);
            is_taken(rate, 15.0, &[text], |_| if rng.random_bool(share) { bad } else { GOOD })
        });
        assert_eq!(taken.count(), 0, "{share} {text}");
    }
}

#[test]
fn a_system_that_recovers_is_recognised_since_when_it_did() {
    for (rate, share, bad, texts) in [
        (50.0, 1.0, FAILED, &["success_rate > 99%"][..]),
        (50.0, 1.0, SLOW, &["p95 < 100ms"]),
        (200.0, 0.3, SLOW, &["p95 < 100ms", "success_rate > 99%"]),
        (50.0, 0.2, FAILED, &[]),
        (100.0, 0.5, FAILED, &["mean < 50ms", "throughput > 20/s"]),
        (1_000.0, 1.0, FAILED, &["errors = 0", "max < 100ms", "each(scenario).p99 < 50ms"]),
    ] {
        for seed in 0..20 {
            let mut rng = Pcg64Mcg::seed_from_u64(seed);
            let heal = 2 * SECOND + rng.random_range(0..1_000) * MS;
            let fate = |due| if due < heal && rng.random_bool(share) { bad } else { GOOD };
            let course = healed(course(rate, 12.0, fate), heal);
            let is_bad = |one: &&Operation| one.fate != Fate::Succeeded || one.end - one.due > 100 * MS;
            let last = course.operations.iter().filter(|one| one.due < heal).rfind(is_bad).unwrap();
            let well = course.operations.iter().filter(|one| one.due > last.due && one.end >= heal);
            let first = well.map(|one| one.end).min().unwrap();
            let found = calm(&course, texts);
            assert_eq!(found.answered, first, "{texts:?} {heal}: {found:?}");
        }
    }
}

#[test]
fn what_the_baseline_had_too_is_no_sign_of_a_fault() {
    let mut rng = Pcg64Mcg::seed_from_u64(7);
    let mut fate = |due: u64| match due {
        ..SECOND => FAILED,
        _ if rng.random_bool(0.01) => SLOW,
        _ => GOOD,
    };
    let course = healed(course(200.0, 8.0, &mut fate), SECOND);
    let mut blemished = successes(990, 5.0);
    blemished.merge(&successes(10, 400.0));
    let blemished = resilience().add("stage=baseline scenario=call", 1, blemished).measurements;
    let found = asked_after(&blemished, &course, &["p95 < 100ms", "success_rate > 99%"]);
    let Recovered::Yes(found) = found else { panic!("{found:?}") };
    assert!((SECOND..=SECOND + 10 * MS).contains(&found.answered), "{found:?}");
}

#[test]
fn with_too_few_operations_it_is_not_told_and_what_is_wanted_is_said() {
    let mut fate = |due: u64| if due < 2 * SECOND { FAILED } else { GOOD };
    let few = healed(course(10.0, 8.0, &mut fate), 2 * SECOND);
    let Recovered::Undecided(since, why) = asked(&few, &["p95 < 100ms"]) else { panic!() };
    assert_eq!(since, 2 * SECOND);
    assert_eq!(
        why,
        "p95 < 100ms: nothing went wrong for 6 s, but 60 operations are too few to tell: about 154 are wanted, at this \
         rate 9.4 s more; wait longer, with `lab.recovery(longest)`, or put on more load"
    );
    assert_eq!(calm(&healed(course(10.0, 18.0, fate), 2 * SECOND), &["p95 < 100ms"]).answered, 2 * SECOND + 5 * MS);
}

#[test]
fn a_stall_ends_with_its_first_answer() {
    for rate in [13.0, 100.0] {
        let heal = 2_490 * MS;
        let stalled = |due: u64| (heal.saturating_sub(due).max(5 * MS), Fate::Succeeded);
        let course = healed(course(rate, 18.0, stalled), heal);
        assert_eq!(calm(&course, &[]).answered, heal, "nothing was answered before");
        let found = calm(&course, &["p95 < 100ms"]);
        assert_eq!(found.answered, heal);
    }
}

#[test]
fn a_failover_before_the_healing_is_a_recovery_before_it() {
    let fate = |due: u64| if due < 500 * MS { FAILED } else { GOOD };
    let found = calm(&healed(course(20.0, 12.0, fate), 3 * SECOND), &["success_rate > 99%"]);
    assert_eq!(found.answered, 505 * MS);
    let perfect = calm(&healed(course(20.0, 12.0, |_| GOOD), 3 * SECOND), &["success_rate > 99%"]);
    assert_eq!(perfect.answered, 5 * MS, "nothing ever went wrong");
}

#[test]
fn a_lull_in_a_fault_is_no_recovery() {
    let fate = |due: u64| if due < SECOND || (3 * SECOND..4 * SECOND).contains(&due) { FAILED } else { GOOD };
    let found = calm(&course(100.0, 8.0, fate), &["success_rate > 99%"]);
    assert_eq!(found.answered, 4 * SECOND + 5 * MS);
}

#[test]
fn what_hangs_while_others_are_answered_went_wrong() {
    let whole = course(100.0, 8.0, |due| if due == SECOND { (100 * SECOND, Fate::Succeeded) } else { GOOD });
    let course = Course { until: 8 * SECOND - 10 * MS, ..whole };
    assert_eq!(calm(&course, &[]).answered, SECOND + 15 * MS);
}

#[test]
fn a_throughput_counts_what_comes_in_the_calm() {
    let fate = |due: u64| if due < 3 * SECOND { (3 * SECOND - due, Fate::Succeeded) } else { GOOD };
    let found = calm(&course(100.0, 9.0, fate), &["throughput > 80/s"]);
    assert!((3 * SECOND..=3_100 * MS).contains(&found.answered), "{found:?}");
    let slow = asked(&course(50.0, 9.0, |_| GOOD), &["throughput > 80/s"]);
    assert!(matches!(&slow, Recovered::No(why) if why.contains("throughput > 80/s: 50/s")), "{slow:?}");
}

#[test]
fn a_load_of_which_nothing_is_answered_is_not_known_to_be_well() {
    let mut course = course(200.0, 4.0, |_| GOOD);
    course.loads.push(CourseLoad { name: "rare".into(), is_bystander: false, is_over: false });
    let found = asked(&course, &[]);
    assert!(matches!(&found, Recovered::Undecided(_, why) if why.contains("no operation of `rare`")), "{found:?}");
    course.loads[1].is_over = true;
    assert!(matches!(asked(&course, &[]), Recovered::Yes(_)));
}

#[test]
fn arrivals_that_are_turned_away_went_wrong_unless_a_target_allows_it() {
    let fate = |due: u64| if (due / MS).is_multiple_of(100) { (0, Fate::Dropped) } else { GOOD };
    let course = course(100.0, 8.0, fate);
    let found = asked(&course, &[]);
    assert!(matches!(&found, Recovered::No(why) if why.contains("errors = 0: 10 of 100 failed")), "{found:?}");
    assert!(matches!(asked(&course, &["dropped < 30%"]), Recovered::Yes(_)));
}

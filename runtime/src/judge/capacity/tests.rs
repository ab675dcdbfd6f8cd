//! The search on systems whose capacity is known, quiet and noisy; the rules of levels; the verdicts on what was found.

use super::*;
use crate::judge::Verdict;
use crate::judge::sample::{Sample, successes, targets};
use crate::record::Tally;
use brunt_plan::{Kind, Plan, parse};
use proptest::prelude::*;

fn searching(levels: &str, marks: &[f64]) -> Search {
    let (plan, mistakes) = parse::plan(Kind::Stress, &format!("search = capacity({levels})"));
    assert!(mistakes.is_empty(), "{mistakes:?}");
    Search::new(&plan.search.unwrap(), marks.to_vec())
}

/// Runs a search on a system; says what it found, the levels tried and those at which it had to recover.
fn searched(mut search: Search, mut system: impl FnMut(f64) -> Outcome) -> (Found, Vec<f64>, Vec<f64>) {
    let (mut tried, mut recovered) = (Vec::new(), Vec::new());
    while let Some(step) = search.next() {
        match step {
            Step::Try(level) => {
                search.saw(level, system(level));
                tried.push(level);
            }
            Step::Recover(level) => recovered.push(level),
        }
        assert!(tried.len() < 200, "it does not end: {tried:?}");
    }
    (search.found(), tried, recovered)
}

fn up_to(knee: f64) -> impl FnMut(f64) -> Outcome {
    move |level| if level <= knee { Outcome::Pass } else { Outcome::Fail }
}

#[test]
fn levels_double_until_one_breaks_twice_and_then_close_in() {
    let (found, tried, recovered) = searched(searching("rate 100/s..=100_000/s", &[]), up_to(800.0));
    assert_eq!(tried[..6], [100.0, 200.0, 400.0, 800.0, 1_600.0, 1_600.0]);
    assert_eq!(recovered, [800.0]);
    assert_eq!(found.capacity, Some(800.0));
    assert!(matches!(found.ceiling, Ceiling::Broke(level) if level <= 816.0), "{found:?}");
}

#[test]
fn users_are_whole_and_are_told_apart_to_the_last_where_they_are_few() {
    let (found, tried, _) = searched(searching("users 1..=1_000", &[]), up_to(13.0));
    assert_eq!(found, Found { capacity: Some(13.0), ceiling: Ceiling::Broke(14.0) });
    assert!(tried.iter().all(|level| level.fract() == 0.0), "{tried:?}");
}

#[test]
fn a_first_level_that_fails_ends_the_search_and_nothing_recovers() {
    let (found, tried, recovered) = searched(searching("rate 100/s..=1_000/s", &[]), up_to(50.0));
    assert_eq!((tried, recovered), (vec![100.0, 100.0], vec![]));
    assert_eq!(found, Found { capacity: None, ceiling: Ceiling::Broke(100.0) });
}

#[test]
fn where_nothing_breaks_the_capacity_is_at_least_the_highest_level() {
    let (found, tried, recovered) = searched(searching("rate 100/s..=1_000/s", &[]), up_to(5_000.0));
    assert_eq!((tried, recovered), (vec![100.0, 200.0, 400.0, 800.0, 1_000.0], vec![]));
    assert_eq!(found, Found { capacity: Some(1_000.0), ceiling: Ceiling::End });
}

#[test]
fn a_level_that_a_target_names_is_tried_itself() {
    let (found, tried, _) = searched(searching("rate 100/s..=1_000/s", &[503.0]), up_to(503.0));
    assert!(tried.contains(&503.0), "{tried:?}");
    assert_eq!(found.capacity, Some(503.0));
}

#[test]
fn one_unlucky_level_changes_nothing() {
    let mut unlucky = Some(200.0);
    let mut system = up_to(800.0);
    let (found, tried, _) = searched(searching("rate 100/s..=1_000/s", &[]), |level| {
        if unlucky.take_if(|unlucky| *unlucky == level).is_some() { Outcome::Fail } else { system(level) }
    });
    assert_eq!(tried[..3], [100.0, 200.0, 200.0]);
    assert_eq!(found.capacity, Some(800.0));
}

#[test]
fn levels_too_low_to_tell_are_passed_and_levels_too_high_to_tell_end_the_search() {
    let too_few = |level: f64| if level < 300.0 { Outcome::Inconclusive } else { up_to(800.0)(level) };
    assert_eq!(searched(searching("rate 100/s..=9_000/s", &[]), too_few).0.capacity, Some(800.0));
    let saturated = |level: f64| if level > 500.0 { Outcome::Inconclusive } else { Outcome::Pass };
    let (found, ..) = searched(searching("rate 100/s..=9_000/s", &[]), saturated);
    assert!(matches!(found.ceiling, Ceiling::Unclear(level) if level <= 510.0), "{found:?}");
    assert!(found.capacity.unwrap() > 490.0, "{found:?}");
    let (found, ..) = searched(searching("rate 1/s..=4/s", &[]), |_| Outcome::Inconclusive);
    assert_eq!(found, Found { capacity: None, ceiling: Ceiling::Unclear(4.0) });
}

proptest! {
    #[test]
    fn it_finds_every_knee_to_two_hundredths(from in 0.1_f64..1_000.0, factor in 2.0_f64..10_000.0, at in 0.0_f64..1.0) {
        let to = from * factor;
        let knee = from * factor.powf(at);
        let (found, ..) = searched(searching(&format!("rate {from}/s..={to}/s"), &[]), up_to(knee));
        let capacity = found.capacity.unwrap();
        prop_assert!(capacity <= knee && knee < capacity * 1.02 * (1.0 + 1e-9), "{capacity} of {knee}");
    }

    #[test]
    fn near_the_knee_chance_may_decide_and_the_answer_is_near_all_the_same(
        knee in 20.0_f64..50_000.0,
        draws in proptest::collection::vec(0.0_f64..1.0, 200),
    ) {
        let mut draws = draws.into_iter();
        // Within 4 % of the knee a level breaks by chance, the more the higher it is.
        let noisy = |level: f64| {
            let likely = ((level / knee - 0.96) / 0.08).clamp(0.0, 1.0);
            if draws.next().unwrap() < likely { Outcome::Fail } else { Outcome::Pass }
        };
        let (found, ..) = searched(searching("rate 10/s..=100_000/s", &[]), noisy);
        let off = found.capacity.unwrap() / knee;
        prop_assert!((0.94..=1.04).contains(&off), "{off}");
    }
}

fn found(capacity: Option<f64>, ceiling: Ceiling) -> Searched {
    let trial = |level: f64, outcome, reason: Option<&str>| Trial {
        stage: format!("{level}/s"),
        level,
        outcome,
        reason: reason.map(str::to_owned),
        is_recovery: false,
    };
    let trials = match capacity {
        Some(level) => vec![trial(level, Outcome::Pass, None), trial(560.0, Outcome::Fail, Some("`p95 < 1s`: slow"))],
        None => vec![trial(560.0, Outcome::Fail, Some("`p95 < 1s`: slow"))],
    };
    let recovery = Some(Recovery { after: Some(Duration::from_secs(3)), looked: Duration::from_secs(9) });
    Searched { is_rate: true, found: Found { capacity, ceiling }, recovery, trials }
}

fn judged(text: &str, searched: &Searched) -> (Outcome, String) {
    let targets = targets(&[text]);
    let mut verdict = verdict(&targets, searched, Verdict::of(Vec::new()), 2_500);
    let row = verdict.targets.swap_remove(0);
    (row.outcome, row.reason.unwrap_or_default())
}

#[test]
fn a_capacity_is_judged_by_the_last_level_that_held() {
    let broke = found(Some(550.0), Ceiling::Broke(560.0));
    assert_eq!(judged("capacity > 500/s", &broke).0, Outcome::Pass);
    assert_eq!(judged("capacity > 550/s", &broke).0, Outcome::Pass, "it holds up to 550/s");
    assert_eq!(judged("capacity < 600/s", &broke).0, Outcome::Pass);
    let (outcome, reason) = judged("capacity > 1_000/s", &broke);
    assert_eq!(outcome, Outcome::Fail);
    assert_eq!(reason, "550/s is 45 % below 1000/s; 560/s broke: `p95 < 1s`: slow");
    let end = found(Some(550.0), Ceiling::End);
    assert_eq!(judged("capacity > 500/s", &end).0, Outcome::Pass);
    assert_eq!(judged("capacity < 500/s", &end).0, Outcome::Fail);
    assert_eq!(judged("capacity < 600/s", &end).0, Outcome::Inconclusive);
    let (outcome, reason) = judged("capacity > 1_000/s", &end);
    assert_eq!(outcome, Outcome::Inconclusive);
    assert!(reason.contains("at least 550/s"), "{reason}");
}

#[test]
fn a_first_level_that_fails_is_said_to_with_and_without_a_target_on_the_capacity() {
    let none = found(None, Ceiling::Broke(560.0));
    for text in ["capacity > 500/s", "recovery_time < 10s"] {
        let verdict = verdict(&targets(&[text]), &none, Verdict::of(Vec::new()), 0);
        assert_eq!(verdict.outcome, Outcome::Fail);
        let says = |row: &crate::judge::TargetVerdict| {
            row.reason.as_deref() == Some("the first level, 560/s, already fails: `p95 < 1s`: slow; start lower")
        };
        assert_eq!(verdict.targets.iter().filter(|row| says(row)).count(), 1, "{:?}", verdict.targets);
    }
}

#[test]
fn a_recovery_is_judged_by_its_time_or_by_how_long_it_was_looked() {
    let seen = found(Some(550.0), Ceiling::Broke(560.0));
    assert_eq!(judged("recovery_time < 5s", &seen).0, Outcome::Pass);
    assert_eq!(judged("recovery_time < 2s", &seen).0, Outcome::Fail);
    let recovery = Some(Recovery { after: None, looked: Duration::from_secs(9) });
    let unseen = Searched { recovery, ..seen.clone() };
    assert_eq!(judged("recovery_time < 5s", &unseen).0, Outcome::Fail);
    assert_eq!(judged("recovery_time < 1min", &unseen).0, Outcome::Inconclusive);
    assert_eq!(judged("recovery_time < 5s", &Searched { recovery: None, ..seen }).0, Outcome::Inconclusive);
}

/// A level of six seconds, a hundred arrivals in each, of these latencies.
fn of_level(milliseconds: [f64; 6]) -> Sample {
    let sample = Sample::new("rate = 100/s, duration = 6s");
    (0..6).fold(sample, |sample, second| sample.ok("", second, 100, milliseconds[second as usize]))
}

fn on_level(sample: &Sample, texts: &[&str]) -> (Outcome, Vec<Option<usize>>) {
    let verdict = level(&sample.plan, &targets(texts), &sample.measurements);
    (verdict.outcome, verdict.targets.iter().map(|row| row.index).collect())
}

#[test]
fn a_level_is_judged_by_its_own_targets_and_their_places_stay() {
    let steady = of_level([9.0; 6]);
    assert_eq!(
        on_level(&steady, &["capacity > 5/s", "p95 < 50ms", "errors = 0"]),
        (Outcome::Pass, vec![Some(1), Some(2)])
    );
    assert_eq!(on_level(&steady, &["capacity > 5/s", "p95 < 5ms", "errors = 0"]).0, Outcome::Fail);
}

#[test]
fn a_backlog_that_grows_breaks_a_level_and_a_slow_start_does_not() {
    assert_eq!(
        on_level(&of_level([10.0, 30.0, 50.0, 70.0, 90.0, 110.0]), &["p95 < 1s", "errors = 0"]).0,
        Outcome::Fail
    );
    assert_eq!(
        on_level(&of_level([500.0, 10.0, 10.0, 10.0, 10.0, 10.0]), &["p95 < 1s", "errors = 0"]).0,
        Outcome::Pass
    );
    let mut late = of_level([10.0, 30.0, 50.0, 70.0, 90.0, 110.0]);
    late.measurements.generator.saturated = true;
    assert_eq!(on_level(&late, &["p95 < 1s", "errors = 0"]).0, Outcome::Inconclusive, "it may be the generator's own");
    let closed = of_level([10.0, 30.0, 50.0, 70.0, 90.0, 110.0]);
    let closed = Sample { plan: Plan { rate: None, users: Some(3), ..closed.plan }, ..closed };
    assert_eq!(on_level(&closed, &["p95 < 1s", "errors = 0"]).0, Outcome::Pass, "users wait for one another");
}

#[test]
fn a_dropped_arrival_breaks_a_level_unless_a_target_speaks_of_it() {
    let dropped = of_level([9.0; 6]).add("", 3, Tally { dropped: 1, ..Tally::default() });
    assert_eq!(on_level(&dropped, &["p95 < 1s", "errors = 0"]).0, Outcome::Fail);
    assert_eq!(on_level(&dropped, &["p95 < 1s", "errors = 0", "dropped < 1%"]).0, Outcome::Pass);
    let failed = of_level([9.0; 6]).failed("", 3, 1, "io");
    assert_eq!(on_level(&failed, &["p95 < 1s"]).0, Outcome::Fail);
}

#[test]
fn a_recovery_is_the_first_window_in_which_the_targets_hold() {
    let texts = targets(&["p95 < 50ms", "errors = 0"]);
    let after = |sample: &Sample| recovered(&sample.plan, &texts, &sample.measurements);
    let slow = of_level([900.0, 300.0, 60.0, 40.0, 10.0, 10.0]);
    assert_eq!(after(&slow), Some(Duration::from_secs(3)));
    assert_eq!(after(&of_level([900.0; 6])), None);
    // A second with ten samples says nothing of a p95; two do.
    let few = Sample::new("rate = 10/s, duration = 6s").ok("", 0, 10, 9.0).add("", 1, successes(10, 9.0));
    assert_eq!(after(&few), Some(Duration::ZERO));
}

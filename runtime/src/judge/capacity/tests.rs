//! The search on systems whose capacity is known, quiet and noisy; the rules of levels; the verdicts on what was found.

use super::searched::*;
use super::*;
use crate::judge::Outcome;
use crate::judge::Verdict;
use crate::judge::sample::{Sample, successes, targets};
use crate::record::Tally;
use brunt_plan::{Kind, Plan, parse};
use proptest::prelude::*;
use std::time::Duration;

const LENGTH: Duration = Duration::from_secs(5);

fn searching(levels: &str, marks: &[f64]) -> Search {
    search_with(levels, marks, true)
}

fn search_with(levels: &str, marks: &[f64], can_remake: bool) -> Search {
    let (plan, mistakes) = parse::plan(Kind::Stress, &format!("search = capacity({levels})"));
    assert!(mistakes.is_empty(), "{mistakes:?}");
    Search::new(&plan.search.unwrap(), marks.to_vec(), Options { length: LENGTH, can_remake, confirms: true })
}

/// Runs a search on a system; says what it found, and its steps in short: `800`, `1600 overload`.
fn searched(mut search: Search, mut system: impl FnMut(Step) -> Seen) -> (Found, Vec<String>) {
    let mut steps = Vec::new();
    while let Some(step) = search.next() {
        let purpose = if step.purpose == Purpose::Probe { "" } else { step.purpose.name() };
        steps.push(format!("{} {purpose}", step.level).trim_end().to_owned());
        let seen = system(step);
        let after = (seen == Seen::Held).then_some(LENGTH);
        let carried = if matches!(seen, Seen::Broke { far: true }) { 0.5 } else { 0.95 };
        search.saw(Shown { seen, carried, took: step.length, after, looked: step.length });
        assert!(steps.len() < 300, "it does not end: {steps:?}");
    }
    (search.found(), steps)
}

fn broke_at(level: f64, knee: f64) -> Seen {
    Seen::Broke { far: level > 1.1 * knee }
}

fn up_to(knee: f64) -> impl FnMut(Step) -> Seen {
    move |step| if step.level <= knee { Seen::Held } else { broke_at(step.level, knee) }
}

#[test]
fn levels_double_until_one_breaks_twice_and_then_close_in_and_what_held_holds_again() {
    let (found, steps) = searched(searching("rate 100/s..=100_000/s", &[]), up_to(800.0));
    assert_eq!(steps[..7], ["100", "200", "400", "800", "1600", "1600", "800 recovery"]);
    assert_eq!(steps[steps.len() - 4..], ["1600 overload", "808", "800 recovery", "800 confirmation"]);
    assert_eq!((found.capacity, found.cut), (Some(800.0), None));
    assert!(matches!(found.ceiling, Ceiling::Broke(level) if level <= 816.0), "{found:?}");
}

#[test]
fn users_are_whole_and_are_told_apart_to_the_last_where_they_are_few() {
    let mut fractions = Vec::new();
    let mut system = up_to(13.0);
    let (found, _) = searched(searching("users 1..=1_000", &[]), |step| {
        fractions.push(step.level.fract());
        system(step)
    });
    assert_eq!((found.capacity, found.ceiling), (Some(13.0), Ceiling::Broke(14.0)));
    assert!(fractions.iter().all(|fraction| *fraction == 0.0));
}

#[test]
fn a_first_level_that_fails_ends_the_search_and_nothing_recovers() {
    let (found, steps) = searched(searching("rate 100/s..=1_000/s", &[]), up_to(50.0));
    assert_eq!(steps, ["100", "100"]);
    assert_eq!((found.capacity, found.once, found.ceiling), (None, None, Ceiling::Broke(100.0)));
}

#[test]
fn where_nothing_breaks_the_capacity_is_at_least_the_highest_level_which_holds_for_long() {
    let mut longest = Duration::ZERO;
    let (found, steps) = searched(searching("rate 100/s..=1_000/s", &[]), |step| {
        longest = longest.max(step.length);
        Seen::Held
    });
    assert_eq!(steps, ["100", "200", "400", "800", "1000", "1000 confirmation"]);
    assert_eq!((found.capacity, found.ceiling), (Some(1_000.0), Ceiling::End));
    assert_eq!(longest, 12 * LENGTH);
}

#[test]
fn a_level_that_a_target_names_is_tried_itself_and_breaks_only_three_times() {
    let (found, steps) = searched(searching("rate 100/s..=1_000/s", &[503.0]), up_to(503.0));
    assert!(steps.contains(&"503".to_owned()), "{steps:?}");
    assert_eq!(found.capacity, Some(503.0));
    let (found, steps) = searched(searching("rate 100/s..=1_000/s", &[503.0]), up_to(480.0));
    assert!(steps.iter().filter(|step| *step == "503").count() >= 3, "{steps:?}");
    assert!(found.broke.is_some_and(|broke| broke < 503.0), "{found:?}");
    // Chance breaks it twice.
    let mut draws = 0;
    let (found, _) = searched(searching("rate 100/s..=1_000/s", &[503.0]), |step| {
        draws += u32::from(step.level == 503.0);
        if step.level == 503.0 && draws <= 2 { broke_at(1.0, 1.0) } else { up_to(600.0)(step) }
    });
    assert!(found.capacity.is_some_and(|capacity| capacity >= 580.0), "{found:?}");
}

#[test]
fn one_unlucky_level_changes_nothing() {
    let mut unlucky = Some(200.0);
    let (found, steps) = searched(searching("rate 100/s..=1_000/s", &[]), |step| {
        match unlucky.take_if(|unlucky| *unlucky == step.level) {
            Some(_) => Seen::Broke { far: false },
            None => up_to(800.0)(step),
        }
    });
    assert_eq!(steps[..3], ["100", "200", "200"]);
    assert_eq!(found.capacity, Some(800.0));
}

#[test]
fn levels_too_low_to_tell_are_passed_and_levels_too_high_to_tell_end_the_search() {
    let too_few = |step: Step| if step.level < 300.0 { Seen::Unclear } else { up_to(800.0)(step) };
    assert_eq!(searched(searching("rate 100/s..=9_000/s", &[]), too_few).0.capacity, Some(800.0));
    let noisy = |step: Step| if step.level > 500.0 { Seen::Unclear } else { Seen::Held };
    let (found, _) = searched(searching("rate 100/s..=9_000/s", &[]), noisy);
    assert!(matches!(found.ceiling, Ceiling::Unclear(level) if level <= 510.0), "{found:?}");
    assert!(found.capacity.unwrap() > 490.0 && found.broke.is_none(), "{found:?}");
    let (found, _) = searched(searching("rate 1/s..=4/s", &[]), |_| Seen::Unclear);
    assert_eq!((found.capacity, found.ceiling), (None, Ceiling::Unclear(4.0)));
}

#[test]
fn what_the_generator_cannot_send_is_its_own_limit() {
    let unsent = |step: Step| if step.level > 500.0 { Seen::Unsent } else { Seen::Held };
    let (found, steps) = searched(searching("rate 100/s..=9_000/s", &[]), unsent);
    assert!(matches!(found.ceiling, Ceiling::Unsent(level) if level <= 550.0), "{found:?}");
    assert!(found.capacity.is_some_and(|capacity| capacity > 450.0), "{found:?}");
    assert_eq!(found.broke, None);
    assert!(!steps.iter().any(|step| step.contains("overload")), "nothing more is sent than can be: {steps:?}");
}

/// Holds any level as long as it has saved something, and `rate` for ever.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    most: f64,
    tokens: f64,
}

impl Bucket {
    fn fill(&mut self, step: Step) -> Seen {
        if step.is_fresh {
            self.tokens = self.most;
        }
        let seconds = step.length.as_secs_f64();
        self.tokens -= (step.level - self.rate) * if step.purpose.is_wait() { 1.0 } else { seconds };
        let holds = self.tokens >= 0.0;
        self.tokens = self.tokens.clamp(0.0, self.most);
        if holds { Seen::Held } else { broke_at(step.level, self.rate) }
    }
}

#[test]
fn what_was_saved_up_is_no_capacity() {
    for can_remake in [true, false] {
        for (rate, most) in [(300.0, 3_000.0), (300.0, 600.0), (120.0, 9_000.0), (700.0, 700.0)] {
            let mut bucket = Bucket { rate, most, tokens: most };
            let (found, steps) =
                searched(search_with("rate 20/s..=20_000/s", &[], can_remake), |step| bucket.fill(step));
            let off = found.capacity.unwrap() / rate;
            assert!((0.95..=1.05).contains(&off), "{rate} {most}: {found:?} {steps:?}");
        }
    }
}

/// Holds up to `knee` until more than that was put on: then it holds `left` until it is made anew.
fn fragile(knee: f64, left: f64) -> impl FnMut(Step) -> Seen {
    let mut holds = knee;
    move |step| {
        if step.is_fresh {
            holds = knee;
        }
        let seen = if step.level <= holds { Seen::Held } else { broke_at(step.level, holds) };
        if step.level > knee {
            holds = left;
        }
        seen
    }
}

#[test]
fn a_system_that_an_overload_breaks_is_made_anew_where_it_can_be() {
    for left in [0.0, 30.0, 400.0, 700.0] {
        let (found, steps) = searched(searching("rate 100/s..=9_000/s", &[]), fragile(800.0, left));
        assert!(found.capacity.is_some_and(|capacity| capacity > 780.0), "{left}: {found:?} {steps:?}");
        assert!(steps.iter().any(|step| step.contains("fresh start")), "{steps:?}");
    }
}

#[test]
fn a_system_that_stays_broken_ends_the_search_and_only_what_broke_it_is_a_bound() {
    let (found, steps) = searched(search_with("rate 100/s..=9_000/s", &[], false), fragile(800.0, 0.0));
    assert_eq!((found.capacity, found.once), (None, Some(800.0)), "{steps:?}");
    assert_eq!((found.cut, found.broke), (Some(Cut::Ruined(1_600.0)), Some(1_600.0)));
    // What it still holds is a lower bound.
    let (found, steps) = searched(search_with("rate 100/s..=9_000/s", &[], false), fragile(800.0, 450.0));
    assert!(found.capacity.is_some_and(|capacity| (430.0..=450.0).contains(&capacity)), "{found:?} {steps:?}");
    assert_eq!(found.broke, Some(1_600.0));
    assert!(found.events.contains(&Event::DamagedForGood(1_600.0, 800.0)), "{found:?}");
}

#[test]
fn a_fixture_that_is_broken_when_it_is_new_ends_the_search() {
    let (found, _) = searched(searching("rate 100/s..=9_000/s", &[]), |step| match step.purpose {
        Purpose::Recovery | Purpose::FreshStart => Seen::Broke { far: true },
        _ => up_to(800.0)(step),
    });
    assert_eq!((found.capacity, found.once, found.cut), (None, Some(800.0), Some(Cut::RuinedAnew)));
}

#[test]
fn a_system_that_grows_is_asked_again_what_broke_it() {
    let mut seconds = 0.0;
    let (found, steps) = searched(searching("rate 100/s..=9_000/s", &[]), |step| {
        seconds += step.length.as_secs_f64();
        up_to(if seconds < 80.0 { 300.0 } else { 900.0 })(step)
    });
    assert!(found.capacity.is_some_and(|capacity| capacity > 880.0), "{found:?} {steps:?}");
}

proptest! {
    #[test]
    fn it_finds_every_knee_to_two_hundredths(from in 0.1_f64..1_000.0, factor in 2.0_f64..10_000.0, at in 0.0_f64..1.0) {
        let to = from * factor;
        let knee = from * factor.powf(at);
        let (found, _) = searched(searching(&format!("rate {from}/s..={to}/s"), &[]), up_to(knee));
        let capacity = found.capacity.unwrap();
        prop_assert!(capacity <= knee && knee < capacity * 1.02 * (1.0 + 1e-9), "{capacity} of {knee}");
    }

    #[test]
    fn near_the_knee_chance_may_decide_and_the_answer_is_near_all_the_same(
        knee in 20.0_f64..50_000.0,
        draws in proptest::collection::vec(0.0_f64..1.0, 300),
    ) {
        let mut draws = draws.into_iter().cycle();
        // Within 4 % of the knee a level breaks by chance, the more the higher it is; of a longer one chance decides less.
        let noisy = |step: Step| {
            let half = 0.04 / (step.length.as_secs_f64() / LENGTH.as_secs_f64()).sqrt();
            let likely = ((step.level / knee - (1.0 - half)) / (2.0 * half)).clamp(0.0, 1.0);
            if draws.next().unwrap() < likely { broke_at(step.level, knee) } else { Seen::Held }
        };
        let (found, _) = searched(searching("rate 10/s..=100_000/s", &[]), noisy);
        let off = found.capacity.unwrap() / knee;
        prop_assert!((0.94..=1.04).contains(&off), "{off}");
    }

    #[test]
    fn every_search_ends_whatever_it_sees(draws in proptest::collection::vec(0_u8..5, 400), can_remake: bool) {
        let mut draws = draws.into_iter().cycle();
        let any = |_: Step| match draws.next().unwrap() {
            0 | 1 => Seen::Held,
            2 => Seen::Broke { far: false },
            3 => Seen::Unclear,
            _ => Seen::Broke { far: true },
        };
        searched(search_with("rate 10/s..=10_000/s", &[77.0], can_remake), any);
    }
}

fn found(capacity: Option<f64>, ceiling: Ceiling) -> Searched {
    let trial = |level: f64, seen, reason: Option<&str>| Trial {
        stage: format!("{level}/s"),
        level,
        purpose: Purpose::Probe,
        seen,
        seconds: 5.0,
        fixture: 1,
        reason: reason.map(str::to_owned),
    };
    let broke = Seen::Broke { far: false };
    let trials = match capacity {
        Some(level) => vec![trial(level, Seen::Held, None), trial(560.0, broke, Some("`p95 < 1s`: slow"))],
        None => vec![trial(560.0, broke, Some("`p95 < 1s`: slow"))],
    };
    let recovery = Some(Recovery { after: Some(Duration::from_secs(3)), looked: Duration::from_secs(9) });
    let broke = if let Ceiling::Broke(level) = ceiling { Some(level) } else { None };
    let found = Found { capacity, once: None, ceiling, broke, cut: None, recovery, events: Vec::new() };
    Searched { is_rate: true, found, fixtures: 1, trials }
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
    let with = |recovery| Searched { found: Found { recovery, ..seen.found.clone() }, ..seen.clone() };
    let unseen = with(recovery);
    assert_eq!(judged("recovery_time < 5s", &unseen).0, Outcome::Fail);
    assert_eq!(judged("recovery_time < 1min", &unseen).0, Outcome::Inconclusive);
    assert_eq!(judged("recovery_time < 5s", &with(None)).0, Outcome::Inconclusive);
}

/// A level of six seconds, a hundred arrivals in each, of these latencies.
fn of_level(milliseconds: [f64; 6]) -> Sample {
    let sample = Sample::new("rate = 100/s, duration = 6s");
    (0..6).fold(sample, |sample, second| sample.ok("", second, 100, milliseconds[second as usize]))
}

fn on_level(sample: &Sample, texts: &[&str]) -> (Outcome, Vec<Option<String>>) {
    let verdict = level(&sample.plan, &targets(texts), &sample.measurements).verdict;
    (verdict.outcome, verdict.targets.iter().map(|row| row.target().map(ToString::to_string)).collect())
}

#[test]
fn a_level_is_judged_by_its_own_targets() {
    let steady = of_level([9.0; 6]);
    assert_eq!(
        on_level(&steady, &["capacity > 5/s", "p95 < 50ms", "errors = 0"]),
        (Outcome::Pass, ["p95 < 50ms", "errors = 0"].map(|text| Some(text.to_owned())).to_vec())
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

fn seen(sample: &Sample, texts: &[&str]) -> (Seen, String) {
    let judged = level(&sample.plan, &targets(texts), &sample.measurements);
    (judged.seen, judged.reason.unwrap_or_default())
}

#[test]
fn an_arrival_that_found_no_user_was_not_sent_unless_a_target_speaks_of_it() {
    let dropped = of_level([9.0; 6]).add("", 3, Tally { dropped: 1, ..Tally::default() });
    let (of_dropped, reason) = seen(&dropped, &["p95 < 1s", "errors = 0"]);
    assert_eq!(of_dropped, Seen::Unsent);
    assert!(reason.starts_with("1 of 601 arrivals found no free user: raise `max_users`"), "{reason}");
    assert_eq!(seen(&dropped, &["p95 < 1s", "errors = 0", "dropped < 1%"]).0, Seen::Held);
    assert_eq!(seen(&dropped, &["p95 < 1ms", "errors = 0"]).0, Seen::Broke { far: false }, "what is missed is missed");
    let failed = of_level([9.0; 6]).failed("", 3, 1, "io");
    assert_eq!(on_level(&failed, &["p95 < 1s"]).0, Outcome::Fail);
}

#[test]
fn a_recovery_is_the_first_window_in_which_the_targets_hold() {
    let texts = targets(&["p95 < 50ms", "errors = 0"]);
    let after = |sample: &Sample| recovered(&sample.plan, &texts, &sample.measurements).ok();
    let slow = of_level([900.0, 300.0, 60.0, 40.0, 10.0, 10.0]);
    assert_eq!(after(&slow), Some(Duration::from_secs(3)));
    assert_eq!(after(&of_level([900.0; 6])), None);
    // A second with ten samples says nothing of a p95; two do.
    let few = Sample::new("rate = 10/s, duration = 6s").ok("", 0, 10, 9.0).add("", 1, successes(10, 9.0));
    assert_eq!(after(&few), Some(Duration::ZERO));
}

#[test]
fn what_was_sent_too_slowly_says_nothing_of_the_system() {
    let mut late = of_level([9.0; 6]);
    (0..600).for_each(|arrival| late.measurements.generator.lateness.record(f64::from(arrival) * 1e6));
    let (of_late, reason) = seen(&late, &["p95 < 1s", "errors = 0"]);
    assert_eq!(of_late, Seen::Unsent, "{reason}");
    assert!(reason.starts_with("the load generator could not send it: half of the arrivals started"), "{reason}");
    let failed = late.failed("", 3, 60, "io");
    assert!(matches!(seen(&failed, &["p95 < 1s"]).0, Seen::Broke { .. }), "failures are not made by lateness");
}

#[test]
fn a_level_that_breaks_late_breaks() {
    let sample = Sample::new("rate = 100/s, duration = 20s");
    let sample = (0..20).fold(sample, |sample, second| sample.ok("", second, 100, 9.0));
    assert_eq!(seen(&sample, &["p95 < 50ms", "errors < 10%"]).0, Seen::Held);
    // A twelfth of the whole, a sixth of the second half.
    let late = (10..20).fold(sample, |sample, second| sample.failed("", second, 20, "throttled"));
    assert!(matches!(seen(&late, &["p95 < 50ms", "errors < 10%"]).0, Seen::Broke { .. }));
}

#[test]
fn what_broke_bounds_a_capacity_that_could_not_be_confirmed() {
    let none = found(None, Ceiling::Broke(560.0));
    let cut = Some(Cut::Ruined(560.0));
    let none = Searched { found: Found { once: Some(500.0), cut, ..none.found }, ..none };
    let (outcome, reason) = judged("capacity > 400/s", &none);
    assert_eq!(outcome, Outcome::Inconclusive);
    assert!(reason.starts_with("500/s held once and was not confirmed: the search ended: after 560/s"), "{reason}");
    let (outcome, reason) = judged("capacity > 600/s", &none);
    assert_eq!(outcome, Outcome::Fail);
    assert!(reason.starts_with("the capacity is below 560/s: 560/s broke: `p95 < 1s`: slow"), "{reason}");
    assert_eq!(judged("capacity > 560/s", &none).0, Outcome::Fail);
    assert_eq!(judged("capacity < 600/s", &none).0, Outcome::Pass);
    assert_eq!(judged("capacity < 520/s", &none).0, Outcome::Inconclusive);
}

#[test]
fn a_lower_bound_decides_what_it_can_and_what_surely_broke_the_rest() {
    let bound = found(Some(450.0), Ceiling::Unclear(460.0));
    let bound = Searched { found: Found { broke: Some(1_600.0), ..bound.found }, ..bound };
    assert_eq!(judged("capacity > 400/s", &bound).0, Outcome::Pass);
    assert_eq!(judged("capacity > 700/s", &bound).0, Outcome::Inconclusive);
    assert_eq!(judged("capacity > 1_600/s", &bound).0, Outcome::Fail);
    assert_eq!(judged("capacity < 1_700/s", &bound).0, Outcome::Pass);
    let unsent = found(Some(450.0), Ceiling::Unsent(900.0));
    let (outcome, reason) = judged("capacity > 700/s", &unsent);
    assert_eq!(outcome, Outcome::Inconclusive);
    assert!(reason.contains("900/s could not be sent") && reason.contains("not of the system"), "{reason}");
}

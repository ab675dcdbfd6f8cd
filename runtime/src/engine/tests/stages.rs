//! Stages one after another, scenarios beside one another, cases one by one.

use super::*;

fn counts(measurements: &Measurements, stages: &[&str]) -> Vec<u64> {
    stages.iter().map(|stage| of_stage(measurements, stage).successes).collect()
}

fn spans(measurements: &Measurements) -> Vec<(&str, u64, u64)> {
    let span = |span: &crate::record::Span| (span.start.as_millis() as u64, span.end.as_millis() as u64);
    measurements.spans.iter().map(|s| (&*s.name, span(s).0, span(s).1)).collect()
}

#[test]
fn levels_hold_ramp_and_pause() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                assert!(!user.stage().is_empty());
                nap(100).await
            })
        },
        "stages = [low: 2 for 1s, up: -> 6 over 1s, pause: 0 for 5s, high: 4 for 1s]",
    );
    // Up: users 2, 3, 4 and 5 come at 0, 250, 500 and 750 ms: 10 + 10, then 10, 8, 5 and 3 iterations.
    assert_eq!(counts(&measurements, &["low", "up", "pause", "high"]), [20, 46, 0, 40]);
    assert_eq!(
        spans(&measurements),
        [("low", 0, 1_000), ("up", 1_000, 2_000), ("pause", 2_000, 7_000), ("high", 7_000, 8_000)]
    );
    assert_eq!(measurements.peak_users, 6);
}

#[test]
fn users_leave_a_falling_level() {
    let measurements = simulated(|_, _, _| Box::pin(nap(100)), "stages = [down: 4 -> 0 over 1s]");
    // They leave at 250, 500, 750 and 1 000 ms: 3, 5, 8 and 10 iterations were begun.
    assert_eq!(counts(&measurements, &["down"]), [26]);
}

#[test]
fn a_repeated_list_has_several_spans_of_one_name() {
    let measurements = simulated(|_, _, _| Box::pin(nap(100)), "stages = [on: 2 for 1s, off: 0 for 1s; 3]");
    assert_eq!(counts(&measurements, &["on", "off"]), [60, 0]);
    assert_eq!(spans(&measurements).iter().filter(|span| span.0 == "on").count(), 3);
    assert_eq!(measurements.seconds(&Selection { stage: Some("on".into()), ..Selection::default() }), 3.0);
}

#[test]
fn a_burst_is_one_iteration_of_each_and_over_when_all_are_done() {
    let measurements = simulated(
        |user, _, _| Box::pin(nap(100 + user.id())),
        "stages = [before: 2 for 1s, burst: 50 at once, after: 2 for 1s]",
    );
    assert_eq!(counts(&measurements, &["burst"]), [50]);
    let burst = of_stage(&measurements, "burst");
    assert_eq!(burst.latency.max(), Some(149e6));
    // Users 0 and 1 do theirs when they are back: at 1 000 and 1 010 ms; the last of the others is back at 1 149.
    assert_eq!(spans(&measurements)[1], ("burst", 1_000, 1_149));
    assert_eq!(spans(&measurements)[2], ("after", 1_149, 2_149));
    assert_eq!(counts(&measurements, &["before", "after"]), [20, 20]);
}

#[test]
fn bursts_alone() {
    let measurements = simulated(|_, _, _| Box::pin(nap(10)), "stages = [burst: 500 at once, rest: 0 for 1s; 2]");
    assert_eq!(counts(&measurements, &["burst", "rest"]), [1_000, 0]);
    assert_eq!(measurements.elapsed, Duration::from_millis(2_020));
}

#[test]
fn windows_name_parts_of_a_load() {
    let measurements = simulated(|_, _, _| Box::pin(nap(100)), "users = 2, stages = [start: 1s, steady: 2s]");
    assert_eq!(counts(&measurements, &["start", "steady"]), [20, 40]);
    let measurements =
        simulated(|_, _, _| Box::pin(nap(100)), "users = 2, duration = 4s, stages = [start: 1s, steady: 2s]");
    assert_eq!(counts(&measurements, &["start", "steady"]), [20, 40]);
    assert_eq!(whole(&measurements).successes, 80);
    assert_eq!(measurements.seconds(&Selection::default()), 4.0);
}

#[test]
fn rates_in_stages() {
    let measurements = simulated(
        |_, _, _| Box::pin(nap(5)),
        "stages = [a: 100/s for 1s, ramp: -> 300/s over 1s, pause: 0/s for 1s, b: 50/s for 2s]",
    );
    assert_eq!(counts(&measurements, &["a", "ramp", "pause", "b"]), [100, 200, 0, 100]);
}

#[test]
fn scenarios_by_weight() {
    let count = |options: &str| {
        let measurements = simulated(|_, _, _| Box::pin(nap(5)), options);
        [of_scenario(&measurements, "list").successes, of_scenario(&measurements, "buy").successes]
    };
    for options in ["users = 10, iterations = 100", "rate = 100/s, duration = 10s"] {
        let [list, buy] = count(&format!("{options}, scenarios = [list: 9x, buy: 1x]"));
        assert_eq!(list + buy, 1_000);
        assert!((60..150).contains(&buy), "{options}: {buy}");
        assert_eq!([list, buy], count(&format!("{options}, scenarios = [list: 9x, buy: 1x]")), "the same seed");
    }
}

#[test]
fn scenarios_beside_one_another() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                nap(100).await?;
                // Every scenario has users of its own; up to 10 000 are kept for the arrivals.
                assert_eq!(user.scenario(), if user.id() < 10_000 { "quiet" } else { "noisy" });
                Ok(())
            })
        },
        "scenarios = [quiet: 10/s, noisy: 5 from 1s until 2500ms], stages = [alone: 1s, beside: 2s]",
    );
    let of = |stage: &str, scenario: &str| {
        let selection =
            Selection { stage: Some(stage.into()), scenario: Some(scenario.into()), ..Selection::default() };
        measurements.tally(&selection).successes
    };
    assert_eq!([of("alone", "quiet"), of("beside", "quiet")], [10, 20]);
    assert_eq!([of("alone", "noisy"), of("beside", "noisy")], [0, 75]);
    let noisy = Selection { scenario: Some("noisy".into()), ..Selection::default() };
    assert_eq!(measurements.seconds(&noisy), 1.5);
}

#[test]
fn the_warm_up_is_left_out() {
    for (options, wanted) in [
        ("users = 2, duration = 1s, warm_up = 2s", 20),
        ("users = 2, iterations = 7, warm_up = 2s", 14),
        ("users = 2, total_iterations = 7, warm_up = 2s", 7),
        ("rate = 100/s, duration = 1s, warm_up = 2s", 100),
        ("stages = [a: 2 for 1s], warm_up = 2s", 20),
        ("users = 10, duration = 1s, ramp_up = 2s, warm_up = 2s", 100),
    ] {
        let measurements = simulated(|_, _, _| Box::pin(nap(100)), options);
        assert_eq!(whole(&measurements).successes, wanted, "{options}");
        assert!(measurements.elapsed <= Duration::from_millis(1_100), "{options}: {:?}", measurements.elapsed);
    }
}

#[test]
fn users_ramp_up_evenly() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                user.record("first", user.id());
                nap(100).await
            })
        },
        "users = 10, iterations = 1, ramp_up = 10s",
    );
    assert_eq!(measurements.elapsed, Duration::from_millis(9_100));
    let seconds = measurements.windows(&Selection::default(), Duration::from_secs(1));
    assert_eq!(seconds.iter().map(|window| window.tally.successes).collect::<Vec<_>>(), [1; 10]);
}

#[test]
fn cases_follow_one_another_on_one_timeline() {
    let mut test = local(|user, fixture, _| {
        Box::pin(async move {
            let size = fixture.downcast_ref::<usize>().unwrap();
            assert_eq!(user.case(), ["small", "large"][*size]);
            nap(100 * (*size as u64 + 1)).await
        })
    });
    test.setup = Some(crate::engine::spec::Setup { make: |case| Made::Ready(Ok(Box::new(case))), shared: None });
    let measurements = measured(test, "virtual_time, users = 2, iterations = 3, cases = [small: 1, large: 2]");
    let of = |case: &str| measurements.tally(&Selection { case: Some(case.into()), ..Selection::default() });
    assert_eq!(of("small").latency.max(), Some(100e6));
    assert_eq!(of("large").latency.min(), Some(200e6));
    assert_eq!((of("small").successes, of("large").successes), (6, 6));
    assert_eq!(measurements.elapsed, Duration::from_millis(900));
    let large = Selection { case: Some("large".into()), ..Selection::default() };
    assert_eq!(measurements.seconds(&large), 0.6);
}

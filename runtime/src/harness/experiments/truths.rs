//! Experiments whose right verdict is known.

use super::*;
use crate::engine::{Amounts, millis, secs};
use crate::judge::Outcome::{Fail, Inconclusive, Pass};
use crate::record::experiment::phase;

const SLOW: Duration = Duration::from_millis(395);

#[test]
fn a_system_that_stays_slow_at_one_operation_a_second_has_not_recovered() {
    let tried = tried(0, &["p95 < 100ms", "recovery_time < 10s"], |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 1.per_second(), move |_| system.serve());
            lab.baseline(secs(30)).await?;
            let _fault = lab.inject(system.broken_by(Fault::Slow(1.0, SLOW))).await?;
            lab.recovery(secs(10)).await
        })
    });
    let row = tried.of("recovery_time < 10s");
    assert_eq!((row.outcome, tried.seen().recoveries[0].stable), (Fail, None), "{row:?}");
    assert!(row.reason.as_ref().unwrap().contains("took longer"), "{row:?}");
}

#[test]
fn a_system_of_which_a_fifth_stays_slow_never_recovers() {
    for seed in 0..40 {
        let tried = tried(seed, &["p95 < 100ms", "recovery_time < 10s"], |lab, fixture| {
            Box::pin(async move {
                let system = of(fixture);
                lab.load("call", 10.per_second(), move |_| system.serve());
                lab.baseline(secs(30)).await?;
                let _fault = lab.inject(system.broken_by(Fault::Slow(0.2, SLOW))).await?;
                lab.recovery(secs(10)).await
            })
        });
        assert_eq!(tried.seen().recoveries[0].stable, None, "{seed}");
        assert_ne!(tried.verdict.outcome, Pass, "{seed}");
    }
}

#[test]
fn a_recovery_that_too_few_operations_show_is_inconclusive_and_says_how_many_would() {
    let tried = tried(0, &["p95 < 100ms", "recovery_time < 10s"], |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 2.per_second(), move |_| system.serve());
            lab.baseline(secs(30)).await?;
            let fault = lab.inject(system.broken_by(Fault::Refuse(1.0))).await?;
            fault.hold(secs(5)).await?;
            fault.heal().await?;
            lab.recovery(secs(20)).await
        })
    });
    let row = tried.of("recovery_time < 10s");
    assert_eq!((row.outcome, tried.verdict.outcome), (Inconclusive, Inconclusive), "{row:?}");
    assert!(row.reason.as_ref().unwrap().contains("operations are too few to tell: about 1"), "{row:?}");
}

#[test]
fn a_stall_lasts_until_its_first_answer() {
    for rate in [13, 100] {
        let tried = tried(rate, &["recovery_time < 1s"], |lab, fixture| {
            Box::pin(async move {
                let system = of(fixture);
                lab.load("call", system.seed.per_second(), move |_| system.serve());
                lab.baseline(millis(2_010)).await?;
                let fault = lab.inject(system.broken_by(Fault::Stall)).await?;
                fault.hold(millis(2_490)).await?;
                fault.heal().await?;
                lab.recovery(secs(60)).await
            })
        });
        let row = tried.of("recovery_time < 1s");
        assert_eq!(row.outcome, Fail, "{row:?}");
        assert!((row.observed.unwrap().value / 1e6 - 2_490.0).abs() <= 1.0, "{row:?}");
    }
}

#[test]
fn an_older_fault_is_detected_beside_a_newer_one() {
    let tried = tried(0, &["detection_time < 10s"], |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 100.per_second(), move |_| system.serve());
            lab.baseline(secs(1)).await?;
            let older = lab.inject(system.broken_by(Fault::Slow(0.0, SLOW))).await?;
            older.hold(secs(2)).await?;
            let newer = lab.inject(system.broken_by(Fault::Slow(0.0, SLOW))).await?;
            newer.hold(millis(500)).await?;
            newer.heal().await?;
            older.hold(millis(500)).await?;
            let breaking = system.broken_by(Fault::Refuse(1.0)).await?;
            older.hold(secs(1)).await?;
            let _ = Box::new(breaking).heal().await;
            older.heal().await?;
            lab.recovery(secs(20)).await
        })
    });
    let [older, newer] = &tried.seen().faults[..] else { panic!() };
    assert!((4_000..=4_010).contains(&older.detected.unwrap().as_millis()), "{older:?}");
    assert!(older.beside.is_empty() && newer.detected.is_none(), "{newer:?}");
    assert_eq!(tried.verdict.outcome, Pass, "{:#?}", tried.verdict.targets);
}

#[test]
fn isolation_is_of_the_time_in_which_something_was_broken() {
    let texts = ["success_rate > 99%", "isolation >= 50%", "fault.isolation >= 50%", "recovering.isolation >= 50%"];
    let tried = tried(0, &texts, |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 100.per_second(), move |_| system.serve());
            lab.bystander("reports", 50.per_second(), move |_| system.serve());
            lab.baseline(secs(2)).await?;
            let fault = lab.inject(system.broken_by(Fault::Refuse(1.0))).await?;
            fault.hold(secs(2)).await?;
            fault.heal().await?;
            lab.recovery(secs(20)).await
        })
    });
    for (text, share) in
        [("isolation >= 50%", 0.0), ("fault.isolation >= 50%", 0.0), ("recovering.isolation >= 50%", 1.0)]
    {
        let row = tried.of(text);
        assert!((row.observed.unwrap().value - share).abs() < 0.011, "{row:?}");
    }
    assert_eq!(tried.of("isolation >= 50%").observed.unwrap().value, 0.0);
}

#[test]
fn a_system_that_is_left_down_does_not_pass() {
    let tried = tried(0, &["success_rate > 99%"], |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 50.per_second(), move |_| system.serve());
            lab.baseline(secs(2)).await?;
            let fault = lab.inject(system.broken_by(Fault::Refuse(1.0))).await?;
            fault.hold(secs(3)).await?;
            // Leaked, it lasts to the end.
            std::mem::forget(fault);
            Ok(())
        })
    });
    assert_eq!(tried.verdict.outcome, Fail);
    let row = tried.of("the system is well at the end");
    assert!(row.reason.as_ref().unwrap().contains("nobody waited for the recovery"), "{row:?}");
}

#[test]
fn parts_of_an_operation_in_flight_belong_to_its_phase() {
    let texts = [
        "order.errors = 0",
        "ok.share >= 100%",
        "fault.order.errors > 50%",
        "fault.ok.share < 50%",
        "always.errors < 100%",
    ];
    let tried = tried(0, &texts, |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("buy", 20.per_second(), async move |user| -> crate::Result {
                user.step("login", async {
                    tokio::time::sleep(millis(100)).await;
                    crate::Result::<()>::Ok(())
                })
                .await?;
                let steps = user.steps();
                let order = steps.step("order", system.serve()).await;
                user.check("ok", order.is_ok());
                order
            });
            lab.baseline(secs(2)).await?;
            let fault = lab.inject(system.broken_by(Fault::Refuse(1.0))).await?;
            fault.hold(secs(2)).await?;
            fault.heal().await?;
            lab.recovery(secs(30)).await
        })
    });
    assert_eq!(tried.of("order.errors = 0").outcome, Pass, "{:?}", tried.of("order.errors = 0"));
    assert_eq!(tried.of("ok.share >= 100%").outcome, Pass, "{:?}", tried.of("ok.share >= 100%"));
    assert_eq!(tried.verdict.outcome, Pass, "{:#?}", tried.verdict.targets);
    assert_eq!(tried.tally(phase::BASELINE).failures(), 0);
}

/// A refusal that every operation gets around.
struct GotAround(Option<u64>);

impl Heal for GotAround {
    fn what(&self) -> String {
        "refuse".to_owned()
    }

    fn refused(&self) -> Option<u64> {
        self.0
    }

    fn shows_in_failures(&self) -> bool {
        true
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[test]
fn a_refusal_that_everybody_gets_around_was_met() {
    let texts = ["success_rate > 99%", "fault.success_rate >= 100%", "recovery_time < 1s"];
    let perfect: Led = |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            let refused = if system.seed == 0 { Some(40) } else { Some(0) };
            lab.load("read", 50.per_second(), move |_| system.serve());
            lab.baseline(secs(2)).await?;
            let fault = lab.inject(async move { Ok::<_, Failed>(GotAround(refused)) }).await?;
            fault.hold(secs(2)).await?;
            fault.heal().await?;
            lab.recovery(secs(30)).await
        })
    };
    let met = tried(0, &texts, perfect);
    assert_eq!(met.verdict.outcome, Pass, "{:#?}", met.verdict.targets);
    let unmet = tried(1, &texts, perfect);
    assert_eq!(unmet.verdict.outcome, Inconclusive);
    assert_eq!(unmet.of("every fault affects an operation").outcome, Inconclusive);
}

#[test]
fn a_wrong_answer_and_a_panic_are_no_expected_failures() {
    let texts = ["success_rate > 99%", "recovery_time < 10s"];
    let body: Led = |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("read", 50.per_second(), async move |user| -> crate::Result {
                match (system.serve().await, system.seed) {
                    (Err(_), 0) => _ = user.check("total", false),
                    (Err(_), 1) => panic!("no answer"),
                    (answer, _) => answer?,
                }
                Ok(())
            });
            lab.baseline(secs(2)).await?;
            let fault = lab.inject(system.broken_by(Fault::Refuse(1.0))).await?;
            fault.hold(secs(2)).await?;
            fault.heal().await?;
            lab.recovery(secs(30)).await
        })
    };
    let wrong = tried(0, &texts, body);
    assert_eq!(wrong.verdict.outcome, Fail);
    assert_eq!(wrong.of("always.errors(\"check: total\") = 0").outcome, Fail);
    assert_eq!(tried(1, &texts, body).of("always.errors(\"panic\") = 0").outcome, Fail);
    let expected = tried(2, &texts, body);
    assert_eq!(expected.verdict.outcome, Pass, "{:#?}", expected.verdict.targets);
    let spoken = tried(0, &["success_rate > 99%", "always.errors(\"check: total\") <= 101"], body);
    assert_eq!(spoken.verdict.outcome, Pass, "{:#?}", spoken.verdict.targets);
}

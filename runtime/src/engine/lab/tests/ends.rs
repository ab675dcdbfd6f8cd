//! What cuts an experiment's steps short, or makes them fail, leaves nothing broken and nothing uncounted.

use super::*;

/// Heals by a panic.
struct Stubborn;

impl Heal for Stubborn {
    fn what(&self) -> String {
        "something stubborn".to_owned()
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async { panic!("it does not heal") })
    }
}

/// Heals for ever.
struct Endless;

impl Heal for Endless {
    fn what(&self) -> String {
        "something endless".to_owned()
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(std::future::pending())
    }
}

#[test]
fn a_heal_that_panics_is_one_that_failed() {
    for explicit in [false, true] {
        let body: crate::engine::spec::Experiment = match explicit {
            true => {
                |lab, _| Box::pin(async move { lab.inject(async { Ok::<_, Failed>(Stubborn) }).await?.heal().await })
            }
            false => |lab, _| Box::pin(async move { lab.inject(async { Ok::<_, Failed>(Stubborn) }).await.map(drop) }),
        };
        let (outcome, seen) = experiment(body);
        let why = seen.faults[0].heal_failed.as_ref().unwrap();
        assert!(why.contains("it does not heal"), "{why}");
        assert_eq!(outcome.experiment.is_some(), explicit);
    }
}

#[test]
fn a_heal_that_is_not_awaited_to_its_end_goes_on() {
    let _alone = ALONE.lock().unwrap();
    LEFT_DOWN.store(true, SeqCst);
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let fault = lab.inject(of(fixture).take_down()).await?;
            assert!(tokio::time::timeout(millis(2), fault.heal()).await.is_err());
            Ok(())
        })
    });
    assert!(!LEFT_DOWN.load(SeqCst));
    assert!(seen.faults[0].healed.is_some(), "{seen:?}");
}

#[test]
fn a_heal_that_never_ends_is_one_that_failed() {
    let (_, seen) =
        experiment(|lab, _| Box::pin(async move { lab.inject(async { Ok::<_, Failed>(Endless) }).await.map(drop) }));
    let why = seen.faults[0].heal_failed.as_ref().unwrap();
    assert!(why.contains("longer than 60s"), "{why}");
}

#[test]
fn a_fault_that_cannot_be_injected_excuses_nothing() {
    let (outcome, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            let refused = lab.inject(async { Err::<Down, _>(Failed::new("refused", "no")) }).await;
            assert_eq!(refused.unwrap_err().kind(), "refused");
            let late = lab.inject(async { std::future::pending::<crate::Result<Down>>().await });
            assert!(tokio::time::timeout(millis(500), late).await.is_err());
            system.down.store(true, SeqCst);
            tokio::time::sleep(secs(1)).await;
            Ok(())
        })
    });
    assert!(seen.faults.is_empty(), "{seen:?}");
    let excused = tally(&outcome, phase::FAULT).failures() + tally(&outcome, phase::RECOVERING).failures();
    assert_eq!(excused, 0);
}

#[test]
fn faults_that_are_injected_at_once_are_kept_apart() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let slow = async {
                tokio::time::sleep(millis(50)).await;
                Ok::<_, Failed>(Stubborn)
            };
            let refused = async {
                tokio::time::sleep(millis(10)).await;
                Err::<Down, _>(Failed::new("refused", "no"))
            };
            let (slow, refused, down) =
                tokio::join!(lab.inject(slow), lab.inject(refused), lab.inject(of(fixture).take_down()));
            assert!(refused.is_err());
            down?.heal().await?;
            let _ = slow?.heal().await;
            Ok(())
        })
    });
    let what: Vec<(&str, bool)> = seen.faults.iter().map(|fault| (&*fault.what, fault.healed.is_some())).collect();
    assert_eq!(what, [("something stubborn", false), ("take the system down", true)]);
}

#[test]
fn operations_that_outlast_an_interrupted_stop_are_counted() {
    let (outcome, _) = experiment(|lab, _| {
        Box::pin(async move {
            lab.load("hang", 3.users(), |_| std::future::pending::<crate::Result>());
            lab.load("also", 2.users(), |_| std::future::pending::<crate::Result>());
            tokio::time::sleep(secs(1)).await;
            assert!(tokio::time::timeout(secs(1), lab.stop()).await.is_err());
            Ok(())
        })
    });
    let tally = outcome.measurements.tally(&Selection::default());
    assert_eq!((tally.interrupted, tally.successes), (5, 0), "{tally:?}");
}

#[test]
fn a_body_that_panics_as_it_is_dropped_ends_its_test_all_the_same() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let ended = outcome(
        "timeout = 100ms",
        |lab, fixture| {
            Box::pin(async move {
                let _bomb = Bomb;
                let _fault = lab.inject(of(fixture).take_down()).await?;
                std::future::pending().await
            })
        },
        &Stop::new(),
    );
    assert_eq!(ended.experiment.unwrap().kind(), Failed::TIMEOUT);
    assert!(ended.measurements.experiment.unwrap().faults[0].healed.is_some());
}

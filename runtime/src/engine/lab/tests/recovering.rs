//! What counts as recovered, and since when.

use super::*;

#[test]
fn a_load_that_was_stopped_is_not_waited_for() {
    let (outcome, _) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            let warm_up = lab.load("warm up", 10.per_second(), |_| system.serve());
            lab.baseline(secs(1)).await?;
            warm_up.stop().await;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(1)).await?;
            fault.heal().await?;
            lab.recovery(secs(5)).await
        })
    });
    assert!(outcome.experiment.is_none(), "{:?}", outcome.experiment);
}

#[test]
fn a_system_in_which_users_hang_is_not_stable() {
    let (outcome, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 10.users(), async move |user| -> crate::Result {
                let _ = system.serve().await;
                if user.id() != 0 && system.down.load(SeqCst) {
                    std::future::pending::<()>().await;
                }
                Ok(())
            });
            lab.baseline(secs(1)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(1)).await?;
            fault.heal().await?;
            lab.recovery(secs(5)).await
        })
    });
    assert!(seen.recoveries[0].stable.is_none(), "{seen:?}");
    assert!(outcome.experiment.unwrap().message().contains("an operation of `call` has not ended for"));
}

#[test]
fn a_window_before_all_began_to_hang_says_nothing_of_now() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 100.per_second(), async move |_| -> crate::Result {
                if system.forgetful.load(SeqCst) {
                    std::future::pending::<()>().await;
                }
                Ok(())
            });
            lab.baseline(secs(1)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(2)).await?;
            system.forgetful.store(true, SeqCst);
            fault.hold(secs(3)).await?;
            fault.heal().await?;
            lab.recovery(secs(2)).await
        })
    });
    assert!(seen.recoveries[0].stable.is_none(), "{seen:?}");
}

#[test]
fn operations_that_take_longer_than_the_window_can_be_stable() {
    let (outcome, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("slow", 20.per_second(), async move |_| -> crate::Result {
                tokio::time::sleep(millis(1_500)).await;
                system.serve().await
            });
            lab.baseline(secs(3)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(1)).await?;
            fault.heal().await?;
            lab.recovery(secs(8)).stable_for(millis(500)).await
        })
    });
    assert!(outcome.experiment.is_none() && seen.recoveries[0].stable.is_some(), "{:?}", outcome.experiment);
}

#[test]
fn a_window_in_which_arrivals_were_dropped_is_not_stable() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 100.per_second().max_users(10), async move |_| -> crate::Result {
                tokio::time::sleep(millis(if system.forgetful.load(SeqCst) { 900 } else { 1 })).await;
                Ok(())
            });
            lab.baseline(secs(1)).await?;
            let fault = lab.inject(system.take_down()).await?;
            system.forgetful.store(true, SeqCst);
            fault.hold(secs(4)).await?;
            system.forgetful.store(false, SeqCst);
            fault.heal().await?;
            lab.recovery(secs(5)).await
        })
    });
    let [recovery] = &seen.recoveries[..] else { panic!("{seen:?}") };
    assert!(recovery.stable.unwrap() > secs(5), "{recovery:?}");
}

#[test]
fn a_fault_shorter_than_what_is_looked_at_together_takes_its_time_all_the_same() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 1_000.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(millis(1_001)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(millis(40)).await?;
            fault.heal().await?;
            lab.recovery(secs(5)).await
        })
    });
    let [recovery] = &seen.recoveries[..] else { panic!("{seen:?}") };
    let took = recovery.stable.unwrap() - recovery.injected;
    assert!((millis(43)..=millis(47)).contains(&took), "healed after 45 ms: {took:?}");
}

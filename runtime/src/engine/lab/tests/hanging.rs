//! Operations that hang while a fault works, and go on when it is healed.

use super::*;
use tokio::sync::watch;

/// Answers while it is open; what comes meanwhile waits.
struct Gate(watch::Sender<bool>);

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(true)))
    }

    async fn pass(self: Arc<Self>) -> Result<(), Failed> {
        let mut open = self.0.subscribe();
        open.wait_for(|open| *open).await.map(drop).map_err(|_| Failed::new("gate", "it is gone"))
    }

    async fn shut(self: &Arc<Self>) -> Result<Shut, Failed> {
        self.0.send_replace(false);
        Ok(Shut(Arc::clone(self)))
    }
}

struct Shut(Arc<Gate>);

impl Heal for Shut {
    fn what(&self) -> String {
        "shut the gate".to_owned()
    }

    fn heal(self: Box<Self>) -> Healing {
        self.0.0.send_replace(true);
        Box::pin(std::future::ready(Ok(())))
    }
}

#[test]
fn nothing_is_well_again_before_somebody_was_answered() {
    let (_, seen) = experiment(|lab, _| {
        Box::pin(async move {
            let gate = Gate::new();
            let load = Arc::clone(&gate);
            lab.load("pass", 100.per_second(), move |_| Arc::clone(&load).pass());
            lab.baseline(secs(1)).await?;
            let fault = lab.inject(gate.shut()).await?;
            fault.hold(secs(2)).await?;
            fault.heal().await?;
            lab.recovery(secs(10)).await
        })
    });
    assert_eq!(seen.faults[0].healed.unwrap().as_millis(), 3_000);
    let stable = seen.recoveries[0].stable.unwrap().as_millis();
    assert!((3_000..=3_010).contains(&stable), "all succeeded in the end, but not before: {stable}");
}

#[test]
fn what_hangs_does_not_keep_the_end_of_the_loads() {
    fn body<'a, 'lab>(lab: &'a Lab<'lab>, _: &'lab Fixture) -> Done<'a> {
        Box::pin(async move {
            let gate = Gate::new();
            let (load, other) = (Arc::clone(&gate), Arc::clone(&gate));
            lab.load("pass", 3.users(), move |_| {
                let gate = Arc::clone(&load);
                async move {
                    tokio::time::sleep(millis(10)).await;
                    gate.pass().await
                }
            });
            let single = lab.load("other", 1.users(), move |_| Arc::clone(&other).pass());
            let _fault = lab.inject(gate.shut()).await?;
            tokio::time::sleep(secs(1)).await;
            single.stop().await;
            lab.stop().await
        })
    }
    let outcome = outcome("virtual_time, graceful_stop = 2s", body, &Stop::new());
    let whole = outcome.measurements.tally(&Selection::default());
    assert_eq!(whole.interrupted, 4, "{whole:?}");
    assert!(outcome.measurements.elapsed < secs(6), "{:?}", outcome.measurements.elapsed);
}

#[test]
fn a_baseline_is_of_what_is_not_broken() {
    let (outcome, _) = experiment(|lab, _| {
        Box::pin(async move {
            let gate = Gate::new();
            let load = Arc::clone(&gate);
            lab.load("pass", 100.per_second(), move |_| Arc::clone(&load).pass());
            let _fault = lab.inject(gate.shut()).await?;
            lab.baseline(secs(1)).await
        })
    });
    assert!(outcome.experiment.unwrap().message().contains("a fault is at work"));
}

#[test]
fn who_waits_once_more_waits_for_the_same() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            let fault = lab.inject(system.take_down()).await?;
            assert_eq!(lab.recovery(secs(2)).await.unwrap_err().kind(), NOT_RECOVERED);
            fault.heal().await?;
            lab.recovery(secs(10)).await?;
            assert!(lab.recovery(secs(1)).await.unwrap_err().message().contains("nothing was broken"));
            lab.stop().await?;
            lab.ledger(Vec::<u64>::new())?;
            let rows = system.rows.lock().unwrap().clone();
            lab.ledger(rows)
        })
    });
    let [recovery] = &seen.recoveries[..] else { panic!("{seen:?}") };
    assert_eq!(recovery.injected.as_millis(), 1_000);
    assert!(recovery.stable.unwrap() >= secs(3));
    assert_eq!(seen.ledger.unwrap().lost, 0, "read back once more, when all had been written");
}

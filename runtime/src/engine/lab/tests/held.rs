//! Bodies and operations that never give their thread back, in real time.

use super::*;
use std::time::Instant;

/// Longer than any of these tests waits.
fn hold() {
    std::thread::sleep(secs(40));
}

#[test]
fn a_body_that_holds_its_thread_is_ended_by_its_timeout_and_what_it_broke_is_healed() {
    static DOWN: std::sync::Mutex<Option<Arc<AtomicBool>>> = std::sync::Mutex::new(None);
    let body: crate::engine::spec::Experiment = |lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            *DOWN.lock().unwrap() = Some(Arc::clone(&system.down));
            lab.load("call", 50.per_second(), async move |_| system.serve().await);
            lab.baseline(millis(200)).await?;
            let _fault = lab.inject(system.take_down()).await?;
            hold();
            Ok(())
        })
    };
    let begun = Instant::now();
    let outcome = outcome("timeout = 1s, graceful_stop = 200ms", body, &Stop::new());
    assert!(begun.elapsed() < secs(20), "{:?}", begun.elapsed());
    assert_eq!(outcome.experiment.as_ref().map(Failed::kind), Some("timeout"));
    assert!(tally(&outcome, "baseline").successes > 0, "what was measured is kept");
    assert!(!DOWN.lock().unwrap().as_ref().unwrap().load(SeqCst), "healed without its thread");
}

#[test]
fn an_experiment_goes_on_while_its_operations_hold_every_thread() {
    let body: crate::engine::spec::Experiment = |lab, _| {
        Box::pin(async move {
            let users = 2 * std::thread::available_parallelism()?.get() as u64;
            lab.load("dig", users.users(), async move |user| -> crate::Result {
                if user.iteration() > 0 {
                    hold();
                }
                Ok(())
            });
            let _ = lab.baseline(millis(500)).await;
            Ok(())
        })
    };
    let begun = Instant::now();
    let outcome = outcome("graceful_stop = 200ms", body, &Stop::new());
    assert!(begun.elapsed() < secs(25), "{:?}", begun.elapsed());
    let all = outcome.measurements.tally(&Selection::default());
    assert!(all.successes >= 1 && all.interrupted >= 1, "{all:?}");
}

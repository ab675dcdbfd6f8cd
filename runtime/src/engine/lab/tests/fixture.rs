//! What becomes of an experiment's fixture.

use super::*;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of each fixture that was dropped: how many were there, and whether in the context of a runtime.
static DROPS: Mutex<Vec<(usize, bool)>> = Mutex::new(Vec::new());
static ALIVE: AtomicUsize = AtomicUsize::new(0);

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        let in_runtime = tokio::runtime::Handle::try_current().is_ok();
        DROPS.lock().unwrap().push((ALIVE.fetch_sub(1, SeqCst), in_runtime));
    }
}

/// What is counted is the process's: one test counts at a time, from nothing.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    DROPS.lock().unwrap().clear();
    turn
}

/// An experiment on such a fixture.
fn on_counted(body: crate::engine::spec::Experiment) -> Spec {
    let make = |_| {
        ALIVE.fetch_add(1, SeqCst);
        Made::Ready(Ok(Box::new(Counted) as Box<Fixture>))
    };
    Spec { setup: Some(Setup { make, shared: None }), teardown: None, ..spec(body) }
}

#[test]
fn it_is_dropped_with_its_case_in_the_runtime() {
    let _turn = turn();
    let body: crate::engine::spec::Experiment = |lab, fixture| {
        Box::pin(async move {
            let counted: &Counted = fixture.downcast_ref().unwrap();
            lab.load("call", 10.per_second(), async move |_| -> crate::Result {
                let _ = counted;
                Ok(())
            });
            lab.baseline(secs(1)).await
        })
    };
    run_spec("virtual_time, cases = [a: 1, b: 2]", on_counted(body), &Stop::new());
    assert_eq!(*DROPS.lock().unwrap(), [(1, true), (1, true)]);
}

#[test]
fn it_is_dropped_although_a_closure_keeps_its_users() {
    let _turn = turn();
    let body: crate::engine::spec::Experiment = |lab, fixture| {
        Box::pin(async move {
            let counted: &Counted = fixture.downcast_ref().unwrap();
            let users = std::sync::Mutex::new(Vec::new());
            lab.load("call", 10.per_second(), move |user| {
                users.lock().unwrap().push(user);
                async move {
                    let _ = counted;
                    Ok::<(), Failed>(())
                }
            });
            lab.baseline(secs(1)).await
        })
    };
    let outcome = run_spec("virtual_time", on_counted(body), &Stop::new());
    assert!(outcome.trouble.is_none() && outcome.measurements.tally(&Selection::default()).count() > 5);
    assert_eq!(*DROPS.lock().unwrap(), [(1, true)]);
}

//! What becomes of an experiment's fixture.

use super::*;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

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

#[test]
fn it_is_dropped_with_its_case_in_the_runtime() {
    let setup = |_| {
        ALIVE.fetch_add(1, SeqCst);
        Made::Ready(Ok(Box::new(Counted) as Box<Fixture>))
    };
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
    let spec = Spec { setup: Some(Setup { make: setup, shared: None }), teardown: None, ..spec(body) };
    run_spec("virtual_time, cases = [a: 1, b: 2]", spec, &Stop::new());
    assert_eq!(*DROPS.lock().unwrap(), [(1, true), (1, true)]);
}

//! The counts that `verify` gets: how many operations were counted on its fixture.

use crate::record::{Label, Recorder, Selection, Subject, Tally};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was counted on a fixture until its `verify`: `verify = counted(f)` names an `f(&T, &Counted)`. So a check holds
/// whatever the load was (`BRUNT_USERS=2`, the profile `smoke`, a case of several).
///
/// What was done before anything is measured is not in it: iterations of the `warm_up`, calls that find out how long a
/// stress test's batches are to be.
///
/// ```
/// use brunt::prelude::*;
/// use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
///
/// async fn shop() -> AtomicU64 {
///     AtomicU64::new(0)
/// }
///
/// async fn every_order_is_there(orders: &AtomicU64, counted: &brunt::Counted) -> brunt::Result {
///     let (there, bought) = (orders.load(SeqCst), counted.iterations());
///     // One that was interrupted may have come through or not.
///     if !(bought.successes..=bought.successes + bought.interrupted).contains(&there) {
///         brunt::fail!("lost", "{there} orders of {} that were confirmed", bought.successes);
///     }
///     Ok(())
/// }
///
/// #[brunt::load_test(users = 10, iterations = 20, setup = shop, verify = counted(every_order_is_there))]
/// async fn buys(_: &User, orders: &AtomicU64) {
///     orders.fetch_add(1, SeqCst);
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Counted {
    iterations: Counts,
    steps: BTreeMap<Arc<str>, Counts>,
}

/// How operations ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// They succeeded.
    pub successes: u64,
    /// They failed, timeouts among them.
    pub failures: u64,
    /// The end of the load cut them off, so that their outcome is not known.
    pub interrupted: u64,
}

impl Counted {
    /// The iterations of the body.
    pub fn iterations(&self) -> Counts {
        self.iterations
    }

    /// The operations of a step; none where there was no such step.
    pub fn step(&self, name: &str) -> Counts {
        self.steps.get(name).copied().unwrap_or_default()
    }

    /// Those of a case, or of everything.
    pub(crate) fn of(recorder: &Recorder, case: Label) -> Self {
        let (measurements, case) = recorder.so_far(case);
        let of = |subject| {
            let selection = Selection { subject, case: case.clone(), ..Selection::default() };
            Counts::of(&measurements.tally(&selection))
        };
        let step = |name: &Arc<str>| (Arc::clone(name), of(Subject::Step(Arc::clone(name))));
        Self { iterations: of(Subject::Iteration), steps: measurements.names.steps.iter().map(step).collect() }
    }
}

impl Counts {
    fn of(tally: &Tally) -> Self {
        Self { successes: tally.successes, failures: tally.failures(), interrupted: tally.interrupted }
    }
}

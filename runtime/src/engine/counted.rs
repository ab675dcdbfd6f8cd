//! The counts that `verify` gets: the operations that were counted on its fixture.

use crate::record::{Label, Recorder, Selection, Subject, Tally};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The counts of operations on a fixture until its `verify`: `verify = counted(f)` names an `f(&T, &Counted)`. So a
/// check holds for any load (`BRUNT_USERS=2`, the profile `smoke`, a case of several).
///
/// Operations before the measurement are not included: iterations of the `warm_up`, and calls that determine the length
/// of a stress test's batches.
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

/// The numbers of operations by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Operations that succeeded.
    pub successes: u64,
    /// Operations that failed, including timeouts.
    pub failures: u64,
    /// Operations that the end of the load cut off, so that their outcome is not known.
    pub interrupted: u64,
}

impl Counted {
    /// The counts of the body's iterations.
    pub fn iterations(&self) -> Counts {
        self.iterations
    }

    /// The counts of a step; all are 0 where there was no such step.
    pub fn step(&self, name: &str) -> Counts {
        self.steps.get(name).copied().unwrap_or_default()
    }

    /// The counts of a case, or of all cases.
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

//! The ledger: compares the writes of operations with what is there in the end. Pure.

use crate::record::experiment::Ledger;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Display;

/// The fate of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WriteFate {
    /// Its operation has not ended, or ended after the time that counts.
    Open,
    /// Its operation succeeded, long after the body last awaited a `Lab` method and long before it read back: the write
    /// should have been there by then, but that is not certain.
    Undecided,
    /// Its operation failed, or never ended.
    Unacknowledged,
    /// Its operation succeeded.
    Acknowledged,
}

/// Compares writes with the ids that were read back. An id of several operations counts as acknowledged where one of
/// them was.
pub(crate) fn balance_ledger<I: Display>(
    writes: impl IntoIterator<Item = (String, WriteFate)>,
    read: impl IntoIterator<Item = I>,
) -> Ledger {
    let mut fates = BTreeMap::<String, WriteFate>::new();
    for (id, fate) in writes {
        fates.entry(id).and_modify(|known| *known = fate.max(*known)).or_insert(fate);
    }
    let mut times = HashMap::<String, u64>::new();
    for id in read {
        *times.entry(id.to_string()).or_default() += 1;
    }
    let count = |wanted: WriteFate| fates.values().filter(|fate| **fate == wanted).count() as u64;
    let lost: BTreeSet<&String> = fates
        .iter()
        .filter(|(id, fate)| **fate == WriteFate::Acknowledged && !times.contains_key(*id))
        .map(|(id, _)| id)
        .collect();
    Ledger {
        acknowledged: count(WriteFate::Acknowledged),
        unacknowledged: count(WriteFate::Unacknowledged),
        present: times.len() as u64,
        lost: lost.len() as u64,
        indeterminate: times.keys().filter(|id| fates.get(*id) == Some(&WriteFate::Unacknowledged)).count() as u64,
        duplicates: times.values().filter(|times| **times > 1).count() as u64,
        undecided: fates.iter().filter(|(id, fate)| **fate == WriteFate::Undecided && !times.contains_key(*id)).count()
            as u64,
        unknown: times.keys().filter(|id| !fates.contains_key(*id)).count() as u64,
        lost_ids: lost.into_iter().take(Ledger::NAMED).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_write_is_counted_as_what_it_is() {
        use WriteFate::{Acknowledged, Open, Unacknowledged};
        let writes =
            [("1", Acknowledged), ("2", Acknowledged), ("3", Unacknowledged), ("4", Unacknowledged), ("5", Open)];
        let found = balance_ledger(writes.map(|(id, fate)| (id.to_owned(), fate)), [1, 3, 3, 5, 9]);
        assert_eq!((found.acknowledged, found.unacknowledged, found.present), (2, 2, 4));
        assert_eq!((found.lost, found.indeterminate, found.duplicates, found.unknown), (1, 1, 1, 1));
        assert_eq!(found.lost_ids, ["2"]);
    }

    #[test]
    fn a_write_that_was_tried_again_and_acknowledged_is_acknowledged() {
        let writes = [("1", WriteFate::Unacknowledged), ("1", WriteFate::Acknowledged)];
        let found = balance_ledger(writes.map(|(id, fate)| (id.to_owned(), fate)), [1]);
        assert_eq!((found.acknowledged, found.unacknowledged, found.indeterminate), (1, 0, 0));
    }

    proptest! {
        #[test]
        fn nothing_is_counted_twice(fates in proptest::collection::vec(0..3_u8, 0..50), read in proptest::collection::vec(0..60_usize, 0..80)) {
            let fate = |n: &u8| [WriteFate::Open, WriteFate::Unacknowledged, WriteFate::Acknowledged][usize::from(*n)];
            let found = balance_ledger(fates.iter().enumerate().map(|(id, n)| (id.to_string(), fate(n))), &read);
            let there = |id: usize| read.contains(&id);
            let fates = &fates;
            let of = |wanted: WriteFate| (0..fates.len()).filter(move |id| fate(&fates[*id]) == wanted);
            prop_assert_eq!(found.lost, of(WriteFate::Acknowledged).filter(|id| !there(*id)).count() as u64);
            prop_assert_eq!(found.indeterminate, of(WriteFate::Unacknowledged).filter(|id| there(*id)).count() as u64);
            let known = (0..fates.len()).filter(|id| there(*id)).count() as u64;
            prop_assert_eq!(found.present, known + found.unknown);
        }
    }
}

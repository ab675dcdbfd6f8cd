//! Counts by bucket, sorted, none of them zero.
//!
//! Counts that are no longer written to are packed: steps between buckets, and counts, as LEB128 numbers. This takes
//! two or three bytes per bucket instead of sixteen, so that the timeline of a soak test does not make the process
//! grow.

use std::borrow::Cow;

#[derive(Clone, Debug, Default)]
pub(super) struct BucketCounts {
    /// Empty while they are packed.
    open: Vec<(i32, u64)>,
    packed: Option<Box<[u8]>>,
}

/// Compares the counts, packed or not.
impl PartialEq for BucketCounts {
    fn eq(&self, other: &Self) -> bool {
        self.read() == other.read()
    }
}

impl BucketCounts {
    /// Reads the buckets and their counts, from the least bucket.
    pub(super) fn read(&self) -> Cow<'_, [(i32, u64)]> {
        match &self.packed {
            None => Cow::Borrowed(&self.open),
            Some(bytes) => Cow::Owned(unpack_counts(bytes)),
        }
    }

    /// Adds to one bucket.
    pub(super) fn add(&mut self, bucket: i32, n: u64) {
        let counts = self.open();
        match counts.binary_search_by_key(&bucket, |&(bucket, _)| bucket) {
            Ok(at) => counts[at].1 += n,
            Err(at) => counts.insert(at, (bucket, n)),
        }
    }

    /// Adds to many buckets, which must be sorted. Packed counts stay packed.
    pub(super) fn merge(&mut self, other: &[(i32, u64)]) {
        let packed = self.packed.is_some();
        add_sorted(self.open(), other);
        if packed {
            self.pack();
        }
    }

    pub(super) fn pack(&mut self) {
        if self.packed.is_none() {
            self.packed = Some(pack_counts(&std::mem::take(&mut self.open)));
        }
    }

    /// Frees memory that was reserved for growth.
    pub(super) fn shrink(&mut self) {
        self.open().shrink_to_fit();
    }

    fn open(&mut self) -> &mut Vec<(i32, u64)> {
        if let Some(bytes) = self.packed.take() {
            self.open = unpack_counts(&bytes);
        }
        &mut self.open
    }
}

fn add_sorted(counts: &mut Vec<(i32, u64)>, other: &[(i32, u64)]) {
    let Some(&(first, _)) = other.first() else { return };
    if counts.last().is_none_or(|&(last, _)| last < first) {
        counts.extend_from_slice(other);
        return;
    }
    let mut mine = std::mem::take(counts).into_iter().peekable();
    counts.reserve(mine.len().max(other.len()));
    for &(bucket, count) in other {
        while let Some(less) = mine.next_if(|mine| mine.0 < bucket) {
            counts.push(less);
        }
        let same = mine.next_if(|mine| mine.0 == bucket).map_or(0, |mine| mine.1);
        counts.push((bucket, count + same));
    }
    counts.extend(mine);
}

/// Packs the counts: the first bucket zigzag-coded, the others as steps from the one before, each followed by its
/// count.
fn pack_counts(counts: &[(i32, u64)]) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(counts.len() * 3);
    let mut last = 0_i64;
    for &(bucket, count) in counts {
        let step = i64::from(bucket) - last;
        push_varint(&mut bytes, ((step << 1) ^ (step >> 63)) as u64);
        push_varint(&mut bytes, count);
        last = i64::from(bucket);
    }
    bytes.into()
}

fn unpack_counts(bytes: &[u8]) -> Vec<(i32, u64)> {
    let mut bytes = bytes.iter();
    let mut counts = Vec::new();
    let mut last = 0_i64;
    while let Some(step) = next_varint(&mut bytes) {
        last += (step >> 1) as i64 ^ -((step & 1) as i64);
        counts.push((last as i32, next_varint(&mut bytes).unwrap_or_default()));
    }
    counts
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn next_varint(bytes: &mut std::slice::Iter<'_, u8>) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = *bytes.next()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_counts_are_the_same(
            entries in prop::collection::btree_map(any::<i32>(), 1..=u64::MAX / 4, 0..50),
            more in prop::collection::btree_map(-99..99_i32, 1..=9_u64, 0..50),
        ) {
            let entries: Vec<_> = entries.into_iter().collect();
            let more: Vec<_> = more.into_iter().collect();
            let mut open = BucketCounts { open: entries.clone(), packed: None };
            let mut packed = open.clone();
            packed.pack();
            prop_assert_eq!(&packed.read()[..], &entries[..]);
            open.merge(&more);
            packed.merge(&more);
            prop_assert!(packed.packed.is_some());
            prop_assert_eq!(&open, &packed);
            more.iter().for_each(|(bucket, count)| packed.add(*bucket, *count));
            prop_assert_eq!(open == packed, more.is_empty());
        }
    }

    #[test]
    fn a_busy_second_packs_into_three_bytes_a_bucket() {
        let mut counts = BucketCounts::default();
        (0..1_000).for_each(|at| counts.add(1_060_000_000 + 3 * at, 1 + at as u64));
        counts.pack();
        let bytes = counts.packed.unwrap();
        assert!(bytes.len() <= 3_010, "{}", bytes.len());
    }
}

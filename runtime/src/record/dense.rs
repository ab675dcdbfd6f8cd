//! A distribution for fast writing: counts in an array over the range that is in use.
//!
//! A series with few values stays sparse. The array appears with the 32nd value that it would have held, spans only the
//! used buckets, and is at most 32 KiB: eight powers of two. Values outside of it are counted sparsely, with the same
//! exactness.

use super::Distribution;

/// The number of values written sparsely before the array appears or grows.
const PATIENCE: u32 = 32;
/// The array's ends are multiples of this.
const STEP: i32 = 64;
/// The most buckets that the array spans.
const SPAN: i32 = 8 * 1024;

#[derive(Debug, Default)]
pub(super) struct Dense {
    /// The rest of the distribution, without the counts in the array.
    rest: Distribution,
    base: i32,
    counts: Vec<u32>,
    /// The number of values counted sparsely since the array last grew.
    outside: u32,
}

impl Dense {
    #[inline]
    pub(super) fn record(&mut self, value: u64) {
        let bucket = self.rest.note(value);
        let at = bucket.wrapping_sub(self.base) as u32 as usize;
        match self.counts.get_mut(at) {
            Some(count) if *count < u32::MAX => *count += 1,
            _ => self.record_outside(bucket),
        }
    }

    #[cold]
    fn record_outside(&mut self, bucket: i32) {
        self.rest.add(bucket, 1);
        self.outside += 1;
        if self.outside >= PATIENCE {
            self.outside = 0;
            self.grow(bucket);
        }
    }

    /// Grows the array to span this bucket, unless it would be too long.
    fn grow(&mut self, bucket: i32) {
        let low = bucket.div_euclid(STEP) * STEP;
        let (mut first, mut end) = (low, low + STEP);
        if !self.counts.is_empty() {
            first = first.min(self.base);
            end = end.max(self.base + self.counts.len() as i32);
        }
        if end - first > SPAN {
            return;
        }
        let before = if self.counts.is_empty() { 0 } else { (self.base - first) as usize };
        self.counts.splice(0..0, std::iter::repeat_n(0, before));
        self.counts.resize((end - first) as usize, 0);
        self.base = first;
    }

    /// Takes all counts. The array is kept if most values fell into it.
    pub(super) fn take(&mut self) -> Distribution {
        let mut taken = std::mem::take(&mut self.rest);
        let sparse: u64 = taken.counts().iter().map(|&(_, count)| count).sum();
        taken.add_sorted(&self.filled());
        taken.shrink();
        if taken.count() < u64::from(PATIENCE).max(2 * sparse) {
            self.release();
        } else {
            self.counts.fill(0);
        }
        taken
    }

    /// Frees the array, which must be empty.
    pub(super) fn release(&mut self) {
        (self.counts, self.outside) = (Vec::new(), 0);
    }

    /// The number of buckets that the array spans.
    #[cfg(test)]
    pub(super) fn span(&self) -> usize {
        self.counts.len()
    }

    fn filled(&self) -> Vec<(i32, u64)> {
        let counts = self.counts.iter().zip(self.base..);
        counts.filter(|(count, _)| **count > 0).map(|(count, bucket)| (bucket, u64::from(*count))).collect()
    }
}

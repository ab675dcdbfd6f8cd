//! A distribution that is being written to: counts in an array over the range that is in use.
//!
//! A quiet series stays sparse. The array appears with the 32nd value that it would have held, spans only what is
//! used, and is at most 32 KiB: eight powers of two. Values outside it are counted sparsely, as exactly.

use super::Distribution;

/// Values written sparsely before the array appears or grows.
const PATIENCE: u32 = 32;
/// The array's ends are multiples of this.
const STEP: i32 = 64;
/// Most buckets the array spans.
const SPAN: i32 = 8 * 1024;

#[derive(Debug, Default)]
pub(super) struct Dense {
    /// Everything but the counts in the array.
    rest: Distribution,
    base: i32,
    counts: Vec<u32>,
    /// Values counted sparsely since the array grew last.
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

    /// Grows the array so that it spans this bucket, unless it would be too long.
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

    /// Takes everything counted. The array is kept when most values fell into it.
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

    /// Gives the array back, which must be empty.
    pub(super) fn release(&mut self) {
        (self.counts, self.outside) = (Vec::new(), 0);
    }

    /// Buckets that the array spans.
    #[cfg(test)]
    pub(super) fn span(&self) -> usize {
        self.counts.len()
    }

    fn filled(&self) -> Vec<(i32, u64)> {
        let counts = self.counts.iter().zip(self.base..);
        counts.filter(|(count, _)| **count > 0).map(|(count, bucket)| (bucket, u64::from(*count))).collect()
    }
}

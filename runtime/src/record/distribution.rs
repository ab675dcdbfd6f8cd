//! Counts of values in buckets of three significant digits: they merge exactly and take little memory, and no single
//! sample is stored.
//!
//! The buckets are those of an HDR histogram: each power of two is cut into 1 024 parts. Taking the top bits of an
//! IEEE 754 double gives the same cut for every magnitude and sign, so that one type serves latencies in nanoseconds
//! (where below 2 048 ns every nanosecond has its own bucket, as in HDR) and any number a body records.
//!
//! It is independent of what is counted, and of time.

use super::counts::BucketCounts;
use super::moments::{Moments, WHOLE_LIMIT};
use std::borrow::Cow;

/// The mantissa bits that are ignored within a bucket: 52 − 10.
const DROPPED_BITS: u32 = 42;

/// The bucket of a value; buckets are ordered as their values are.
pub(super) fn bucket_of(value: f64) -> i32 {
    let magnitude = (value.abs().to_bits() >> DROPPED_BITS) as i32;
    if value < 0.0 { -magnitude } else { magnitude }
}

/// The bucket's end nearest to zero; it belongs to the bucket.
pub(super) fn near_end(bucket: i32) -> f64 {
    let magnitude = f64::from_bits(u64::from(bucket.unsigned_abs()) << DROPPED_BITS);
    if bucket < 0 { -magnitude } else { magnitude }
}

/// The bucket's end farthest from zero; it belongs to the next bucket.
pub(super) fn far_end(bucket: i32) -> f64 {
    let magnitude = f64::from_bits(u64::from(bucket.unsigned_abs() + 1) << DROPPED_BITS);
    if bucket < 0 { -magnitude } else { magnitude }
}

/// A distribution of values, kept as counts in buckets. Count, sum, mean, deviation, least and greatest are exact;
/// percentiles are within 0.1 %.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Distribution {
    counts: BucketCounts,
    count: u64,
    moments: Moments,
    min: f64,
    max: f64,
}

/// A bucket that holds values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    /// Its lower end.
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
    /// How many values it holds.
    pub(crate) count: u64,
}

impl Distribution {
    /// Counts a value. A value that is not finite is ignored.
    pub(crate) fn record(&mut self, value: f64) {
        self.record_n(value, 1);
    }

    /// Counts a value `n` times.
    pub(crate) fn record_n(&mut self, value: f64, n: u64) {
        if n == 0 || !value.is_finite() {
            return;
        }
        self.moments.record(value, n);
        self.spread(value, n);
        self.add(bucket_of(value), n);
    }

    /// Counts a whole number everywhere but in the buckets, and returns the bucket it belongs in.
    pub(super) fn note(&mut self, value: u64) -> i32 {
        let float = value as f64;
        if value < WHOLE_LIMIT {
            self.moments.record_whole(value as i64);
        } else {
            self.moments.record(float, 1);
        }
        self.spread(float, 1);
        bucket_of(float)
    }

    fn spread(&mut self, value: f64, n: u64) {
        if self.count == 0 {
            (self.min, self.max) = (value, value);
        }
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.count += n;
    }

    /// Adds to one bucket.
    pub(super) fn add(&mut self, bucket: i32, n: u64) {
        self.counts.add(bucket, n);
    }

    /// Adds to many buckets, which must be sorted.
    pub(super) fn add_sorted(&mut self, counts: &[(i32, u64)]) {
        self.counts.merge(counts);
    }

    /// Packs the counts once no more values are written.
    pub(super) fn pack(&mut self) {
        self.counts.pack();
    }

    /// Adds all of another's values.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            (self.min, self.max) = (other.min, other.max);
        }
        self.counts.merge(&other.counts.read());
        self.moments.merge(&other.moments);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count += other.count;
    }

    /// The number of values.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Whether it has no values.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The sum of the values.
    pub(crate) fn sum(&self) -> f64 {
        self.moments.sum()
    }

    /// The mean of the values.
    pub(crate) fn mean(&self) -> Option<f64> {
        self.of_some(self.moments.mean())
    }

    /// The least value.
    pub(crate) fn min(&self) -> Option<f64> {
        self.of_some(self.min)
    }

    /// The greatest value.
    pub(crate) fn max(&self) -> Option<f64> {
        self.of_some(self.max)
    }

    /// The standard deviation (the population's: divided by the count).
    pub(crate) fn stddev(&self) -> Option<f64> {
        self.of_some(self.moments.stddev())
    }

    /// The coefficient of variation: deviation ÷ mean. `None` without values or with a mean of 0.
    pub(crate) fn cv(&self) -> Option<f64> {
        let mean = self.mean().filter(|mean| *mean != 0.0)?;
        Some(self.stddev()? / mean.abs())
    }

    fn of_some(&self, value: f64) -> Option<f64> {
        (self.count > 0).then_some(value)
    }

    /// The percentile (0…100) by nearest rank: the greatest value that its bucket can hold, but no more than the
    /// greatest value; at 0 the least value. It matches `value_at_quantile` of an HDR histogram.
    pub(crate) fn percentile(&self, percentile: f64) -> Option<f64> {
        if self.count == 0 || percentile.is_nan() {
            return None;
        }
        if percentile <= 0.0 {
            return Some(self.min);
        }
        let rank = nearest_rank(percentile, self.count);
        let mut seen = 0;
        for &(bucket, count) in self.counts.read().iter() {
            seen += count;
            if seen >= rank {
                return Some(self.greatest_in(bucket).min(self.max));
            }
        }
        Some(self.max)
    }

    /// The range of a percentile's true value: the ends of its bucket, limited to the least and the greatest value.
    pub(crate) fn resolution(&self, percentile: f64) -> Option<(f64, f64)> {
        let high = self.percentile(percentile)?;
        let low = near_end(bucket_of(high)).min(high).max(self.min);
        Some((low.min(high), high))
    }

    /// The greatest value that may be in this bucket.
    fn greatest_in(&self, bucket: i32) -> f64 {
        match bucket {
            ..=0 => near_end(bucket),
            _ if self.moments.are_whole() => far_end(bucket).ceil() - 1.0,
            _ => far_end(bucket),
        }
    }

    /// The buckets that hold values, from the least to the greatest.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        self.counts.read().into_owned().into_iter().map(|(bucket, count)| {
            let (near, far) = (near_end(bucket), far_end(bucket));
            Bucket { low: near.min(far), high: near.max(far), count }
        })
    }

    /// Buckets and their counts.
    pub(super) fn counts(&self) -> Cow<'_, [(i32, u64)]> {
        self.counts.read()
    }

    /// Frees memory that was reserved for growth.
    pub(super) fn shrink(&mut self) {
        self.counts.shrink();
    }

    /// Whether every value is a whole number of at least 0.
    pub(super) fn is_natural(&self) -> bool {
        self.count == 0 || (self.moments.are_whole() && self.min >= 0.0)
    }
}

/// The nearest rank, 1…count. It multiplies before it divides: 99.9 / 100 × 1 000 would be a little more than 999 and
/// so give the rank 1 000.
fn nearest_rank(percentile: f64, count: u64) -> u64 {
    ((percentile * count as f64 / 100.0).ceil() as u64).clamp(1, count)
}

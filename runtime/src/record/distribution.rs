//! Counts of values in buckets of three significant digits: exact to merge, small to keep, never a sample stored.
//!
//! The buckets are those of an HDR histogram: each power of two is cut into 1 024 parts. Taking the top bits of an
//! IEEE 754 double gives the same cut for every magnitude and sign, so that one type serves latencies in nanoseconds
//! (where below 2 048 ns every nanosecond has its own bucket, as in HDR) and any number a body records.

use std::collections::BTreeMap;

/// Mantissa bits that a bucket does not tell apart: 52 − 10.
const DROPPED_BITS: u32 = 42;

/// The bucket of a value: ordered as the values are.
pub(crate) fn bucket(value: f64) -> i32 {
    let magnitude = (value.abs().to_bits() >> DROPPED_BITS) as i32;
    if value < 0.0 { -magnitude } else { magnitude }
}

/// The bucket's end nearest to zero.
fn near_end(bucket: i32) -> f64 {
    let magnitude = f64::from_bits(u64::from(bucket.unsigned_abs()) << DROPPED_BITS);
    if bucket < 0 { -magnitude } else { magnitude }
}

/// The bucket's middle, which stands for its values in a mean.
fn middle(bucket: i32) -> f64 {
    let magnitude = bucket.unsigned_abs();
    let low = f64::from_bits(u64::from(magnitude) << DROPPED_BITS);
    let high = f64::from_bits(u64::from(magnitude + 1) << DROPPED_BITS);
    let middle = low + (high - low) / 2.0;
    if bucket < 0 { -middle } else { middle }
}

/// A distribution of values, kept as counts in buckets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    counts: BTreeMap<i32, u64>,
    count: u64,
    sum: f64,
    squares: f64,
    min: f64,
    max: f64,
}

//! Arrivals over time: a pure iterator of the offsets at which iterations of the open model are due.
//!
//! Arrival k is due where the integral of the rate reaches k, so that the count is exact whatever the shape; the
//! integral of a linear rate a → b over d is R(t) = a·t + (b − a)·t² / 2d. Poisson arrivals have exponential gaps in R.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Arrivals per second that hold or move linearly, over a length in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) length: u64,
}

impl Rates {
    pub(crate) fn peak(self) -> f64 {
        self.from.max(self.to)
    }

    fn seconds(self) -> f64 {
        self.length as f64 / 1e9
    }

    /// The arrivals of the whole length, not rounded.
    fn total(self) -> f64 {
        (self.from + self.to) / 2.0 * self.seconds()
    }

    /// The integral of the rate up to an offset.
    fn until(self, offset: u64) -> f64 {
        let (seconds, part) =
            (offset.min(self.length) as f64 / 1e9, offset.min(self.length) as f64 / self.length as f64);
        (self.from + (self.to - self.from) * part / 2.0) * seconds
    }

    /// The time at which the integral reaches `y`; the formula avoids the difference of nearly equal numbers.
    fn reaches(self, y: f64) -> u64 {
        let Self { from, to, .. } = self;
        let root = (from * from + 2.0 * (to - from) / self.seconds() * y).max(0.0).sqrt();
        let seconds = if y <= 0.0 { 0.0 } else { 2.0 * y / (from + root) };
        ((seconds * 1e9).round() as u64).min(self.length.saturating_sub(1))
    }
}

/// The offsets in [0, length) at which arrivals are due, ascending.
#[derive(Debug)]
pub(crate) struct Arrivals {
    rates: Rates,
    /// The integral at the first arrival.
    first: f64,
    count: u64,
    poisson: Option<Pcg64Mcg>,
}

impl Arrivals {
    /// Creates the arrivals of a segment. `carry` comes from the previous segment: how much more the integral must grow
    /// until the next arrival.
    pub(crate) fn new(rates: Rates, carry: f64, poisson: Option<u64>) -> Self {
        let mut poisson = poisson.map(Pcg64Mcg::seed_from_u64);
        let first = poisson.as_mut().map_or(carry, exponential_gap);
        Self { rates, first, count: 0, poisson }
    }

    fn reached(&self) -> f64 {
        self.first + self.count as f64
    }

    /// Skips the arrivals before an offset; returns their number, or for a Poisson process their expected number.
    pub(crate) fn skip_until(&mut self, offset: u64) -> u64 {
        let total = self.rates.total();
        let end = self.rates.until(offset).min(total - 1e-9 * total.max(1.0));
        let left = (end - self.reached()).ceil().max(0.0);
        match &mut self.poisson {
            Some(_) => self.first += left,
            None => self.count += left as u64,
        }
        left as u64
    }

    /// How much more the integral must grow until the next arrival, for the next segment.
    pub(crate) fn carry(&self) -> f64 {
        let carry = self.reached() - self.rates.total();
        if carry.abs() < 1e-6 { 0.0 } else { carry.max(0.0) }
    }
}

/// An exponentially distributed gap of mean one.
fn exponential_gap(rng: &mut Pcg64Mcg) -> f64 {
    -(1.0 - rng.random::<f64>()).ln()
}

impl Iterator for Arrivals {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let (position, total) = (self.reached(), self.rates.total());
        // A position just before the end counts as the end: 3/s for 10 s is 30, whatever a third rounds to.
        if position >= total - 1e-9 * total.max(1.0) {
            return None;
        }
        match &mut self.poisson {
            Some(rng) => self.first += exponential_gap(rng),
            None => self.count += 1,
        }
        Some(self.rates.reaches(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn even(from: f64, to: f64, seconds: u64) -> Arrivals {
        Arrivals::new(Rates { from, to, length: seconds * SECOND }, 0.0, None)
    }

    #[test]
    fn a_constant_rate_gives_exactly_rate_times_time() {
        for (rate, seconds) in [(100.0, 10), (3.0, 10), (1.0 / 60.0, 600), (333.0, 7), (100_000.0, 2)] {
            let wanted = (rate * seconds as f64).round() as usize;
            assert_eq!(even(rate, rate, seconds).count(), wanted, "{rate}/s for {seconds} s");
        }
        assert_eq!(even(4.0, 4.0, 1).collect::<Vec<_>>(), [0, SECOND / 4, SECOND / 2, 3 * SECOND / 4]);
    }

    #[test]
    fn a_ramp_follows_the_integral_of_the_rate() {
        // 0 → 10/s over 10 s: R(t) = t²/2, arrival k at √(2k).
        let offsets: Vec<_> = even(0.0, 10.0, 10).collect();
        assert_eq!(offsets.len(), 50);
        for (k, at) in offsets.iter().enumerate() {
            assert!((*at as f64 / 1e9 - (2.0 * k as f64).sqrt()).abs() < 1e-8);
        }
        assert_eq!(even(100.0, 0.0, 10).count(), 500);
    }

    #[test]
    fn arrivals_left_out_are_as_many_as_would_have_come() {
        let ramp = || even(10.0, 90.0, 10);
        for offset in [0, SECOND / 3, SECOND, 7 * SECOND + 123, 10 * SECOND, 11 * SECOND] {
            for begun in [0, 1, 17] {
                let mut skipped = ramp();
                let sent = skipped.by_ref().take(begun).count() as u64;
                let wanted = ramp().skip(begun).filter(|at| *at < offset).count() as u64;
                assert_eq!(skipped.skip_until(offset), wanted, "before {offset} after {begun}");
                assert_eq!(sent + wanted + skipped.count() as u64, 500);
            }
        }
        let mut millions = even(1e9, 1e9, 3_600);
        assert_eq!(millions.skip_until(1_800 * SECOND), 1_800_000_000_000);
    }

    #[test]
    fn no_rate_no_arrivals() {
        assert_eq!(even(0.0, 0.0, 10).count(), 0);
    }

    #[test]
    fn poisson_arrivals_keep_the_mean_and_the_seed() {
        let of = |seed| Arrivals::new(Rates { from: 100.0, to: 100.0, length: 100 * SECOND }, 0.0, Some(seed));
        let offsets: Vec<_> = of(7).collect();
        assert_eq!(offsets, of(7).collect::<Vec<_>>());
        assert_ne!(offsets, of(8).collect::<Vec<_>>());
        // 10 000 expected, standard deviation 100.
        assert!(offsets.len().abs_diff(10_000) < 500, "{}", offsets.len());
        // The gaps of a Poisson process vary as much as their mean.
        let gaps: Vec<f64> = offsets.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.1);
    }

    proptest! {
        #[test]
        fn offsets_ascend_within_the_length_and_carry_over(
            from in 0.0_f64..500.0, to in 0.0_f64..500.0, parts in proptest::collection::vec(1_u64..4_000, 1..5),
        ) {
            // A rate cut into segments gives as many arrivals as in one piece.
            let total: u64 = parts.iter().sum();
            let (mut carry, mut start, mut offsets) = (0.0, 0, Vec::new());
            for part in parts {
                let level = |t: u64| from + (to - from) * t as f64 / total as f64;
                let rates = Rates { from: level(start), to: level(start + part), length: part * 1_000_000 };
                let mut arrivals = Arrivals::new(rates, carry, None);
                for at in arrivals.by_ref() {
                    prop_assert!(at < rates.length);
                    offsets.push(start * 1_000_000 + at);
                }
                carry = arrivals.carry();
                start += part;
            }
            prop_assert!(offsets.is_sorted());
            let whole = Arrivals::new(Rates { from, to, length: total * 1_000_000 }, 0.0, None).count();
            prop_assert!(whole.abs_diff(offsets.len()) <= 1, "{whole} against {}", offsets.len());
        }
    }
}

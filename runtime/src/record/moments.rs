//! Sum, mean and deviation of values, merged without loss. No value is kept.
//!
//! Whole numbers (nanoseconds, bytes, counts, flags) and their squares are summed as integers: the result is the same
//! to the last bit in whatever order parts are merged. Fractions, and whole numbers beyond 2⁴⁸ (three days in
//! nanoseconds), are summed as floats with the updating formulas of Youngs and Cramer (1971) and Chan, Golub and
//! LeVeque (1979), which do not cancel; their last bits may depend on the order.

/// Whole numbers below this have squares of which 2³¹ can be summed in an `i128`.
pub(super) const WHOLE_LIMIT: u64 = 1 << 48;

/// The value as a whole number, if it is one that can be summed exactly.
pub(super) fn whole(value: f64) -> Option<i64> {
    (value.trunc() == value && value.abs() < WHOLE_LIMIT as f64).then_some(value as i64)
}

/// The first two moments of some values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moments {
    whole: Whole,
    rest: Rest,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Whole {
    count: u64,
    sum: i128,
    squares: i128,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Rest {
    /// Whether a value was no whole number.
    fractions: bool,
    count: u64,
    sum: f64,
    /// Sum of the squared distances from the mean.
    deviations: f64,
}

impl Moments {
    /// Counts a value `count` times.
    pub(super) fn record(&mut self, value: f64, count: u64) {
        match whole(value) {
            Some(value) => self.whole.record(value, count),
            None => {
                let fractions = value.trunc() != value;
                self.rest.merge(&Rest { fractions, count, sum: value * count as f64, deviations: 0.0 });
            }
        }
    }

    /// Counts one whole number below [`WHOLE_LIMIT`].
    pub(super) fn record_whole(&mut self, value: i64) {
        self.whole.record(value, 1);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.whole.count += other.whole.count;
        self.whole.sum += other.whole.sum;
        self.whole.squares = self.whole.squares.saturating_add(other.whole.squares);
        self.rest.merge(&other.rest);
    }

    /// Whether every value was a whole number.
    pub(super) fn are_whole(&self) -> bool {
        !self.rest.fractions
    }

    pub(super) fn sum(&self) -> f64 {
        self.whole.sum as f64 + self.rest.sum
    }

    /// The mean; 0 without values.
    pub(super) fn mean(&self) -> f64 {
        match self.whole.count + self.rest.count {
            0 => 0.0,
            count => self.sum() / count as f64,
        }
    }

    /// The population's standard deviation; 0 without values.
    pub(super) fn stddev(&self) -> f64 {
        let (count, sum) = (self.whole.count, self.whole.sum as f64);
        let mut all = Rest { fractions: false, count, sum, deviations: self.whole.deviations() };
        all.merge(&self.rest);
        if all.count == 0 { 0.0 } else { (all.deviations / all.count as f64).max(0.0).sqrt() }
    }
}

impl Whole {
    fn record(&mut self, value: i64, count: u64) {
        let value = i128::from(value);
        self.count += count;
        self.sum += value * i128::from(count);
        self.squares = self.squares.saturating_add((value * value).saturating_mul(i128::from(count)));
    }

    /// Sum of the squared distances from the mean. Values are first shifted by the mean's integer part, so that nothing
    /// cancels.
    fn deviations(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let count = i128::from(self.count);
        let shift = self.sum.div_euclid(count);
        let rest = self.sum - shift * count;
        // Σ(x − s)² = Σx² − 2sΣx + ns² = Σx² − s(Σx + (Σx − ns)); every term is an integer.
        let shifted = self.squares - shift * (self.sum + rest);
        shifted as f64 - (rest as f64) * (rest as f64) / self.count as f64
    }
}

impl Rest {
    fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other.clone();
            return;
        }
        let (left, right) = (self.count as f64, other.count as f64);
        let apart = self.sum / left - other.sum / right;
        self.deviations += other.deviations + apart * apart * (left * right / (left + right));
        self.sum += other.sum;
        self.count += other.count;
        self.fractions |= other.fractions;
    }
}

//! The ranges and slices that `user.pick` chooses from.

use rand::RngExt;
use rand::distr::uniform::SampleUniform;
use rand_pcg::Pcg64Mcg;
use std::ops::{Range, RangeInclusive};

/// A range or a slice to choose from, each of its values with the same probability.
pub trait Pick {
    /// The type of the chosen value.
    type Output;

    /// Chooses one value; panics where there is none.
    #[doc(hidden)]
    fn choose(self, rng: Pcg64Mcg) -> Self::Output;
}

impl<T: SampleUniform + PartialOrd> Pick for Range<T> {
    type Output = T;

    fn choose(self, mut rng: Pcg64Mcg) -> T {
        assert!(self.start < self.end, "`user.pick` of an empty range: there is nothing to choose from");
        rng.random_range(self)
    }
}

impl<T: SampleUniform + PartialOrd> Pick for RangeInclusive<T> {
    type Output = T;

    fn choose(self, mut rng: Pcg64Mcg) -> T {
        assert!(self.start() <= self.end(), "`user.pick` of an empty range: there is nothing to choose from");
        rng.random_range(self)
    }
}

impl<'a, T> Pick for &'a [T] {
    type Output = &'a T;

    fn choose(self, mut rng: Pcg64Mcg) -> &'a T {
        assert!(!self.is_empty(), "`user.pick` of an empty slice: there is nothing to choose from");
        &self[rng.random_range(0..self.len())]
    }
}

impl<'a, T, const N: usize> Pick for &'a [T; N] {
    type Output = &'a T;

    fn choose(self, rng: Pcg64Mcg) -> &'a T {
        self.as_slice().choose(rng)
    }
}

impl<'a, T> Pick for &'a Vec<T> {
    type Output = &'a T;

    fn choose(self, rng: Pcg64Mcg) -> &'a T {
        self.as_slice().choose(rng)
    }
}

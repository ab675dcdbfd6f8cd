//! Random numbers that a seed reproduces, whatever the order of events: each depends only on the seed and on the place
//! of its draw.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// The seed of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// The seed of a place, named by numbers.
    pub(crate) fn of<const N: usize>(self, place: [u64; N]) -> u64 {
        place.into_iter().fold(mix_seed(self.0), |state, part| mix_seed(state ^ part))
    }

    /// The seed of a round of the load; for the planned load, which is round 0, it is this seed itself.
    pub(crate) fn of_round(self, round: u32) -> Self {
        if round == 0 { self } else { Self(self.of(["round".len() as u64, u64::from(round), u64::MAX, u64::MAX])) }
    }

    /// The generator of a place.
    pub(crate) fn rng<const N: usize>(self, place: [u64; N]) -> Pcg64Mcg {
        Pcg64Mcg::seed_from_u64(self.of(place))
    }

    /// A number from [0, 1).
    pub(crate) fn unit<const N: usize>(self, place: [u64; N]) -> f64 {
        self.rng(place).random()
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014) after a step of its sequence.
fn mix_seed(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! The built-in rules. Each is a pure function of its state, the piece and randomness.

use super::rule::{Action, Rule};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::time::Duration;

/// Linux' least retransmission timeout (`TCP_RTO_MIN`); it doubles with each loss of the same segment (RFC 6298, 5.5).
const FIRST_TIMEOUT: Duration = Duration::from_millis(200);
/// Linux' longest retransmission timeout (`TCP_RTO_MAX`).
const LONGEST_TIMEOUT: Duration = Duration::from_secs(120);
/// Number of losses after which Linux gives a segment up (`tcp_retries2`); the rule then lets it pass.
const MOST_LOSSES: u32 = 15;

/// A delay of `delay` ± `jitter`, evenly spread.
pub(super) struct Latency {
    pub(super) delay: Duration,
    pub(super) jitter: Duration,
}

impl Rule for Latency {
    fn decide(&mut self, _: &[u8], random: &mut Pcg64Mcg) -> Action {
        let least = self.delay.saturating_sub(self.jitter);
        Action::Delay(random.random_range(least..=self.delay.saturating_add(self.jitter)))
    }
}

/// A line that carries `bytes_per_second`.
pub(super) struct Bandwidth {
    pub(super) bytes_per_second: u64,
}

impl Rule for Bandwidth {
    /// Pieces of 10 ms, so that a slow line drips instead of bursting.
    fn cut(&mut self, available: usize, _: &mut Pcg64Mcg) -> usize {
        available.min(usize::try_from(self.bytes_per_second / 100).unwrap_or(usize::MAX).max(1))
    }

    fn decide(&mut self, piece: &[u8], _: &mut Pcg64Mcg) -> Action {
        Action::Pace(Duration::from_secs_f64(piece.len() as f64 / self.bytes_per_second as f64))
    }
}

/// Pieces of `size` ± `variation` bytes, `pause` apart.
pub(super) struct Slicer {
    pub(super) size: usize,
    pub(super) variation: usize,
    pub(super) pause: Duration,
}

impl Rule for Slicer {
    fn cut(&mut self, available: usize, random: &mut Pcg64Mcg) -> usize {
        let least = self.size.saturating_sub(self.variation).max(1);
        available.min(random.random_range(least..=self.size.saturating_add(self.variation).max(least)))
    }

    fn decide(&mut self, _: &[u8], _: &mut Pcg64Mcg) -> Action {
        if self.pause.is_zero() { Action::Forward } else { Action::Pace(self.pause) }
    }
}

/// An end of the connection after `left` bytes.
pub(super) struct ByteLimit {
    pub(super) left: usize,
}

impl Rule for ByteLimit {
    fn cut(&mut self, available: usize, _: &mut Pcg64Mcg) -> usize {
        if self.left == 0 { available } else { available.min(self.left) }
    }

    fn decide(&mut self, piece: &[u8], _: &mut Pcg64Mcg) -> Action {
        if self.left == 0 {
            return Action::Close;
        }
        self.left -= piece.len();
        Action::Forward
    }
}

/// A delay of the end of the stream.
pub(super) struct SlowClose {
    pub(super) delay: Duration,
}

impl Rule for SlowClose {
    fn decide(&mut self, _: &[u8], _: &mut Pcg64Mcg) -> Action {
        Action::Forward
    }

    fn end(&mut self, _: &mut Pcg64Mcg) -> Action {
        Action::Delay(self.delay)
    }
}

/// A reset: at once, or at the first piece that is drawn.
pub(super) struct Reset {
    pub(super) at_once: bool,
}

impl Rule for Reset {
    fn begin(&mut self, _: &mut Pcg64Mcg) -> Action {
        if self.at_once { Action::Reset } else { Action::Forward }
    }

    fn decide(&mut self, _: &[u8], _: &mut Pcg64Mcg) -> Action {
        Action::Reset
    }
}

/// Nothing passes, and no end sees it.
pub(super) struct BlackHole;

impl Rule for BlackHole {
    fn cut(&mut self, _: usize, _: &mut Pcg64Mcg) -> usize {
        0
    }

    fn decide(&mut self, _: &[u8], _: &mut Pcg64Mcg) -> Action {
        Action::Forward
    }

    fn end(&mut self, _: &mut Pcg64Mcg) -> Action {
        Action::Delay(Duration::MAX)
    }
}

/// The effect of lost packets above TCP: a lost piece arrives after the retransmission timeout, which doubles with each
/// loss.
pub(super) struct Stall {
    pub(super) share: f64,
}

impl Rule for Stall {
    fn decide(&mut self, _: &[u8], random: &mut Pcg64Mcg) -> Action {
        let (mut waited, mut timeout) = (Duration::ZERO, FIRST_TIMEOUT);
        for _ in 0..MOST_LOSSES {
            if !random.random_bool(self.share) {
                break;
            }
            waited += timeout;
            timeout = (timeout * 2).min(LONGEST_TIMEOUT);
        }
        if waited.is_zero() { Action::Forward } else { Action::Delay(waited) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn random() -> Pcg64Mcg {
        Pcg64Mcg::seed_from_u64(7)
    }

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn latency_is_spread_evenly_about_its_delay_and_never_underflows() {
        let (random, mut rule) = (&mut random(), Latency { delay: millis(50), jitter: millis(10) });
        let delays: Vec<Duration> = std::iter::repeat_with(|| match rule.decide(b"x", random) {
            Action::Delay(delay) => delay,
            other => panic!("{other:?}"),
        })
        .take(10_000)
        .collect();
        assert!(delays.iter().all(|d| (millis(40)..=millis(60)).contains(d)));
        assert!(delays.iter().any(|d| *d < millis(41)) && delays.iter().any(|d| *d > millis(59)));
        let mean = delays.iter().sum::<Duration>() / 10_000;
        assert!((millis(49)..millis(51)).contains(&mean), "{mean:?}");
        let mut more_jitter_than_delay = Latency { delay: millis(1), jitter: millis(5) };
        (0..100).for_each(|_| {
            assert!(matches!(more_jitter_than_delay.decide(b"x", random), Action::Delay(d) if d <= millis(6)))
        });
        assert_eq!(Latency { delay: millis(5), jitter: Duration::ZERO }.decide(b"x", random), Action::Delay(millis(5)));
    }

    #[test]
    fn a_line_is_busy_as_long_as_its_bandwidth_says() {
        let (random, mut rule) = (&mut random(), Bandwidth { bytes_per_second: 1_000_000 });
        assert_eq!(rule.cut(65_536, random), 10_000);
        assert_eq!(rule.decide(&[0; 10_000], random), Action::Pace(millis(10)));
        assert_eq!(Bandwidth { bytes_per_second: 3 }.cut(9, random), 1, "the slowest line still moves");
    }

    #[test]
    fn slices_are_within_their_bounds_and_never_empty() {
        let (random, mut rule) = (&mut random(), Slicer { size: 4, variation: 9, pause: millis(1) });
        let sizes: Vec<usize> = (0..1_000).map(|_| rule.cut(100, random)).collect();
        assert_eq!((sizes.iter().min(), sizes.iter().max()), (Some(&1), Some(&13)));
        assert_eq!(rule.cut(1, random), 1);
        assert_eq!(rule.decide(b"x", random), Action::Pace(millis(1)));
    }

    #[test]
    fn a_limit_lets_exactly_its_bytes_pass() {
        let (random, mut rule) = (&mut random(), ByteLimit { left: 5 });
        assert_eq!((rule.cut(3, random), rule.decide(b"abc", random)), (3, Action::Forward));
        assert_eq!((rule.cut(3, random), rule.decide(b"de", random)), (2, Action::Forward));
        assert_eq!((rule.cut(3, random), rule.decide(b"fgh", random)), (3, Action::Close));
    }

    #[test]
    fn losses_wait_for_timeouts_that_double() {
        let (random, mut rule) = (&mut random(), Stall { share: 0.1 });
        let waits: Vec<Action> = (0..10_000).map(|_| rule.decide(b"x", random)).collect();
        let of = |wait| waits.iter().filter(|action| **action == wait).count();
        let (none, once, twice) = (of(Action::Forward), of(Action::Delay(millis(200))), of(Action::Delay(millis(600))));
        assert!((8_800..9_200).contains(&none), "{none}");
        assert!((750..1_050).contains(&once), "{once}");
        assert!((50..140).contains(&twice), "{twice}");
        assert!(matches!(Stall { share: 1.0 }.decide(b"x", random), Action::Delay(d) if d > LONGEST_TIMEOUT));
        assert_eq!(Stall { share: 0.0 }.decide(b"x", random), Action::Forward);
    }
}

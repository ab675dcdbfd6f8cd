//! Retries: a call that fails for a passing reason is made again, a few times, after pauses that grow and scatter.
//! Knows neither what is called nor what a passing reason is; time is tokio's, so that tests can move it.
//!
//! Own code, as retry libraries add their jitter to the pause (a caller waits for at least the whole of it): a herd
//! that failed together then comes back together. With *full* jitter the pause is anything from nothing to the whole.

use std::future::Future;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use tokio::time::sleep;

/// How often and after which pauses a call is made again.
///
/// Before the retry `n` (from 0) it waits for a random time of at most `base` · 2ⁿ, and never more than `cap`: the full
/// jitter of M. Brooker, "Exponential Backoff and Jitter" (2015).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often the call is made at most, the first time with it; 0 is as 1.
    pub attempts: u32,
    /// The longest pause before the first retry.
    pub base: Duration,
    /// The longest pause of all.
    pub cap: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_millis(100), cap: Duration::from_secs(10) }
    }
}

impl Retry {
    /// The pauses between the attempts; the same seed draws the same ones.
    pub fn pauses(self, seed: u64) -> impl Iterator<Item = Duration> {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        (1..self.attempts).map(move |retry| self.longest(retry - 1).mul_f64(random.random::<f64>()))
    }

    /// Calls until a call succeeds, fails for a reason that does not pass, or was the last attempt.
    ///
    /// # Errors
    /// Those of the last call that was made.
    pub async fn run<T, E, F>(self, seed: u64, passes: impl Fn(&E) -> bool, mut call: impl FnMut() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        for pause in self.pauses(seed) {
            match call().await {
                Err(error) if passes(&error) => sleep(pause).await,
                result => return result,
            }
        }
        call().await
    }

    fn longest(self, retry: u32) -> Duration {
        let factor = 2_u32.checked_pow(retry).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::time::Instant;

    const RETRY: Retry = Retry { attempts: 5, base: Duration::from_millis(100), cap: Duration::from_millis(500) };

    #[test]
    fn pauses_are_of_any_length_up_to_one_that_doubles_and_is_capped() {
        let mut longest = [Duration::ZERO; 4];
        let mut shortest = [Duration::MAX; 4];
        for seed in 0..2_000 {
            let pauses: Vec<Duration> = RETRY.pauses(seed).collect();
            assert_eq!(pauses.len(), 4);
            for (at, pause) in pauses.into_iter().enumerate() {
                longest[at] = longest[at].max(pause);
                shortest[at] = shortest[at].min(pause);
            }
        }
        for (at, limit) in [100, 200, 400, 500].map(Duration::from_millis).into_iter().enumerate() {
            assert!(longest[at] <= limit && longest[at] > limit.mul_f64(0.99), "{longest:?}");
            assert!(shortest[at] < limit.mul_f64(0.01), "{shortest:?}");
        }
    }

    #[test]
    fn a_seed_draws_the_same_pauses_again_and_another_draws_others() {
        let pauses = |seed| RETRY.pauses(seed).collect::<Vec<_>>();
        assert_eq!(pauses(7), pauses(7));
        assert_ne!(pauses(7), pauses(8));
        assert_eq!(Retry { attempts: 0, ..RETRY }.pauses(7).count(), 0);
        let patient = Retry { attempts: 100, ..RETRY };
        assert!(patient.pauses(7).all(|pause| pause <= RETRY.cap), "2 to the 99th is no overflow");
    }

    #[tokio::test(start_paused = true)]
    async fn it_stops_at_the_first_success_and_has_waited_for_the_pauses_before() {
        let (start, made) = (Instant::now(), Cell::new(0));
        let call = || async {
            made.set(made.get() + 1);
            if made.get() < 3 { Err("down") } else { Ok(made.get()) }
        };
        assert_eq!(RETRY.run(7, |_| true, call).await, Ok(3));
        let waited: Duration = RETRY.pauses(7).take(2).sum();
        assert!(start.elapsed() >= waited && start.elapsed() < waited + Duration::from_millis(5));
    }

    #[tokio::test(start_paused = true)]
    async fn it_makes_no_more_attempts_than_allowed_and_none_for_reasons_that_do_not_pass() {
        for (attempts, passes, expected) in [(5, true, 5), (5, false, 1), (1, true, 1), (0, true, 1)] {
            let made = Cell::new(0);
            let call = || async {
                made.set(made.get() + 1);
                Err::<(), _>("down")
            };
            let result = Retry { attempts, ..RETRY }.run(7, |_| passes, call).await;
            assert_eq!((result, made.get()), (Err("down"), expected));
        }
    }
}

//! `Results`: the results of calls in a closed or half-open state, and whether they must open the breaker. Both answers
//! are right if a breaker may or may not have forgotten a result already, or if a call was exactly as long as a slow
//! one.

use super::settings::{ResultWindow, Settings, Slow};
use std::collections::VecDeque;
use std::time::Duration;

/// A moment with its uncertainty: exact if the history moves the clock, otherwise between two readings of a clock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClockReading {
    pub(super) earliest: Duration,
    pub(super) latest: Duration,
}

impl ClockReading {
    pub(super) fn at_least_since(self, before: Self) -> Duration {
        self.earliest.saturating_sub(before.latest)
    }

    pub(super) fn at_most_since(self, before: Self) -> Duration {
        self.latest.saturating_sub(before.earliest)
    }

    fn is_exact(self) -> bool {
        self.earliest == self.latest
    }
}

/// Answer to the question whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    /// Both answers are right.
    Perhaps,
}

impl Holds {
    pub(super) fn all_of(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut answers = answers.into_iter();
        let first = answers.next().unwrap_or(Self::No);
        if answers.all(|answer| answer == first) { first } else { Self::Perhaps }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Perhaps,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct CallResult {
    failed: bool,
    slow: Holds,
    at: ClockReading,
}

/// Whether results open the breaker, and which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opens {
    pub(super) holds: Holds,
    /// Whether only the slow calls open it.
    pub(super) by_slow_calls: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Results {
    since: ClockReading,
    kept: VecDeque<CallResult>,
    in_a_row: u32,
    /// Moving average of failures, with the time of its last change.
    average: Option<(Duration, f64)>,
}

impl Results {
    pub(super) fn since(now: ClockReading) -> Self {
        Self { since: now, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn has_failures(&self) -> bool {
        self.kept.iter().any(|result| result.failed)
    }

    pub(super) fn has_slow_calls(&self) -> bool {
        self.kept.iter().any(|result| result.slow != Holds::No)
    }

    pub(super) fn successes(&self) -> usize {
        self.kept.iter().filter(|result| !result.failed).count()
    }

    /// Adds a result. Results of probes (`probes`) are never forgotten.
    pub(super) fn add(
        &mut self,
        settings: &Settings,
        probes: bool,
        failed: bool,
        begun: ClockReading,
        now: ClockReading,
    ) {
        let slow = settings.slow.map_or(Holds::No, |slow| {
            match (now.at_least_since(begun) > slow.than, now.at_most_since(begun) < slow.than) {
                (true, _) => Holds::Yes,
                (_, true) => Holds::No,
                _ => Holds::Perhaps,
            }
        });
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        self.kept.push_back(CallResult { failed, slow, at: now });
        if probes {
            return;
        }
        match settings.window {
            Some(ResultWindow::Calls(calls)) if self.kept.len() > calls => drop(self.kept.pop_front()),
            Some(ResultWindow::Time { span, .. }) => {
                self.kept.retain(|result| now.at_least_since(result.at) <= span);
            }
            Some(ResultWindow::Weighted { span }) => self.weigh(failed, now, span),
            _ => {}
        }
    }

    /// Updates the moving average, as Finagle and failsafe-rs compute it.
    fn weigh(&mut self, failed: bool, now: ClockReading, span: Duration) {
        let (at, value) = (now.earliest.saturating_sub(self.since.earliest), f64::from(u8::from(failed)));
        let average = match self.average {
            Some((last, average)) if !last.is_zero() => {
                let weight = (-(at.saturating_sub(last).as_secs_f64()) / span.as_secs_f64()).exp();
                value * (1.0 - weight) + average * weight
            }
            _ => value,
        };
        self.average = Some((at, average));
    }

    /// Whether the last result must open a closed breaker.
    pub(super) fn open(&self, settings: &Settings, now: ClockReading) -> Opens {
        let failed = self.kept.back().is_some_and(|result| result.failed);
        let count = self.kept.iter().filter(|result| result.failed).count();
        let by_count = settings.failures.is_some_and(|failures| {
            let seen =
                if settings.window.is_some() && settings.slow.is_none() { count } else { self.in_a_row as usize };
            failed && seen >= failures as usize
        });
        let by_count = if by_count { Holds::Yes } else { Holds::No };
        let (by_rate, by_slow) = match settings.window {
            Some(ResultWindow::Weighted { span }) => (self.by_average(settings, now, span), Holds::No),
            Some(ResultWindow::Time { span, grain }) => self.by_rates(settings, self.starts(now, span, grain)),
            Some(ResultWindow::Calls(_)) => self.by_rates(settings, 0..=0),
            None => (Holds::No, Holds::No),
        };
        // A breaker may or may not check the rate after a success.
        let by_rate = if failed || by_rate == Holds::No { by_rate } else { Holds::Perhaps };
        let by_failures = by_count.or(by_rate);
        Opens { holds: by_failures.or(by_slow), by_slow_calls: by_failures != Holds::Yes && by_slow == Holds::Yes }
    }

    /// Whether the probes, judged together, must open the breaker.
    pub(super) fn fail_together(&self, settings: &Settings) -> Opens {
        let rate = |share: Option<f64>| share.map_or(Holds::No, |share| self.rate_from(0, share));
        let by_failures = rate(settings.share);
        let by_slow = settings.slow.map_or(Holds::No, |slow| self.slow_from(0, slow));
        Opens { holds: by_failures.or(by_slow), by_slow_calls: by_failures != Holds::Yes && by_slow == Holds::Yes }
    }

    /// The range of results one of which is the oldest that is not forgotten.
    fn starts(&self, now: ClockReading, span: Duration, grain: Duration) -> std::ops::RangeInclusive<usize> {
        let kept = span.saturating_sub(grain);
        let surely = self.kept.iter().position(|result| now.at_most_since(result.at) < kept);
        0..=surely.unwrap_or(self.kept.len())
    }

    fn by_rates(&self, settings: &Settings, starts: std::ops::RangeInclusive<usize>) -> (Holds, Holds) {
        let enough = |start: usize| self.kept.len() - start >= settings.least();
        let over = |rate: &dyn Fn(usize) -> Holds| {
            Holds::all_of(starts.clone().map(|start| if enough(start) { rate(start) } else { Holds::No }))
        };
        let by_failures = settings.share.map_or(Holds::No, |share| over(&|start| self.rate_from(start, share)));
        let by_slow = settings.slow.map_or(Holds::No, |slow| over(&|start| self.slow_from(start, slow)));
        (by_failures, by_slow)
    }

    fn rate_from(&self, start: usize, share: f64) -> Holds {
        let failed = self.kept.iter().skip(start).filter(|result| result.failed).count();
        if failed as f64 / (self.kept.len() - start) as f64 >= share { Holds::Yes } else { Holds::No }
    }

    fn slow_from(&self, start: usize, slow: Slow) -> Holds {
        let number = |slow: &[Holds]| self.kept.iter().skip(start).filter(|result| slow.contains(&result.slow)).count();
        let total = (self.kept.len() - start) as f64;
        if number(&[Holds::Yes]) as f64 / total >= slow.share {
            Holds::Yes
        } else if number(&[Holds::Yes, Holds::Perhaps]) as f64 / total >= slow.share {
            Holds::Perhaps
        } else {
            Holds::No
        }
    }

    fn by_average(&self, settings: &Settings, now: ClockReading, span: Duration) -> Holds {
        let (Some(share), Some((_, average))) = (settings.share, self.average) else { return Holds::No };
        // Between two readings of a clock the average can differ slightly.
        let margin = if now.is_exact() { 1e-9 } else { 0.05 };
        // Slices without results for a while are kept longer, up to twice the time.
        let surely = self.kept.iter().filter(|result| now.at_most_since(result.at) < span.mul_f64(0.8)).count();
        let perhaps = self.kept.iter().filter(|result| now.at_least_since(result.at) <= span * 2).count();
        if now.at_most_since(self.since) < span || average < share - margin || perhaps < settings.minimum {
            Holds::No
        } else if now.at_least_since(self.since) >= span && average > share + margin && surely >= settings.minimum {
            Holds::Yes
        } else {
            Holds::Perhaps
        }
    }
}

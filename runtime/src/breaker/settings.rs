//! `Settings` of a breaker, with their names in breakers in use.

use std::time::Duration;

/// Settings of a breaker: when it opens, when it probes, and when it closes again.
///
/// [`new`](Self::new) is for breakers that count failures, [`rate`](Self::rate) for those that open at a share of
/// failures. The settings and their names in other libraries:
///
/// | here | resilience4j | Polly | failsafe-rs |
/// |---|---|---|---|
/// | `new(failures, …)` | | | `consecutive_failures` |
/// | `rate(share, …)` | `failureRateThreshold` | `FailureRatio` | 1 − `required_success_rate` |
/// | `window(calls)` | `slidingWindowSize`, count-based | | |
/// | `window_of(time, grain)` | `slidingWindowSize`, time-based (1 s) | `SamplingDuration` (a tenth of it) | |
/// | `weighted_over(time)` | | | `window` |
/// | `minimum_calls` | `minimumNumberOfCalls` | `MinimumThroughput` | `min_request_threshold` |
/// | `slow(than, share)` | `slowCallDurationThreshold`, `slowCallRateThreshold` | | |
/// | `reset` | `waitDurationInOpenState` | `BreakDuration` | `backoff`, constant |
/// | `judged_together(probes)` | `permittedNumberOfCallsInHalfOpenState` | | |
/// | `probes(at_once)` | | 1 | `u32::MAX` |
///
/// ```
/// use brunt::breaker::Settings;
/// use std::time::Duration;
///
/// let minute = Duration::from_secs(60);
/// let resilience4j = Settings::rate(0.5, minute).window(100).minimum_calls(100).judged_together(10);
/// let (sampling, grain) = (Duration::from_secs(30), Duration::from_secs(3));
/// let polly = Settings::rate(0.1, Duration::from_secs(5)).window_of(sampling, grain).minimum_calls(100);
/// let failsafe = Settings::rate(0.2, minute).weighted_over(sampling).minimum_calls(5).probes(u32::MAX);
/// # let _ = (resilience4j, polly, failsafe);
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) failures: Option<u32>,
    pub(super) share: Option<f64>,
    pub(super) slow: Option<Slow>,
    pub(super) window: Option<ResultWindow>,
    pub(super) minimum: usize,
    pub(super) reset: Duration,
    pub(super) closes: Closes,
    pub(super) probes: u32,
    pub(super) histories: usize,
}

/// When a call is slow, and which share of slow calls opens the breaker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slow {
    pub(super) than: Duration,
    pub(super) share: f64,
}

/// The results over which a rate is computed.
#[derive(Clone, Copy, Debug)]
pub(super) enum ResultWindow {
    Calls(usize),
    Time { span: Duration, grain: Duration },
    Weighted { span: Duration },
}

/// The probes that close the breaker again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Closes {
    /// This number of successful probes; one failure opens it.
    Successes(u32),
    /// This number of probes together, by the rates that open it.
    Together(u32),
}

impl Settings {
    /// Opens at `failures` consecutive failures; after `reset` it lets probes pass; `successes` of them close it, one
    /// failure opens it again.
    pub fn new(failures: u32, reset: Duration, successes: u32) -> Self {
        let successes = successes.max(1);
        Self {
            failures: Some(failures.max(1)),
            share: None,
            slow: None,
            window: None,
            minimum: 1,
            reset,
            closes: Closes::Successes(successes),
            probes: successes,
            histories: 2_000,
        }
    }

    /// Opens when at least this share (0 to 1) of the last calls failed: of the last 100, once there are 100. After
    /// `reset` it lets one probe pass, whose success closes it and whose failure opens it again.
    ///
    /// A breaker may check the rate after a success too, or only after a failure.
    pub fn rate(share: f64, reset: Duration) -> Self {
        let share = Some(share);
        Self { failures: None, share, window: Some(ResultWindow::Calls(100)), minimum: 100, ..Self::new(1, reset, 1) }
    }

    /// Uses the last `calls` results: a breaker of [`new`](Self::new) opens at its number of failures among them, one
    /// of [`rate`](Self::rate) at its share of them. [`minimum_calls`](Self::minimum_calls) is limited to `calls`.
    pub fn window(mut self, calls: usize) -> Self {
        self.window = Some(ResultWindow::Calls(calls.max(1)));
        self
    }

    /// Uses the results of the last `time`. Breakers forget results in slices: results older than `time` minus `grain`
    /// may be forgotten already, and the check reports nothing that depends on them.
    pub fn window_of(mut self, time: Duration, grain: Duration) -> Self {
        self.window = Some(ResultWindow::Time { span: time, grain: grain.min(time) });
        self
    }

    /// Uses all results, weighted by their age (a factor of e for every `time`), and does not open before `time` has
    /// passed since the last closing. The rate opens the breaker only if it is above the share.
    pub fn weighted_over(mut self, time: Duration) -> Self {
        self.window = Some(ResultWindow::Weighted { span: time });
        self
    }

    /// Does not open before the window has at least this number of results.
    pub fn minimum_calls(mut self, calls: usize) -> Self {
        self.minimum = calls.max(1);
        self
    }

    /// Opens, too, when at least this share (0 to 1) of the calls in the window took longer than `than`, whether they
    /// succeeded or failed. A call that took exactly this time may count as slow or not.
    pub fn slow(mut self, than: Duration, share: f64) -> Self {
        self.window = self.window.or(Some(ResultWindow::Calls(100)));
        self.slow = Some(Slow { than, share });
        self
    }

    /// Lets this number of probes pass and judges them when all have ended, by the same rates: it opens again or closes.
    pub fn judged_together(mut self, probes: u32) -> Self {
        let probes = probes.max(1);
        (self.closes, self.probes) = (Closes::Together(probes), probes);
        self
    }

    /// Largest number of probes in flight (default: the number needed to close). The breaker may admit fewer, but at
    /// least one.
    pub fn probes(mut self, at_once: u32) -> Self {
        self.probes = at_once.max(1);
        self
    }

    /// Number of histories that are played (2 000). Take fewer for a breaker that waits in real time.
    pub fn histories(mut self, number: usize) -> Self {
        self.histories = number.max(1);
        self
    }

    /// The reason why no breaker can have these settings, if there is one.
    pub(super) fn mistake(&self) -> Option<String> {
        let shares = [self.share, self.slow.map(|slow| slow.share)];
        for share in shares.into_iter().flatten() {
            if !(share > 0.0 && share <= 1.0) {
                return Some(format!("a share of {share}: from above 0 to 1, as 0.5 for 50%"));
            }
        }
        match (self.closes, self.window) {
            (Closes::Together(_), _) if self.share.is_none() => {
                Some("probes are judged together by a rate: use `Settings::rate`".to_owned())
            }
            (_, Some(ResultWindow::Time { .. } | ResultWindow::Weighted { .. })) if self.failures.is_some() => {
                Some("a window of time is of a rate: use `Settings::rate`".to_owned())
            }
            (_, Some(ResultWindow::Weighted { .. })) if self.slow.is_some() => {
                Some("a weighted window has no slow calls: use `window` or `window_of`".to_owned())
            }
            _ => None,
        }
    }

    pub(super) fn judges_together(&self) -> bool {
        matches!(self.closes, Closes::Together(_))
    }

    pub(super) fn least(&self) -> usize {
        match self.window {
            Some(ResultWindow::Calls(calls)) => self.minimum.min(calls),
            _ => self.minimum,
        }
    }

    /// Number of results with which a history can open the breaker.
    pub(super) fn calls_to_open(&self) -> usize {
        let window = match self.window {
            Some(ResultWindow::Calls(calls)) => calls,
            _ => self.minimum,
        };
        self.failures.map_or(window.max(self.minimum), |failures| failures as usize)
    }

    /// Time for which results are kept, if the window is a time.
    pub(super) fn span(&self) -> Option<Duration> {
        match self.window? {
            ResultWindow::Calls(_) => None,
            ResultWindow::Time { span, .. } | ResultWindow::Weighted { span } => Some(span),
        }
    }

    pub(super) fn calls_to_close(&self) -> usize {
        let (Closes::Successes(calls) | Closes::Together(calls)) = self.closes;
        calls as usize
    }
}

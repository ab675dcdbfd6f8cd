//! Histories: what happens to a breaker, at random and shrunk. It knows no breaker.

use super::reference::Settings;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::fmt;
use std::time::Duration;

/// Something that happens to a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call that succeeds at once.
    Success,
    /// A call that fails at once.
    Failure,
    /// A call whose caller goes away at once.
    Cancelled,
    /// A call begins; its result comes later, if at all.
    Begin,
    /// The oldest call in flight succeeds.
    LateSuccess,
    /// The oldest call in flight fails.
    LateFailure,
    /// The caller of the oldest call in flight goes away.
    LateCancel,
    /// Time passes.
    Advance(Duration),
}

impl Event {
    pub(super) fn is_failure(self) -> bool {
        matches!(self, Self::Failure | Self::LateFailure)
    }

    /// Whether it ends a call that began earlier.
    pub(super) fn is_late(self) -> bool {
        matches!(self, Self::LateSuccess | Self::LateFailure | Self::LateCancel)
    }

    pub(super) fn is_success(self) -> bool {
        matches!(self, Self::Success | Self::LateSuccess)
    }

    fn wait(self) -> Option<Duration> {
        match self {
            Self::Advance(time) => Some(time),
            _ => None,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("a call succeeds"),
            Self::Failure => f.write_str("a call fails"),
            Self::Cancelled => f.write_str("a call is cancelled"),
            Self::Begin => f.write_str("a call begins"),
            Self::LateSuccess => f.write_str("the oldest call in flight succeeds"),
            Self::LateFailure => f.write_str("the oldest call in flight fails"),
            Self::LateCancel => f.write_str("the oldest call in flight is cancelled"),
            Self::Advance(time) => write!(f, "{time:?} pass"),
        }
    }
}

/// A history in fair and foul weather: spells of mostly failures and of mostly successes, so that every state is met.
pub(super) fn random(settings: &Settings, random: &mut Pcg64Mcg) -> Vec<Event> {
    let tick = Duration::from_millis(1);
    let long = Event::Advance(settings.reset + tick);
    let waits = [tick, settings.reset / 2, settings.reset.saturating_sub(tick), settings.reset, settings.reset + tick];
    let wait = |random: &mut Pcg64Mcg| Event::Advance(waits[random.random_range(0..waits.len())]);
    let mut events = Vec::new();
    for _ in 0..random.random_range(2..8) {
        let foul = random.random_bool(0.5);
        // Long enough to open it, and long enough to close it.
        let most = 2 * if foul { settings.failures } else { settings.successes.max(settings.probes) } + 2;
        for _ in 0..random.random_range(1..=most) {
            events.push(match (random.random_range(0..40), foul) {
                (0..22, true) => Event::Failure,
                (0..12, false) => Event::Success,
                (0..28, _) => Event::Begin,
                (28..30, _) => Event::Cancelled,
                (30, _) => Event::LateCancel,
                (31 | 32, true) | (31..35, false) => Event::LateSuccess,
                (33..37, true) | (35..37, false) => Event::LateFailure,
                (37, true) => Event::Success,
                (37, false) => Event::Failure,
                _ => wait(random),
            });
        }
        events.push(if foul && random.random_bool(0.5) { long } else { wait(random) });
    }
    events
}

/// Drops what is not needed for `shows` to hold, first in halves and at last event by event.
pub(super) fn shrunk(mut events: Vec<Event>, shows: &mut dyn FnMut(&[Event]) -> bool) -> Vec<Event> {
    let mut length = events.len().div_ceil(2).max(1);
    loop {
        let (mut at, mut dropped) = (0, false);
        while at < events.len() {
            let mut fewer = events.clone();
            fewer.drain(at..(at + length).min(events.len()));
            if shows(&fewer) {
                (events, dropped) = (fewer, true);
            } else {
                at += length;
            }
        }
        if length == 1 && !dropped && !merged(&mut events, shows) && !waited_at_once(&mut events, shows) {
            return events;
        }
        length = (length / 2).max(1);
    }
}

/// Makes one call that ends at once of one that begins and ends later, where that shows the same.
fn merged(events: &mut Vec<Event>, shows: &mut dyn FnMut(&[Event]) -> bool) -> bool {
    for begin in (0..events.len()).filter(|at| events[*at] == Event::Begin).collect::<Vec<usize>>() {
        for end in begin + 1..events.len() {
            let at_once = match events[end] {
                Event::LateSuccess => Event::Success,
                Event::LateFailure => Event::Failure,
                Event::LateCancel => Event::Cancelled,
                _ => continue,
            };
            let mut fewer = events.clone();
            fewer[begin] = at_once;
            fewer.remove(end);
            if shows(&fewer) {
                *events = fewer;
                return true;
            }
        }
    }
    false
}

/// Makes one wait of two, where that shows the same.
fn waited_at_once(events: &mut Vec<Event>, shows: &mut dyn FnMut(&[Event]) -> bool) -> bool {
    let waits: Vec<(usize, Duration)> =
        events.iter().enumerate().filter_map(|(at, event)| Some((at, event.wait()?))).collect();
    for pair in waits.windows(2) {
        let [(first, some), (second, more)] = [pair[0], pair[1]];
        let mut fewer = events.clone();
        fewer[second] = Event::Advance(some + more);
        fewer.remove(first);
        if shows(&fewer) {
            *events = fewer;
            return true;
        }
    }
    false
}

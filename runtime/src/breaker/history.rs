//! Histories of events of a breaker: making them at random, and shrinking them.

use super::settings::Settings;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::fmt;
use std::time::Duration;

/// An event of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call that succeeds at once.
    Success,
    /// A call that fails at once.
    Failure,
    /// A call that is cancelled at once.
    Cancelled,
    /// A call begins; its result comes later, if at all.
    Begin,
    /// The oldest call in flight succeeds.
    LateSuccess,
    /// The oldest call in flight fails.
    LateFailure,
    /// The oldest call in flight is cancelled.
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

/// A random history of spells with mostly failures and spells with mostly successes, so that every state occurs.
pub(super) fn random_history(settings: &Settings, random: &mut Pcg64Mcg) -> Vec<Event> {
    let Some(failures) = settings.failures.filter(|_| settings.slow.is_none()) else {
        return by_rate(settings, random);
    };
    let closes = u32::try_from(settings.calls_to_close()).unwrap_or(u32::MAX);
    let tick = Duration::from_millis(1);
    let long = Event::Advance(settings.reset + tick);
    let waits = [tick, settings.reset / 2, settings.reset.saturating_sub(tick), settings.reset, settings.reset + tick];
    let wait = |random: &mut Pcg64Mcg| Event::Advance(waits[random.random_range(0..waits.len())]);
    let mut events = Vec::new();
    for _ in 0..random.random_range(2..8) {
        let foul = random.random_bool(0.5);
        // Enough calls to open the breaker, or to close it.
        let probes = settings.probes.min(closes.saturating_mul(2)).max(1);
        let most = 2 * if foul { failures } else { closes.max(probes) } + 2;
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

/// The kind of a spell of calls.
#[derive(Clone, Copy)]
enum Weather {
    Fair,
    Foul,
    /// Failures at about the rate that opens the breaker.
    Changing,
    /// Calls that last about as long as slow ones.
    Slow,
}

/// A random history for a breaker by rate: failures occur at about the rate that opens it, calls last about as long as
/// slow ones, and time passes in parts of the window.
fn by_rate(settings: &Settings, random: &mut Pcg64Mcg) -> Vec<Event> {
    use Weather::{Changing, Fair, Foul, Slow};
    let slow: &[Weather] = if settings.slow.is_some() { &[Slow, Slow] } else { &[] };
    let weathers = [&[Fair, Foul, Foul, Changing, Changing], slow].concat();
    let tick = Duration::from_millis(1);
    let span = settings.span().unwrap_or(settings.reset);
    let waits =
        [tick, settings.reset.saturating_sub(tick), settings.reset, settings.reset + tick, span / 2, span + tick];
    let calls = settings.calls_to_open().max(settings.calls_to_close());
    let mut events = Vec::new();
    for _ in 0..random.random_range(2..8) {
        let weather = weathers[random.random_range(0..weathers.len())];
        // Enough calls to open the breaker, or to close it, and some more.
        let most = if random.random_bool(0.5) { calls } else { settings.calls_to_close() } + 2;
        for _ in 0..random.random_range(1..=most) {
            add_call(weather, settings, random, &mut events);
        }
        let wait = waits[random.random_range(0..waits.len())];
        events.push(Event::Advance(if random.random_bool(0.4) { settings.reset + tick } else { wait }));
    }
    events
}

/// Adds a call of a spell, or another event.
fn add_call(weather: Weather, settings: &Settings, random: &mut Pcg64Mcg, events: &mut Vec<Event>) {
    let share = settings.share.unwrap_or(0.5);
    let fails = match weather {
        Weather::Fair => 0.1,
        Weather::Foul => 0.9,
        Weather::Changing => share,
        Weather::Slow => 0.1,
    };
    let failed = random.random_bool(fails);
    if let (Weather::Slow, Some(slow)) = (weather, settings.slow) {
        let tick = Duration::from_millis(1);
        let lengths = [slow.than + tick, slow.than + tick, slow.than, slow.than.saturating_sub(tick)];
        let length = lengths[random.random_range(0..lengths.len())];
        let end = if failed { Event::LateFailure } else { Event::LateSuccess };
        events.extend([Event::Begin, Event::Advance(length), end]);
        return;
    }
    events.push(match random.random_range(0..24) {
        0 => Event::Begin,
        1 if failed => Event::LateFailure,
        1 => Event::LateSuccess,
        2 => [Event::Cancelled, Event::LateCancel][random.random_range(0..2)],
        3 | 4 => Event::Advance(settings.span().unwrap_or(settings.reset) * random.random_range(1..=16) / 64),
        _ if failed => Event::Failure,
        _ => Event::Success,
    });
}

/// Removes the events that are not needed for `shows` to return true, first in halves and finally one by one.
pub(super) fn shrink_history(mut events: Vec<Event>, shows: &mut dyn FnMut(&[Event]) -> bool) -> Vec<Event> {
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
        if length == 1 && !dropped && !merge_calls(&mut events, shows) && !merge_waits(&mut events, shows) {
            return events;
        }
        length = (length / 2).max(1);
    }
}

/// Replaces a call that ends later by one that ends at once, if the history still shows the same.
fn merge_calls(events: &mut Vec<Event>, shows: &mut dyn FnMut(&[Event]) -> bool) -> bool {
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

/// Merges two waits into one, if the history still shows the same.
fn merge_waits(events: &mut Vec<Event>, shows: &mut dyn FnMut(&[Event]) -> bool) -> bool {
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

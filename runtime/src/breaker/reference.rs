//! The reference: what a breaker ought to do, as a state machine over told time. It knows no breaker.

use std::collections::VecDeque;
use std::time::Duration;

/// What a breaker is set to.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) failures: u32,
    pub(super) window: Option<usize>,
    pub(super) reset: Duration,
    pub(super) successes: u32,
    pub(super) probes: u32,
    pub(super) histories: usize,
}

impl Settings {
    /// Opens at `failures` consecutive failures; after `reset` it lets probes pass; `successes` of them close it, one
    /// failure opens it again.
    pub fn new(failures: u32, reset: Duration, successes: u32) -> Self {
        let (failures, successes) = (failures.max(1), successes.max(1));
        Self { failures, window: None, reset, successes, probes: successes, histories: 2_000 }
    }

    /// Opens at so many failures among the last `calls` results instead.
    pub fn window(mut self, calls: usize) -> Self {
        self.window = Some(calls.max(1));
        self
    }

    /// How many probes may be in flight at once (as many as are needed to close). Fewer are fine, one must be possible.
    pub fn probes(mut self, at_once: u32) -> Self {
        self.probes = at_once.max(1);
        self
    }

    /// How many histories are played (2 000): fewer for a breaker that really has to wait.
    pub fn histories(mut self, number: usize) -> Self {
        self.histories = number.max(1);
        self
    }
}

/// The three states of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Calls pass.
    Closed,
    /// Calls are rejected.
    Open,
    /// Probes pass.
    HalfOpen,
}

/// Whether a call is to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Must,
    May,
    MustNot,
}

/// A call that was admitted: results count only in the state that admitted it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket(u64);

/// A moment, and within what it is known: told time is exact, read time lies between two readings.
#[derive(Clone, Copy, Debug, Default)]
struct Moment {
    earliest: Duration,
    latest: Duration,
}

pub(super) struct Reference<'a> {
    settings: &'a Settings,
    pub(super) state: State,
    now: Moment,
    opened: Moment,
    /// Counts changes of state.
    pub(super) generation: u64,
    /// The last results, `true` for a failure.
    results: VecDeque<bool>,
    pub(super) succeeded: u32,
    probing: u32,
    /// The state before it last opened, and how many probes had succeeded in it.
    pub(super) opened_from: (State, u32),
}

impl<'a> Reference<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            state: State::Closed,
            now: Moment::default(),
            opened: Moment::default(),
            generation: 0,
            results: VecDeque::new(),
            succeeded: 0,
            probing: 0,
            opened_from: (State::Closed, 0),
        }
    }

    /// So much time was told to pass.
    pub(super) fn advance(&mut self, by: Duration) {
        self.now = Moment { earliest: self.now.earliest + by, latest: self.now.latest + by };
    }

    pub(super) fn reset(&self) -> Duration {
        self.settings.reset
    }

    /// What happens now happens between these two readings of the breaker's clock.
    pub(super) fn happens_between(&mut self, before: Duration, after: Duration) {
        self.now = Moment { earliest: before, latest: after };
    }

    /// Whether a call must pass now. Exactly at the end of the reset time, or where the readings of a clock leave it
    /// open whether that has come, both answers are right.
    pub(super) fn admission(&self) -> Admission {
        match self.state {
            State::Closed => Admission::Must,
            State::Open if self.open_at_least() > self.settings.reset => Admission::Must,
            State::Open if self.open_at_most() < self.settings.reset => Admission::MustNot,
            State::Open => Admission::May,
            State::HalfOpen if self.probing == 0 => Admission::Must,
            State::HalfOpen if self.probing < self.settings.probes => Admission::May,
            State::HalfOpen => Admission::MustNot,
        }
    }

    /// Whether a breaker in this state may show itself so.
    pub(super) fn may_show(&self, shown: State) -> bool {
        let due = self.state == State::Open && self.open_at_most() >= self.settings.reset;
        shown == self.state || due && shown == State::HalfOpen
    }

    fn open_at_least(&self) -> Duration {
        self.now.earliest.saturating_sub(self.opened.latest)
    }

    fn open_at_most(&self) -> Duration {
        self.now.latest.saturating_sub(self.opened.earliest)
    }

    pub(super) fn begin(&mut self) -> Ticket {
        if self.state == State::Open {
            self.enter(State::HalfOpen);
        }
        self.probing += u32::from(self.state == State::HalfOpen);
        Ticket(self.generation)
    }

    pub(super) fn finish(&mut self, ticket: Ticket, success: bool) {
        if !self.is_current(ticket) {
            return;
        }
        match (self.state, success) {
            (State::Closed, _) => self.count(success),
            (State::HalfOpen, true) => {
                self.probing -= 1;
                self.succeeded += 1;
                if self.succeeded >= self.settings.successes {
                    self.enter(State::Closed);
                }
            }
            (State::HalfOpen, false) => self.enter(State::Open),
            (State::Open, _) => {}
        }
    }

    pub(super) fn cancel(&mut self, ticket: Ticket) {
        if self.is_current(ticket) && self.state == State::HalfOpen {
            self.probing -= 1;
        }
    }

    /// A stale result must change nothing.
    pub(super) fn is_current(&self, ticket: Ticket) -> bool {
        ticket.0 == self.generation
    }

    fn count(&mut self, success: bool) {
        if self.settings.window.is_none() && success {
            self.results.clear();
            return;
        }
        self.results.push_back(!success);
        if self.settings.window.is_some_and(|calls| self.results.len() > calls) {
            self.results.pop_front();
        }
        let failures = self.results.iter().filter(|failed| **failed).count();
        if failures >= self.settings.failures as usize && !success {
            self.enter(State::Open);
        }
    }

    /// Closed by probes, with no failure since.
    pub(super) fn was_just_closed(&self) -> bool {
        self.state == State::Closed && self.generation > 0 && !self.results.contains(&true)
    }

    /// Changes state, as the rules say or, after a deviation, as the breaker under test did.
    pub(super) fn enter(&mut self, state: State) {
        if state == State::Open {
            self.opened_from = (self.state, self.succeeded);
        }
        self.state = state;
        self.generation += 1;
        self.opened = self.now;
        self.results.clear();
        (self.succeeded, self.probing) = (0, 0);
    }

    /// Takes opening back, as a breaker did that was to open and did not: one failure short of it, and results of the
    /// calls in flight count.
    pub(super) fn stay_closed(&mut self) {
        self.state = State::Closed;
        self.generation -= 1;
        self.results.extend((1..self.settings.failures).map(|_| true));
    }
}

//! `ReferenceBreaker`: the reference model, a state machine over the time of the history.

use super::results::{ClockReading, Holds, Opens, Results};
use super::settings::{Closes, Settings};
use std::time::Duration;

/// The three states of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Calls are admitted.
    Closed,
    /// Calls are rejected.
    Open,
    /// Probes are admitted.
    HalfOpen,
}

/// Whether a call must be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallAdmission {
    Must,
    May,
    MustNot,
}

/// An admitted call. Its result counts only in the state that admitted it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    generation: u64,
    begun: ClockReading,
}

/// The last opening.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) from: State,
    /// Number of probes that had succeeded.
    pub(super) succeeded: u32,
    pub(super) by_slow_calls: bool,
}

pub(super) struct ReferenceBreaker<'a> {
    settings: &'a Settings,
    pub(super) state: State,
    now: ClockReading,
    opened: ClockReading,
    /// Number of changes of state.
    pub(super) generation: u64,
    results: Results,
    /// Results before the last opening.
    before: Results,
    probing: u32,
    pub(super) opening: Opening,
    /// Whether the last result may or may not have changed the state.
    pub(super) is_undecided: bool,
}

impl<'a> ReferenceBreaker<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            state: State::Closed,
            now: ClockReading::default(),
            opened: ClockReading::default(),
            generation: 0,
            results: Results::default(),
            before: Results::default(),
            probing: 0,
            opening: Opening { from: State::Closed, succeeded: 0, by_slow_calls: false },
            is_undecided: false,
        }
    }

    /// Moves the clock by `by`.
    pub(super) fn advance(&mut self, by: Duration) {
        self.now = ClockReading { earliest: self.now.earliest + by, latest: self.now.latest + by };
    }

    pub(super) fn reset(&self) -> Duration {
        self.settings.reset
    }

    /// Whether probes are judged together.
    pub(super) fn judges_together(&self) -> bool {
        self.settings.judges_together()
    }

    /// Sets the time of the next event: it is between these two readings of the breaker's clock.
    pub(super) fn happens_between(&mut self, before: Duration, after: Duration) {
        self.now = ClockReading { earliest: before, latest: after };
    }

    /// Whether a call must be admitted now. Both answers are right exactly at the end of the reset time, or if this
    /// time is between two readings of a clock.
    pub(super) fn admission(&self) -> CallAdmission {
        let reset = self.settings.reset;
        match self.state {
            State::Closed => CallAdmission::Must,
            State::Open if self.now.at_least_since(self.opened) > reset => CallAdmission::Must,
            State::Open if self.now.at_most_since(self.opened) < reset => CallAdmission::MustNot,
            State::Open => CallAdmission::May,
            State::HalfOpen if self.places() == 0 => CallAdmission::MustNot,
            State::HalfOpen if self.probing == 0 => CallAdmission::Must,
            State::HalfOpen => CallAdmission::May,
        }
    }

    /// Number of further probes that may begin.
    fn places(&self) -> u32 {
        let taken = match self.settings.closes {
            Closes::Successes(_) => self.probing,
            Closes::Together(_) => self.probing + u32::try_from(self.results.len()).unwrap_or(u32::MAX),
        };
        self.settings.probes.saturating_sub(taken)
    }

    /// Whether a breaker in the state of the reference may show the state `shown`.
    pub(super) fn may_show(&self, shown: State) -> bool {
        let due = self.state == State::Open && self.now.at_most_since(self.opened) >= self.settings.reset;
        shown == self.state || due && shown == State::HalfOpen
    }

    pub(super) fn begin(&mut self) -> Ticket {
        if self.state == State::Open {
            self.enter(State::HalfOpen);
        }
        self.probing += u32::from(self.state == State::HalfOpen);
        Ticket { generation: self.generation, begun: self.now }
    }

    pub(super) fn finish(&mut self, ticket: Ticket, success: bool) {
        if !self.is_current(ticket) || self.state == State::Open {
            return;
        }
        let probes = self.state == State::HalfOpen;
        self.results.add(self.settings, probes, !success, ticket.begun, self.now);
        if self.state == State::Closed {
            let opens = self.results.open(self.settings, self.now);
            match opens.holds {
                Holds::Yes => self.open(opens),
                Holds::Perhaps => self.is_undecided = true,
                Holds::No => {}
            }
            return;
        }
        self.probing -= 1;
        match self.settings.closes {
            Closes::Successes(_) if !success => self.enter(State::Open),
            Closes::Successes(wanted) if self.succeeded() >= wanted => self.enter(State::Closed),
            Closes::Together(wanted) if self.results.len() >= wanted as usize => self.judge_probes(),
            _ => {}
        }
    }

    fn judge_probes(&mut self) {
        let opens = self.results.fail_together(self.settings);
        match opens.holds {
            Holds::Yes => self.open(opens),
            Holds::No => self.enter(State::Closed),
            Holds::Perhaps => self.is_undecided = true,
        }
    }

    fn open(&mut self, opens: Opens) {
        self.enter(State::Open);
        self.opening.by_slow_calls = opens.by_slow_calls;
    }

    pub(super) fn cancel(&mut self, ticket: Ticket) {
        if self.is_current(ticket) && self.state == State::HalfOpen {
            self.probing -= 1;
        }
    }

    /// Whether a call is stale: its result must change nothing.
    pub(super) fn is_current(&self, ticket: Ticket) -> bool {
        ticket.generation == self.generation
    }

    /// Number of probes that have succeeded.
    pub(super) fn succeeded(&self) -> u32 {
        if self.state == State::HalfOpen { u32::try_from(self.results.successes()).unwrap_or(u32::MAX) } else { 0 }
    }

    /// Whether a probe has failed or was slow and did not open the breaker by itself.
    pub(super) fn has_bad_probes(&self) -> bool {
        self.state == State::HalfOpen && (self.results.has_failures() || self.results.has_slow_calls())
    }

    /// Whether a probe of the current state has ended.
    pub(super) fn has_judged(&self) -> bool {
        self.state == State::HalfOpen && self.results.len() > 0
    }

    pub(super) fn probes(&self) -> u32 {
        self.settings.probes
    }

    /// Whether a success can open the breaker.
    pub(super) fn goes_by_rate(&self) -> bool {
        self.settings.share.is_some() || self.settings.slow.is_some()
    }

    /// Whether probes have closed the breaker, with no failure since.
    pub(super) fn was_just_closed(&self) -> bool {
        self.state == State::Closed && self.generation > 0 && !self.results.has_failures()
    }

    /// Changes the state: by the rules or, after a deviation or if two states are right, to that of the checked
    /// breaker.
    pub(super) fn enter(&mut self, state: State) {
        if state == State::Open {
            self.opening = Opening { from: self.state, succeeded: self.succeeded(), by_slow_calls: false };
        }
        self.state = state;
        self.generation += 1;
        self.opened = self.now;
        self.before = std::mem::replace(&mut self.results, Results::since(self.now));
        self.probing = 0;
        self.is_undecided = false;
    }

    /// Undoes the opening, after a breaker did not open although it should have. The results of calls in flight count
    /// again.
    pub(super) fn stay_closed(&mut self) {
        self.state = State::Closed;
        self.generation -= 1;
        self.results = std::mem::take(&mut self.before);
    }
}

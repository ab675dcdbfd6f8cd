//! `Play`: plays one history to a breaker and to the reference, and finds the hazards at which they differ.

use super::Breaker;
use super::deviation::Hazard;
use super::history::Event;
use super::reference::{CallAdmission, ReferenceBreaker, State, Ticket};
use super::settings::Settings;
use std::collections::VecDeque;

/// Number of reset times after which a breaker that still rejects calls is considered to ignore the clock.
const RESET_TIMES_TRIED: u32 = 10;

pub(super) struct Play<'a, B: Breaker> {
    breaker: B,
    reference: ReferenceBreaker<'a>,
    calls: VecDeque<(B::Call, Ticket)>,
    /// Whether the breaker has rejected a call since the last change of state of the reference.
    rejected: bool,
    /// Hazards found so far; `None` for one that cannot be distinguished from another.
    pub(super) hazards: Vec<Option<Hazard>>,
    /// Stale results that are withheld from the breaker.
    withhold: Option<Stale>,
    withheld: Vec<B::Call>,
}

/// Kind of results of calls that an earlier state admitted; a cancelled call counts as a failure.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stale {
    Successes,
    Failures,
}

#[derive(Clone, Copy)]
enum CallEnd {
    Result(bool),
    Cancelled,
}

enum Begun {
    Admitted,
    Rejected,
    /// The breaker is in a state that the reference cannot follow.
    Parted,
}

impl<'a, B: Breaker> Play<'a, B> {
    pub(super) fn new(settings: &'a Settings, breaker: B, withhold: Option<Stale>) -> Self {
        let (reference, calls, hazards) = (ReferenceBreaker::new(settings), VecDeque::new(), Vec::new());
        Self { breaker, reference, calls, rejected: false, hazards, withhold, withheld: Vec::new() }
    }

    /// Plays an event; returns whether the rest of the history can still be compared.
    pub(super) fn happens(&mut self, event: Event) -> bool {
        let (before, generation) = (self.reference.state, self.reference.generation);
        let goes_on = match event {
            Event::Success => self.at_once(CallEnd::Result(true)),
            Event::Failure => self.at_once(CallEnd::Result(false)),
            Event::Cancelled => self.at_once(CallEnd::Cancelled),
            Event::Begin => !matches!(self.begin(), Begun::Parted),
            Event::LateSuccess => self.late(CallEnd::Result(true)),
            Event::LateFailure => self.late(CallEnd::Result(false)),
            Event::LateCancel => self.late(CallEnd::Cancelled),
            Event::Advance(by) => {
                self.breaker.advance(by);
                self.reference.advance(by);
                true
            }
        };
        let changed = generation != self.reference.generation;
        self.rejected &= !changed;
        if self.reference.is_undecided {
            return goes_on && self.follows();
        }
        match self.timed(|breaker| breaker.state()) {
            Some(shown) if goes_on && !self.reference.may_show(shown) => self.shows(before, shown),
            // A call that is cancelled at once shows whether a breaker that hides its state opened at the failure.
            None if goes_on && before == State::HalfOpen && self.reference.judges_together() => self.fills_places(),
            None if goes_on && self.may_have_opened(event, changed) => self.at_once(CallEnd::Cancelled),
            _ => goes_on,
        }
    }

    /// Calls the breaker, and gives the reference the time of the call if the breaker has a readable clock.
    fn timed<T>(&mut self, ask: impl FnOnce(&mut B) -> T) -> T {
        let before = self.breaker.elapsed();
        let answer = ask(&mut self.breaker);
        if let (Some(before), Some(after)) = (before, self.breaker.elapsed()) {
            self.reference.happens_between(before, after);
        }
        answer
    }

    fn may_have_opened(&self, event: Event, changed: bool) -> bool {
        match self.reference.state {
            State::Closed => event.is_failure() || self.reference.goes_by_rate() && event.is_success(),
            State::Open => changed,
            State::HalfOpen => false,
        }
    }

    /// Begins one probe more than there are places, and cancels all of them. This shows whether a breaker that hides
    /// its state is half-open, or has closed or opened.
    fn fills_places(&mut self) -> bool {
        let before = self.calls.len();
        let mut goes_on = true;
        for _ in 0..=self.reference.probes() {
            match self.begin() {
                Begun::Admitted => {}
                Begun::Rejected => break,
                Begun::Parted => {
                    goes_on = false;
                    break;
                }
            }
        }
        for (call, ticket) in self.calls.split_off(before) {
            self.end(call, ticket, CallEnd::Cancelled);
        }
        goes_on
    }

    /// Sets the reference to the state of the breaker, if more than one state is right. If the state is hidden, a call
    /// that is cancelled at once shows it.
    fn follows(&mut self) -> bool {
        self.reference.is_undecided = false;
        let before = self.reference.state;
        match (before, self.timed(|breaker| breaker.state())) {
            (State::HalfOpen, Some(State::HalfOpen)) => {
                self.hazards.push(Some(Hazard::ClosesLate));
                false
            }
            (_, Some(shown)) if shown != before => {
                self.reference.enter(shown);
                true
            }
            (_, Some(_)) => true,
            (State::Closed, None) => {
                match self.timed(|breaker| breaker.begin()) {
                    None => {
                        self.reference.enter(State::Open);
                        self.rejected = true;
                    }
                    Some(call) => {
                        let ticket = self.reference.begin();
                        self.end(call, ticket, CallEnd::Cancelled);
                    }
                }
                true
            }
            (_, None) => false,
        }
    }

    fn at_once(&mut self, end: CallEnd) -> bool {
        match self.begin() {
            Begun::Admitted => {
                if let Some((call, ticket)) = self.calls.pop_back() {
                    self.end(call, ticket, end);
                }
                true
            }
            Begun::Rejected => true,
            Begun::Parted => false,
        }
    }

    fn late(&mut self, end: CallEnd) -> bool {
        if let Some((call, ticket)) = self.calls.pop_front() {
            let kind = if matches!(end, CallEnd::Result(true)) { Stale::Successes } else { Stale::Failures };
            if self.withhold == Some(kind) && !self.reference.is_current(ticket) {
                self.withheld.push(call);
            } else {
                self.end(call, ticket, end);
            }
        }
        true
    }

    fn end(&mut self, call: B::Call, ticket: Ticket, end: CallEnd) {
        match end {
            CallEnd::Result(success) => {
                self.timed(|breaker| breaker.finish(call, success));
                self.reference.finish(ticket, success);
            }
            CallEnd::Cancelled => {
                self.timed(|breaker| breaker.cancel(call));
                self.reference.cancel(ticket);
            }
        }
    }

    fn begin(&mut self) -> Begun {
        let begun = self.timed(|breaker| breaker.begin());
        let admission = self.reference.admission();
        let Some(call) = begun else {
            self.rejected = true;
            if admission != CallAdmission::Must {
                return Begun::Rejected;
            }
            let hazard = self.why_rejected();
            self.hazards.push(Some(hazard));
            return Begun::Parted;
        };
        if admission == CallAdmission::MustNot {
            let hazard = self.why_admitted();
            self.hazards.push(hazard);
            match hazard {
                Some(Hazard::OpensLate | Hazard::IgnoresSlowCalls) => self.reference.stay_closed(),
                Some(Hazard::TooManyProbes) => {}
                _ => return Begun::Parted,
            }
        }
        let ticket = self.reference.begin();
        self.calls.push_back((call, ticket));
        Begun::Admitted
    }

    /// The hazard of a rejected call that had to be admitted.
    fn why_rejected(&mut self) -> Hazard {
        let state = self.reference.state;
        match state {
            State::Closed if self.may_close_late() => Hazard::ClosesLate,
            State::Closed => Hazard::OpensEarly,
            State::Open if self.rejects_for_ever() => Hazard::IgnoresTime,
            State::Open => Hazard::RejectsAfterReset,
            State::HalfOpen if self.reference.judges_together() && self.reference.has_bad_probes() => {
                Hazard::ReopensEarly
            }
            State::HalfOpen => Hazard::Wedged,
        }
    }

    /// Whether the reference has closed and the breaker possibly not: if it hides its state, it then opens at the next
    /// failure.
    fn may_close_late(&self) -> bool {
        let hidden = self.breaker.state().is_none();
        self.reference.was_just_closed() || hidden && self.reference.generation > 0
    }

    /// Whether the breaker stays open for ever. The rest of the history then shows nothing.
    fn rejects_for_ever(&mut self) -> bool {
        self.breaker.advance(self.reference.reset() * RESET_TIMES_TRIED);
        self.breaker.begin().is_none()
    }

    /// The hazard of an admitted call that had to be rejected; `None` if it can be one of two hazards.
    fn why_admitted(&self) -> Option<Hazard> {
        let reference = &self.reference;
        let hidden = self.breaker.state().is_none();
        match reference.state {
            State::HalfOpen if hidden && reference.judges_together() && reference.has_judged() => {
                Some(Hazard::ClosesEarly)
            }
            State::HalfOpen if reference.succeeded() == 0 || self.breaker.state().is_some() => {
                Some(Hazard::TooManyProbes)
            }
            State::HalfOpen => None,
            _ if self.rejected || self.breaker.state().is_some() => Some(Hazard::AdmitsBeforeReset),
            _ => Some(match (reference.opening.from, reference.opening.succeeded) {
                (State::HalfOpen, _) if reference.judges_together() => Hazard::PassesFailedProbes,
                (State::HalfOpen, 0) => Hazard::IgnoresFailedProbe,
                (State::HalfOpen, _) => Hazard::ClosesEarly,
                _ => self.why_not_opened(),
            }),
        }
    }

    fn why_not_opened(&self) -> Hazard {
        if self.reference.opening.by_slow_calls { Hazard::IgnoresSlowCalls } else { Hazard::OpensLate }
    }

    /// Records the hazard of a breaker that shows a wrong state.
    fn shows(&mut self, before: State, shown: State) -> bool {
        let together = self.reference.judges_together();
        let hazard = match (self.reference.state, shown) {
            (State::Closed, State::HalfOpen) => Hazard::ClosesLate,
            (State::Closed, _) if before == State::HalfOpen => Hazard::ReopensEarly,
            (State::Closed, _) => Hazard::OpensEarly,
            (State::Open, _) if before == State::HalfOpen && together => Hazard::PassesFailedProbes,
            (State::Open, _) if before == State::HalfOpen => Hazard::IgnoresFailedProbe,
            (State::Open, State::Closed) if before == State::Closed => self.why_not_opened(),
            (State::Open, _) => Hazard::AdmitsBeforeReset,
            (State::HalfOpen, State::Closed) => Hazard::ClosesEarly,
            (State::HalfOpen, _) if self.reference.has_bad_probes() => Hazard::ReopensEarly,
            (State::HalfOpen, _) => Hazard::Reopens,
        };
        self.hazards.push(Some(hazard));
        match hazard {
            Hazard::OpensLate | Hazard::IgnoresSlowCalls => self.reference.stay_closed(),
            Hazard::ClosesEarly => self.reference.enter(State::Closed),
            _ => return false,
        }
        true
    }
}

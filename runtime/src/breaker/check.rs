//! Plays histories to a breaker and to the reference, and names where they part. It knows a breaker only by its trait.

use super::Breaker;
use super::deviation::{Deviation, Deviations, Hazard};
use super::history::{self, Event};
use super::reference::{Admission, Reference, Settings, State, Ticket};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use std::collections::{BTreeMap, VecDeque};

/// How many reset times a breaker that still rejects after one is given before its clock is doubted.
const RESETS: u32 = 10;

/// Plays random histories to breakers that `make` makes, each fresh, and compares them with the reference.
///
/// After a deviation the reference follows the breaker, so that one flaw does not hide the next.
///
/// # Errors
/// The breaker is not as `settings` say.
pub fn check<B: Breaker>(settings: &Settings, seed: u64, mut make: impl FnMut() -> B) -> Result<(), Deviations> {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut shortest = BTreeMap::<Hazard, Vec<Event>>::new();
    for _ in 0..settings.histories {
        let events = history::random(settings, &mut random);
        for (hazard, length) in shown(settings, &mut make, &events) {
            let known = shortest.entry(hazard).or_insert_with(|| events[..length].to_vec());
            if length < known.len() {
                *known = events[..length].to_vec();
            }
        }
    }
    let found: Vec<Deviation> = shortest
        .into_iter()
        .map(|(hazard, events)| {
            let mut shows = |events: &[Event]| {
                shown(settings, &mut make, events)
                    .iter()
                    .any(|(other, length)| *other == hazard && *length == events.len())
            };
            Deviation { hazard, history: history::shrunk(events, &mut shows) }
        })
        .collect();
    if found.is_empty() { Ok(()) } else { Err(Deviations { found, seed }) }
}

/// The hazards that a history shows, each with the number of events after which it does.
fn shown<B: Breaker>(settings: &Settings, make: &mut impl FnMut() -> B, events: &[Event]) -> Vec<(Hazard, usize)> {
    let (found, _) = played(Play::new(settings, make(), false), events);
    let Some((_, length)) = found.iter().find(|(hazard, _)| hazard.is_stale()) else { return found };
    // Was it the stale result? It was not where the breaker parts at the same place without having heard of it.
    let (without, parted) = played(Play::new(settings, make(), true), &events[..*length]);
    if parted == Some(*length) || without.iter().any(|(_, other)| other == length) { without } else { found }
}

/// The hazards, and after how many events the reference could not follow any more.
fn played<B: Breaker>(mut play: Play<'_, B>, events: &[Event]) -> (Vec<(Hazard, usize)>, Option<usize>) {
    let mut found = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let goes_on = play.happens(*event);
        found.extend(play.hazards.drain(..).map(|hazard| (hazard, at + 1)));
        if !goes_on {
            return (found, Some(at + 1));
        }
    }
    (found, None)
}

struct Play<'a, B: Breaker> {
    breaker: B,
    reference: Reference<'a>,
    calls: VecDeque<(B::Call, Ticket)>,
    /// What came since the reference last changed its state.
    stale: Stale,
    /// The breaker has rejected since the reference last changed its state.
    rejected: bool,
    hazards: Vec<Hazard>,
    /// Stale results are kept from the breaker.
    withhold: bool,
    withheld: Vec<B::Call>,
}

/// Whether results came of calls that an earlier state admitted; a caller that goes away counts as a failure.
#[derive(Clone, Copy, Default)]
struct Stale {
    success: bool,
    failure: bool,
}

impl Stale {
    fn any(self) -> bool {
        self.success || self.failure
    }

    /// Which of them it was cannot be told where there were both.
    fn hazard(self) -> Option<Hazard> {
        match (self.success, self.failure) {
            (true, false) => Some(Hazard::StaleSuccess),
            (false, true) => Some(Hazard::StaleFailure),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
enum End {
    Result(bool),
    Cancelled,
}

enum Begun {
    Admitted,
    Rejected,
    /// The breaker is where the reference cannot follow it.
    Parted,
}

impl<'a, B: Breaker> Play<'a, B> {
    fn new(settings: &'a Settings, breaker: B, withhold: bool) -> Self {
        let (reference, calls, hazards) = (Reference::new(settings), VecDeque::new(), Vec::new());
        Self {
            breaker,
            reference,
            calls,
            stale: Stale::default(),
            rejected: false,
            hazards,
            withhold,
            withheld: Vec::new(),
        }
    }

    /// Whether the rest of the history still means something.
    fn happens(&mut self, event: Event) -> bool {
        let before = self.reference.state;
        let goes_on = match event {
            Event::Success => self.at_once(End::Result(true)),
            Event::Failure => self.at_once(End::Result(false)),
            Event::Cancelled => self.at_once(End::Cancelled),
            Event::Begin => !matches!(self.begin(), Begun::Parted),
            Event::LateSuccess => self.late(End::Result(true)),
            Event::LateFailure => self.late(End::Result(false)),
            Event::LateCancel => self.late(End::Cancelled),
            Event::Advance(by) => {
                self.breaker.advance(by);
                self.reference.advance(by);
                true
            }
        };
        if before != self.reference.state {
            (self.stale, self.rejected) = (Stale::default(), false);
        }
        match self.timed(|breaker| breaker.state()) {
            Some(shown) if goes_on && !self.reference.may_show(shown) => self.shows(before, shown),
            // A call that is cancelled at once tells whether a breaker that hides its state opened at the failure.
            None if goes_on && event.is_failure() && self.is_open_or_closed(before) => self.at_once(End::Cancelled),
            _ => goes_on,
        }
    }

    /// Asks something of the breaker, and tells the reference when, where the breaker has a clock that can be read.
    fn timed<T>(&mut self, ask: impl FnOnce(&mut B) -> T) -> T {
        let before = self.breaker.elapsed();
        let answer = ask(&mut self.breaker);
        if let (Some(before), Some(after)) = (before, self.breaker.elapsed()) {
            self.reference.happens_between(before, after);
        }
        answer
    }

    fn is_open_or_closed(&self, before: State) -> bool {
        self.reference.state == State::Closed || before != State::Open && self.reference.state == State::Open
    }

    fn at_once(&mut self, end: End) -> bool {
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

    fn late(&mut self, end: End) -> bool {
        if let Some((call, ticket)) = self.calls.pop_front() {
            let stale = !self.reference.is_current(ticket);
            if stale && self.withhold {
                self.withheld.push(call);
            } else {
                let success = matches!(end, End::Result(true));
                self.stale.success |= stale && success;
                self.stale.failure |= stale && !success;
                self.end(call, ticket, end);
            }
        }
        true
    }

    fn end(&mut self, call: B::Call, ticket: Ticket, end: End) {
        match end {
            End::Result(success) => {
                self.timed(|breaker| breaker.finish(call, success));
                self.reference.finish(ticket, success);
            }
            End::Cancelled => {
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
            if admission != Admission::Must {
                return Begun::Rejected;
            }
            let hazard = self.why_rejected();
            self.hazards.extend(hazard);
            return Begun::Parted;
        };
        if admission == Admission::MustNot {
            let hazard = self.why_admitted();
            self.hazards.extend(hazard);
            match hazard {
                Some(Hazard::OpensLate) => self.reference.stay_closed(),
                Some(Hazard::TooManyProbes) => {}
                _ => return Begun::Parted,
            }
        }
        let ticket = self.reference.begin();
        self.calls.push_back((call, ticket));
        Begun::Admitted
    }

    /// Why it rejects a call that must pass.
    fn why_rejected(&mut self) -> Option<Hazard> {
        let state = self.reference.state;
        Some(match state {
            _ if self.stale.any() => return self.stale.hazard(),
            State::Closed if self.reference.was_just_closed() => Hazard::ClosesLate,
            State::Closed => Hazard::OpensEarly,
            State::Open if self.rejects_for_ever() => Hazard::IgnoresTime,
            State::Open => Hazard::RejectsAfterReset,
            State::HalfOpen => Hazard::Wedged,
        })
    }

    /// Whether the breaker is open however long one waits; it is of no use to the history any more.
    fn rejects_for_ever(&mut self) -> bool {
        self.breaker.advance(self.reference.reset() * RESETS);
        self.breaker.begin().is_none()
    }

    /// Why it admits a call that must not pass; `None` where it cannot be told which of two hazards it is.
    fn why_admitted(&self) -> Option<Hazard> {
        let reference = &self.reference;
        match reference.state {
            _ if self.stale.any() => self.stale.hazard(),
            State::HalfOpen if reference.succeeded == 0 || self.breaker.state().is_some() => {
                Some(Hazard::TooManyProbes)
            }
            State::HalfOpen => None,
            _ if self.rejected || self.breaker.state().is_some() => Some(Hazard::AdmitsBeforeReset),
            _ => Some(match reference.opened_from {
                (State::HalfOpen, 0) => Hazard::IgnoresFailedProbe,
                (State::HalfOpen, _) => Hazard::ClosesEarly,
                _ => Hazard::OpensLate,
            }),
        }
    }

    /// The breaker shows a state that it ought not to be in.
    fn shows(&mut self, before: State, shown: State) -> bool {
        if self.stale.any() {
            self.hazards.extend(self.stale.hazard());
            return false;
        }
        let hazard = match (self.reference.state, shown) {
            (State::Closed, State::HalfOpen) => Hazard::ClosesLate,
            (State::Closed, _) => Hazard::OpensEarly,
            (State::Open, _) if before == State::HalfOpen => Hazard::IgnoresFailedProbe,
            (State::Open, State::Closed) if before == State::Closed => Hazard::OpensLate,
            (State::Open, _) => Hazard::AdmitsBeforeReset,
            (State::HalfOpen, State::Closed) => Hazard::ClosesEarly,
            (State::HalfOpen, _) => Hazard::Reopens,
        };
        self.hazards.push(hazard);
        match hazard {
            Hazard::OpensLate => self.reference.stay_closed(),
            Hazard::ClosesEarly => self.reference.enter(State::Closed),
            _ => return false,
        }
        true
    }
}

//! A breaker that is right, and one for each known hazard: the check must pass the first and name each of the others.

use super::*;
use proptest::prelude::*;
use std::cell::Cell;

mod rates;

const RESET: Duration = Duration::from_secs(60);

/// A right breaker, with a switch for each thing that can be wrong.
#[derive(Clone)]
struct Specimen {
    failures: u32,
    successes: u32,
    probes: u32,
    hidden: bool,
    frozen: bool,
    reset: Duration,
    reads: Option<Cell<u64>>,
    forgets_cancelled: bool,
    counts_stale: bool,
    cancel_fails: bool,
    failed_probe_ignored: bool,
    window: Option<usize>,
    state: State,
    now: Duration,
    until: Duration,
    era: u32,
    results: Vec<bool>,
    succeeded: u32,
    probing: u32,
}

fn right() -> Specimen {
    Specimen {
        failures: 5,
        successes: 2,
        probes: 2,
        hidden: false,
        frozen: false,
        reset: RESET,
        reads: None,
        forgets_cancelled: false,
        counts_stale: false,
        cancel_fails: false,
        failed_probe_ignored: false,
        window: None,
        state: State::Closed,
        now: Duration::ZERO,
        until: Duration::ZERO,
        era: 0,
        results: Vec::new(),
        succeeded: 0,
        probing: 0,
    }
}

impl Specimen {
    fn enter(&mut self, state: State) {
        (self.state, self.era, self.until) = (state, self.era + 1, self.now + self.reset);
        (self.succeeded, self.probing) = (0, 0);
        self.results.clear();
    }
}

impl Breaker for Specimen {
    type Call = u32;

    fn begin(&mut self) -> Option<u32> {
        if self.state == State::Open && self.now >= self.until {
            self.enter(State::HalfOpen);
        }
        match self.state {
            State::Open => return None,
            State::HalfOpen if self.probing >= self.probes => return None,
            State::HalfOpen => self.probing += 1,
            State::Closed => {}
        }
        Some(self.era)
    }

    fn finish(&mut self, era: u32, success: bool) {
        if era != self.era && !self.counts_stale {
            return;
        }
        match (self.state, success) {
            (State::Closed, true) if self.window.is_none() => self.results.clear(),
            (State::Closed, _) => {
                self.results.push(!success);
                let from = self.window.map_or(0, |calls| self.results.len().saturating_sub(calls));
                let failed = self.results[from..].iter().filter(|failed| **failed).count();
                if !success && failed >= self.failures as usize {
                    self.enter(State::Open);
                }
            }
            (State::HalfOpen, true) => {
                self.probing = self.probing.saturating_sub(1);
                self.succeeded += 1;
                if self.succeeded >= self.successes {
                    self.enter(State::Closed);
                }
            }
            (State::HalfOpen, false) if self.failed_probe_ignored => self.probing = self.probing.saturating_sub(1),
            (State::HalfOpen, false) => self.enter(State::Open),
            (State::Open, _) => {}
        }
    }

    fn cancel(&mut self, era: u32) {
        if era == self.era && self.state == State::HalfOpen {
            if self.cancel_fails {
                self.enter(State::Open);
            } else if !self.forgets_cancelled {
                self.probing = self.probing.saturating_sub(1);
            }
        }
    }

    fn advance(&mut self, by: Duration) {
        self.now += if self.frozen { Duration::ZERO } else { by };
    }

    /// With `reads`, a clock that goes on by a microsecond at every reading, beside what was told.
    fn elapsed(&self) -> Option<Duration> {
        let reads = self.reads.as_ref()?;
        reads.set(reads.get() + 1);
        Some(self.now + Duration::from_micros(reads.get()))
    }

    fn state(&self) -> Option<State> {
        (!self.hidden).then_some(self.state)
    }
}

fn settings() -> Settings {
    Settings::new(5, RESET, 2)
}

/// The hazards that a breaker shows, with its state visible or not.
fn hazards(specimen: &Specimen, hidden: bool) -> Vec<(Hazard, Vec<Event>)> {
    let make = || Specimen { hidden, ..specimen.clone() };
    let Err(found) = check(&settings(), 7, make) else { return Vec::new() };
    found.deviations().iter().map(|deviation| (deviation.hazard(), deviation.history().to_vec())).collect()
}

fn names(specimen: &Specimen, hidden: bool) -> Vec<Hazard> {
    hazards(specimen, hidden).into_iter().map(|(hazard, _)| hazard).collect()
}

#[test]
fn a_right_breaker_passes() {
    for hidden in [false, true] {
        assert_eq!(hazards(&right(), hidden), []);
        assert_eq!(hazards(&Specimen { probes: 1, ..right() }, hidden), [], "fewer probes at once are fine");
    }
    let windowed = Specimen { window: Some(8), ..right() };
    assert!(check(&settings().window(8), 7, || windowed.clone()).is_ok());
    assert!(check(&settings(), 7, || windowed.clone()).unwrap_err().shows(Hazard::OpensEarly));
}

#[test]
fn an_off_by_one_threshold_is_shown_by_the_shortest_history() {
    let late = Specimen { failures: 6, ..right() };
    assert_eq!(hazards(&late, false), [(Hazard::OpensLate, vec![Event::Failure; 5])]);
    assert_eq!(hazards(&late, true), [(Hazard::OpensLate, vec![Event::Failure; 5])]);
    let early = Specimen { failures: 4, ..right() };
    assert_eq!(hazards(&early, false), [(Hazard::OpensEarly, vec![Event::Failure; 4])]);
    assert_eq!(names(&early, true), [Hazard::OpensEarly]);
}

#[test]
fn every_hazard_has_its_name_whether_the_state_is_visible_or_not() {
    let wedged = Specimen { forgets_cancelled: true, ..right() };
    let unlimited = Specimen { probes: u32::MAX, ..right() };
    let frozen = Specimen { frozen: true, ..right() };
    let slow = Specimen { reset: RESET * 2, ..right() };
    let hasty = Specimen { successes: 1, ..right() };
    let stale = Specimen { counts_stale: true, ..right() };
    let blind = Specimen { failed_probe_ignored: true, ..right() };
    for hidden in [false, true] {
        assert_eq!(names(&wedged, hidden), [Hazard::Wedged]);
        assert_eq!(names(&unlimited, hidden), [Hazard::TooManyProbes], "{:?}", hazards(&unlimited, hidden));
        assert_eq!(names(&frozen, hidden), [Hazard::IgnoresTime]);
        assert_eq!(names(&slow, hidden), [Hazard::RejectsAfterReset]);
        assert!(names(&hasty, hidden).contains(&Hazard::ClosesEarly));
        assert!(names(&stale, hidden).contains(&Hazard::StaleSuccess));
        assert!(names(&stale, hidden).contains(&Hazard::StaleFailure));
        assert!(names(&blind, hidden).contains(&Hazard::IgnoresFailedProbe));
    }
    assert!(names(&Specimen { cancel_fails: true, ..right() }, false).contains(&Hazard::Reopens));
    assert!(names(&Specimen { successes: 3, probes: 3, ..right() }, false).contains(&Hazard::ClosesLate));
}

#[test]
fn what_a_simpler_flaw_explains_is_not_told_twice() {
    let slow = Specimen { successes: 3, ..right() };
    assert_eq!(names(&slow, true), [Hazard::ClosesLate], "{:?}", hazards(&slow, true));
    let blind = Specimen { failed_probe_ignored: true, ..right() };
    assert!(!names(&blind, true).contains(&Hazard::ClosesEarly), "{:?}", hazards(&blind, true));
}

/// A success of before it opened resets the failures of after it closed.
#[test]
fn a_stale_result_is_blamed_for_a_breaker_that_opens_late() {
    let stale = names(&Specimen { counts_stale: true, ..right() }, false);
    assert_eq!(stale, [Hazard::StaleSuccess, Hazard::StaleFailure]);
}

#[test]
fn what_two_readings_of_a_clock_leave_open_is_not_judged() {
    let reads = || Some(Cell::new(0));
    assert_eq!(hazards(&Specimen { reads: reads(), ..right() }, false), []);
    let late = Specimen { failures: 6, probes: u32::MAX, reads: reads(), ..right() };
    assert_eq!(names(&late, false), [Hazard::OpensLate, Hazard::TooManyProbes]);
    // Wrong by more than lies between two readings.
    let early = Specimen { reset: RESET - Duration::from_millis(1), reads: reads(), ..right() };
    assert_eq!(names(&early, false), [Hazard::AdmitsBeforeReset]);
}

#[test]
fn one_flaw_does_not_hide_another() {
    let found = names(&Specimen { failures: 6, successes: 1, probes: u32::MAX, ..right() }, false);
    assert_eq!(found, [Hazard::OpensLate, Hazard::TooManyProbes, Hazard::ClosesEarly]);
}

#[test]
fn a_wedge_needs_no_more_than_it_says() {
    let found = hazards(&Specimen { forgets_cancelled: true, ..right() }, false);
    let [(Hazard::Wedged, history)] = &found[..] else { panic!("{found:?}") };
    // Open it, wait, cancel both probes, and ask for a third.
    assert_eq!(history.len(), 5 + 1 + 2 + 1, "{history:?}");
}

#[test]
fn the_same_seed_finds_the_same() {
    let text = || check(&settings(), 3, || Specimen { failures: 6, ..right() }).unwrap_err().to_string();
    assert_eq!(text(), text());
    assert!(text().starts_with("the breaker (seed 3)\nopens too late:\n  1. a call fails\n"), "{}", text());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_right_breaker_passes_at_any_settings(failures in 1_u32..9, successes in 1_u32..5, seed in any::<u64>()) {
        let make = || Specimen { failures, successes, probes: successes, ..right() };
        let found = check(&Settings::new(failures, RESET, successes), seed, make);
        prop_assert!(found.is_ok(), "{}", found.unwrap_err());
    }
}

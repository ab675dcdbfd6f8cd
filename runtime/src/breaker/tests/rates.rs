//! Breakers by rate as resilience4j, Polly and failsafe-rs have them, each written after its library and not after the
//! reference: right, none deviates; with any one setting off by one, the right hazard is named.

use super::*;
use std::collections::VecDeque;

const TICK: Duration = Duration::from_millis(1);

/// What the three have in common: states, time, calls that remember what admitted them.
#[derive(Clone)]
struct Circuit {
    state: State,
    hidden: bool,
    now: Duration,
    until: Duration,
    era: u32,
    probing: u32,
}

#[derive(Clone, Copy)]
struct Call {
    era: u32,
    begun: Duration,
}

impl Circuit {
    fn new(hidden: bool) -> Self {
        let zero = Duration::ZERO;
        Self { state: State::Closed, hidden, now: zero, until: zero, era: 0, probing: 0 }
    }

    fn enter(&mut self, state: State, reset: Duration) {
        (self.state, self.era, self.until, self.probing) = (state, self.era + 1, self.now + reset, 0);
    }

    fn call(&self) -> Call {
        Call { era: self.era, begun: self.now }
    }

    fn shown(&self) -> Option<State> {
        (!self.hidden).then_some(self.state)
    }
}

/// resilience4j: a window of calls, judged after every result; the half-open state has a window of its own.
#[derive(Clone)]
struct Resilience4j {
    circuit: Circuit,
    share: f64,
    window: usize,
    minimum: usize,
    reset: Duration,
    permitted: u32,
    slow_than: Duration,
    slow_share: f64,
    results: VecDeque<(bool, bool)>,
}

fn resilience4j(hidden: bool) -> Resilience4j {
    Resilience4j {
        circuit: Circuit::new(hidden),
        share: 0.5,
        window: 10,
        minimum: 5,
        reset: RESET,
        permitted: 4,
        slow_than: Duration::from_secs(2),
        slow_share: 0.8,
        results: VecDeque::new(),
    }
}

fn set_to_resilience4j() -> Settings {
    let slow = Duration::from_secs(2);
    Settings::rate(0.5, RESET).window(10).minimum_calls(5).judged_together(4).slow(slow, 0.8)
}

impl Resilience4j {
    fn enter(&mut self, state: State) {
        self.circuit.enter(state, self.reset);
        self.results.clear();
    }

    /// Whether a threshold is exceeded, once there are enough results.
    fn exceeds(&self, minimum: usize) -> Option<bool> {
        let total = self.results.len();
        let share =
            |counts: fn(&&(bool, bool)) -> bool| self.results.iter().filter(counts).count() as f64 / total as f64;
        (total >= minimum).then(|| share(|r| r.0) >= self.share || share(|r| r.1) >= self.slow_share)
    }
}

impl Breaker for Resilience4j {
    type Call = Call;

    fn begin(&mut self) -> Option<Call> {
        if self.circuit.state == State::Open && self.circuit.now >= self.circuit.until {
            self.enter(State::HalfOpen);
        }
        match self.circuit.state {
            State::Open => return None,
            State::HalfOpen if self.circuit.probing == self.permitted => return None,
            State::HalfOpen => self.circuit.probing += 1,
            State::Closed => {}
        }
        Some(self.circuit.call())
    }

    fn finish(&mut self, call: Call, success: bool) {
        if call.era != self.circuit.era {
            return;
        }
        self.results.push_back((!success, self.circuit.now - call.begun > self.slow_than));
        match self.circuit.state {
            State::Closed => {
                if self.results.len() > self.window {
                    self.results.pop_front();
                }
                if self.exceeds(self.minimum.min(self.window)) == Some(true) {
                    self.enter(State::Open);
                }
            }
            State::HalfOpen => match self.exceeds(self.permitted as usize) {
                Some(true) => self.enter(State::Open),
                Some(false) => self.enter(State::Closed),
                None => {}
            },
            State::Open => {}
        }
    }

    fn cancel(&mut self, call: Call) {
        if call.era == self.circuit.era && self.circuit.state == State::HalfOpen {
            self.circuit.probing -= 1;
        }
    }

    fn advance(&mut self, by: Duration) {
        self.circuit.now += by;
    }

    fn state(&self) -> Option<State> {
        self.circuit.shown()
    }
}

/// Polly: a rolling time in ten slices, judged after failures; one probe.
#[derive(Clone)]
struct Polly {
    circuit: Circuit,
    ratio: f64,
    throughput: usize,
    sampling: Duration,
    reset: Duration,
    /// When each began, and its successes and failures.
    slices: VecDeque<(Duration, usize, usize)>,
}

fn polly(hidden: bool) -> Polly {
    let (circuit, sampling) = (Circuit::new(hidden), Duration::from_secs(30));
    Polly { circuit, ratio: 0.25, throughput: 8, sampling, reset: RESET, slices: VecDeque::new() }
}

fn set_to_polly() -> Settings {
    Settings::rate(0.25, RESET).window_of(Duration::from_secs(30), Duration::from_secs(3)).minimum_calls(8)
}

impl Breaker for Polly {
    type Call = Call;

    fn begin(&mut self) -> Option<Call> {
        match self.circuit.state {
            State::Open if self.circuit.now >= self.circuit.until => {
                self.circuit.enter(State::HalfOpen, self.reset);
                self.circuit.probing = 1;
            }
            State::HalfOpen if self.circuit.probing == 0 => self.circuit.probing = 1,
            State::Open | State::HalfOpen => return None,
            State::Closed => {}
        }
        Some(self.circuit.call())
    }

    fn finish(&mut self, call: Call, success: bool) {
        if call.era != self.circuit.era {
            return;
        }
        if self.circuit.state == State::HalfOpen {
            self.circuit.enter(if success { State::Closed } else { State::Open }, self.reset);
            self.slices.clear();
            return;
        }
        let now = self.circuit.now;
        if self.slices.back().is_none_or(|(began, ..)| now - *began >= self.sampling / 10) {
            self.slices.push_back((now, 0, 0));
        }
        let sampling = self.sampling;
        self.slices.retain(|(began, ..)| now - *began < sampling);
        if let Some((_, succeeded, failed)) = self.slices.back_mut() {
            *(if success { succeeded } else { failed }) += 1;
        }
        let (succeeded, failed) = self.slices.iter().fold((0, 0), |sum, slice| (sum.0 + slice.1, sum.1 + slice.2));
        let total = succeeded + failed;
        if !success && total >= self.throughput && failed as f64 / total as f64 >= self.ratio {
            self.circuit.enter(State::Open, self.reset);
            self.slices.clear();
        }
    }

    fn cancel(&mut self, call: Call) {
        if call.era == self.circuit.era {
            self.circuit.probing = 0;
        }
    }

    fn advance(&mut self, by: Duration) {
        self.circuit.now += by;
    }

    fn state(&self) -> Option<State> {
        self.circuit.shown()
    }
}

/// failsafe-rs' `success_rate_over_time_window`: a moving average, a counter in five slices, as many probes as come.
/// (What it does with stale results, which is wrong, is left out.)
#[derive(Clone)]
struct FailsafeRs {
    circuit: Circuit,
    required: f64,
    minimum: i64,
    window: Duration,
    reset: Duration,
    since: Duration,
    average: (u128, f64),
    slices: [i64; 5],
    slice: usize,
    moved: Duration,
}

fn failsafe_rs(hidden: bool) -> FailsafeRs {
    let (circuit, window, zero) = (Circuit::new(hidden), Duration::from_secs(30), Duration::ZERO);
    let (slices, average) = ([0; 5], (0, 0.0));
    FailsafeRs {
        circuit,
        required: 0.8,
        minimum: 5,
        window,
        reset: RESET,
        since: zero,
        average,
        slices,
        slice: 0,
        moved: zero,
    }
}

fn set_to_failsafe_rs() -> Settings {
    let window = Duration::from_secs(30);
    Settings::rate(0.2, RESET).weighted_over(window).minimum_calls(5).probes(u32::MAX)
}

impl FailsafeRs {
    fn expire(&mut self) {
        let (each, passed) = ((self.window / 5).as_millis(), (self.circuit.now - self.moved).as_millis());
        if passed < each {
            return;
        }
        for _ in 0..(passed / each).min(6) {
            self.slice = (self.slice + 1) % 5;
            self.slices[self.slice] = 0;
        }
        self.moved = self.circuit.now;
    }

    fn average(&mut self, value: f64) -> f64 {
        let at = (self.circuit.now - self.since).as_millis();
        self.average.1 = if self.average.0 == 0 {
            value
        } else {
            let weight = (-((at - self.average.0) as f64) / self.window.as_millis() as f64).exp();
            value * (1.0 - weight) + self.average.1 * weight
        };
        self.average.0 = at;
        self.average.1
    }
}

impl Breaker for FailsafeRs {
    type Call = Call;

    fn begin(&mut self) -> Option<Call> {
        if self.circuit.state == State::Open {
            if self.circuit.now < self.circuit.until {
                return None;
            }
            self.circuit.enter(State::HalfOpen, self.reset);
        }
        Some(self.circuit.call())
    }

    fn finish(&mut self, call: Call, success: bool) {
        if call.era != self.circuit.era {
            return;
        }
        match (self.circuit.state, success) {
            (State::HalfOpen, true) => {
                self.circuit.enter(State::Closed, self.reset);
                (self.since, self.average, self.moved) = (self.circuit.now, (0, 0.0), self.circuit.now);
                self.slices = [0; 5];
            }
            (State::HalfOpen, false) => self.circuit.enter(State::Open, self.reset),
            (State::Closed, _) => {
                self.expire();
                self.slices[self.slice] += 1;
                let rate = self.average(f64::from(u8::from(success)));
                let enough = self.slices.iter().sum::<i64>() >= self.minimum;
                if !success && enough && rate < self.required && self.circuit.now - self.since >= self.window {
                    self.circuit.enter(State::Open, self.reset);
                }
            }
            (State::Open, _) => {}
        }
    }

    fn cancel(&mut self, _: Call) {}

    fn advance(&mut self, by: Duration) {
        self.circuit.now += by;
    }

    fn state(&self) -> Option<State> {
        self.circuit.shown()
    }
}

fn named<B: Breaker>(settings: &Settings, make: impl FnMut() -> B) -> Vec<Hazard> {
    let found = check(settings, 7, make);
    found.err().map_or_else(Vec::new, |found| found.deviations().iter().map(|one| one.hazard()).collect())
}

#[test]
fn right_breakers_by_rate_do_not_deviate() {
    for (seed, hidden) in [(1, false), (2, true), (3, false), (4, true)] {
        let found = check(&set_to_resilience4j(), seed, || resilience4j(hidden));
        assert!(found.is_ok(), "resilience4j, hidden: {hidden}: {}", found.unwrap_err());
        let found = check(&set_to_polly(), seed, || polly(hidden));
        assert!(found.is_ok(), "Polly, hidden: {hidden}: {}", found.unwrap_err());
        let found = check(&set_to_failsafe_rs(), seed, || failsafe_rs(hidden));
        assert!(found.is_ok(), "failsafe-rs, hidden: {hidden}: {}", found.unwrap_err());
    }
}

/// A change of one setting, the hazard that it is named by, and others that it brings about besides.
type Wrong<B> = (&'static str, fn(&mut B), Hazard, &'static [Hazard]);

fn each_is_named<B: Breaker + Clone>(settings: &Settings, right: impl Fn(bool) -> B, wrong: &[Wrong<B>]) {
    for (what, change, hazard, besides) in wrong {
        for hidden in [false, true] {
            let mut breaker = right(hidden);
            change(&mut breaker);
            let found = named(settings, || breaker.clone());
            let named = |found: &Hazard| found == hazard || besides.contains(found);
            assert!(found.contains(hazard) && found.iter().all(named), "{what}, hidden: {hidden}: {found:?}");
        }
    }
}

#[test]
fn any_setting_of_resilience4j_that_is_off_by_one_is_named() {
    let wrong: [Wrong<Resilience4j>; 14] = [
        ("a higher threshold", |b| b.share = 0.51, Hazard::OpensLate, &[Hazard::PassesFailedProbes]),
        ("a lower threshold (four of nine)", |b| b.share = 0.44, Hazard::OpensEarly, &[]),
        ("a window of one more", |b| b.window += 1, Hazard::OpensLate, &[Hazard::IgnoresSlowCalls]),
        ("a window of one less", |b| b.window -= 1, Hazard::OpensLate, &[Hazard::IgnoresSlowCalls]),
        ("one more call before it judges", |b| b.minimum += 1, Hazard::OpensLate, &[Hazard::IgnoresSlowCalls]),
        ("one call less before it judges", |b| b.minimum -= 1, Hazard::OpensEarly, &[]),
        (
            "one more probe",
            |b| b.permitted += 1,
            Hazard::TooManyProbes,
            &[Hazard::ClosesLate, Hazard::PassesFailedProbes],
        ),
        ("one probe less", |b| b.permitted -= 1, Hazard::ClosesEarly, &[Hazard::ReopensEarly]),
        ("a longer reset time", |b| b.reset += TICK * 2, Hazard::RejectsAfterReset, &[]),
        ("a shorter reset time", |b| b.reset -= TICK, Hazard::AdmitsBeforeReset, &[]),
        ("calls are slow later", |b| b.slow_than += TICK * 2, Hazard::IgnoresSlowCalls, &[Hazard::PassesFailedProbes]),
        ("calls are slow earlier", |b| b.slow_than -= TICK * 2, Hazard::OpensEarly, &[Hazard::ReopensEarly]),
        ("more slow calls", |b| b.slow_share = 0.81, Hazard::IgnoresSlowCalls, &[]),
        ("fewer slow calls (seven of nine)", |b| b.slow_share = 0.77, Hazard::OpensEarly, &[]),
    ];
    each_is_named(&set_to_resilience4j(), resilience4j, &wrong);
}

#[test]
fn any_setting_of_polly_that_is_off_is_named() {
    let wrong: [Wrong<Polly>; 8] = [
        ("a higher threshold", |b| b.ratio = 0.26, Hazard::OpensLate, &[]),
        ("a lower threshold (two of nine)", |b| b.ratio = 0.22, Hazard::OpensEarly, &[]),
        ("one more call before it judges", |b| b.throughput += 1, Hazard::OpensLate, &[]),
        ("one call less before it judges", |b| b.throughput -= 1, Hazard::OpensEarly, &[]),
        ("a longer time", |b| b.sampling = Duration::from_secs(40), Hazard::OpensEarly, &[]),
        ("a shorter time", |b| b.sampling = Duration::from_secs(20), Hazard::OpensLate, &[Hazard::OpensEarly]),
        ("a longer reset time", |b| b.reset += TICK * 2, Hazard::RejectsAfterReset, &[]),
        ("a shorter reset time", |b| b.reset -= TICK, Hazard::AdmitsBeforeReset, &[]),
    ];
    each_is_named(&set_to_polly(), polly, &wrong);
}

#[test]
fn any_setting_of_failsafe_rs_that_is_off_is_named() {
    let wrong: [Wrong<FailsafeRs>; 8] = [
        ("a higher rate", |b| b.required = 0.81, Hazard::OpensEarly, &[]),
        ("a lower rate", |b| b.required = 0.79, Hazard::OpensLate, &[]),
        ("one more call before it judges", |b| b.minimum += 1, Hazard::OpensLate, &[Hazard::IgnoresSlowCalls]),
        ("one call less before it judges", |b| b.minimum -= 1, Hazard::OpensEarly, &[]),
        ("a longer time", |b| b.window = Duration::from_secs(31), Hazard::OpensLate, &[Hazard::OpensEarly]),
        ("a shorter time", |b| b.window = Duration::from_secs(29), Hazard::OpensEarly, &[]),
        ("a longer reset time", |b| b.reset += TICK * 2, Hazard::RejectsAfterReset, &[]),
        ("a shorter reset time", |b| b.reset -= TICK, Hazard::AdmitsBeforeReset, &[]),
    ];
    each_is_named(&set_to_failsafe_rs(), failsafe_rs, &wrong);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn a_right_breaker_by_rate_passes_at_any_settings(
        percent in 1_u32..=100,
        (window, minimum) in (1_usize..20, 1_usize..30),
        permitted in 1_u32..6,
        (slow, slow_percent) in (1_u64..100_000, 1_u32..=100),
        hidden in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let (share, slow_share) = (f64::from(percent) / 100.0, f64::from(slow_percent) / 100.0);
        let slow_than = Duration::from_millis(slow);
        let right = Resilience4j { share, window, minimum, permitted, slow_than, slow_share, ..resilience4j(hidden) };
        let settings = Settings::rate(share, RESET).window(window).minimum_calls(minimum);
        let settings = settings.judged_together(permitted).slow(slow_than, slow_share).histories(300);
        let found = check(&settings, seed, || right.clone());
        prop_assert!(found.is_ok(), "{}", found.unwrap_err());
    }
}

#[test]
fn what_no_breaker_can_be_set_to_is_refused() {
    for (settings, text) in [
        (Settings::rate(0.0, RESET), "a share of 0"),
        (Settings::rate(50.0, RESET), "as 0.5 for 50%"),
        (Settings::rate(0.5, RESET).slow(RESET, f64::NAN), "a share of NaN"),
        (Settings::new(5, RESET, 2).judged_together(3), "use `Settings::rate`"),
        (Settings::new(5, RESET, 2).window_of(RESET, TICK), "use `Settings::rate`"),
        (Settings::rate(0.5, RESET).weighted_over(RESET).slow(RESET, 0.5), "has no slow calls"),
    ] {
        assert!(settings.mistake().is_some_and(|mistake| mistake.contains(text)), "{:?}", settings.mistake());
    }
    assert_eq!(set_to_resilience4j().mistake(), None);
}

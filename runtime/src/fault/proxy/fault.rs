//! `Fault`: a fault of a network, built by a test and injected into a proxy.

use super::rule::{Direction, MakeRule, Rule};
use super::toxics::{Bandwidth, BlackHole, ByteLimit, Latency, Reset, Slicer, SlowClose, Stall};
use crate::fault::error::Error;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A fault of the network, for [`Proxy::inject`](super::Proxy::inject).
///
/// A fault applies to every connection, in both directions, unless its constructor says otherwise or a method narrows
/// it. Randomness comes from the fault's [`seed`](Fault::seed) and the connection's number, so that the same seed affects
/// the same connections in the same way, in whatever order they send. A *piece* is the data that arrives at once, at most
/// 64 KiB.
///
/// ```
/// use brunt::fault::Fault;
/// use std::time::Duration;
///
/// let slow = Fault::latency(Duration::from_millis(50)).jitter(Duration::from_millis(10));
/// let flaky = Fault::reset().connections(0.3).seed(7);           // three in ten connections
/// let warming_up = Fault::reset().first(3);                       // the next three connections
/// let one_way = Fault::black_hole().on_answers();                  // requests arrive, answers do not
/// assert_eq!(slow.to_string(), "latency 50ms ± 10ms, on answers");
/// assert_eq!(flaky.to_string(), "reset, 30% of connections");
/// # let _ = (warming_up, one_way);
/// ```
#[derive(Clone)]
pub struct Fault {
    name: Cow<'static, str>,
    pub(super) kind: FaultKind,
    direction: Option<Direction>,
    connections: Connections,
    pub(super) pieces: f64,
    /// Whether its rule is random. The choice of connections and pieces can be random too.
    draws: bool,
    seed: Option<u64>,
    mistake: Option<String>,
}

#[derive(Clone)]
pub(super) enum FaultKind {
    Refuse,
    Hang,
    Latency { delay: Duration, jitter: Duration },
    SlowClose { delay: Duration },
    Reset { at_once: bool },
    Rule(Arc<MakeRule>),
}

/// The connections that a fault affects.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Connections {
    All,
    Share(f64),
    First(u64),
}

impl Fault {
    /// New connections are refused (`ConnectionRefused`): the port is closed. Open connections stay as they are. The
    /// kernel refuses the connections, so that the proxy does not count them.
    pub fn refuse() -> Self {
        Self::new("refuse", FaultKind::Refuse)
    }

    /// New connections are accepted, and then neither data nor an end follows. After healing they go on normally.
    pub fn hang() -> Self {
        Self::new("hang", FaultKind::Hang)
    }

    /// Answers arrive later by `delay`, with [`both_ways`](Fault::both_ways) requests too. Pieces are delayed in
    /// parallel, so that throughput stays the same. Timers have a resolution of 1 ms. In each direction up to 16 MiB
    /// can be on their way.
    pub fn latency(delay: Duration) -> Self {
        Self::new("latency", FaultKind::Latency { delay, jitter: Duration::ZERO }).on_answers()
    }

    /// Each connection carries at most `bytes_per_second` in each direction; a faster sender is slowed down.
    pub fn bandwidth(bytes_per_second: u64) -> Self {
        let mut fault = Self::of("bandwidth", move |_| Bandwidth { bytes_per_second });
        if bytes_per_second == 0 {
            fault.mistake = Some("a bandwidth of 0 passes nothing: use `Fault::black_hole()`".to_owned());
        }
        fault
    }

    /// Data arrives in pieces of `size` ± `variation` bytes (at least one), with `pause` between them. This finds
    /// readers that take the result of one read for a whole message.
    pub fn slicer(size: usize, variation: usize, pause: Duration) -> Self {
        let mut fault = Self::of("slicer", move |_| Slicer { size, variation, pause });
        fault.draws = variation > 0;
        if size == 0 {
            fault.mistake = Some("slices of 0 bytes pass nothing: use `Fault::black_hole()`".to_owned());
        }
        fault
    }

    /// Each connection ends after `bytes` of answers, counted from the injection.
    pub fn limit(bytes: usize) -> Self {
        Self::of("limit", move |_| ByteLimit { left: bytes }).on_answers()
    }

    /// The end of a stream is passed on after `delay`.
    pub fn slow_close(delay: Duration) -> Self {
        Self::new("slow close", FaultKind::SlowClose { delay })
    }

    /// Connections are reset (`ConnectionReset`): open ones at once, new ones as soon as they are accepted and before
    /// anything reaches the upstream. With [`pieces`](Fault::pieces), at the first piece of data that is drawn.
    pub fn reset() -> Self {
        Self::new("reset", FaultKind::Reset { at_once: true })
    }

    /// Nothing passes, and no connection is closed, as when a cable is cut: readers wait, writers fill their buffers,
    /// and ends and resets do not arrive. After healing the data arrives, since TCP loses no bytes of an open
    /// connection.
    pub fn black_hole() -> Self {
        Self::of("black hole", |_| BlackHole)
    }

    /// The effect that the loss of this share of packets has above TCP: a piece and everything behind it wait for its
    /// retransmission, 200 ms, and twice as long for each further loss. (A proxy cannot lose packets, because TCP would
    /// send them again.)
    pub fn stall(share: f64) -> Self {
        let mut fault = Self::of("stall", move |_| Stall { share });
        fault.mistake = not_a_share(share, "stall");
        fault.draws = true;
        fault
    }

    /// A fault of your own.
    pub fn rule(
        name: impl Into<Cow<'static, str>>,
        make: impl Fn(Direction) -> Box<dyn Rule> + Send + Sync + 'static,
    ) -> Self {
        // It is not known whether the rule is random. If it is not, the seed does no harm.
        Self { draws: true, ..Self::new(name, FaultKind::Rule(Arc::new(make))) }
    }

    /// Spreads a latency evenly over `delay` ± `jitter` (never below 0).
    pub fn jitter(mut self, spread: Duration) -> Self {
        match &mut self.kind {
            FaultKind::Latency { jitter, .. } => {
                *jitter = spread;
                self.draws = true;
            }
            _ => self.mistake = Some(format!("`{}` has no jitter: only `Fault::latency` has one", self.name)),
        }
        self
    }

    /// Affects only answers.
    pub fn on_answers(mut self) -> Self {
        self.direction = Some(Direction::ToClient);
        self
    }

    /// Affects only requests.
    pub fn on_requests(mut self) -> Self {
        self.direction = Some(Direction::ToUpstream);
        self
    }

    /// Affects requests and answers.
    pub fn both_ways(mut self) -> Self {
        self.direction = None;
        self
    }

    /// Affects only a share (0 to 1) of the connections, drawn at random.
    pub fn connections(mut self, share: f64) -> Self {
        self.mistake = self.mistake.or(not_a_share(share, "connections"));
        self.select(Connections::Share(share))
    }

    /// Affects only the first `connections` that are accepted after the injection.
    pub fn first(self, connections: u64) -> Self {
        self.select(Connections::First(connections))
    }

    fn select(mut self, connections: Connections) -> Self {
        if let (Connections::Share(_), Connections::First(_)) | (Connections::First(_), Connections::Share(_)) =
            (self.connections, connections)
        {
            let mistake = "a fault affects either a share of the connections or the first of them: give one of the two";
            self.mistake = self.mistake.or(Some(mistake.to_owned()));
        }
        self.connections = connections;
        self
    }

    /// Affects only a share (0 to 1) of the pieces of data.
    pub fn pieces(mut self, share: f64) -> Self {
        self.mistake = self.mistake.or(not_a_share(share, "pieces"));
        self.pieces = share;
        match &mut self.kind {
            FaultKind::Reset { at_once } => *at_once = false,
            FaultKind::SlowClose { .. } => {
                let mistake = "`Fault::slow_close` has no pieces: it delays the end of a stream";
                self.mistake = self.mistake.or(Some(mistake.to_owned()));
            }
            _ => {}
        }
        self
    }

    /// Seed of all randomness of the fault. Without it the [seed of the proxy](super::Proxy::seeded) is used.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Name of the fault: `latency`, `reset`, or the name given to [`rule`](Fault::rule).
    pub fn name(&self) -> &str {
        &self.name
    }

    fn new(name: impl Into<Cow<'static, str>>, kind: FaultKind) -> Self {
        let connections = Connections::All;
        Self {
            name: name.into(),
            kind,
            direction: None,
            connections,
            pieces: 1.0,
            draws: false,
            seed: None,
            mistake: None,
        }
    }

    fn of<R: Rule + 'static>(name: &'static str, make: impl Fn(Direction) -> R + Send + Sync + 'static) -> Self {
        Self::new(name, FaultKind::Rule(Arc::new(move |direction| Box::new(make(direction)))))
    }

    /// Sets the seed, unless the fault has one.
    pub(super) fn seeded(mut self, seed: u64) -> Self {
        self.seed = self.seed.or(Some(seed));
        self
    }

    /// The seed, if the fault is random.
    pub(super) fn drawn_from(&self) -> Option<u64> {
        let draws = self.draws || self.pieces < 1.0 || matches!(self.connections, Connections::Share(_));
        self.seed.filter(|_| draws)
    }

    /// Checks the options before the injection.
    pub(super) fn check(&self) -> Result<(), Error> {
        let narrowed = self.connections != Connections::All || self.pieces < 1.0 || self.direction.is_some();
        let mistake = match &self.kind {
            FaultKind::Refuse if narrowed => Some(
                "`Fault::refuse()` closes the port to everybody: for some of the connections use `Fault::reset()`"
                    .into(),
            ),
            FaultKind::Hang if self.pieces < 1.0 || self.direction.is_some() => Some(
                "`Fault::hang()` holds whole connections: for a direction or some pieces use `Fault::black_hole()`"
                    .into(),
            ),
            _ => self.mistake.clone(),
        };
        mistake.map_or(Ok(()), |mistake| Err(Error::Mistake(mistake)))
    }

    /// Whether the fault affects a connection; `since` is the number of the first connection after the injection.
    pub(super) fn selects(&self, connection: u64, since: u64, injection: u64) -> bool {
        match self.connections {
            Connections::All => true,
            Connections::Share(share) => self.random(connection, 2, injection).random_bool(share),
            Connections::First(n) => connection >= since && connection - since < n,
        }
    }

    /// The rule for a direction of a connection, with its randomness.
    pub(super) fn rule_for(
        &self,
        direction: Direction,
        connection: u64,
        injection: u64,
    ) -> Option<(Box<dyn Rule>, Pcg64Mcg)> {
        let rule: Box<dyn Rule> = match &self.kind {
            _ if self.direction.is_some_and(|only| only != direction) => return None,
            FaultKind::Refuse | FaultKind::Hang => return None,
            FaultKind::Latency { delay, jitter } => Box::new(Latency { delay: *delay, jitter: *jitter }),
            FaultKind::SlowClose { delay } => Box::new(SlowClose { delay: *delay }),
            FaultKind::Reset { at_once } => Box::new(Reset { at_once: *at_once }),
            FaultKind::Rule(make) => make(direction),
        };
        Some((rule, self.random(connection, direction as u64, injection)))
    }

    fn random(&self, connection: u64, stream: u64, injection: u64) -> Pcg64Mcg {
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15; // 2^64 / the golden ratio: neighbours land far apart
        let number = (connection * 3 + stream).wrapping_mul(SPREAD) ^ injection.wrapping_mul(SPREAD).rotate_left(32);
        Pcg64Mcg::seed_from_u64(self.seed.unwrap_or(0) ^ number)
    }
}

fn not_a_share(share: f64, what: &str) -> Option<String> {
    (!(0.0..=1.0).contains(&share)).then(|| format!("{share} is no share for `{what}`: from 0 to 1, as 0.1 for 10%"))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let FaultKind::Latency { delay, jitter } = &self.kind {
            write!(f, " {delay:?}")?;
            if !jitter.is_zero() {
                write!(f, " ± {jitter:?}")?;
            }
        }
        match self.direction {
            Some(Direction::ToClient) => f.write_str(", on answers")?,
            Some(Direction::ToUpstream) => f.write_str(", on requests")?,
            None => {}
        }
        match self.connections {
            Connections::All => {}
            Connections::Share(share) => write!(f, ", {}% of connections", as_percent(share))?,
            Connections::First(n) => write!(f, ", first {n} connections")?,
        }
        if self.pieces < 1.0 {
            write!(f, ", {}% of pieces", as_percent(self.pieces))?;
        }
        Ok(())
    }
}

fn as_percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self}")?;
        self.seed.map_or(Ok(()), |seed| write!(f, ", seed {seed}"))?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::Action;
    use super::*;

    #[test]
    fn mistakes_say_what_to_do_next() {
        let told = |fault: Fault| fault.check().unwrap_err().to_string();
        assert!(told(Fault::refuse().connections(0.5)).contains("use `Fault::reset()`"));
        assert!(told(Fault::hang().on_answers()).contains("use `Fault::black_hole()`"));
        assert!(told(Fault::bandwidth(0)).contains("use `Fault::black_hole()`"));
        assert!(told(Fault::slicer(0, 0, Duration::ZERO)).contains("use `Fault::black_hole()`"));
        assert!(told(Fault::stall(10.0)).contains("as 0.1 for 10%"));
        assert!(told(Fault::reset().connections(f64::NAN)).contains("no share"));
        assert!(told(Fault::reset().jitter(Duration::from_millis(1))).contains("only `Fault::latency`"));
        assert!(told(Fault::reset().connections(0.5).first(3)).contains("either"));
        assert!(told(Fault::latency(Duration::ZERO).first(3).connections(0.5)).contains("either"));
        assert!(told(Fault::slow_close(Duration::ZERO).pieces(0.5)).contains("has no pieces"));
        assert!(Fault::hang().first(3).check().is_ok());
    }

    #[test]
    fn the_same_seed_draws_the_same_connections_and_another_draws_others() {
        let drawn = |seed, injection| {
            let fault = Fault::reset().connections(0.3).seed(seed);
            (0..10_000).filter(|n| fault.selects(*n, 0, injection)).collect::<Vec<u64>>()
        };
        assert_eq!(drawn(1, 0), drawn(1, 0));
        assert_ne!(drawn(1, 0), drawn(2, 0));
        assert_ne!(drawn(1, 0), drawn(1, 1));
        assert!((2_800..3_200).contains(&drawn(1, 0).len()), "{}", drawn(1, 0).len());
        let first = Fault::reset().first(2);
        assert_eq!((0..9).filter(|n| first.selects(*n, 4, 0)).collect::<Vec<u64>>(), [4, 5]);
    }

    #[test]
    fn a_name_decides_nothing() {
        let fault = Fault::rule("reset", |_| Box::new(SlowClose { delay: Duration::ZERO })).pieces(0.5);
        let (mut rule, mut random) = fault.rule_for(Direction::ToClient, 0, 0).unwrap();
        assert_eq!(rule.decide(b"x", &mut random), Action::Forward);
        assert!(Fault::rule("slow close", |_| Box::new(Reset { at_once: true })).pieces(0.5).check().is_ok());
    }

    #[test]
    fn a_direction_narrows_a_fault() {
        let met = |fault: Fault, direction| fault.rule_for(direction, 0, 0).is_some();
        assert!(!met(Fault::latency(Duration::ZERO), Direction::ToUpstream));
        assert!(met(Fault::latency(Duration::ZERO).both_ways(), Direction::ToUpstream));
        assert!(met(Fault::black_hole(), Direction::ToUpstream) && met(Fault::black_hole(), Direction::ToClient));
        assert!(!met(Fault::black_hole().on_requests(), Direction::ToClient));
    }
}

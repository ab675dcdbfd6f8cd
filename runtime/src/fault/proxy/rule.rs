//! The extension point: what a fault does to the bytes of one connection in one direction. Pure: a rule sees bytes and
//! randomness, and knows neither sockets nor clocks.

use rand_pcg::Pcg64Mcg;
use std::time::Duration;

/// Where bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Requests: from the client to what stands behind the proxy.
    ToUpstream,
    /// Answers: from what stands behind the proxy to the client.
    ToClient,
}

/// What becomes of a piece of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It passes, untouched.
    Forward,
    /// It arrives that much later. What follows may be on its way meanwhile: throughput does not suffer, and order holds.
    Delay(Duration),
    /// The line is busy with it for that long: what follows waits, and the sender feels it.
    Pace(Duration),
    /// Both ends see an orderly end once what is on its way has arrived; the piece itself does not.
    Close,
    /// Both ends see a reset at once, whatever was on its way.
    Reset,
}

/// What a fault does to one direction of one connection: each gets a rule of its own, so a rule may keep state.
///
/// ```
/// use brunt::fault::{Action, Fault, Rule};
/// use rand_pcg::Pcg64Mcg;
///
/// /// Breaks the connection off at the first piece that names a secret.
/// struct Censor;
///
/// impl Rule for Censor {
///     fn decide(&mut self, piece: &[u8], _: &mut Pcg64Mcg) -> Action {
///         if piece.windows(6).any(|window| window == b"secret") { Action::Reset } else { Action::Forward }
///     }
/// }
///
/// let fault = Fault::rule("censor", |_direction| Box::new(Censor));
/// assert_eq!(fault.name(), "censor");
/// ```
pub trait Rule: Send {
    /// Asked once, when the fault meets the connection, before any bytes: `Close` and `Reset` end it, a new one before
    /// anything reaches the upstream; everything else lets it begin.
    fn begin(&mut self, _random: &mut Pcg64Mcg) -> Action {
        Action::Forward
    }

    /// How much of `available` bytes the next piece may be; 0: nothing may pass until the fault is healed.
    fn cut(&mut self, available: usize, _random: &mut Pcg64Mcg) -> usize {
        available
    }

    /// What becomes of a piece. It is never longer than what [`cut`](Rule::cut) allowed.
    fn decide(&mut self, piece: &[u8], random: &mut Pcg64Mcg) -> Action;

    /// What becomes of the end of the stream: `Delay` keeps it back, everything else lets it pass.
    fn end(&mut self, _random: &mut Pcg64Mcg) -> Action {
        Action::Forward
    }
}

/// Makes a rule for a direction of a connection.
pub(super) type MakeRule = dyn Fn(Direction) -> Box<dyn Rule> + Send + Sync;

//! `Rule`: the extension point for faults of your own. A rule decides what happens to the bytes of one connection in
//! one direction. It gets bytes and randomness, and needs neither sockets nor a clock.

use rand_pcg::Pcg64Mcg;
use std::time::Duration;

/// Direction of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Requests: from the client to the upstream, the server behind the proxy.
    ToUpstream,
    /// Answers: from the upstream to the client.
    ToClient,
}

/// What happens to a piece of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// The piece passes unchanged.
    Forward,
    /// The piece arrives later by this time. Later pieces may be on their way meanwhile, so that throughput stays the
    /// same; the order stays the same too.
    Delay(Duration),
    /// The piece keeps the line busy for this time. Later pieces wait, and the sender is slowed down.
    Pace(Duration),
    /// Both ends see an orderly end after earlier pieces have arrived. The piece itself does not arrive.
    Close,
    /// Both ends see a reset at once, and earlier pieces that have not arrived are lost.
    Reset,
}

/// What a fault does to one direction of one connection. Each direction of each connection has a rule of its own, so
/// that a rule may keep state.
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
    /// Called once, when the fault begins to act on the connection, before any bytes. `Close` and `Reset` end the
    /// connection, a new one before anything reaches the upstream. All other actions let it begin.
    fn begin(&mut self, _random: &mut Pcg64Mcg) -> Action {
        Action::Forward
    }

    /// Length of the next piece, at most `available` bytes. With 0 nothing passes until the fault is healed.
    fn cut(&mut self, available: usize, _random: &mut Pcg64Mcg) -> usize {
        available
    }

    /// What happens to a piece. It is never longer than the result of [`cut`](Rule::cut).
    fn decide(&mut self, piece: &[u8], random: &mut Pcg64Mcg) -> Action;

    /// What happens to the end of the stream. `Delay` delays it; all other actions let it pass.
    fn end(&mut self, _random: &mut Pcg64Mcg) -> Action {
        Action::Forward
    }
}

/// Makes a rule for a direction of a connection.
pub(super) type MakeRule = dyn Fn(Direction) -> Box<dyn Rule> + Send + Sync;

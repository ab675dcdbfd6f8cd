//! The one clock of a run: raw ticks of the processor, or tokio's paused clock when time is virtual.

use tokio::runtime::Handle;
use tokio::time::Instant;

/// A clock that reads raw ticks, which are cheap, and turns their differences into nanoseconds.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    Real(quanta::Clock),
    /// Nanoseconds since this instant; the handle gives threads outside the runtime its clock.
    Virtual(Instant, Handle),
}

impl Clock {
    pub(crate) fn real() -> Self {
        Self::Real(quanta::Clock::new())
    }

    /// The clock of the current paused runtime.
    pub(crate) fn paused() -> Self {
        Self::Virtual(Instant::now(), Handle::current())
    }

    pub(crate) fn is_virtual(&self) -> bool {
        matches!(self, Self::Virtual(..))
    }

    #[inline]
    pub(crate) fn raw(&self) -> u64 {
        match self {
            Self::Real(clock) => clock.raw(),
            Self::Virtual(base, handle) => {
                let _context = handle.enter();
                Instant::now().duration_since(*base).as_nanos() as u64
            }
        }
    }

    /// Nanoseconds between two readings; 0 where `to` is not after `from`.
    #[inline]
    pub(crate) fn nanos(&self, from: u64, to: u64) -> u64 {
        match self {
            Self::Real(clock) => clock.delta_as_nanos(from, to),
            Self::Virtual(..) => to.saturating_sub(from),
        }
    }
}

//! Sleeps between arrivals. Tokio's timers tick once a millisecond, which would start arrivals 1–2 ms late; on Linux a
//! timerfd is 20 times as exact.

use std::io;
use std::time::Duration;

/// The shortest sleep: it bounds how often a second the process wakes up, and all arrivals due by then start together.
#[cfg(target_os = "linux")]
pub(crate) const SHORTEST: Duration = Duration::from_micros(100);
#[cfg(not(target_os = "linux"))]
pub(crate) const SHORTEST: Duration = Duration::from_micros(200);

/// A timer for the sleeps between arrivals.
pub(crate) enum Pacer {
    /// Tokio's timers, the only ones in virtual time.
    Tokio,
    #[cfg(target_os = "linux")]
    Timer(tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>),
    /// The thread itself sleeps: its conductor has a thread of its own.
    #[cfg_attr(target_os = "linux", allow(dead_code))]
    Thread,
}

impl Pacer {
    /// The most exact pacer, for a conductor on a thread of its own where [`PACER_HAS_THREAD`] requires it.
    #[cfg(target_os = "linux")]
    pub(crate) fn real() -> io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        // The deprecation is about types that return a wrong descriptor. An `OwnedFd` does not, and the replacement is
        // missing in older versions of tokio, and `unsafe`.
        #[allow(deprecated)]
        let timer = tokio::io::unix::AsyncFd::with_interest(timer, tokio::io::Interest::READABLE)?;
        Ok(Self::Timer(timer))
    }

    /// The most exact pacer that a task beside the users may sleep with.
    pub(crate) fn beside_users() -> Self {
        if PACER_HAS_THREAD { Self::Tokio } else { Self::real().unwrap_or(Self::Tokio) }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn real() -> io::Result<Self> {
        Ok(Self::Thread)
    }

    /// Sleeps for this time, but at least [`SHORTEST`].
    pub(crate) async fn nap(&self, time: Duration) -> io::Result<()> {
        match self {
            Self::Tokio => tokio::time::sleep(time).await,
            #[cfg(target_os = "linux")]
            Self::Timer(timer) => return until_expired(timer, time.max(SHORTEST)).await,
            // Short enough to notice that the load has been ended.
            Self::Thread => std::thread::sleep(time.clamp(SHORTEST, Duration::from_millis(10))),
        }
        Ok(())
    }
}

/// Whether a conductor of arrivals needs a thread of its own in real time.
pub(crate) const PACER_HAS_THREAD: bool = cfg!(not(target_os = "linux"));

#[cfg(target_os = "linux")]
async fn until_expired(timer: &tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>, time: Duration) -> io::Result<()> {
    use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
    let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
    let value = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) };
    let once = Itimerspec { it_interval: zero, it_value: value };
    timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &once)?;
    loop {
        let mut ready = timer.readable().await?;
        let mut expirations = [0; 8];
        match ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut expirations)?)) {
            Ok(read) => return read.map(|_| ()),
            Err(_not_yet) => {}
        }
    }
}

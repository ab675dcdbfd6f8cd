//! Calls of user code on a separate thread, which is abandoned when its time limit is over.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Interval between two checks whether the result is still wanted.
const LOOK: Duration = Duration::from_millis(20);

/// The result of the call; `None` if the time limit is over or the result is no longer wanted.
pub(super) fn call_within<T: Send + 'static>(
    bound: Duration,
    is_wanted: impl Fn() -> bool,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (give, given) = channel();
    let begun = Instant::now();
    // Without a thread the call would have no bound.
    std::thread::Builder::new().name("brunt hook".to_owned()).spawn(move || give.send(call())).ok()?;
    loop {
        match given.recv_timeout(LOOK) {
            Ok(value) => return Some(value),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) if begun.elapsed() >= bound || !is_wanted() => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hang() {
        loop {
            std::thread::park();
        }
    }

    #[test]
    fn a_call_that_never_ends_is_left_behind() {
        let long = Duration::from_secs(600);
        assert_eq!(call_within(long, || true, || 1), Some(1));
        assert_eq!(call_within(Duration::ZERO, || true, hang), None);
        assert_eq!(call_within(long, || false, hang), None);
        assert_eq!(call_within(long, || true, || panic!("on purpose")), None::<()>);
    }
}

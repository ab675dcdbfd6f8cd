//! The check whether the clock of the current runtime is real.

use super::error::Error;
use std::time::{Duration, Instant};

/// Returns an error for `what`, which needs real time, if the clock of tokio is paused: it then stands still while real
/// time passes.
pub(super) fn real_time_for(what: &'static str) -> Result<(), Error> {
    let (real, seen) = (Instant::now(), tokio::time::Instant::now());
    while real.elapsed() < Duration::from_micros(2) {
        std::hint::spin_loop();
    }
    if tokio::time::Instant::now() == seen { Err(Error::VirtualTime { what }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_clock_is_told_from_a_running_one() {
        assert!(real_time_for("a socket").is_ok(), "outside of any runtime");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let error = runtime.block_on(async { real_time_for("a socket") }).unwrap_err();
        assert!(error.to_string().contains("remove `virtual_time`"), "{error}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        assert!(runtime.block_on(async { real_time_for("a socket") }).is_ok());
    }
}

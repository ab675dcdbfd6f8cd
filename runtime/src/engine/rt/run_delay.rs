//! The time that a call waited for a processor. On a busy machine the time of a long call includes that of other
//! processes, while the time of a short call mostly does not: unless it is left out, growth would be that of the other
//! processes.

use cpu_time::ThreadTime;
use std::fs::File;

/// The file in which the system counts the waits of the thread that opened it; `None` where the system does not count
/// them.
#[derive(Debug)]
pub(crate) struct RunDelay(Option<File>);

/// The counts at the start of a call.
pub(crate) struct RunDelayStart<'d> {
    delay: &'d RunDelay,
    waited: u64,
    processor: ThreadTime,
}

impl RunDelay {
    pub(crate) fn of_this_thread() -> Self {
        Self(File::open("/proc/thread-self/schedstat").ok())
    }

    /// Begins to count; `None` where the system does not count waits.
    pub(crate) fn start(&self) -> Option<RunDelayStart<'_>> {
        let waited = self.0.as_ref().and_then(read_wait)?;
        Some(RunDelayStart { delay: self, waited, processor: ThreadTime::try_now().ok()? })
    }
}

impl RunDelayStart<'_> {
    /// The time of a call without its waits, and at least its time on a processor.
    pub(crate) fn without_waits(&self, took: u64) -> u64 {
        let processor = self.processor.try_elapsed().map_or(took, |time| time.as_nanos() as u64);
        let waited = self.delay.0.as_ref().and_then(read_wait).map_or(0, |now| now.saturating_sub(self.waited));
        took.saturating_sub(waited).max(processor.min(took))
    }
}

/// Reads the second of three numbers: time on a processor, time of waiting for one, and the number of time slices (the
/// kernel's *sched-stats.rst*).
#[cfg(unix)]
fn read_wait(file: &File) -> Option<u64> {
    let mut bytes = [0; 96];
    let length = std::os::unix::fs::FileExt::read_at(file, &mut bytes, 0).ok()?;
    parse_wait(std::str::from_utf8(&bytes[..length]).ok()?)
}

#[cfg(not(unix))]
fn read_wait(_file: &File) -> Option<u64> {
    None
}

#[cfg_attr(not(unix), allow(dead_code))]
fn parse_wait(text: &str) -> Option<u64> {
    text.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_the_second_number() {
        assert_eq!(parse_wait("2517612 1014591 3\n"), Some(1_014_591));
        assert_eq!(parse_wait(""), None);
    }

    #[test]
    fn what_a_thread_did_itself_is_never_left_out() {
        let delay = RunDelay::of_this_thread();
        let Some(start) = delay.start() else { return };
        assert_eq!(start.without_waits(0), 0);
        assert!(start.without_waits(u64::MAX) > 0);
        assert!(RunDelay(None).start().is_none());
    }
}

//! The resources that the process used, second by second. The caller passes the time of each reading.

use super::allocator;
use cpu_time::ProcessTime;
use std::time::Duration;

/// One reading of the process's resources.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ResourceSample {
    /// CPU time since the last reading ÷ time since the last reading; 2.0 is two cores busy.
    pub(crate) cpu: f64,
    /// Bytes in use: those allocated where [`allocator!`](macro@crate::allocator) counts them, else those resident; 0
    /// where the system does not report it.
    pub(crate) memory: u64,
    /// Bytes received since the last reading, without those over loopback, where the system reports them.
    pub(crate) received: Option<u64>,
    /// Bytes sent since the last reading, where the system reports them.
    pub(crate) sent: Option<u64>,
}

/// Whose network traffic is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetworkScope {
    /// Traffic of all processes in this process's network namespace, on all its interfaces, as Linux keeps no counts by
    /// process. Loopback traffic is both sent and received here: it is counted once, as sent.
    Namespace,
}

impl NetworkScope {
    /// The name in reports.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Namespace => "network namespace",
        }
    }
}

/// The resources of the process over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Resources {
    /// Readings with their offset from the start of the load, about one a second.
    pub(crate) samples: Vec<(Duration, ResourceSample)>,
    /// Whose network traffic is counted; `None` where the system reports none.
    pub(crate) network_scope: Option<NetworkScope>,
}

/// Reads the resources that the process used since the last reading.
#[derive(Debug)]
pub(crate) struct Sampler {
    at: Duration,
    cpu: Option<ProcessTime>,
    network: Option<Traffic>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Traffic {
    received: u64,
    sent: u64,
}

impl Sampler {
    /// Starts sampling at this offset from the start of the load.
    pub(crate) fn new(at: Duration) -> Self {
        Self { at, cpu: ProcessTime::try_now().ok(), network: network_traffic() }
    }

    /// Reads the resources that were used until this offset.
    pub(crate) fn sample(&mut self, at: Duration) -> ResourceSample {
        let cpu = ProcessTime::try_now().ok();
        let network = network_traffic();
        let busy = self.cpu.zip(cpu).map_or(Duration::ZERO, |(last, now)| now.duration_since(last));
        let passed = at.saturating_sub(self.at).as_secs_f64();
        let moved = self.network.zip(network);
        let sample = ResourceSample {
            cpu: if passed > 0.0 { busy.as_secs_f64() / passed } else { 0.0 },
            memory: memory_in_use(),
            received: moved.map(|(last, now)| now.received.saturating_sub(last.received)),
            sent: moved.map(|(last, now)| now.sent.saturating_sub(last.sent)),
        };
        *self = Self { at, cpu, network };
        sample
    }
}

/// Bytes in use: allocated bytes, where they are counted, else resident ones. A heap that was once large keeps its
/// pages, so that a leak into these pages does not show in the resident memory.
fn memory_in_use() -> u64 {
    if allocator::installed() {
        return allocator::live();
    }
    memory_stats::memory_stats().map_or(0, |memory| memory.physical_mem as u64)
}

#[cfg(target_os = "linux")]
fn network_traffic() -> Option<Traffic> {
    sum_interfaces(&std::fs::read_to_string("/proc/self/net/dev").ok()?)
}

#[cfg(not(target_os = "linux"))]
fn network_traffic() -> Option<Traffic> {
    None
}

/// The loopback interface, which receives everything that it sends: its traffic is counted once, as sent.
const LOOPBACK: &str = "lo";

/// Sums the interfaces of Linux's `/proc/net/dev`: two lines of headings, then `name: received-bytes … sent-bytes …`
/// with the bytes sent in the ninth column (proc_pid_net(5)).
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn sum_interfaces(text: &str) -> Option<Traffic> {
    let mut all = Traffic { received: 0, sent: 0 };
    for line in text.lines().skip(2) {
        let (name, columns) = line.split_once(':')?;
        let columns: Vec<u64> = columns.split_whitespace().map_while(|column| column.parse().ok()).collect();
        let (received, sent) = (columns.first()?, columns.get(8)?);
        all.received += if name.trim() == LOOPBACK { 0 } else { *received };
        all.sent += sent;
    }
    Some(all)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const DEV: &str = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
  eth0:2000       20    0    0    0     0          0         0      300       3    0    0    0     0       0          0
";

    #[test]
    fn sums_all_interfaces_and_counts_loopback_once() {
        assert_eq!(sum_interfaces(DEV), Some(Traffic { received: 2000, sent: 1300 }));
        assert_eq!(sum_interfaces("a\nb\nnonsense"), None);
    }

    #[test]
    fn a_busy_process_uses_cpu_and_memory() {
        let mut sampler = Sampler::new(Duration::ZERO);
        let start = ProcessTime::now();
        while start.elapsed() < Duration::from_millis(5) {
            std::hint::black_box(0);
        }
        let sample = sampler.sample(Duration::from_millis(10));
        assert!(sample.cpu >= 0.5, "{sample:?}");
        assert!(sample.memory > 0, "{sample:?}");
        assert_eq!(sampler.sample(Duration::from_millis(10)).cpu, 0.0, "no time passed");
    }
}

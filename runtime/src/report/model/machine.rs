//! Where a test ran and what its process used, as data.

use super::metrics::Summary;
use serde::{Deserialize, Serialize};

/// The resources that the process used. They include the system under test if it runs in the same process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resources {
    /// Cores busy in the mean: 1.5 is one and a half.
    pub cpu_cores: Option<f64>,
    /// The most resident memory.
    pub peak_memory_bytes: Option<u64>,
    /// Whose traffic the readings count, where the system reports any: `network namespace`.
    pub network: Option<String>,
    /// Most users at once.
    pub peak_users: u64,
    /// Whether the generator could not keep its own schedule.
    pub generator_saturated: bool,
    /// How late arrivals started though a user was free.
    pub lateness_ns: Summary,
    /// How late a sleeping probe task woke up.
    pub scheduling_lag_ns: Summary,
    /// How late a sleeping thread woke up: how long the whole process was stopped or starved.
    #[serde(default)]
    pub pauses_ns: Summary,
    /// The share of the time for which the process was stopped or starved.
    #[serde(default)]
    pub paused_share: f64,
    /// For how long its control group had used up its quota of CPU, where the system reports it.
    #[serde(default)]
    pub throttled_s: Option<f64>,
    /// Arrivals that were due and never started, because the generator was too late.
    #[serde(default)]
    pub unsent: u64,
    /// How long calls of async bodies held their thread: those of a millisecond and more.
    #[serde(default)]
    pub holds_ns: Summary,
    /// How long users waited for a thread between two iterations: waits of a millisecond and more.
    #[serde(default)]
    pub waits_ns: Summary,
    /// Notes on the generator's own health; empty where it was well.
    #[serde(default)]
    pub health: Vec<String>,
    /// Readings, about one a second.
    pub samples: Vec<Reading>,
}

impl Resources {
    /// Bytes received and sent per second over all readings; `None` where the system does not report them.
    pub(crate) fn bandwidth(&self) -> Option<(f64, f64)> {
        let seconds = self.samples.last()?.at_s;
        let sum = |of: fn(&Reading) -> Option<u64>| self.samples.iter().map(of).sum::<Option<u64>>();
        let (received, sent) = (sum(|reading| reading.received_bytes)?, sum(|reading| reading.sent_bytes)?);
        (seconds > 0.0).then(|| (received as f64 / seconds, sent as f64 / seconds))
    }
}

/// One reading of what the process used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reading {
    /// When, from the start of the load.
    pub at_s: f64,
    /// Cores busy since the last reading.
    pub cpu_cores: f64,
    /// Resident memory.
    pub memory_bytes: u64,
    /// Bytes received since the last reading, without those over loopback, where the system reports them.
    pub received_bytes: Option<u64>,
    /// Bytes sent since the last reading, loopback included, where the system reports them.
    pub sent_bytes: Option<u64>,
}

/// Where a test ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Environment {
    /// The operating system, as Rust names it.
    pub os: String,
    /// The processor's architecture, as Rust names it.
    pub arch: String,
    /// Cores that the process may use.
    pub cores: u64,
    /// `debug` or `release`.
    pub profile: String,
    /// The version of brunt.
    pub brunt: String,
    /// The compiler, where known.
    pub rustc: Option<String>,
    /// The CI system, where known.
    pub ci: Option<String>,
    /// The commit, where known.
    pub git: Option<String>,
}

impl Environment {
    /// The environment as the build of this library knows it: the system, the cores, the profile, the version. The
    /// caller fills in the rest.
    pub fn here() -> Self {
        Self {
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
            brunt: env!("CARGO_PKG_VERSION").to_owned(),
            ..Self::default()
        }
    }

    /// Whether the code was built without optimisation.
    pub fn is_debug(&self) -> bool {
        self.profile == "debug"
    }
}

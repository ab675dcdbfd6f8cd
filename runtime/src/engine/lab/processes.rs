//! The processes under test: their resource usage, read about twice a second, and their output.

use crate::fault::Process;
use crate::record::experiment::{ProcessReading, ProcessRecord};
use std::sync::Arc;
use std::time::Duration;

/// Time between two readings.
pub(crate) const EVERY: Duration = Duration::from_millis(500);

/// The processes of an experiment.
#[derive(Default)]
pub(crate) struct Processes(Vec<WatchedProcess>);

struct WatchedProcess {
    process: Arc<Process>,
    last: Option<(Duration, Duration)>,
    readings: Vec<(Duration, ProcessReading)>,
}

impl Processes {
    pub(crate) fn watch(&mut self, process: Arc<Process>) {
        if !self.0.iter().any(|watched| Arc::ptr_eq(&watched.process, &process)) {
            self.0.push(WatchedProcess { process, last: None, readings: Vec::new() });
        }
    }

    /// Reads the resource usage of each process. A process that is gone has no reading, and starts anew when it is
    /// back.
    pub(crate) fn read(&mut self, at: Duration) {
        for WatchedProcess { process, last, readings } in &mut self.0 {
            let Ok(usage) = process.usage() else {
                *last = None;
                continue;
            };
            if let Some((since, cpu)) = last.replace((at, usage.cpu)) {
                let time = at.saturating_sub(since).as_secs_f64();
                if time > 0.0 {
                    let cpu = usage.cpu.saturating_sub(cpu).as_secs_f64() / time;
                    readings.push((at, ProcessReading { cpu, memory: usage.memory }));
                }
            }
        }
    }

    pub(crate) fn records(&self) -> Vec<ProcessRecord> {
        let record = |watched: &WatchedProcess| ProcessRecord {
            name: watched.process.name().to_owned(),
            readings: watched.readings.clone(),
            output: watched.process.output(),
        };
        self.0.iter().map(record).collect()
    }
}

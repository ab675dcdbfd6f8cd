//! The handle of a background load.

use super::state::{BackgroundStream, ExperimentState};
use crate::engine::schedule::Choice;
use crate::record::Label;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A background load, which runs until the end of the test or until it is [stopped](Background::stop). Dropping the
/// handle does nothing.
pub struct Background {
    core: Arc<ExperimentState>,
    /// `None` where the load could not be started, which the body's next step reports.
    running: Option<BackgroundStream>,
}

impl Background {
    pub(crate) fn new(core: &Arc<ExperimentState>, running: Option<BackgroundStream>) -> Self {
        Self { core: Arc::clone(core), running }
    }

    /// Sets how long an operation of a bystander may take to count as undisturbed.
    pub fn within(self, limit: Duration) -> Self {
        if let Some(running) = &self.running {
            let mut state = self.core.state();
            let bystander = state.bystanders.iter_mut().find(|bystander| bystander.name == running.name);
            match bystander {
                Some(bystander) => bystander.within = Some(limit),
                None => {
                    let name = &running.name;
                    let mistake =
                        format!("`within` is of bystanders, and `{name}` is none: give `timeout` in its amount");
                    state.mistake.get_or_insert(mistake);
                }
            }
        }
        self
    }

    /// Ends the load, and waits for its operations in flight, for at most `graceful_stop`.
    pub async fn stop(&self) {
        let Some(running) = &self.running else { return };
        let stream = &running.pool.stream;
        stream.roster.end();
        self.core.log.end_load(running.work.load);
        if let Choice::One(scenario) = stream.plan.scenario {
            self.core.load.close_scenario(Label(scenario));
        }
        self.core.drained(std::slice::from_ref(running)).await;
        self.core.sync();
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Background({})", self.running.as_ref().map_or("not on", |running| &running.name))
    }
}

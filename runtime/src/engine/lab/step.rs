//! What the body of an experiment measures and records itself.

use super::Lab;
use super::board::Ended;
use crate::engine::step::Running;
use crate::engine::value::Value;
use crate::failure::Failed;
use crate::record::{Context, Label, TagList};
use rand_pcg::Pcg64Mcg;
use std::future::Future;

impl Lab<'_> {
    /// Measures something that the body itself does, under a name: `lab.step("failover", …)` is `failover.p95` to
    /// targets.
    ///
    /// # Errors
    /// The future's error.
    pub async fn step<T, E: Into<Failed>>(
        &self,
        name: &str,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failed> {
        let load = &*self.core.load;
        let number = self.core.board.begin_step(load.now());
        let running = Running::start(load, self.context(), None, true, name);
        let result = future.await.map_err(Into::into);
        if let Err(failed) = &result {
            running.note_spawned_failure(failed);
        }
        let result = running.end(result);
        let ended = match &result {
            Ok(_) => Ended::Succeeded,
            Err(failed) => Ended::Failed(Failed::new(failed.kind(), failed.message())),
        };
        self.core.board.end(number, load.now(), ended);
        result
    }

    /// Records a value under a name, as [`User::record`](crate::User::record) does.
    ///
    /// # Errors
    /// The value is no number, or its unit is not that of the values before.
    pub fn record(&self, name: &str, value: impl Into<Value>) -> Result<(), Failed> {
        let load = &*self.core.load;
        let Value { number, unit } = value.into();
        let at = load.offset(load.now()).unwrap_or(0);
        load.shared.recorder.value(&self.context(), name, at, number, unit)
    }

    /// Records a flag.
    ///
    /// # Errors
    /// It is false: a failure of kind `check: NAME`.
    pub fn check(&self, name: &str, holds: bool) -> Result<(), Failed> {
        self.record(name, holds)?;
        let failed = || Failed::new(format!("check: {name}"), format_args!("the check `{name}` does not hold"));
        if holds { Ok(()) } else { Err(failed()) }
    }

    /// A random generator of this call's own, the same in every run with the same seed where the calls come in the same
    /// order.
    pub fn rng(&self) -> Pcg64Mcg {
        let draw = self.core.draws.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.core.load.shared.options.seed.rng(["lab".len() as u64, draw])
    }

    fn context(&self) -> Context {
        let load = &*self.core.load;
        let (stage, scenario) = (load.timeline.at(load.now()), Label::NONE);
        Context { stage, scenario, case: load.case, user: Context::NOBODY, tags: TagList::default() }
    }
}

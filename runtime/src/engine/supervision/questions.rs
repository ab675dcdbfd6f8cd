//! Questions of a test under way to the thread that waits for it. That thread may give up: then there is no answer, and
//! the test ends.

use super::outcome::RunOutcome;
use crate::engine::rt::stop::Halt;
use crate::record::Measurements;
use crate::record::course::{Course, Recovered};
use brunt_plan::Plan;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

/// What says whether the system is in the state that it should be in.
pub(crate) trait Hypothesis: Sync {
    /// Whether it was in the phase `baseline` of these measurements.
    ///
    /// # Errors
    /// In one line, why not.
    fn steady(&self, so_far: &Measurements) -> Result<(), String>;

    /// Whether it is again, after something was broken. The measurements have the baseline.
    fn recovered(&self, so_far: &Measurements, course: &Course) -> Recovered;
}

/// Where no experiment asks.
impl Hypothesis for () {
    fn steady(&self, _: &Measurements) -> Result<(), String> {
        Ok(())
    }

    fn recovered(&self, _: &Measurements, course: &Course) -> Recovered {
        Recovered::Undecided(course.from, "there is nothing to tell it by".to_owned())
    }
}

/// The load that follows.
pub(crate) struct NextLoad {
    pub(crate) plan: Plan,
    /// Whether the fixture is torn down and set up again before.
    pub(crate) is_fresh: bool,
}

/// Where the answer goes.
pub(crate) type Answer<T> = Sender<T>;

/// Something only the other thread knows.
pub(crate) enum Question {
    /// Whether the load is to be ended.
    Look(Measurements, Answer<Option<Halt>>),
    /// Which targets more load may decide.
    Undecided(Measurements, Answer<Vec<String>>),
    /// Whether the system is in the state that it should be in.
    Steady(Measurements, Answer<Result<(), String>>),
    /// Whether it is again.
    Recovered(Arc<Measurements>, Arc<Course>, Answer<Recovered>),
    /// Which load follows the one that measured this.
    Next(Measurements, Answer<Option<NextLoad>>),
    /// None: the test is over.
    Ended(Box<RunOutcome>),
}

/// Asks them.
#[derive(Clone)]
pub(crate) struct Questions(Sender<Question>);

impl Questions {
    pub(crate) fn new(to: Sender<Question>) -> Self {
        Self(to)
    }

    fn ask<T>(&self, question: impl FnOnce(Answer<T>) -> Question) -> Option<T> {
        let (answer, answered) = channel();
        self.0.send(question(answer)).ok()?;
        answered.recv().ok()
    }

    pub(crate) fn look(&self, so_far: Measurements) -> Option<Halt> {
        let given_up = || Some(Halt { reason: "nobody waits for the test any more".to_owned(), kill: true });
        self.ask(|answer| Question::Look(so_far, answer)).unwrap_or_else(given_up)
    }

    pub(crate) fn undecided(&self, measured: Measurements) -> Vec<String> {
        self.ask(|answer| Question::Undecided(measured, answer)).unwrap_or_default()
    }

    /// # Errors
    /// In one line, why it is not.
    pub(crate) fn steady(&self, so_far: Measurements) -> Result<(), String> {
        let asked = self.ask(|answer| Question::Steady(so_far, answer));
        asked.unwrap_or_else(|| Err("nobody waits for the test any more".to_owned()))
    }

    pub(crate) fn recovered(&self, so_far: &Arc<Measurements>, course: &Arc<Course>) -> Recovered {
        let asked = self.ask(|answer| Question::Recovered(Arc::clone(so_far), Arc::clone(course), answer));
        asked.unwrap_or_else(|| Recovered::No("nobody waits for the test any more".to_owned()))
    }

    pub(crate) fn next(&self, measured: Measurements) -> Option<NextLoad> {
        self.ask(|answer| Question::Next(measured, answer)).flatten()
    }

    /// Hands the outcome over, unless the waiting thread has given up and made one of its own.
    pub(crate) fn ended(&self, outcome: RunOutcome) {
        let _ = self.0.send(Question::Ended(Box::new(outcome)));
    }
}

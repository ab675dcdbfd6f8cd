//! The questions of a running test to the thread that waits for it. That thread may give up: then there is no answer,
//! and the test ends.

use super::outcome::RunOutcome;
use crate::engine::rt::stop::Halt;
use crate::record::Measurements;
use crate::record::course::{Course, Recovered};
use brunt_plan::Plan;
use brunt_plan::Target;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

/// The judgement of whether the system is in its steady state.
pub(crate) trait Hypothesis: Sync {
    /// Whether the system was steady in the phase `baseline` of these measurements.
    ///
    /// # Errors
    /// The system was not steady; the message gives the reason in one line.
    fn steady(&self, so_far: &Measurements) -> Result<(), String>;

    /// Whether the system has recovered after a fault. The measurements include the baseline.
    fn recovered(&self, so_far: &Measurements, course: &Course) -> Recovered;
}

/// For tests that are no experiments.
impl Hypothesis for () {
    fn steady(&self, _: &Measurements) -> Result<(), String> {
        Ok(())
    }

    fn recovered(&self, _: &Measurements, course: &Course) -> Recovered {
        Recovered::Undecided(course.from, "there is nothing to tell it by".to_owned())
    }
}

/// The next load.
pub(crate) struct NextLoad {
    pub(crate) plan: Plan,
    /// Whether the fixture is torn down and set up again before.
    pub(crate) is_fresh: bool,
}

/// The sender of an answer.
pub(crate) type Answer<T> = Sender<T>;

/// A question that only the waiting thread can answer.
pub(crate) enum Question {
    /// Whether to end the load.
    Look(Measurements, Answer<Option<Halt>>),
    /// Which targets more load may decide.
    Undecided(Measurements, Answer<Vec<Target>>),
    /// Whether the system is in its steady state.
    Steady(Measurements, Answer<Result<(), String>>),
    /// Whether the system has recovered.
    Recovered(Arc<Measurements>, Arc<Course>, Answer<Recovered>),
    /// Which load follows the one that measured this.
    Next(Measurements, Answer<Option<NextLoad>>),
    /// No question: the test is over.
    Ended(Box<RunOutcome>),
}

/// The test's side of the questions.
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

    pub(crate) fn undecided(&self, measured: Measurements) -> Vec<Target> {
        self.ask(|answer| Question::Undecided(measured, answer)).unwrap_or_default()
    }

    /// # Errors
    /// The system is not steady; the message gives the reason in one line.
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

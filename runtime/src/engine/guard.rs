//! Runs a test on a thread of its own and waits for it within its time limits: a body or a hook that never gives its
//! thread back is left behind with it, and the test ends with the measurements until then.

use super::job::{Job, TestTask};
use super::load::{stream, whereabouts};
use super::rt::runtime::out_of_time;
use super::rt::stop::{Halt, Stop};
use super::supervision::outcome::RunOutcome;
use super::supervision::questions::{NextLoad, Question, Questions};
use super::supervision::standing::{Doing, Standing};
use crate::error::Error;
use crate::failure::Failed;
use crate::record::Measurements;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Time between two checks of the test's state.
const GUARD_INTERVAL: Duration = Duration::from_millis(50);
/// Time that the engine itself may take to end a test, beyond the time it gives users and hooks.
const ENGINE_SLACK: Duration = Duration::from_secs(15);
/// Time that a hook may take beyond its bound, in which it can notice the bound itself and end.
pub(crate) const HOOK_NOTICE: Duration = Duration::from_secs(1);
/// Time that a hook may take after a stop was requested.
const STOPPED_HOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// Returns the load that follows a measured one, or `None` after the last.
pub(crate) type NextStep<'n> = &'n mut dyn FnMut(&Measurements) -> Option<NextLoad>;

/// Runs a test's task to its end, or until its time is up.
pub(crate) fn run_guarded(
    job: &Job<'_>,
    next: NextStep<'_>,
    work: impl FnOnce(TestTask) -> RunOutcome + Send + 'static,
) -> RunOutcome {
    let (asks, questions) = channel();
    let asks = Questions::new(asks);
    let (stop, standing) = (job.stop.follower(), Arc::<Standing>::default());
    let task = TestTask {
        spec: job.spec,
        plan: job.plan.clone(),
        targets: job.targets.to_vec(),
        stop: Arc::clone(&stop),
        asks: asks.clone(),
        standing: Arc::clone(&standing),
    };
    let measured = Arc::clone(&standing);
    let thread = std::thread::Builder::new().name(job.spec.name()).spawn(move || {
        // Not the way that user code is caught: panics of tasks on this thread must still be counted as such.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(task))).unwrap_or_else(|payload| {
            let measurements = measured.close(None);
            RunOutcome { measurements, ..outcome_of_engine_panic(super::rt::panic::panic_message(&*payload)) }
        });
        asks.ended(outcome);
    });
    if let Err(cause) = thread {
        return RunOutcome::troubled(Error::Engine { doing: "start the test's thread", cause });
    }
    Guard { job, stop, standing, begun: Instant::now(), stopped: None, overran: None, beat: None }
        .wait(&questions, next)
}

/// The outcome of a panic of the engine itself, which is a bug in brunt.
fn outcome_of_engine_panic(message: &str) -> RunOutcome {
    RunOutcome::troubled(Error::Engine { doing: "run the test", cause: std::io::Error::other(message) })
}

/// The wait for one test.
struct Guard<'g, 'j> {
    job: &'g Job<'j>,
    stop: Arc<Stop>,
    standing: Arc<Standing>,
    begun: Instant,
    /// When the stop was requested.
    stopped: Option<Instant>,
    /// When the test was ordered to end because it had taken too long, and the message about it.
    overran: Option<(Instant, String)>,
    /// The last reading of virtual time and of the count of users' calls, and since when both have stood still.
    beat: Option<((u64, u64), Instant)>,
}

/// Why a test is left behind.
enum Left {
    /// A hook took longer than it may.
    Hook(&'static str, Duration),
    /// The test's thread did not end its calls of the body within their timeout.
    Timeout(Duration),
    /// A signal had stopped the test.
    Stopped,
    /// The test had been ordered to end because it had taken too long.
    Overran(String),
}

impl Guard<'_, '_> {
    fn wait(mut self, questions: &Receiver<Question>, next: NextStep<'_>) -> RunOutcome {
        loop {
            match questions.recv_timeout(GUARD_INTERVAL) {
                Ok(Question::Ended(outcome)) => return self.ended(*outcome),
                Ok(question) => self.answer(question, next),
                Err(RecvTimeoutError::Disconnected) => return outcome_of_engine_panic("its thread is gone"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(left) = self.look() {
                return self.leave(&left, next);
            }
        }
    }

    fn answer(&self, question: Question, next: NextStep<'_>) {
        // Send errors are ignored: nobody waits for the answer where the user's code has brought down the asking
        // thread.
        match question {
            Question::Look(so_far, answer) => drop(answer.send((self.job.watch)(&so_far))),
            Question::Undecided(measured, answer) => drop(answer.send((self.job.undecided)(&measured))),
            Question::Steady(so_far, answer) => drop(answer.send(self.job.hypothesis.steady(&so_far))),
            Question::Recovered(so_far, course, answer) => {
                drop(answer.send(self.job.hypothesis.recovered(&so_far, &course)));
            }
            Question::Next(measured, answer) => drop(answer.send(next(&measured))),
            Question::Ended(_) => {}
        }
    }

    /// Completes the outcome of a test that has ended by itself or after an order to end.
    fn ended(self, mut outcome: RunOutcome) -> RunOutcome {
        if let Some((_, why)) = self.overran {
            if matches!(outcome.trouble, Some(Error::Stopped)) && !self.job.stop.requested() {
                outcome.trouble = None;
            }
            outcome.measurements.incidents.overran.get_or_insert(why);
        }
        outcome
    }

    /// Checks where the test stands: orders it to end where it takes too long, and returns why it is to be left behind
    /// where it does not end.
    fn look(&mut self) -> Option<Left> {
        if self.job.stop.requested() {
            self.stopped.get_or_insert_with(Instant::now);
        }
        let (doing, since, bound) = self.standing.doing();
        match (doing, bound) {
            (Doing::Hook(hook), Some(bound)) if since.elapsed() >= bound + HOOK_NOTICE => {
                return Some(Left::Hook(hook, bound));
            }
            (Doing::Body, Some(bound)) if since.elapsed() >= bound + HOOK_NOTICE => return Some(Left::Timeout(bound)),
            // A fixture that is set up is torn down, however urgent the stop is.
            (Doing::Hook("teardown"), _) => return None,
            (Doing::Hook(_), _) if self.stopped.is_some_and(|at| at.max(since).elapsed() >= STOPPED_HOOK_TIMEOUT) => {
                return Some(Left::Stopped);
            }
            _ => {}
        }
        if let Some(why) = self.is_held() {
            return Some(if self.stopped.is_some() { Left::Stopped } else { Left::Overran(why) });
        }
        let gracious = self.graceful_stop().saturating_add(ENGINE_SLACK);
        if self.stopped.is_some_and(|at| at.max(since).elapsed() >= gracious) {
            return Some(Left::Stopped);
        }
        self.limit(since)
    }

    fn graceful_stop(&self) -> Duration {
        let given = self.job.plan.graceful_stop.and_then(brunt_plan::Quantity::duration);
        given.unwrap_or(super::load::GRACEFUL_STOP)
    }

    /// Applies the limit on the whole test: the test is first ordered to end, and left behind only where it does not.
    fn limit(&mut self, since: Instant) -> Option<Left> {
        if let Some((at, why)) = &self.overran {
            return ((*at).max(since).elapsed() >= ENGINE_SLACK).then(|| Left::Overran(why.clone()));
        }
        let limit = self.job.limit?;
        let planned = self.standing.planned();
        // Work that the engine itself still has to do is not the test's fault.
        let slack = if matches!(self.standing.doing().0, Doing::Engine) { ENGINE_SLACK } else { Duration::ZERO };
        if self.begun.elapsed() < planned.saturating_add(limit).saturating_add(slack) {
            return None;
        }
        let beyond = if planned.is_zero() { String::new() } else { format!(" beyond the planned {planned:?}") };
        let doing = self.whereabouts();
        let why = format!("it was ended after {limit:?}{beyond}, the limit on a whole test (`BRUNT_LIMIT`){doing}");
        if let Some(on) = self.standing.on() {
            on.halting.order(Halt { reason: "the limit on the whole test was reached".to_owned(), kill: true });
        } else {
            self.stop.request();
        }
        self.overran = Some((Instant::now(), why));
        None
    }

    /// Returns a message where a body has held the one thread of virtual time for too long: virtual time stands still
    /// meanwhile.
    fn is_held(&mut self) -> Option<String> {
        let Some(beat) = self.standing.beat() else {
            self.beat = None;
            return None;
        };
        let (_, since) = match self.beat {
            Some((before, since)) if before == beat => (before, since),
            _ => *self.beat.insert((beat, Instant::now())),
        };
        let bound = self.graceful_stop().max(Duration::from_secs(1));
        (since.elapsed() >= bound).then(|| {
            let doing = self.whereabouts();
            format!(
                "it was ended after its one thread had been held for {bound:?} of real time (`graceful_stop`) while virtual \
                 time stood still{doing}"
            )
        })
    }

    /// Describes what hangs, and where.
    fn whereabouts(&self) -> String {
        let (doing, since, _) = self.standing.doing();
        let told = match doing {
            Doing::Hook(hook) => format!("`{hook}` has run for {:?}", round_duration(since.elapsed())),
            _ => {
                match self.standing.on().map(|on| stream::users_in_iterations(on.pools.iter().map(|pool| &pool.stream)))
                {
                    Some(users) if !users.is_empty() => whereabouts::describe_users(&users),
                    _ => match doing {
                        Doing::Body => format!("the body has run for {:?}", round_duration(since.elapsed())),
                        _ => return String::new(),
                    },
                }
            }
        };
        format!(": {told}")
    }

    /// Leaves the test's thread behind, and returns the outcome from the measurements so far.
    fn leave(self, left: &Left, next: NextStep<'_>) -> RunOutcome {
        let timed_out = match left {
            Left::Timeout(bound) => Some(Failed::timed_out(*bound, None)),
            _ => None,
        };
        // Should the thread come back, it has to tear down what it has set up.
        self.stop.request();
        let mut measurements = self.standing.close(timed_out.as_ref().filter(|_| self.standing.on().is_none()));
        let note = "the test's thread never came back and was left behind: what was set up is not torn down";
        measurements.notes.push(note.to_owned());
        let mut outcome = RunOutcome { measurements, ..RunOutcome::default() };
        match left {
            Left::Hook(hook, bound) => {
                outcome.trouble = Some(Error::Hook { hook, cause: out_of_time(*bound) });
            }
            Left::Timeout(_) => outcome.experiment = timed_out.filter(|_| self.standing.on().is_some()),
            Left::Stopped => outcome.trouble = Some(Error::Stopped),
            Left::Overran(why) => outcome.measurements.incidents.overran = Some(why.clone()),
        }
        // A search for the capacity keeps what its loads measured.
        let _ = next(&outcome.measurements);
        outcome
    }
}

fn round_duration(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

//! One of the streams that make up a load: what its users share. It drives none of them.

use super::health::HOPELESS;
use super::in_flight::InFlight;
use super::lab::Work;
use super::load::{Load, name};
use super::made::Fixture;
use super::place::Place;
use super::relay::Relay;
use super::roster::Roster;
use super::schedule::{Arrivals, Choice, StreamPlan};
use super::whereabouts::Whereabouts;
use crate::record::{Context, Label, Selection, TagList};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinHandle;

/// An arrival that is so many nanoseconds late is late because of the generator.
const LATE: u64 = 10_000_000;

/// One of the streams that make up a load.
pub(super) struct Stream {
    pub(super) load: Arc<Load>,
    /// What it is put on. Not the load's: that is kept until the end of the test, and a fixture ends with its case.
    pub(super) fixture: Arc<Fixture>,
    pub(super) plan: StreamPlan,
    pub(super) roster: Roster,
    /// Where its users wait for the next round.
    pub(super) relay: Relay,
    /// The id of its first user: ids are unique over all streams.
    pub(super) first_id: u64,
    /// The number of its users' first iterations: 0 but in a further round of the load.
    pub(super) first_iteration: u64,
    /// Iterations left of a shared budget.
    pub(super) tickets: AtomicU64,
    pub(super) place: Place,
    /// The users' tasks, to see how they ended.
    pub(super) tasks: Mutex<Vec<JoinHandle<()>>>,
    /// What an experiment's load does, in place of the body.
    pub(super) work: Option<Work>,
    /// What each user has in flight.
    pub(super) users: Mutex<Vec<Arc<InFlight>>>,
}

impl Stream {
    /// The scenario of an iteration: drawn by what tells the iteration from all others.
    pub(super) fn scenario(&self, one: u64, other: u64) -> Label {
        let draw = || self.load.shared.options.seed.unit(["scenario".len() as u64, one, other]);
        self.plan.scenario.pick(draw).map_or(Label::NONE, Label)
    }

    /// Where a sample of the stream belongs.
    pub(super) fn context(&self, stage: Label, scenario: Label, user: u64, tags: TagList) -> Context {
        Context { stage, scenario, case: self.load.case, user, tags }
    }

    /// An arrival for which no user was free.
    pub(super) fn drop_arrival(&self, due: u64) {
        let Some(at) = self.load.offset(due) else { return };
        let (stage, scenario) = (self.load.timeline.at(due), self.scenario(due, u64::MAX));
        let context = self.context(stage, scenario, Context::NOBODY, TagList::default());
        self.load.shared.recorder.dropped(&context, at);
        if let Some(work) = &self.work {
            work.dropped(due);
        }
    }

    /// Whether it is too late for an arrival: the load is over, or its iterations are being ended.
    pub(super) fn gives_up(&self, due: u64, now: u64) -> bool {
        let late = now.saturating_sub(due) > HOPELESS;
        self.roster.is_killed() || (late && self.roster.is_over() && !self.load.shared.clock.is_virtual())
    }

    /// Whether an arrival finds no free user because users wait for a thread, and not because they are busy.
    pub(super) fn is_held_up(&self, due: u64, now: u64) -> bool {
        let late = now.saturating_sub(due);
        late > HOPELESS || (late > LATE && self.load.running() < self.plan.users)
    }

    /// Counts an arrival that the generator was too late for.
    pub(super) fn give_up(&self, due: u64) {
        self.unsent(due, 1);
        if let Some(work) = &self.work {
            work.dropped(due);
        }
    }

    /// Counts the arrivals that are due before `until` and that nobody starts any more. `start` is that of their
    /// segment.
    pub(super) fn give_up_all(&self, arrivals: &mut Arrivals, start: u64, until: u64) {
        let windows = self.load.timeline.until(until);
        let mut ends: Vec<u64> = windows.into_iter().map(|(_, _, end)| end).filter(|end| *end > start).collect();
        ends.push(until);
        ends.sort_unstable();
        for end in ends {
            self.unsent(end.saturating_sub(1), arrivals.skip_until(end.saturating_sub(start)));
        }
    }

    /// Counts arrivals around this time as never started.
    pub(super) fn unsent(&self, due: u64, arrivals: u64) {
        if arrivals == 0 || self.load.offset(due).is_none() {
            return;
        }
        let names = &self.load.shared.names;
        let of = |scenario: Option<&str>| Selection {
            stage: named(&names.stages, self.load.timeline.at(due)).map(Into::into),
            scenario: scenario.map(Into::into),
            case: named(&names.cases, self.load.case).map(Into::into),
            ..Selection::default()
        };
        let count = |scenario: Option<&str>, arrivals: u64| self.load.health.unsent(of(scenario), arrivals);
        match &self.plan.scenario {
            Choice::None => count(None, arrivals),
            Choice::One(one) => match &self.work {
                Some(work) => count(Some(work.name()), arrivals),
                None => count(named(&names.scenarios, Label(*one)), arrivals),
            },
            // Which of them it would have been is drawn when an iteration starts: here it is what to expect.
            Choice::Weighted(sums) => {
                let all = sums.last().map_or(1.0, |(sum, _)| *sum);
                let mut counted = 0;
                for (sum, one) in sums {
                    let upto = (arrivals as f64 * sum / all).round() as u64;
                    count(named(&names.scenarios, Label(*one)), upto.saturating_sub(counted));
                    counted = upto;
                }
            }
        }
    }
}

/// All users of streams that are in an iteration.
pub(super) fn whereabouts(streams: &[Arc<Stream>]) -> Vec<Whereabouts> {
    let mut all = Vec::new();
    for stream in streams {
        let users = stream.users.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let named = users.iter().filter_map(|user| user.whereabouts(&stream.load));
        all.extend(named);
    }
    all
}

/// The name of a label, where it has one.
fn named(names: &[String], label: Label) -> Option<&str> {
    Some(name(names, label)).filter(|name| !name.is_empty())
}

/// A number above those of all iterations that users of the stream have begun.
pub(super) fn next_iteration(stream: &Stream) -> u64 {
    let users = stream.users.lock().unwrap_or_else(PoisonError::into_inner);
    users.iter().map(|user| user.next()).max().unwrap_or(0)
}

//! One of the streams of a load: the state that its users share. It drives none of them.

use super::health::HOPELESSLY_LATE;
use super::in_flight::InFlight;
use super::roster::Roster;
use super::whereabouts::Whereabouts;
use super::{Load, label_name};
use crate::engine::schedule::{Arrivals, Choice, StreamPlan};
use crate::record::observer::{OperationObserver, OperationTimes};
use crate::record::{Completion, Context, Label, Outcome, Selection, TagList};
use crate::sync::Lock;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The lateness, in nanoseconds, beyond which the generator itself counts as late.
const LATE_ARRIVAL: u64 = 10_000_000;

/// One of the streams of a load.
pub(crate) struct Stream {
    pub(crate) load: Arc<Load>,
    pub(crate) plan: StreamPlan,
    pub(crate) roster: Roster,
    /// The id of its first user: ids are unique over all streams.
    pub(crate) first_id: u64,
    /// The number of each user's first iteration: 0 except in a further round of the load.
    pub(crate) first_iteration: u64,
    /// The iterations left of a shared budget.
    pub(crate) tickets: AtomicU64,
    /// The name of its scenario, where that was added while the load was running.
    pub(crate) scenario_name: Option<Arc<str>>,
    /// The iterations in flight of all users.
    pub(crate) users: Lock<Vec<Arc<InFlight>>>,
    /// The observer of its operations, where it is a load of an experiment.
    pub(crate) observer: Option<Arc<dyn OperationObserver>>,
}

impl Stream {
    /// The scenario of an iteration, drawn by a pair of numbers that is unique to the iteration.
    pub(crate) fn scenario(&self, one: u64, other: u64) -> Label {
        let draw = || self.load.shared.options.seed.unit(["scenario".len() as u64, one, other]);
        self.plan.scenario.pick(draw).map_or(Label::NONE, Label)
    }

    /// The context of a sample of the stream.
    pub(crate) fn context(&self, stage: Label, scenario: Label, user: u64, tags: TagList) -> Context {
        Context { stage, scenario, case: self.load.case, user, tags }
    }

    /// Records an iteration that ended; `at` is the offset of its due time.
    #[inline]
    pub(crate) fn record(
        &self,
        context: &Context,
        times: OperationTimes,
        at: u64,
        outcome: Outcome<'_>,
        completion: Option<Completion>,
    ) {
        let ended = (times, at, self.plan.is_open());
        self.load.shared.recorder.load_iteration(context, ended, outcome, completion, self.observer.as_deref());
    }

    /// Records an arrival for which no user was free.
    pub(crate) fn drop_arrival(&self, due: u64) {
        let Some(at) = self.load.offset(due) else { return };
        let (stage, scenario) = (self.load.timeline.at(due), self.scenario(due, u64::MAX));
        let context = self.context(stage, scenario, Context::NOBODY, TagList::default());
        self.load.shared.recorder.dropped(&context, at);
        self.observe_dropped(due);
    }

    /// Counts an arrival as unsent because the generator was too late.
    pub(crate) fn give_up(&self, due: u64) {
        self.unsent(due, 1);
        self.observe_dropped(due);
    }

    fn observe_dropped(&self, due: u64) {
        if let Some(observer) = &self.observer {
            observer.dropped(due);
        }
    }

    /// Whether it is too late for an arrival: the load is over, or its iterations are being ended.
    pub(crate) fn gives_up(&self, due: u64, now: u64) -> bool {
        let late = now.saturating_sub(due) > HOPELESSLY_LATE;
        self.roster.is_killed() || (late && self.roster.is_over() && !self.load.shared.clock.is_virtual())
    }

    /// Whether an arrival finds no free user because users wait for a thread, and not because they are busy.
    pub(crate) fn is_held_up(&self, due: u64, now: u64) -> bool {
        let late = now.saturating_sub(due);
        late > HOPELESSLY_LATE || (late > LATE_ARRIVAL && self.load.running() < self.plan.users)
    }

    /// Counts as unsent the arrivals of a segment that are due before `until`. `start` is the start of the segment.
    pub(crate) fn give_up_all(&self, arrivals: &mut Arrivals, start: u64, until: u64) {
        let windows = self.load.timeline.until(until);
        let mut ends: Vec<u64> = windows.into_iter().map(|(_, _, end)| end).filter(|end| *end > start).collect();
        ends.push(until);
        ends.sort_unstable();
        for end in ends {
            self.unsent(end.saturating_sub(1), arrivals.skip_until(end.saturating_sub(start)));
        }
    }

    /// Counts arrivals around this time as unsent.
    pub(crate) fn unsent(&self, due: u64, arrivals: u64) {
        if arrivals == 0 || self.load.offset(due).is_none() {
            return;
        }
        let names = &self.load.shared.names;
        let of = |scenario: Option<&str>| Selection {
            stage: name_of_label(&names.stages, self.load.timeline.at(due)).map(Into::into),
            scenario: scenario.map(Into::into),
            case: name_of_label(&names.cases, self.load.case).map(Into::into),
            ..Selection::default()
        };
        let count = |scenario: Option<&str>, arrivals: u64| self.load.health.unsent(of(scenario), arrivals);
        match &self.plan.scenario {
            Choice::None => count(None, arrivals),
            Choice::One(one) => match &self.scenario_name {
                Some(name) => count(Some(name), arrivals),
                None => count(name_of_label(&names.scenarios, Label(*one)), arrivals),
            },
            // The scenario of an iteration is drawn when it starts: these counts are the expected ones.
            Choice::Weighted(sums) => {
                let all = sums.last().map_or(1.0, |(sum, _)| *sum);
                let mut counted = 0;
                for (sum, one) in sums {
                    let upto = (arrivals as f64 * sum / all).round() as u64;
                    count(name_of_label(&names.scenarios, Label(*one)), upto.saturating_sub(counted));
                    counted = upto;
                }
            }
        }
    }
}

/// The whereabouts of all users of these streams that are in an iteration.
pub(crate) fn users_in_iterations<'s>(streams: impl IntoIterator<Item = &'s Arc<Stream>>) -> Vec<Whereabouts> {
    let mut all = Vec::new();
    for stream in streams {
        let users = stream.users.lock().clone();
        let named = users.iter().filter_map(|user| user.whereabouts(&stream.load));
        all.extend(named);
    }
    all
}

/// The name of a label, where it has one.
fn name_of_label(names: &[String], label: Label) -> Option<&str> {
    Some(label_name(names, label)).filter(|name| !name.is_empty())
}

/// A number above those of all iterations that users of the stream have begun so far.
pub(crate) fn next_iteration(stream: &Stream) -> u64 {
    let users = stream.users.lock();
    users.iter().map(|user| user.next()).max().unwrap_or(0)
}

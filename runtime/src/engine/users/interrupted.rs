//! Records the end of iterations whose users cannot, because the body holds its thread or all threads of the runtime.

use super::pool::Pool;
use crate::engine::load::in_flight::InFlight;
use crate::engine::load::stream::Stream;
use crate::failure::Failed;
use crate::record::observer::OperationTimes;
use crate::record::{Outcome, TagList};
use std::time::Duration;

/// How long users have to notice that they were interrupted, before the load records it for them.
pub(crate) const INTERRUPT_NOTICE: Duration = Duration::from_millis(100);
/// Records iterations that have run beyond their timeout, which happens only where a body holds its thread or all
/// threads of the runtime; returns the number of users in such an iteration.
pub(crate) fn time_out(stream: &Stream, timeout: Duration, notice: Duration) -> u64 {
    let now = stream.load.now();
    let over = now.saturating_sub((timeout + notice).as_nanos() as u64);
    let users = stream.users.lock().clone();
    let mut overdue = 0;
    for user in users {
        if let Some(due) = user.take_overdue(over) {
            let failed = Failed::timed_out(timeout, user.place(&stream.load));
            record_iteration(stream, &user, due, Outcome::Failed(&failed), now);
        }
        overdue += u64::from(user.is_overdue());
    }
    overdue
}

/// Records iterations that still run after the stream was killed as interrupted, and returns their number; arrivals
/// that were given to users but never begun count as not sent.
pub(crate) fn abandon_iterations(pool: &Pool) -> usize {
    let stream = &*pool.stream;
    let now = stream.load.now();
    let mut left_behind = 0;
    let users = stream.users.lock().clone();
    for user in users {
        let due = user.take_any();
        if let Some(due) = due {
            record_iteration(stream, &user, due, Outcome::Interrupted, now);
        }
        left_behind += usize::from(due.is_some() || user.is_overdue());
    }
    for due in stream.roster.take_unbegun() {
        stream.give_up(due);
    }
    left_behind
}

fn record_iteration(stream: &Stream, user: &InFlight, due: u64, outcome: Outcome<'_>, now: u64) {
    let Some(at) = stream.load.offset(due) else { return };
    let (id, scenario) = user.user();
    let stage = stream.load.timeline.of(stream.load.timeline.at(due), due, now);
    let context = stream.context(stage, scenario, id, TagList::default());
    let times = OperationTimes { due, start: user.started(), end: now, thought: 0 };
    stream.record(&context, times, at, outcome, None);
    stream.load.note_end(now);
}

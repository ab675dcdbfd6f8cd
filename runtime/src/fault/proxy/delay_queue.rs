//! `DelayQueue`: the queue of data in one direction of a connection. Data comes out in order when it is due, by the
//! rules of the injected faults. It is pure logic, without sockets and clock; time is an argument.

use super::injection_table::InjectedFault;
use super::rule::{Action, Direction, Rule};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Bytes in the queue at which the sender is held back.
const MOST_BYTES_ON_THE_WAY: usize = 16 << 20;
/// Largest lateness of a timer that the next piece makes up for. The timers of tokio have a resolution of 1 ms, which
/// must not slow a paced line.
const LARGEST_TIMER_DELAY: Duration = Duration::from_millis(5);

/// Longest delay: longer than any test, and small enough to be added to an `Instant`.
const LONGEST_DELAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The way in which a rule ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForcedEnd {
    Close,
    Reset,
}

/// An item that comes out of the queue.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Bytes(Vec<u8>),
    /// The orderly end of the sender's stream.
    End,
    /// The loss of the sender's connection.
    Lost,
    /// A rule's orderly end of both directions.
    Close,
}

struct OnTheWay {
    item: Delivery,
    sent: Instant,
    /// Delays, each with the id of its injection.
    delays: Vec<(u64, Duration)>,
    due: Instant,
}

/// A fault that acts on this queue.
struct ActiveRule {
    injection: Arc<InjectedFault>,
    rule: Box<dyn Rule>,
    random: Pcg64Mcg,
    /// Whether it affects the next piece (drawn at random).
    drawn: bool,
    met: bool,
}

pub(super) struct DelayQueue {
    connection: u64,
    direction: Direction,
    active: Vec<ActiveRule>,
    /// Data that was read and on which no rule has decided yet.
    input: Vec<u8>,
    decided: usize,
    /// Whether the sender or a rule has ended the stream.
    ended: bool,
    /// Whether it ended by a reset.
    lost: bool,
    /// Whether the end is in the queue already.
    closing: bool,
    /// Time until which the line is, or was, busy.
    free: Option<Instant>,
    /// Whether a rule lets nothing pass until the faults change.
    held: bool,
    on_the_way: VecDeque<OnTheWay>,
    bytes_on_the_way: usize,
}

impl DelayQueue {
    pub(super) fn new(connection: u64, direction: Direction) -> Self {
        Self {
            connection,
            direction,
            active: Vec::new(),
            input: Vec::new(),
            decided: 0,
            ended: false,
            lost: false,
            closing: false,
            free: None,
            held: false,
            on_the_way: VecDeque::new(),
            bytes_on_the_way: 0,
        }
    }

    /// Adds new faults and removes healed ones. Data that a healed fault delayed or held passes at once.
    pub(super) fn adopt(&mut self, injections: &[Arc<InjectedFault>]) -> Option<ForcedEnd> {
        let before = self.active.len();
        self.active.retain(|active| injections.iter().any(|injection| injection.id == active.injection.id));
        if self.active.len() < before {
            self.release();
        }
        self.held = false;
        let mut end = None;
        for injection in injections {
            if self.active.iter().any(|active| active.injection.id == injection.id) {
                continue;
            }
            let Some((rule, random)) = injection.fault.rule_for(self.direction, self.connection, injection.id) else {
                continue;
            };
            let mut active = ActiveRule { injection: injection.clone(), rule, random, drawn: true, met: false };
            end = end.or(match active.rule.begin(&mut active.random) {
                Action::Reset => Some(ForcedEnd::Reset),
                Action::Close => Some(ForcedEnd::Close),
                _ => None,
            });
            if end.is_some() {
                active.meet(self.connection);
            }
            self.active.push(active);
        }
        end
    }

    fn release(&mut self) {
        self.free = None;
        let mut earliest = None;
        for waiting in &mut self.on_the_way {
            waiting.delays.retain(|(id, _)| self.active.iter().any(|active| active.injection.id == *id));
            let due = moment_after(waiting.sent, waiting.delays.iter().map(|(_, delay)| *delay));
            waiting.due = earliest.map_or(due, |earliest| due.max(earliest));
            earliest = Some(waiting.due);
        }
    }

    /// Whether there is neither a fault nor queued data, so that bytes can bypass the queue.
    pub(super) fn is_clear(&self) -> bool {
        self.active.is_empty() && self.on_the_way.is_empty() && self.input.is_empty() && !self.ended
    }

    /// Whether more should be read from the sender. One read is done even if nothing passes, so that the request is
    /// counted.
    pub(super) fn wants_input(&self, now: Instant) -> bool {
        let busy = self.free.is_some_and(|free| free > now);
        self.input.is_empty() && !busy && self.bytes_on_the_way < MOST_BYTES_ON_THE_WAY && !self.ended
    }

    pub(super) fn offer(&mut self, bytes: &[u8], now: Instant) -> Option<ForcedEnd> {
        self.input.extend_from_slice(bytes);
        self.advance(now)
    }

    /// Takes the end of the sender's stream.
    pub(super) fn end(&mut self, now: Instant) -> Option<ForcedEnd> {
        self.ended = true;
        self.advance(now)
    }

    /// Takes the loss of the sender's connection. The data before it passes first.
    pub(super) fn lose(&mut self, now: Instant) -> Option<ForcedEnd> {
        self.lost = true;
        self.end(now)
    }

    /// Applies the rules to the data that may pass at `now`.
    pub(super) fn advance(&mut self, now: Instant) -> Option<ForcedEnd> {
        while self.free.is_none_or(|free| free <= now) && !self.held {
            if self.decided == self.input.len() {
                self.input.clear();
                self.decided = 0;
                if self.ended && !self.closing {
                    self.pass_end(now);
                }
                return None;
            }
            let length = self.next_piece();
            if length == 0 {
                break;
            }
            if let Some(end) = self.pass(length, now) {
                return Some(end);
            }
        }
        None
    }

    /// Length of the next piece after the cuts of all rules that affect it. Sets `held` if it is 0.
    fn next_piece(&mut self) -> usize {
        let mut length = self.input.len() - self.decided;
        for active in &mut self.active {
            let share = active.injection.fault.pieces;
            active.drawn = share >= 1.0 || active.random.random_bool(share);
            if active.drawn {
                let cut = active.rule.cut(length, &mut active.random).min(length);
                if cut < length {
                    active.meet(self.connection);
                }
                length = cut;
                if length == 0 {
                    self.held = true;
                    break;
                }
            }
        }
        length
    }

    fn pass(&mut self, length: usize, now: Instant) -> Option<ForcedEnd> {
        let piece = self.input[self.decided..self.decided + length].to_vec();
        let (mut delays, mut busy, mut paced) = (Vec::new(), Duration::ZERO, Duration::ZERO);
        for active in self.active.iter_mut().filter(|active| active.drawn) {
            let action = active.rule.decide(&piece, &mut active.random);
            if action != Action::Forward {
                active.meet(self.connection);
                active.injection.meet_piece();
            }
            match action {
                Action::Forward => {}
                Action::Delay(delay) => delays.push((active.injection.id, delay)),
                Action::Pace(pace) => {
                    delays.push((active.injection.id, pace));
                    busy = busy.max(pace);
                    paced = paced.saturating_add(pace);
                }
                Action::Close => {
                    (self.decided, self.ended, self.closing) = (self.input.len(), true, true);
                    self.push(Delivery::Close, now, Vec::new());
                    return None;
                }
                Action::Reset => return Some(ForcedEnd::Reset),
            }
        }
        self.decided += length;
        let start = self.free.map_or(now, |free| free.max(now.checked_sub(LARGEST_TIMER_DELAY).unwrap_or(now)));
        self.free = (!busy.is_zero()).then(|| moment_after(start, [busy]));
        // If a piece starts in the past, the time counts for its pace, not for its latency.
        let sent = now.checked_sub(paced).map_or(start, |earliest| earliest.max(start));
        self.push(Delivery::Bytes(piece), sent, delays);
        None
    }

    fn pass_end(&mut self, now: Instant) {
        self.closing = true;
        let mut delays = Vec::new();
        for active in &mut self.active {
            if let Action::Delay(delay) = active.rule.end(&mut active.random) {
                active.meet(self.connection);
                delays.push((active.injection.id, delay));
            }
        }
        self.push(if self.lost { Delivery::Lost } else { Delivery::End }, now, delays);
    }

    fn push(&mut self, item: Delivery, sent: Instant, delays: Vec<(u64, Duration)>) {
        let due = moment_after(sent, delays.iter().map(|(_, delay)| *delay));
        let due = self.on_the_way.back().map_or(due, |last| due.max(last.due));
        if let Delivery::Bytes(bytes) = &item {
            self.bytes_on_the_way += bytes.len();
        }
        self.on_the_way.push_back(OnTheWay { item, sent, delays, due });
    }

    /// Takes the next item, if it is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Delivery> {
        let due = self.on_the_way.front().is_some_and(|waiting| waiting.due <= now);
        let waiting = if due { self.on_the_way.pop_front()? } else { return None };
        if let Delivery::Bytes(bytes) = &waiting.item {
            self.bytes_on_the_way -= bytes.len();
        }
        Some(waiting.item)
    }

    /// Next time after `now` at which an item is due or more data may pass.
    pub(super) fn next_event(&self, now: Instant) -> Option<Instant> {
        let due = self.on_the_way.front().map(|waiting| waiting.due);
        due.into_iter().chain(self.free).filter(|at| *at > now).min()
    }
}

/// The moment after the sum of the delays, at most [`LONGEST_DELAY`] later, since a rule may return any duration.
fn moment_after(moment: Instant, delays: impl IntoIterator<Item = Duration>) -> Instant {
    let delay = delays.into_iter().fold(Duration::ZERO, Duration::saturating_add).min(LONGEST_DELAY);
    moment.checked_add(delay).unwrap_or(moment)
}

impl ActiveRule {
    fn meet(&mut self, connection: u64) {
        if !self.met {
            self.met = true;
            self.injection.meet(connection);
        }
    }
}

#[cfg(test)]
mod tests;

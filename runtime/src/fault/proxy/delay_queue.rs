//! One direction of one connection as pure logic: bytes go in at a time, come out in order when they are due, and the
//! rules of the injected faults decide. It knows neither sockets nor a clock; time is an argument.

use super::injection_table::InjectedFault;
use super::rule::{Action, Direction, Rule};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// So much is on its way before the sender is held back.
const MOST_BYTES_ON_THE_WAY: usize = 16 << 20;
/// A timer that fired so late is caught up with: tokio's resolution is 1 ms and must not slow a paced line down.
const LARGEST_TIMER_DELAY: Duration = Duration::from_millis(5);

/// A delay that outlives every test, and that an `Instant` can be moved by.
const LONGEST_DELAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a rule ends a connection with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForcedEnd {
    Close,
    Reset,
}

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Bytes(Vec<u8>),
    /// The sender's orderly end.
    End,
    /// The sender's connection broke.
    Lost,
    /// A rule's: of both directions.
    Close,
}

struct OnTheWay {
    item: Delivery,
    sent: Instant,
    /// By whom it is delayed.
    delays: Vec<(u64, Duration)>,
    due: Instant,
}

/// A fault at work on this lane.
struct ActiveRule {
    injection: Arc<InjectedFault>,
    rule: Box<dyn Rule>,
    random: Pcg64Mcg,
    /// Whether the next piece was drawn to meet it.
    drawn: bool,
    met: bool,
}

pub(super) struct DelayQueue {
    connection: u64,
    direction: Direction,
    active: Vec<ActiveRule>,
    /// What was read and not yet decided on.
    input: Vec<u8>,
    decided: usize,
    /// The sender has ended its stream, or a rule has.
    ended: bool,
    /// ... by a reset.
    lost: bool,
    /// ... and that is on its way.
    closing: bool,
    /// Until when the line is, or was, busy.
    free: Option<Instant>,
    /// A rule lets nothing pass until the faults change.
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

    /// Takes up new faults and drops healed ones: what these delayed or held goes on at once.
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

    /// Nothing is injected and nothing waits: bytes need not come through here.
    pub(super) fn is_clear(&self) -> bool {
        self.active.is_empty() && self.on_the_way.is_empty() && self.input.is_empty() && !self.ended
    }

    /// Whether more should be read. One read is taken even while nothing passes, so that attempts are seen.
    pub(super) fn wants_input(&self, now: Instant) -> bool {
        let busy = self.free.is_some_and(|free| free > now);
        self.input.is_empty() && !busy && self.bytes_on_the_way < MOST_BYTES_ON_THE_WAY && !self.ended
    }

    pub(super) fn offer(&mut self, bytes: &[u8], now: Instant) -> Option<ForcedEnd> {
        self.input.extend_from_slice(bytes);
        self.advance(now)
    }

    /// The sender has ended its stream.
    pub(super) fn end(&mut self, now: Instant) -> Option<ForcedEnd> {
        self.ended = true;
        self.advance(now)
    }

    /// The sender's connection broke: what it had sent passes, then its receiver learns of it.
    pub(super) fn lose(&mut self, now: Instant) -> Option<ForcedEnd> {
        self.lost = true;
        self.end(now)
    }

    /// Decides on what may be decided on by now.
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

    /// How long the next piece is, after every rule drawn to meet it has cut it; sets `held` where that is nothing.
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
        // A piece that starts in the past has its pace behind it, not its latency.
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

    /// Takes the next item that is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Delivery> {
        let due = self.on_the_way.front().is_some_and(|waiting| waiting.due <= now);
        let waiting = if due { self.on_the_way.pop_front()? } else { return None };
        if let Delivery::Bytes(bytes) = &waiting.item {
            self.bytes_on_the_way -= bytes.len();
        }
        Some(waiting.item)
    }

    /// When, after now, something is due or may be decided on.
    pub(super) fn next_event(&self, now: Instant) -> Option<Instant> {
        let due = self.on_the_way.front().map(|waiting| waiting.due);
        due.into_iter().chain(self.free).filter(|at| *at > now).min()
    }
}

/// So much after a moment, and [`NEVER`] after it at most: a rule may ask for any time there is.
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

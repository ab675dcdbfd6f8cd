//! Systems with a known capacity, each of which misleads a search in one of the ways in which real systems do:
//! reserves, backlogs that make it slower, leaks, cold starts, pauses, damage. `setup` makes them; one body calls them
//! all.

use super::User;
use super::rt::made::{Fixture, LocalFuture, LocalState, Made, SendMade};
use crate::Failed;
use rand::RngExt;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// The calls that a system serves in a second, unless its kind differs: three servers, 10 ms each.
pub(crate) const RATE: f64 = 300.0;
const SERVICE: f64 = 0.010;

/// A way in which a system misleads a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Always takes 10 ms.
    Constant,
    /// Takes 10 ms on average, exponentially distributed.
    Exponential,
    /// Gets 300 tokens a second and saves up to 3,000; without a token a call fails.
    TokenBucket,
    /// Answers at once and does the work later: up to 3,000 calls may wait for it, and then callers wait.
    WriteBehind,
    /// Takes twice as long for each call once more than a hundred wait, until none waits.
    Thrashing,
    /// Takes twice as long for each call once more than a hundred wait, until it is set up anew.
    Hysteresis,
    /// Gets slower with each call: after 100,000 calls it takes twice as long.
    Leaking,
    /// Is five times as slow in the first eight seconds.
    ColdStart,
    /// Has half of its capacity until it has been busy for twenty seconds.
    Autoscaling,
    /// Stands still for 100 ms of every second.
    Pausing,
    /// Takes up to 30 waiting calls every 100 ms.
    Batching,
    /// Rejects calls that would have to wait behind 30 others.
    Shedding,
    /// Breaks once more than 300 calls wait, and fails from then on.
    Breaking,
    /// Opens a connection, which takes 200 ms, whenever it needs more than it has, up to its limit.
    Pooling,
    /// Takes exponentially distributed times that grow with the rate, without ever being overloaded: at 300/s the 95th
    /// percentile is 200 ms.
    Smooth,
}

/// A system under test.
#[derive(Debug)]
pub(crate) struct System {
    kind: Kind,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    started: Instant,
    /// The time at which each server is free, in seconds from the start.
    free: Vec<f64>,
    /// The end times of calls that were admitted and have not ended.
    ends: VecDeque<f64>,
    tokens: f64,
    filled: f64,
    served: u64,
    is_damaged: bool,
    busy: f64,
    /// The mean gap between calls, smoothed over about half a second.
    gap: f64,
    last: f64,
}

impl System {
    fn new(kind: Kind) -> Self {
        let servers = match kind {
            Kind::WriteBehind | Kind::Batching => 1,
            _ => 3,
        };
        let state = State {
            started: Instant::now(),
            free: vec![0.0; servers],
            ends: VecDeque::new(),
            tokens: 3_000.0,
            filled: 0.0,
            served: 0,
            is_damaged: false,
            busy: 0.0,
            gap: 1.0,
            last: 0.0,
        };
        Self { kind, state: Mutex::new(state) }
    }

    /// Makes one call; returns when it ends, or its failure.
    fn call(&self, draw: f64) -> Result<Instant, Failed> {
        let mut state = self.state.lock().unwrap();
        let now = state.started.elapsed().as_secs_f64();
        while state.ends.front().is_some_and(|end| *end <= now) {
            state.ends.pop_front();
        }
        let ends = state.end(self.kind, now, draw)?;
        state.served += 1;
        let at = state.ends.partition_point(|end| *end <= ends);
        state.ends.insert(at, ends);
        let answered = if self.kind == Kind::WriteBehind { (ends - 10.0).max(now + 0.002) } else { ends };
        Ok(state.started + Duration::from_secs_f64(answered))
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.ends.len().saturating_sub(self.free.len())
    }

    fn end(&mut self, kind: Kind, now: f64, draw: f64) -> Result<f64, Failed> {
        match kind {
            Kind::TokenBucket => return self.token(now),
            Kind::Batching => return Ok(self.batch(now)),
            Kind::Smooth => {
                self.gap += (now - self.last - self.gap) / 100.0;
                self.last = now;
                let mean = 0.2 / 20.0_f64.ln() / (self.gap * RATE);
                return Ok(now - mean * (1.0 - draw).ln());
            }
            Kind::Shedding if self.waiting() >= 30 => return Err(Failed::new("shed", "busy")),
            Kind::Breaking if self.is_damaged || self.waiting() > 300 => {
                self.is_damaged = true;
                return Err(Failed::new("broken", "out of order"));
            }
            Kind::Thrashing | Kind::Hysteresis => {
                self.is_damaged |= self.waiting() > 100;
                if kind == Kind::Thrashing && self.ends.is_empty() {
                    self.is_damaged = false;
                }
            }
            _ => {}
        }
        let service = self.service(kind, now, draw);
        self.queue(kind, now, service)
    }

    fn service(&mut self, kind: Kind, now: f64, draw: f64) -> f64 {
        match kind {
            Kind::Exponential => SERVICE * -(1.0 - draw).ln(),
            Kind::WriteBehind => 1.0 / RATE,
            Kind::Thrashing | Kind::Hysteresis if self.is_damaged => 2.0 * SERVICE,
            Kind::Leaking => SERVICE * (1.0 + self.served as f64 / 100_000.0),
            Kind::ColdStart if now < 8.0 => 5.0 * SERVICE,
            Kind::Autoscaling => {
                if self.ends.len() >= 2 {
                    self.busy += 1.0 / RATE;
                }
                if self.busy > 10.0 { SERVICE } else { 2.0 * SERVICE }
            }
            _ => SERVICE,
        }
    }

    /// Assigns the call to the first free server; returns when it ends.
    fn queue(&mut self, kind: Kind, now: f64, service: f64) -> Result<f64, Failed> {
        if kind == Kind::Pooling && self.free.len() < 12 && self.free.iter().all(|free| *free > now) {
            self.free.push(now + 0.2);
        }
        let service = if kind == Kind::Pooling { 4.0 * service } else { service };
        let free = self.free.iter_mut().min_by(|a, b| a.total_cmp(b)).ok_or("no server")?;
        let mut start = free.max(now);
        if kind == Kind::Pausing && start.fract() < 0.1 {
            start = start.floor() + 0.1;
        }
        *free = start + service;
        Ok(*free)
    }

    fn token(&mut self, now: f64) -> Result<f64, Failed> {
        self.tokens = (self.tokens + (now - self.filled) * RATE).min(3_000.0);
        self.filled = now;
        if self.tokens < 1.0 {
            return Err(Failed::new("throttled", "no token"));
        }
        self.tokens -= 1.0;
        Ok(now + 0.005)
    }

    /// The end of the next tick with a free place.
    fn batch(&mut self, now: f64) -> f64 {
        let tick = (now * 10.0).ceil() / 10.0;
        let last = self.ends.back().copied().unwrap_or(0.0).max(tick);
        let there = self.ends.iter().filter(|end| (**end - last).abs() < 1e-6).count();
        if there < 30 { last } else { last + 0.1 }
    }
}

/// Calls the system.
pub(crate) fn call<'a>(
    user: &'a User,
    fixture: &'a Fixture,
    _: &'a mut LocalState,
) -> LocalFuture<'a, Result<(), Failed>> {
    Box::pin(async move {
        let system = fixture.downcast_ref::<System>().ok_or("no system")?;
        let end = system.call(user.rng().random())?;
        tokio::time::sleep_until(end).await;
        Ok(())
    })
}

fn made(kind: Kind) -> SendMade<'static, Box<Fixture>> {
    Made::Later(Box::pin(async move { Ok(Box::new(System::new(kind)) as Box<Fixture>) }))
}

/// A `setup`.
pub(crate) type Make = fn(usize) -> SendMade<'static, Box<Fixture>>;

/// The `setup` of each system.
pub(crate) const ALL: [(Kind, Make); 15] = [
    (Kind::Constant, |_| made(Kind::Constant)),
    (Kind::Exponential, |_| made(Kind::Exponential)),
    (Kind::TokenBucket, |_| made(Kind::TokenBucket)),
    (Kind::WriteBehind, |_| made(Kind::WriteBehind)),
    (Kind::Thrashing, |_| made(Kind::Thrashing)),
    (Kind::Hysteresis, |_| made(Kind::Hysteresis)),
    (Kind::Leaking, |_| made(Kind::Leaking)),
    (Kind::ColdStart, |_| made(Kind::ColdStart)),
    (Kind::Autoscaling, |_| made(Kind::Autoscaling)),
    (Kind::Pausing, |_| made(Kind::Pausing)),
    (Kind::Batching, |_| made(Kind::Batching)),
    (Kind::Shedding, |_| made(Kind::Shedding)),
    (Kind::Breaking, |_| made(Kind::Breaking)),
    (Kind::Pooling, |_| made(Kind::Pooling)),
    (Kind::Smooth, |_| made(Kind::Smooth)),
];

/// The `setup` of a system that breaks early under overload: at one and a half times its capacity it fails for good.
pub(crate) fn broken_by_overload(_: usize) -> SendMade<'static, Box<Fixture>> {
    made(Kind::Breaking)
}

//! Watches a running load, about once a second: reads gauges and resources, notes stages, detects that it has hung, and
//! shows the measurements so far to the test's watcher. In between it measures how late a sleeping thread wakes up, as
//! a part of the generator's own health. Its cost is bounded: where a look takes long, the next one waits.

use super::gauges;
use super::gauges::Gauges;
use super::over::Over;
use super::stall::Progress;
use crate::engine::load::{Load, stream, whereabouts};
use crate::engine::rt::made::{Fixture, Made, SendMade};
use crate::engine::rt::stop::{Halt, Halting};
use crate::engine::rt::{panic, runtime as test_runtime};
use crate::engine::schedule::Schedule;
use crate::engine::supervision::questions::Questions;
use crate::engine::user::value::{Sample, Samples, Value};
use crate::engine::users::pool::Pool;
use crate::failure::Failed;
use crate::record::{self, Generator, Label, PROBE_INTERVAL, Sampler, Stuck, TagList};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Time between two looks at the load.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two checks of whether the load has started.
const START_POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Looks may take at most one part in this number of the time.
const WATCH_SHARE: u32 = 20;
/// The note where `sample` has not returned when the load is over.
const SAMPLE_HELD: &str =
    "`sample` had not come back when the load was over: its thread was left behind with the fixture";
/// How much virtual time `user_setup` may take.
const VIRTUAL_SETUP_LIMIT: Duration = Duration::from_secs(25 * 3_600);

/// The watch of one load.
pub(crate) struct LoadWatch<'a> {
    /// The hook that reads the gauges.
    pub(crate) sample: Option<Sample>,
    /// Whether the load is of an experiment, whose body may wait for something that is no operation.
    pub(crate) is_experiment: bool,
    pub(crate) load: &'a Arc<Load>,
    pub(crate) schedule: &'a Schedule,
    pub(crate) fixture: &'a Arc<Fixture>,
    pub(crate) pools: &'a [Arc<Pool>],
    pub(crate) halting: &'a Halting,
    pub(crate) asks: &'a Questions,
    /// Whether the gauges have been read.
    pub(crate) sampled: AtomicBool,
}

impl LoadWatch<'_> {
    /// Watches from a thread, in real time: a plain `sample` may block it.
    pub(crate) fn on_thread(&self, handle: &Handle, over: &Over) {
        let origin = self.load.elapsed(0);
        let (mut sampler, mut wait) = (None, START_POLL_INTERVAL);
        let mut progress = self.progress();
        let throttled = record::throttled_time();
        let mut gauges = self.sample.map(|sample| Gauges::new(sample, self.fixture, handle));
        while !self.rest(over, wait) {
            let began = Instant::now();
            // Tokio's timers sleep while the worker that was to wake them is held by a body that blocks; a task from
            // outside wakes another worker. Otherwise such a body would hold up the end of the load for as long as it
            // blocks.
            handle.spawn(async {});
            if !self.load.has_started() {
                continue;
            }
            // The first reading is of the first second: the values that it is compared with are read at the start.
            let Some(sampler) = &mut sampler else {
                (sampler, wait) = (Some(Sampler::new(origin)), WATCH_INTERVAL);
                continue;
            };
            if let Some(gauges) = &mut gauges {
                self.keep(gauges.read(over));
            }
            let now = self.load.now();
            let at = self.load.elapsed(now);
            self.load.shared.recorder.resources(at, sampler.sample(at));
            self.look(now, &mut progress);
            wait = WATCH_INTERVAL.saturating_sub(began.elapsed()).max(began.elapsed() * (WATCH_SHARE - 1));
        }
        if let Some(gauges) = gauges.as_mut().filter(|_| self.is_unread()) {
            self.keep(gauges.read(over));
        }
        if gauges.is_some_and(Gauges::close) {
            self.load.shared.recorder.note(SAMPLE_HELD.to_owned());
        }
        // The resources used since the last reading, which is all of them in a load of less than a second.
        if let Some(sampler) = &mut sampler {
            let at = self.load.elapsed(self.load.now());
            self.load.shared.recorder.resources(at, sampler.sample(at));
        }
        if let Some(time) = record::throttled_time().zip(throttled).and_then(|(now, before)| now.checked_sub(before)) {
            self.load.health.throttled(time);
        }
    }

    /// Waits in short sleeps, and measures how much too long each was: nothing that users do to their runtime delays
    /// them, but anything that stops the whole process does. Returns whether the load is over.
    fn rest(&self, over: &Over, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            let before = Instant::now();
            let nap = until.saturating_duration_since(before).min(PROBE_INTERVAL);
            if over.wait(nap) {
                return true;
            }
            if nap == PROBE_INTERVAL && self.load.has_started() && self.load.offset(self.load.now()).is_some() {
                self.load.health.paused(before.elapsed().saturating_sub(nap));
            }
            if Instant::now() >= until {
                return false;
            }
        }
    }

    fn progress(&self) -> Progress {
        Progress::of(self.schedule, self.is_experiment, self.load.shared.clock.is_virtual())
    }

    /// Watches from the load's own thread, at full seconds of virtual time.
    pub(crate) async fn in_virtual_time(&self) {
        let mut second = 0;
        self.until_started().await;
        let mut progress = self.progress();
        loop {
            // `sample` is called every second; without it there is nothing to do between two looks.
            second = if self.sample.is_some() { second + 1 } else { next_look(second) };
            self.load.sleep_until(second * 1_000_000_000).await;
            self.sample_in_virtual_time().await;
            if second == next_look(second - 1) {
                self.look(self.load.now(), &mut progress);
            }
        }
    }

    /// Reads the gauges at the end of a load that was over before the first reading.
    pub(crate) async fn last_in_virtual_time(&self) {
        if self.is_unread() {
            self.sample_in_virtual_time().await;
        }
    }

    async fn sample_in_virtual_time(&self) {
        let Some(sample) = self.sample else { return };
        let mut samples = Samples::default();
        let sampled = virtual_sample(|| sample(&**self.fixture, &mut samples));
        let sampled = tokio::time::timeout(gauges::SAMPLE_TIMEOUT, sampled).await;
        self.keep((samples, sampled.unwrap_or_else(|_| Err(Failed::timed_out(gauges::SAMPLE_TIMEOUT, None)))));
    }

    /// Whether the gauges have not been read since the load began: they are read at least once in every load that has
    /// begun.
    fn is_unread(&self) -> bool {
        self.load.has_started() && !self.sampled.load(Ordering::Relaxed)
    }

    /// Waits until the users are made; where one of them hangs, ends the load before it has begun.
    async fn until_started(&self) {
        let begun = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(1);
        while !self.load.has_started() {
            tokio::time::sleep(pause).await;
            if begun.elapsed() > WATCH_INTERVAL * 60 {
                pause = WATCH_INTERVAL * 10;
            }
            if begun.elapsed() > VIRTUAL_SETUP_LIMIT {
                let (since, waited) = (Duration::ZERO, begun.elapsed());
                self.hung(Stuck {
                    users: 0,
                    in_setup: true,
                    since,
                    waited,
                    is_virtual: true,
                    last_seen: String::new(),
                });
                return std::future::pending().await;
            }
        }
    }

    /// Ends a load in which nothing moves any more.
    fn hung(&self, stuck: Stuck) {
        self.load.hang(stuck.since.as_nanos() as u64);
        self.load.shared.recorder.health(&Generator { stuck: Some(stuck), ..Generator::default() });
        self.halting.order(Halt { reason: "the load hung and was ended".to_owned(), kill: true });
    }

    /// Records the gauges, and counts a failure of the hook.
    fn keep(&self, (samples, sampled): gauges::GaugeReading) {
        self.sampled.store(true, Ordering::Relaxed);
        let failed = sampled.and(self.record_gauges(samples)).err();
        self.load.shared.recorder.sampled(failed.as_ref());
    }

    fn record_gauges(&self, samples: Samples) -> Result<(), Failed> {
        let load = self.load;
        let now = load.now();
        let Some(at) = load.offset(now) else { return Ok(()) };
        let context = crate::record::Context {
            stage: load.timeline.at(now),
            scenario: Label::NONE,
            case: load.case,
            user: crate::record::Context::NOBODY,
            tags: TagList::default(),
        };
        let record = |(name, Value { number, unit }): (String, Value)| {
            load.shared.recorder.value(&context, &name, at, number, unit)
        };
        // A gauge that cannot be recorded does not prevent the others.
        samples.into_gauges().into_iter().map(record).fold(Ok(()), Result::and)
    }

    /// Shows the measurements so far to the test's watcher, and ends a load that has hung.
    fn look(&self, now: u64, progress: &mut Progress) {
        let _looking = self.load.look();
        self.load.note_times(self.schedule, now);
        let measurements = self.load.shared.recorder.snapshot(self.load.elapsed(now));
        let time = Duration::from_nanos(now);
        if let Some(since) = progress.look(&measurements, time) {
            let (users, is_virtual) = (self.load.running(), self.load.shared.clock.is_virtual());
            let waited = time.saturating_sub(since);
            let last_seen =
                whereabouts::describe_users(&stream::users_in_iterations(self.pools.iter().map(|pool| &pool.stream)));
            self.hung(Stuck { users, in_setup: false, since, waited, is_virtual, last_seen });
        }
        if let Some(halt) = self.asks.look(measurements) {
            self.halting.order(halt);
        }
    }
}

/// The virtual second of the next look: every second in the first minute, then every tenth second, after an hour every
/// tenth minute, because virtual seconds pass by the thousand. The times of the looks depend on nothing else, so that a
/// test is ended early for the same reason in every run.
fn next_look(second: u64) -> u64 {
    let every = match second {
        0..60 => 1,
        60..3_600 => 10,
        _ => 600,
    };
    (second / every + 1) * every
}

async fn virtual_sample<'a>(hook: impl FnOnce() -> SendMade<'a, ()>) -> Result<(), Failed> {
    match panic::catch_panic(hook)? {
        Made::Ready(done) => done,
        Made::Later(future) => test_runtime::Caught::new(future).await,
    }
}

//! Leads a stream through its segments: changes the level of its users, starts its arrivals, releases its bursts.

use super::pacer::Pacer;
use crate::engine::load::health::{HOPELESSLY_LATE, late_start_limit};
use crate::engine::load::roster::Assigned;
use crate::engine::load::stream::Stream;
use crate::engine::schedule::{Arrivals, Budget, Rates, Segment, Shape, UserCounts};
use crate::engine::users::pool::Pool;
use crate::engine::users::starting;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Number of starts after which a conductor that is behind yields to other tasks.
const STARTS_PER_YIELD: u32 = 256;

/// Leads the stream of the pool through all its segments.
///
/// # Errors
/// The system gives no timer.
pub(crate) async fn conduct_stream(pool: Arc<Pool>) -> io::Result<()> {
    let stream = &pool.stream;
    let mut conductor = Conductor { pool: &pool, stream, start: 0, carry: 0.0, sending: None, after_burst: false };
    let last = stream.plan.segments.len().saturating_sub(1);
    let mut done = Ok(());
    for (i, segment) in stream.plan.segments.iter().enumerate() {
        if stream.roster.is_over() {
            break;
        }
        done = tokio::select! {
            biased;
            done = conductor.segment(*segment, i == last, i as u64) => done,
            () = stream.roster.until_over() => Ok(()),
        };
        if done.is_err() {
            break;
        }
    }
    conductor.give_up_the_rest();
    stream.roster.end();
    done
}

struct Conductor<'a> {
    pool: &'a Arc<Pool>,
    stream: &'a Arc<Stream>,
    /// When the current segment starts.
    start: u64,
    /// The fraction of an arrival that the previous arrivals left over: see [`Arrivals::carry`].
    carry: f64,
    /// The arrivals of the current segment, where it has any.
    sending: Option<Arrivals>,
    after_burst: bool,
}

impl Conductor<'_> {
    async fn segment(&mut self, segment: Segment, last: bool, number: u64) -> io::Result<()> {
        // A burst takes an unknown time, so the windows of the burst and of the stages after it were not known in
        // advance.
        if let Some(stage) = segment.stage
            && (self.after_burst || matches!(segment.shape, Shape::Burst(_)))
        {
            let end = segment.shape.length().map(|length| self.start + length);
            self.stream.load.timeline.open(stage, self.start, end);
        }
        match segment.shape {
            Shape::Users(levels) => self.users(levels, last).await,
            Shape::Arrivals(rates) => self.arrivals(rates, number).await?,
            Shape::Burst(users) => self.burst(users).await,
        }
        self.start = match segment.shape.length() {
            Some(length) => self.start + length,
            None => self.stream.load.now(),
        };
        Ok(())
    }

    async fn users(&mut self, levels: UserCounts, last: bool) {
        let Self { pool, stream, start, .. } = *self;
        let leads = async {
            loop {
                let t = stream.load.now().saturating_sub(start);
                let level = levels.at(t.min(levels.length.map_or(t, |length| length.saturating_sub(1))));
                stream.load.health.release(stream.load.now());
                for index in stream.roster.hire(level) {
                    starting::start_user(pool, index);
                }
                stream.roster.set_level(level);
                match (levels.next_change(t), levels.length) {
                    (Some(next), _) => stream.load.sleep_until(start + next).await,
                    (None, Some(length)) => return stream.load.sleep_until(start + length).await,
                    (None, None) => return std::future::pending().await,
                }
            }
        };
        let done = async {
            // The end of all users ends the stream only where no more users are still to come.
            match last && levels.from == levels.to && stream.plan.budget != Budget::Unlimited {
                true => stream.roster.until_done().await,
                false => std::future::pending().await,
            }
        };
        tokio::select! { biased; () = leads => {}, () = done => {} }
        self.carry = 0.0;
    }

    async fn arrivals(&mut self, rates: Rates, number: u64) -> io::Result<()> {
        let Self { pool, stream, start, .. } = *self;
        stream.roster.set_level(0);
        let load = &stream.load;
        let options = &load.shared.options;
        let pacer = if load.shared.clock.is_virtual() { Pacer::Tokio } else { Pacer::real()? };
        let seed = options.poisson.then(|| options.seed.of([stream.first_id, number, u64::MAX]));
        let arrivals = self.sending.insert(Arrivals::new(rates, self.carry, seed));
        let (end, mut batch) = (start + rates.length, 0);
        while let Some(at) = arrivals.next() {
            let (due, mut now) = (start + at, load.now());
            if now > end + late_start_limit(rates.length) {
                stream.unsent(due, 1);
                stream.give_up_all(arrivals, start, end);
                break;
            }
            while now < due {
                pacer.nap(Duration::from_nanos(due - now)).await?;
                if stream.roster.is_over() {
                    return Ok(());
                }
                (now, batch) = (load.now(), 0);
            }
            assign_arrival(pool, due, now);
            batch += 1;
            if batch % STARTS_PER_YIELD == 0 {
                tokio::task::yield_now().await;
            }
        }
        // The arrivals of the measurement start at its start: the fraction left over from the warm-up does not carry
        // over.
        self.carry = if load.offset(start).is_some() { arrivals.carry() } else { 0.0 };
        self.sending = None;
        load.sleep_until(end).await;
        Ok(())
    }

    /// Counts as unsent the arrivals that were already long overdue when their segment was ended early with its load.
    fn give_up_the_rest(&mut self) {
        if let Some(mut arrivals) = self.sending.take() {
            let until = self.stream.load.now().saturating_sub(HOPELESSLY_LATE);
            self.stream.give_up_all(&mut arrivals, self.start, until);
        }
    }

    async fn burst(&mut self, users: u64) {
        let Self { pool, stream, .. } = *self;
        stream.roster.set_level(0);
        for index in stream.roster.hire(users) {
            starting::start_user(pool, index);
        }
        stream.roster.until_ready().await;
        stream.load.health.release(stream.load.now());
        stream.roster.burst(users);
        stream.roster.until_burst_done().await;
        self.after_burst = true;
        self.carry = 0.0;
    }
}

/// Gives an arrival to a user, or drops it; where the generator itself is late, the arrival counts as not sent.
fn assign_arrival(pool: &Arc<Pool>, due: u64, now: u64) {
    let stream = &pool.stream;
    match stream.roster.assign(due, stream.plan.users) {
        Assigned::Waiting => {}
        Assigned::New(index) => starting::start_user(pool, index),
        Assigned::Nobody if stream.is_held_up(due, now) => pool.stream.give_up(due),
        Assigned::Nobody => pool.stream.drop_arrival(due),
    }
}

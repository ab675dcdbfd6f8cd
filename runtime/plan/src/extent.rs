//! How far a plan reaches, as far as that is known before it is run: its model, its length, its iterations.

use crate::load::{Amount, Plan, Scenario, ScenarioLoad, Shape, Stages};
use crate::quantity::Quantity;
use std::time::Duration;

impl Shape {
    /// How long the stage lasts; a burst lasts until all are done.
    pub const fn time(&self) -> Option<Quantity> {
        match self {
            Self::Window(time) | Self::Hold(_, time) | Self::Ramp { over: time, .. } => Some(*time),
            Self::AtOnce(_) => None,
        }
    }

    /// The levels that it asks for; none for a window.
    pub fn amounts(&self) -> impl Iterator<Item = Amount> {
        let (first, second) = match *self {
            Self::Window(_) => (None, None),
            Self::Hold(amount, _) => (Some(amount), None),
            Self::Ramp { from, to, .. } => (from, Some(to)),
            Self::AtOnce(users) => (Some(Amount::Users(users)), None),
        };
        first.into_iter().chain(second)
    }
}

impl Amount {
    /// Users, or arrivals per second.
    pub fn level(self) -> f64 {
        match self {
            Self::Users(users) => users as f64,
            Self::Rate(rate) => rate.base(),
        }
    }

    /// Whether it counts arrivals.
    pub const fn is_rate(self) -> bool {
        matches!(self, Self::Rate(_))
    }
}

impl Stages {
    /// Whether they say what load there is, and do not only name windows of it.
    pub fn give_load(&self) -> bool {
        self.list.iter().any(|stage| stage.shape.amounts().next().is_some())
    }

    /// How long they last together; `None` where there are none, or a burst is among them.
    pub fn time(&self) -> Option<Duration> {
        if self.list.is_empty() {
            return None;
        }
        let once =
            self.list.iter().try_fold(Duration::ZERO, |sum, stage| sum.checked_add(stage.shape.time()?.duration()?))?;
        once.checked_mul(self.repeat)
    }
}

impl Plan {
    /// Whether arrivals come by a schedule, whatever the system does (the open model), in all of the load or in part.
    pub fn is_open(&self) -> bool {
        let stages = self.stages.list.iter().flat_map(|stage| stage.shape.amounts()).any(Amount::is_rate);
        let search = self.search.is_some_and(|search| search.from.is_rate());
        self.rate.is_some() || stages || search || self.own_loads().any(Amount::is_rate)
    }

    /// The loads that scenarios bring of their own.
    pub fn own_loads(&self) -> impl Iterator<Item = Amount> {
        self.scenarios.iter().filter_map(|scenario| match scenario.share {
            ScenarioLoad::Own(amount) => Some(amount),
            ScenarioLoad::Weight(_) => None,
        })
    }

    /// Whether the load is another one at its end than at its start, so that a part of it is not the same load: it has
    /// stages, a ramp, or scenarios that come and go or end by themselves.
    pub fn has_course(&self) -> bool {
        let comes_and_goes = |scenario: &Scenario| scenario.from.is_some() || scenario.until.is_some();
        let ends_by_itself = self.duration.is_none() && self.own_loads().next().is_some();
        let ramps_up = self.ramp_up.is_some_and(|time| time.base() > 0.0);
        let scenarios = self.scenarios.iter().any(comes_and_goes);
        ramps_up || !self.stages.list.is_empty() || scenarios || ends_by_itself
    }

    /// How long a load test lasts, where the plan fixes it and the system cannot shorten it.
    pub fn fixed_time(&self) -> Option<Duration> {
        if !self.kind.has_users() || self.iterations.is_some() || self.total_iterations.is_some() {
            return None;
        }
        self.duration.and_then(Quantity::duration).or_else(|| self.stages.time())
    }

    /// How many iterations a load test is at most meant to do, where the plan says it.
    pub fn planned_iterations(&self) -> Option<u64> {
        if !self.kind.has_users() {
            return None;
        }
        let planned = if self.stages.give_load() {
            self.bursts()?
        } else if let Some(total) = self.total_iterations {
            total
        } else if let Some(rate) = self.rate {
            (rate.base() * self.fixed_time()?.as_secs_f64()) as u64
        } else {
            let endless = self.duration.is_some() || !self.stages.list.is_empty();
            if self.is_open() || (endless && self.iterations.is_none()) {
                return None;
            }
            self.closed_users().saturating_mul(self.iterations.unwrap_or(1))
        };
        Some(planned.saturating_mul(self.cases.len().max(1) as u64))
    }

    /// The users of stages that are all bursts, in which each does one iteration.
    fn bursts(&self) -> Option<u64> {
        self.stages.list.iter().try_fold(0_u64, |sum, stage| match stage.shape {
            Shape::AtOnce(users) => Some(sum.saturating_add(users.saturating_mul(u64::from(self.stages.repeat)))),
            _ => None,
        })
    }

    fn closed_users(&self) -> u64 {
        let own = self.own_loads().map(|amount| amount.level() as u64).fold(0, u64::saturating_add);
        if own > 0 { own } else { self.users.unwrap_or(1) }
    }
}

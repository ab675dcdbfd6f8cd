//! The plan of one test as data: the load that it puts on, and what is known of that load before the run (its model,
//! length and number of iterations).

pub use crate::hook::{Hook, HookForm, NamedHook};
pub use crate::rust_text::RustText;

use crate::kind::Kind;
use crate::quantity::Quantity;
use crate::target::Name;
use std::time::Duration;

/// The options of one primary attribute. `None` and empty mean "not given", which is kept apart from a given default.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The kind of test, which decides the options that there are.
    pub kind: Kind,
    /// Virtual users of the closed model.
    pub users: Option<u64>,
    /// Iterations of each user.
    pub iterations: Option<u64>,
    /// Iterations shared by all users.
    pub total_iterations: Option<u64>,
    /// How long the load lasts.
    pub duration: Option<Quantity>,
    /// Time in which the users start, evenly spread.
    pub ramp_up: Option<Quantity>,
    /// Arrivals per unit of time (open model).
    pub rate: Option<Quantity>,
    /// How many iterations of the open model may be in flight at once.
    pub max_users: Option<u64>,
    /// Exponentially distributed gaps between arrivals.
    pub poisson: bool,
    /// Load before the measurement starts; its samples are left out.
    pub warm_up: Option<Quantity>,
    /// Pause of a user after each iteration.
    pub think_time: Option<ThinkTime>,
    /// Longest time one iteration may take; of a resilience test, its whole body.
    pub timeout: Option<Quantity>,
    /// How long iterations in flight at the deadline may take to finish.
    pub graceful_stop: Option<Quantity>,
    /// How long each call of `setup`, `verify`, `teardown`, `user_setup` and `user_teardown` may take.
    pub setup_timeout: Option<Quantity>,
    /// How long a critical target must be missed before the test is ended early.
    pub abort_after: Option<Quantity>,
    /// How long the load may go on after its planned end, while a target is undecided.
    pub settle: Option<Quantity>,
    /// Seed of everything random.
    pub seed: Option<u64>,
    /// Drive the test on a paused clock.
    pub virtual_time: bool,
    /// One runtime per core, for bodies that bring their own connections or are not `Send`.
    pub per_core: bool,
    /// The test does not measure time closely: it may run beside others.
    pub concurrent: bool,
    /// Stages, one after another.
    pub stages: Stages,
    /// Scenarios, beside one another.
    pub scenarios: Vec<Scenario>,
    /// Inputs measured one after another within the one test.
    pub cases: Vec<Case>,
    /// Stress: sizes of the input swept over.
    pub sizes: Option<Sizes>,
    /// Stress: callers at once.
    pub concurrency: Option<u64>,
    /// Stress: search for the capacity.
    pub search: Option<Search>,
    /// Functions named by the attribute, in the order of [`Hook`].
    pub hooks: Vec<NamedHook>,
    /// The path of brunt, where a crate re-exports it under another name.
    pub crate_path: Option<RustText>,
}

impl Plan {
    /// A plan without any option.
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            users: None,
            iterations: None,
            total_iterations: None,
            duration: None,
            ramp_up: None,
            rate: None,
            max_users: None,
            poisson: false,
            warm_up: None,
            think_time: None,
            timeout: None,
            graceful_stop: None,
            setup_timeout: None,
            abort_after: None,
            settle: None,
            seed: None,
            virtual_time: false,
            per_core: false,
            concurrent: false,
            stages: Stages { list: Vec::new(), repeat: 1 },
            scenarios: Vec::new(),
            cases: Vec::new(),
            sizes: None,
            concurrency: None,
            search: None,
            hooks: Vec::new(),
            crate_path: None,
        }
    }

    /// The names of the inputs that are measured one by one, as in selectors: the names of the cases, or `size(1000)`
    /// for each size.
    pub fn case_names(&self) -> Vec<String> {
        match &self.sizes {
            Some(sizes) => sizes.values().into_iter().map(|size| Name::Size(size).to_string()).collect(),
            None => self.cases.iter().map(|case| case.name.clone()).collect(),
        }
    }

    /// Sets the function of a hook, in place of an earlier one.
    pub(crate) fn give_hook(&mut self, named: NamedHook) {
        self.hooks.retain(|known| known.hook != named.hook);
        self.hooks.push(named);
        self.hooks.sort_by_key(|known| known.hook);
    }

    /// The function given for a hook.
    pub fn hook(&self, hook: Hook) -> Option<&NamedHook> {
        self.hooks.iter().find(|named| named.hook == hook)
    }

    /// Whether a function is given for the hook, in this form.
    pub fn has_hook_form(&self, hook: Hook, form: HookForm) -> bool {
        self.hook(hook).is_some_and(|named| named.form == form)
    }

    /// Whether the load, or a part of it, is of the open model: arrivals come by a schedule, whatever the system does.
    pub fn is_open(&self) -> bool {
        let stages = self.stages.list.iter().flat_map(|stage| stage.shape.amounts()).any(Amount::is_rate);
        let search = self.search.is_some_and(|search| search.from.is_rate());
        self.rate.is_some() || stages || search || self.own_loads().any(Amount::is_rate)
    }

    /// The amounts of the scenarios with a load of their own.
    pub fn own_loads(&self) -> impl Iterator<Item = Amount> {
        self.scenarios.iter().filter_map(|scenario| match scenario.share {
            ScenarioLoad::Own(amount) => Some(amount),
            ScenarioLoad::Weight(_) => None,
        })
    }

    /// Whether the load changes between its start and its end, so that a part of it is not the same load: it has
    /// stages, a ramp, or scenarios that start late or end early.
    pub fn has_course(&self) -> bool {
        let comes_and_goes = |scenario: &Scenario| scenario.from.is_some() || scenario.until.is_some();
        let ends_by_itself = self.duration.is_none() && self.own_loads().next().is_some();
        let ramps_up = self.ramp_up.is_some_and(|time| time.base() > 0.0);
        let scenarios = self.scenarios.iter().any(comes_and_goes);
        ramps_up || !self.stages.list.is_empty() || scenarios || ends_by_itself
    }

    /// The duration of a load test, if the plan fixes it and the system cannot shorten it.
    pub fn fixed_time(&self) -> Option<Duration> {
        if !self.kind.has_users() || self.iterations.is_some() || self.total_iterations.is_some() {
            return None;
        }
        self.duration.and_then(Quantity::duration).or_else(|| self.stages.time())
    }

    /// The most iterations that a load test is planned to do, if the plan limits them.
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

    /// The iterations of a plan whose stages are all bursts: each user of a burst does one.
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

/// A pause: fixed, or drawn uniformly from a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ThinkTime {
    /// `500ms`
    Fixed(Quantity),
    /// `1s..3s`
    Between(Quantity, Quantity),
}

/// The load of a stage or scenario: a number of users, or of arrivals per unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// Users at once (closed model).
    Users(u64),
    /// Arrivals (open model); a quantity of dimension rate.
    Rate(Quantity),
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

/// The stages of a plan, and how often their list is repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Stages {
    /// The stages as written.
    pub list: Vec<Stage>,
    /// `[…; 5]`; one where no repeat was written.
    pub repeat: u32,
}

impl Stages {
    /// The stages in the order they are run, repeats unrolled.
    pub fn expanded(&self) -> impl Iterator<Item = &Stage> {
        (0..self.repeat).flat_map(|_| &self.list)
    }

    /// Whether the stages define the load, and do not only name windows of a load that is defined elsewhere.
    pub fn give_load(&self) -> bool {
        self.list.iter().any(|stage| stage.shape.amounts().next().is_some())
    }

    /// Their whole duration; `None` if there are none, or if one is a burst.
    pub fn time(&self) -> Option<Duration> {
        if self.list.is_empty() {
            return None;
        }
        let once =
            self.list.iter().try_fold(Duration::ZERO, |sum, stage| sum.checked_add(stage.shape.time()?.duration()?))?;
        once.checked_mul(self.repeat)
    }
}

/// One stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The load in it.
    pub shape: Shape,
}

impl Stage {
    /// Its name, or else the text of its shape: `10 for 30s`.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.shape.to_string())
    }
}

/// The load in a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// `1min`: a named window; the load is given elsewhere.
    Window(Quantity),
    /// `10 for 30s`, `100/s for 10s`.
    Hold(Amount, Quantity),
    /// `10 -> 200 over 1min`; without `from`, it starts at the amount that the stage before ended at, or at 0.
    Ramp {
        /// The amount at its start.
        from: Option<Amount>,
        /// The amount at its end.
        to: Amount,
        /// How long it takes.
        over: Quantity,
    },
    /// `500 at once`, a burst: the users are released together and do one iteration each. The stage is over when all
    /// are done.
    AtOnce(u64),
}

impl Shape {
    /// The duration of the stage; `None` for a burst, which lasts until all its iterations are done.
    pub const fn time(&self) -> Option<Quantity> {
        match self {
            Self::Window(time) | Self::Hold(_, time) | Self::Ramp { over: time, .. } => Some(*time),
            Self::AtOnce(_) => None,
        }
    }

    /// The amounts that it states; none for a window.
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

/// One scenario: a name that the body reads, and its share of the load.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Its share of the load.
    pub share: ScenarioLoad,
    /// When it starts, from the start of the load.
    pub from: Option<Quantity>,
    /// When it ends, from the start of the load.
    pub until: Option<Quantity>,
}

/// The share of a scenario in the load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScenarioLoad {
    /// `10x`: a weight among the iterations of the plan's load.
    Weight(f64),
    /// `100` or `10/s`: a load of its own, beside the others.
    Own(Amount),
}

/// One named input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The Rust expression.
    pub value: RustText,
}

/// The sizes of a stress sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// `[40, 341, 3_906]`
    List(Vec<u64>),
    /// `1_000..=1_000_000 by 10x`
    Geometric {
        /// The first size.
        from: u64,
        /// The last size at most.
        to: u64,
        /// The factor from one to the next, at least 2.
        by: u64,
    },
}

impl Sizes {
    /// Every size, in the order they are measured.
    pub fn values(&self) -> Vec<u64> {
        match self {
            Self::List(sizes) => sizes.clone(),
            Self::Geometric { from, to, by } => {
                // With a factor below 2 the sizes would not grow.
                let next = |size: &u64| size.checked_mul((*by).max(2)).filter(|next| next <= to);
                std::iter::successors(Some(*from).filter(|from| *from > 0 && from <= to), next).collect()
            }
        }
    }
}

/// `search = capacity(users 10..=10_000)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// The lowest load that is tried.
    pub from: Amount,
    /// The highest load that is tried.
    pub to: Amount,
}

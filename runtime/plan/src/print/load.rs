//! Plans as text.

use super::{Named, joined};
use crate::load::{Amount, Case, Plan, Scenario, ScenarioLoad, Search, Shape, Sizes, Stage, Stages, ThinkTime};
use std::fmt::{self, Display, Formatter};

impl Display for Plan {
    /// The canonical option list: `users = 100, iterations = 50, setup = open_store`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut options: Vec<String> = Vec::new();
        let mut give = |name: &str, value: Option<String>| {
            options.extend(
                value.map(|value| if value.is_empty() { name.to_owned() } else { format!("{name} = {value}") }),
            );
        };
        let text = |value: Option<u64>| value.map(|value| value.to_string());
        let flag = |value: bool| value.then(String::new);
        give("users", text(self.users));
        give("iterations", text(self.iterations));
        give("total_iterations", text(self.total_iterations));
        give("duration", self.duration.map(|time| time.to_string()));
        give("ramp_up", self.ramp_up.map(|time| time.to_string()));
        give("rate", self.rate.map(|rate| rate.to_string()));
        give("max_users", text(self.max_users));
        give("poisson", flag(self.poisson));
        give("warm_up", self.warm_up.map(|time| time.to_string()));
        give("think_time", self.think_time.map(|time| time.to_string()));
        give("timeout", self.timeout.map(|time| time.to_string()));
        give("graceful_stop", self.graceful_stop.map(|time| time.to_string()));
        give("setup_timeout", self.setup_timeout.map(|time| time.to_string()));
        give("abort_after", self.abort_after.map(|time| time.to_string()));
        give("settle", self.settle.map(|time| time.to_string()));
        give("seed", text(self.seed));
        give("virtual_time", flag(self.virtual_time));
        give("per_core", flag(self.per_core));
        give("concurrent", flag(self.concurrent));
        give("stages", (!self.stages.list.is_empty()).then(|| self.stages.to_string()));
        give("scenarios", (!self.scenarios.is_empty()).then(|| format!("[{}]", joined(&self.scenarios))));
        give("cases", (!self.cases.is_empty()).then(|| format!("[{}]", joined(&self.cases))));
        give("sizes", self.sizes.as_ref().map(Sizes::to_string));
        give("concurrency", text(self.concurrency));
        give("search", self.search.map(|search| search.to_string()));
        for named in &self.hooks {
            give(named.hook.option(), Some(named.path.clone()));
        }
        give("crate", self.crate_path.clone());
        f.write_str(&options.join(", "))
    }
}

impl Display for ThinkTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(time) => write!(f, "{time}"),
            Self::Between(from, to) => write!(f, "{from}..{to}"),
        }
    }
}

impl Display for Amount {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Users(users) => write!(f, "{users}"),
            Self::Rate(rate) => write!(f, "{rate}"),
        }
    }
}

impl Display for Stages {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "[{}", joined(&self.list))?;
        if self.repeat != 1 {
            write!(f, "; {}", self.repeat)?;
        }
        f.write_str("]")
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{}: ", Named(name))?;
        }
        write!(f, "{}", self.shape)
    }
}

impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window(time) => write!(f, "{time}"),
            Self::Hold(amount, time) => write!(f, "{amount} for {time}"),
            Self::Ramp { from: Some(from), to, over } => write!(f, "{from} -> {to} over {over}"),
            Self::Ramp { from: None, to, over } => write!(f, "-> {to} over {over}"),
            Self::AtOnce(users) => write!(f, "{users} at once"),
        }
    }
}

impl Display for Scenario {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Named(&self.name), self.share)?;
        if let Some(from) = self.from {
            write!(f, " from {from}")?;
        }
        if let Some(until) = self.until {
            write!(f, " until {until}")?;
        }
        Ok(())
    }
}

impl Display for ScenarioLoad {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight(weight) => write!(f, "{weight}x"),
            Self::Own(amount) => write!(f, "{amount}"),
        }
    }
}

impl Display for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Named(&self.name), self.value)
    }
}

impl Display for Sizes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(sizes) => write!(f, "[{}]", joined(sizes)),
            Self::Geometric { from, to, by } => write!(f, "{from}..={to} by {by}x"),
        }
    }
}

impl Display for Search {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let what = if matches!(self.from, Amount::Users(_)) { "users" } else { "rate" };
        write!(f, "capacity({what} {}..={})", self.from, self.to)
    }
}

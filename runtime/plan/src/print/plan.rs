//! Prints plans.

use super::{Named, join_with_commas};
use crate::load::{Amount, Case, Plan, Scenario, ScenarioLoad, Search, Shape, Sizes, Stage, Stages, ThinkTime};
use crate::parse::option_spec::OPTIONS;
use std::fmt::{self, Display, Formatter};

impl Display for Plan {
    /// The canonical option list: `users = 100, iterations = 50, setup = open_store`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let options = OPTIONS.iter().filter_map(|option| {
            let value = (option.print)(self)?;
            Some(if value.is_empty() { option.name.to_owned() } else { format!("{} = {value}", option.name) })
        });
        f.write_str(&options.collect::<Vec<_>>().join(", "))
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
        write!(f, "[{}", join_with_commas(&self.list))?;
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
            Self::List(sizes) => write!(f, "[{}]", join_with_commas(sizes)),
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

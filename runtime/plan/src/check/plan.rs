//! Conflicts between options, and options that no run can follow. Each is said at the option to change.

use crate::load::{Amount, Hook, Kind, Plan, ScenarioLoad, Stage};
use crate::mistake::{Mistake, Place};
use crate::quantity::Quantity;
use std::time::Duration;

/// More users than any machine carries: a slip of the finger.
const MOST_USERS: u64 = 10_000_000;
/// More arrivals per second than any generator starts.
const MOST_ARRIVALS: f64 = 10_000_000.0;
/// More iterations than a run of years.
const MOST_ITERATIONS: u64 = 1_000_000_000_000;
/// Longer than anybody waits: a year.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3_600);
/// Stages after repeats.
const MOST_STAGES: u64 = 100_000;

/// Every conflict of the plan's options.
///
/// ```
/// use brunt_plan::{Kind, check, parse};
/// let (plan, _) = parse::plan(Kind::Load, "rate = 5/s, duration = 10s, iterations = 3");
/// assert!(check::plan(&plan)[0].message.starts_with("`iterations` does not go with `rate`"));
/// ```
pub fn plan(plan: &Plan) -> Vec<Mistake> {
    let mut said = Said { plan, mistakes: Vec::new() };
    for check in [numbers, times, open_model, length, stages, scenarios, names, hooks, stress] {
        check(&mut said);
    }
    said.mistakes
}

/// The plan, and what was found wrong with it.
struct Said<'p> {
    plan: &'p Plan,
    mistakes: Vec<Mistake>,
}

impl Said<'_> {
    fn at(&mut self, option: &'static str, message: impl Into<String>) {
        self.mistakes.push(Mistake { place: Place::Option(option), message: message.into() });
    }

    fn when(&mut self, wrong: bool, option: &'static str, message: impl Into<String>) {
        if wrong {
            self.at(option, message);
        }
    }

    /// These two exclude one another.
    fn conflict(&mut self, both: bool, option: &'static str, with: &str, why: &str) {
        self.when(both, option, format!("`{option}` does not go with `{with}`: {why}"));
    }

    fn amount(&mut self, option: &'static str, amount: Amount) {
        match amount {
            Amount::Users(users) if users > MOST_USERS => {
                self.at(option, format!("{users} users in `{option}`: at most {MOST_USERS} are possible"));
            }
            Amount::Rate(rate) if rate.base() > MOST_ARRIVALS => {
                self.at(option, format!("`{rate}` in `{option}`: at most {MOST_ARRIVALS}/s are possible"));
            }
            _ => {}
        }
    }

    /// A time that must be more than nothing.
    fn time(&mut self, option: &'static str, time: Quantity) {
        self.when(time.duration().is_some_and(|time| time.is_zero()), option, zero_time(option, time));
        self.bounded(option, time);
    }

    fn bounded(&mut self, option: &'static str, time: Quantity) {
        let too_long = time.duration().is_none_or(|time| time > LONGEST);
        self.when(too_long, option, format!("`{time}` in `{option}` is too long: at most a year, `8784h`"));
    }
}

fn zero_time(option: &str, time: Quantity) -> String {
    format!("`{time}` in `{option}` is no time at all: wanted one above zero, such as `10s`")
}

fn numbers(said: &mut Said<'_>) {
    let plan = said.plan;
    let users = [("users", plan.users), ("max_users", plan.max_users), ("concurrency", plan.concurrency)];
    let iterations = [("iterations", plan.iterations), ("total_iterations", plan.total_iterations)];
    for (option, given) in users.into_iter().chain(iterations) {
        said.when(given == Some(0), option, format!("`{option} = 0` puts on no load: wanted at least 1"));
    }
    for (option, given) in users {
        given.into_iter().for_each(|users| said.amount(option, Amount::Users(users)));
    }
    for (option, given) in iterations {
        let many = given.filter(|count| *count > MOST_ITERATIONS);
        said.when(many.is_some(), option, format!("`{option}` is above {MOST_ITERATIONS}: more than any run ends"));
    }
    if let Some(rate) = plan.rate {
        said.when(rate.base() <= 0.0, "rate", format!("`rate = {rate}` puts on no load: wanted more than zero"));
        said.amount("rate", Amount::Rate(rate));
    }
}

fn times(said: &mut Said<'_>) {
    let plan = said.plan;
    for (option, given) in [("duration", plan.duration), ("timeout", plan.timeout)] {
        given.into_iter().for_each(|time| said.time(option, time));
    }
    // Of these, zero means "none", as an override may want it.
    for (option, given) in [
        ("ramp_up", plan.ramp_up),
        ("warm_up", plan.warm_up),
        ("graceful_stop", plan.graceful_stop),
        ("abort_after", plan.abort_after),
    ] {
        given.into_iter().for_each(|time| said.bounded(option, time));
    }
    let Some(whole) = plan.fixed_time() else { return };
    for (option, given) in [("warm_up", plan.warm_up), ("ramp_up", plan.ramp_up)] {
        let Some(time) = given.filter(|time| time.duration().is_some_and(|time| time >= whole)) else { continue };
        let left = if option == "warm_up" { "nothing is left to measure" } else { "the users never all run" };
        said.at(option, format!("`{option} = {time}` takes the whole load of {whole:?}: {left}"));
    }
}

fn open_model(said: &mut Said<'_>) {
    let plan = said.plan;
    if plan.rate.is_some() {
        let closed = "the rate alone says how many iterations start";
        said.conflict(
            plan.users.is_some(),
            "users",
            "rate",
            &format!("{closed}; `max_users` bounds how many run at once"),
        );
        said.conflict(plan.iterations.is_some(), "iterations", "rate", &format!("{closed}, `duration` for how long"));
        said.conflict(
            plan.total_iterations.is_some(),
            "total_iterations",
            "rate",
            &format!("{closed}, `duration` for how long"),
        );
        said.conflict(plan.ramp_up.is_some(), "ramp_up", "rate", "a rising rate is `stages = [0/s -> 100/s over 10s]`");
        said.conflict(plan.think_time.is_some(), "think_time", "rate", "arrivals do not wait for one another");
    }
    let open = plan.is_open();
    let wanted = if plan.kind == Kind::Stress {
        "`search = capacity(rate …)`"
    } else {
        "`rate`, or rates in stages or scenarios"
    };
    said.when(
        plan.max_users.is_some() && !open,
        "max_users",
        format!("`max_users` bounds an open load: it wants {wanted}"),
    );
    said.when(
        plan.poisson && !open,
        "poisson",
        format!("`poisson` draws the gaps between arrivals: it wants {wanted}"),
    );
    let unbounded = open && plan.max_users.is_none() && plan.hook(Hook::UserSetup).is_some();
    said.when(unbounded, "user_setup", "`user_setup` of an open load wants `max_users`, which says how many to set up");
}

/// Every load must end, and one option must say when.
fn length(said: &mut Said<'_>) {
    let plan = said.plan;
    if plan.kind != Kind::Load {
        return;
    }
    let staged = !plan.stages.list.is_empty();
    said.conflict(plan.duration.is_some() && staged, "duration", "stages", "the stages say how long the load lasts");
    let both = plan.iterations.is_some() && plan.total_iterations.is_some();
    said.conflict(both, "total_iterations", "iterations", "one is of each user, the other of all together");
    let ends = plan.duration.is_some() || staged;
    said.when(
        plan.rate.is_some() && !ends,
        "rate",
        "`rate` without `duration` or `stages` never ends: give `duration = 30s`",
    );
    for scenario in &plan.scenarios {
        let endless = matches!(scenario.share, ScenarioLoad::Own(Amount::Rate(_))) && scenario.until.is_none();
        let name = &scenario.name;
        said.when(
            endless && !ends,
            "scenarios",
            format!("the scenario `{name}` never ends: give `duration`, `stages` or `until`"),
        );
    }
}

fn stages(said: &mut Said<'_>) {
    let plan = said.plan;
    let list = &plan.stages.list;
    for stage in list {
        stage.shape.time().into_iter().for_each(|time| said.time("stages", time));
        stage.shape.amounts().for_each(|amount| said.amount("stages", amount));
    }
    let many = list.len() as u64 * u64::from(plan.stages.repeat);
    said.when(many > MOST_STAGES, "stages", format!("{many} stages after repeats: at most {MOST_STAGES} are possible"));
    if list.is_empty() {
        return;
    }
    said.conflict(plan.ramp_up.is_some(), "ramp_up", "stages", "a ramp is a stage: `0 -> 100 over 10s`");
    if plan.stages.give_load() {
        stages_with_load(said, list);
    } else {
        let load = plan.users.is_some() || plan.rate.is_some() || plan.own_loads().next().is_some();
        let message = format!(
            "`{}` names a window of the load, but nothing says how much load: write `10 for …`, or give \
             `users`, `rate` or scenarios with loads of their own",
            list[0].shape
        );
        said.when(!load, "stages", message);
    }
}

fn stages_with_load(said: &mut Said<'_>, list: &[Stage]) {
    let plan = said.plan;
    let amounts: Vec<Amount> = list.iter().flat_map(|stage| stage.shape.amounts()).collect();
    if let Some(window) = list.iter().find(|stage| stage.shape.amounts().next().is_none()) {
        let shape = window.shape;
        said.at("stages", format!("the stage `{shape}` gives no amount while others do: write `10 for {shape}`"));
    }
    let rates = amounts.iter().filter(|amount| amount.is_rate()).count();
    said.when(
        rates > 0 && rates < amounts.len(),
        "stages",
        "some stages count users, others arrivals: one plan has one kind",
    );
    said.when(amounts.iter().all(|amount| amount.level() == 0.0), "stages", "no stage puts on load: every amount is 0");
    let why = "the stages say how much load there is";
    said.conflict(plan.users.is_some(), "users", "stages", why);
    said.conflict(plan.rate.is_some(), "rate", "stages", why);
    said.conflict(plan.iterations.is_some(), "iterations", "stages", "the stages say how long users iterate");
    said.conflict(
        plan.total_iterations.is_some(),
        "total_iterations",
        "stages",
        "the stages say how long users iterate",
    );
    let own = plan.own_loads().next().is_some();
    said.conflict(
        own,
        "scenarios",
        "stages",
        "both give amounts; beside scenarios with loads of their own, stages only name \
         windows: `[alone: 10s, beside: 20s]`",
    );
}

fn scenarios(said: &mut Said<'_>) {
    let plan = said.plan;
    let own = plan.own_loads().count();
    said.when(
        own > 0 && own < plan.scenarios.len(),
        "scenarios",
        "some scenarios are weights (`10x`), others have loads of their own: one plan has one kind",
    );
    if own > 0 {
        let why = "the scenarios have loads of their own";
        said.conflict(plan.users.is_some(), "users", "scenarios", why);
        said.conflict(plan.rate.is_some(), "rate", "scenarios", why);
    }
    let whole = plan.fixed_time();
    for scenario in &plan.scenarios {
        let name = &scenario.name;
        let nothing = match scenario.share {
            ScenarioLoad::Weight(weight) => weight <= 0.0,
            ScenarioLoad::Own(amount) => amount.level() <= 0.0,
        };
        said.when(
            nothing,
            "scenarios",
            format!("the scenario `{name}: {}` never runs: wanted more than zero", scenario.share),
        );
        if let ScenarioLoad::Own(amount) = scenario.share {
            said.amount("scenarios", amount);
        }
        [scenario.from, scenario.until].into_iter().flatten().for_each(|time| said.bounded("scenarios", time));
        let start = scenario.from.and_then(Quantity::duration).unwrap_or_default();
        let end = scenario.until.and_then(Quantity::duration);
        said.when(
            end.is_some_and(|end| start >= end),
            "scenarios",
            format!("the scenario `{scenario}` ends before it starts"),
        );
        said.when(
            whole.is_some_and(|whole| start >= whole),
            "scenarios",
            format!("the scenario `{scenario}` starts when the load is over"),
        );
    }
}

/// Stages, scenarios and cases are all selectors, so no two have one name.
fn names(said: &mut Said<'_>) {
    let plan = said.plan;
    let stages = plan.stages.list.iter().filter_map(|stage| Some(("stages", stage.name.as_ref()?)));
    let scenarios = plan.scenarios.iter().map(|scenario| ("scenarios", &scenario.name));
    let cases = plan.cases.iter().map(|case| ("cases", &case.name));
    let mut seen: Vec<(&'static str, &String)> = Vec::new();
    for (option, name) in stages.chain(scenarios).chain(cases) {
        match seen.iter().find(|(_, known)| *known == name) {
            Some((same, _)) if *same == option => {
                let hint = if option == "stages" { "; a list is repeated by `[…; 5]`" } else { "" };
                said.at(option, format!("the name `{name}` is given twice in `{option}`{hint}"));
            }
            Some((other, _)) => said.at(
                option,
                format!("`{name}` is a name in `{other}` and in `{option}`: a target could not tell them apart"),
            ),
            None => seen.push((option, name)),
        }
    }
}

fn hooks(said: &mut Said<'_>) {
    let plan = said.plan;
    let clash = plan.per_core && plan.virtual_time;
    said.conflict(clash, "per_core", "virtual_time", "virtual time runs on one thread");
    let alone = plan.hook(Hook::UserTeardown).is_some() && plan.hook(Hook::UserSetup).is_none();
    said.when(alone, "user_teardown", "`user_teardown` ends what `user_setup` made: give `user_setup` too");
}

fn stress(said: &mut Said<'_>) {
    let plan = said.plan;
    let both = plan.sizes.is_some() && !plan.cases.is_empty();
    said.conflict(both, "cases", "sizes", "both are the input that is swept over");
    if let Some(search) = plan.search {
        let users = !search.from.is_rate();
        said.conflict(
            users && plan.concurrency.is_some(),
            "concurrency",
            "search",
            "the search says how many users there are",
        );
        said.conflict(
            plan.iterations.is_some(),
            "iterations",
            "search",
            "each level of a search lasts a time: `duration = 5s`",
        );
        said.amount("search", search.to);
    }
}

//! Checks of a plan: conflicts between options, and options that no run can follow. Each mistake is placed at the
//! option to change.

use super::findings::Findings;
use super::plan_parts::{check_names, check_scenarios, check_stages};
use crate::hook::{Hook, HookForm};
use crate::load::{Amount, Plan, ScenarioLoad};
use crate::mistake::Mistake;
use crate::parse::option_spec::{Bounds, GivenValue, OPTIONS};
use std::time::Duration;

/// The most iterations of a plan; more would take years.
const MOST_ITERATIONS: u64 = 1_000_000_000_000;
/// The shortest duration of a step of a search; a shorter one does not show a growing backlog.
const SHORTEST_LEVEL: Duration = Duration::from_secs(5);

/// Every conflict of the plan's options.
///
/// ```
/// use brunt_plan::{Kind, check, parse};
/// let (plan, _) = parse::plan(Kind::Load, "rate = 5/s, duration = 10s, iterations = 3");
/// assert!(check::plan(&plan)[0].message.starts_with("`iterations` does not go with `rate`"));
/// ```
pub fn plan(plan: &Plan) -> Vec<Mistake> {
    let mut findings = Findings { plan, mistakes: Vec::new() };
    for check in [
        check_numbers,
        check_times,
        check_open_model,
        check_length,
        check_stages,
        check_scenarios,
        check_names,
        check_hooks,
        check_stress,
        check_settle,
    ] {
        check(&mut findings);
    }
    findings.mistakes
}

/// The shortest round of `settle`; a shorter one measures too little.
const SHORTEST_ROUND: Duration = Duration::from_secs(1);

/// The mistakes of a plan with one option that are wrong in every test.
///
/// ```
/// use brunt_plan::{Kind, Plan, check, parse};
/// let mut plan = Plan::new(Kind::Load);
/// parse::set(&mut plan, "users", "0")?;
/// assert_eq!(check::option(&plan)[0].message, "`users = 0` puts on no load: wanted at least 1");
/// # Ok::<(), brunt_plan::Mistake>(())
/// ```
pub fn option(plan: &Plan) -> Vec<Mistake> {
    let mut findings = Findings { plan, mistakes: Vec::new() };
    check_numbers(&mut findings);
    check_times(&mut findings);
    if plan.stages.give_load() {
        check_stages(&mut findings);
    }
    check_names(&mut findings);
    findings.mistakes
}

/// Names and values of the given options whose bounds `value` picks.
fn given_values<T>(plan: &Plan, value: fn(Bounds) -> Option<GivenValue<T>>) -> Vec<(&'static str, T)> {
    OPTIONS.iter().filter_map(|option| Some((option.name, value(option.bounds)?(plan)?))).collect()
}

fn check_numbers(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let users = given_values(plan, |bounds| if let Bounds::Users(value) = bounds { Some(value) } else { None });
    let iterations =
        given_values(plan, |bounds| if let Bounds::Iterations(value) = bounds { Some(value) } else { None });
    for (option, count) in users.iter().chain(&iterations) {
        findings.when(*count == 0, option, format!("`{option} = 0` puts on no load: wanted at least 1"));
    }
    for (option, users) in users {
        findings.amount(option, Amount::Users(users));
    }
    for (option, count) in iterations {
        let many = count > MOST_ITERATIONS;
        findings.when(many, option, format!("`{option}` is above {MOST_ITERATIONS}: more than any run ends"));
    }
    if let Some(rate) = plan.rate {
        findings.when(rate.base() <= 0.0, "rate", format!("`rate = {rate}` puts on no load: wanted more than zero"));
        findings.amount("rate", Amount::Rate(rate));
    }
}

fn check_times(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    for (option, time) in given_values(plan, |bounds| if let Bounds::Time(value) = bounds { Some(value) } else { None })
    {
        findings.time(option, time);
    }
    for (option, time) in
        given_values(plan, |bounds| if let Bounds::TimeOrNone(value) = bounds { Some(value) } else { None })
    {
        findings.bounded(option, time);
    }
    let Some(whole) = plan.fixed_time() else { return };
    for (option, given) in [("warm_up", plan.warm_up), ("ramp_up", plan.ramp_up)] {
        let Some(time) = given.filter(|time| time.duration().is_some_and(|time| time >= whole)) else { continue };
        let left = if option == "warm_up" { "nothing is left to measure" } else { "the users never all run" };
        findings.at(option, format!("`{option} = {time}` takes the whole load of {whole:?}: {left}"));
    }
}

fn check_open_model(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    if plan.rate.is_some() {
        let closed = "the rate alone says how many iterations start";
        findings.conflict(
            plan.users.is_some(),
            "users",
            "rate",
            &format!("{closed}; `max_users` bounds how many run at once"),
        );
        findings.conflict(
            plan.iterations.is_some(),
            "iterations",
            "rate",
            &format!("{closed}, `duration` for how long"),
        );
        findings.conflict(
            plan.total_iterations.is_some(),
            "total_iterations",
            "rate",
            &format!("{closed}, `duration` for how long"),
        );
        findings.conflict(
            plan.ramp_up.is_some(),
            "ramp_up",
            "rate",
            "a rising rate is `stages = [0/s -> 100/s over 10s]`",
        );
        findings.conflict(plan.think_time.is_some(), "think_time", "rate", "arrivals do not wait for one another");
    }
    let open = plan.is_open();
    let wanted = if plan.kind.measures_calls() {
        "`search = capacity(rate …)`"
    } else {
        "`rate`, or rates in stages or scenarios"
    };
    findings.when(
        plan.max_users.is_some() && !open,
        "max_users",
        format!("`max_users` bounds an open load: it wants {wanted}"),
    );
    findings.when(
        plan.poisson && !open,
        "poisson",
        format!("`poisson` draws the gaps between arrivals: it wants {wanted}"),
    );
    let unbounded = open && plan.max_users.is_none() && plan.hook(Hook::UserSetup).is_some();
    findings.when(
        unbounded,
        "user_setup",
        "`user_setup` of an open load wants `max_users`, which says how many to set up",
    );
}

/// Checks that one option, and only one, ends the load.
fn check_length(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    if !plan.kind.has_users() {
        return;
    }
    let staged = !plan.stages.list.is_empty();
    findings.conflict(
        plan.duration.is_some() && staged,
        "duration",
        "stages",
        "the stages say how long the load lasts",
    );
    let both = plan.iterations.is_some() && plan.total_iterations.is_some();
    findings.conflict(both, "total_iterations", "iterations", "one is of each user, the other of all together");
    let ends = plan.duration.is_some() || staged;
    findings.when(
        plan.rate.is_some() && !ends,
        "rate",
        "`rate` without `duration` or `stages` never ends: give `duration = 30s`",
    );
    for scenario in &plan.scenarios {
        let endless = matches!(scenario.share, ScenarioLoad::Own(Amount::Rate(_))) && scenario.until.is_none();
        let name = &scenario.name;
        findings.when(
            endless && !ends,
            "scenarios",
            format!("the scenario `{name}` never ends: give `duration`, `stages` or `until`"),
        );
    }
}

/// Checks that `settle` is long enough for one more round.
fn check_settle(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let given = plan.settle.filter(|time| time.base() > 0.0);
    let (Some(settle), Some(once)) = (given, plan.fixed_time()) else { return };
    let has_course = plan.has_course();
    let cases = plan.cases.len().max(1) as u32;
    let round = if has_course { once } else { once.min(SHORTEST_ROUND) }.saturating_mul(cases);
    let is_short = settle.duration().is_some_and(|time| time < round);
    let why =
        if has_course { "stages, ramps and scenarios are put on whole" } else { "a shorter one tells too little" };
    let of_cases = if cases > 1 { format!(" of all {cases} cases") } else { String::new() };
    findings.when(
        is_short,
        "settle",
        format!("`settle = {settle}` is too short for one more round{of_cases}, which takes {round:?}: {why}"),
    );
}

fn check_hooks(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let clash = plan.per_core && plan.virtual_time;
    findings.conflict(clash, "per_core", "virtual_time", "virtual time runs on one thread");
    let alone = plan.hook(Hook::UserTeardown).is_some() && plan.hook(Hook::UserSetup).is_none();
    findings.when(alone, "user_teardown", "`user_teardown` ends what `user_setup` made: give `user_setup` too");
}

fn check_stress(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let both = plan.sizes.is_some() && !plan.cases.is_empty();
    findings.conflict(both, "cases", "sizes", "both are the input that is swept over");
    let alone = plan.kind.measures_calls() && plan.concurrency.is_none() && plan.search.is_none();
    findings.when(
        alone && plan.hook(Hook::UserSetup).is_some(),
        "user_setup",
        "`user_setup` makes each caller's own input: it wants `concurrency = 10`, which says how many there are; what one \
         caller is measured on is made by `setup`",
    );
    if let Some(search) = plan.search {
        findings.conflict(plan.concurrency.is_some(), "concurrency", "search", "the levels say how much load there is");
        let counted = plan.has_hook_form(Hook::Verify, HookForm::Counted);
        let why = "the loads of a search are counted one by one: give `verify` a function of the fixture alone";
        findings.conflict(counted, "verify", "search", why);
        findings.conflict(
            plan.sizes.is_some(),
            "sizes",
            "search",
            "a search is over one input: give each its own test",
        );
        findings.conflict(
            !plan.cases.is_empty(),
            "cases",
            "search",
            "a search is over one input: give each its own test",
        );
        let short = plan.duration.filter(|time| time.duration().is_some_and(|time| time < SHORTEST_LEVEL));
        let message = |time| format!("`duration = {time}` is too short for a level of a search: wanted at least `5s`");
        short.into_iter().for_each(|time| findings.at("duration", message(time)));
        findings.conflict(
            plan.iterations.is_some(),
            "iterations",
            "search",
            "each level of a search lasts a time: `duration = 5s`",
        );
        findings.conflict(
            plan.settle.is_some(),
            "settle",
            "search",
            "each level lasts the same, so that levels compare: `duration = 30s` gives each more time",
        );
        findings.amount("search", search.to);
    }
}

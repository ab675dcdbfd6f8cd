//! Checks of stages, scenarios and cases: each can be run, they go together, and their names differ.

use super::findings::Findings;
use crate::load::{Amount, Scenario, ScenarioLoad, Stage};
use crate::quantity::Quantity;

/// The most stages after repeats.
const MOST_STAGES: u64 = 100_000;

pub(super) fn check_stages(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let list = &plan.stages.list;
    for stage in list {
        stage.shape.time().into_iter().for_each(|time| findings.time("stages", time));
        stage.shape.amounts().for_each(|amount| findings.amount("stages", amount));
    }
    let many = list.len() as u64 * u64::from(plan.stages.repeat);
    findings.when(
        many > MOST_STAGES,
        "stages",
        format!("{many} stages after repeats: at most {MOST_STAGES} are possible"),
    );
    if list.is_empty() {
        return;
    }
    findings.conflict(plan.ramp_up.is_some(), "ramp_up", "stages", "a ramp is a stage: `0 -> 100 over 10s`");
    if plan.stages.give_load() {
        stages_with_load(findings, list);
    } else {
        let load = plan.users.is_some() || plan.rate.is_some() || plan.own_loads().next().is_some();
        let message = format!(
            "`{}` names a window of the load, but nothing says how much load: write `10 for …`, or give \
             `users`, `rate` or scenarios with loads of their own",
            list[0].shape
        );
        findings.when(!load, "stages", message);
    }
}

fn stages_with_load(findings: &mut Findings<'_>, list: &[Stage]) {
    let plan = findings.plan;
    let amounts: Vec<Amount> = list.iter().flat_map(|stage| stage.shape.amounts()).collect();
    if let Some(window) = list.iter().find(|stage| stage.shape.amounts().next().is_none()) {
        let shape = window.shape;
        findings.at("stages", format!("the stage `{shape}` gives no amount while others do: write `10 for {shape}`"));
    }
    let rates = amounts.iter().filter(|amount| amount.is_rate()).count();
    findings.when(
        rates > 0 && rates < amounts.len(),
        "stages",
        "some stages count users, others arrivals: one plan has one kind",
    );
    findings.when(
        amounts.iter().all(|amount| amount.level() == 0.0),
        "stages",
        "no stage puts on load: every amount is 0",
    );
    let why = "the stages say how much load there is";
    findings.conflict(plan.users.is_some(), "users", "stages", why);
    findings.conflict(plan.rate.is_some(), "rate", "stages", why);
    findings.conflict(plan.iterations.is_some(), "iterations", "stages", "the stages say how long users iterate");
    findings.conflict(
        plan.total_iterations.is_some(),
        "total_iterations",
        "stages",
        "the stages say how long users iterate",
    );
    let own = plan.own_loads().next().is_some();
    findings.conflict(
        own,
        "scenarios",
        "stages",
        "both give amounts; beside scenarios with loads of their own, stages only name \
         windows: `[alone: 10s, beside: 20s]`",
    );
}

pub(super) fn check_scenarios(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let own = plan.own_loads().count();
    findings.when(
        own > 0 && own < plan.scenarios.len(),
        "scenarios",
        "some scenarios are weights (`10x`), others have loads of their own: one plan has one kind",
    );
    if own > 0 {
        let why = "the scenarios have loads of their own";
        findings.conflict(plan.users.is_some(), "users", "scenarios", why);
        findings.conflict(plan.rate.is_some(), "rate", "scenarios", why);
    }
    for scenario in &plan.scenarios {
        scenario_alone(findings, scenario);
    }
}

fn scenario_alone(findings: &mut Findings<'_>, scenario: &Scenario) {
    let whole = findings.plan.fixed_time();
    let name = &scenario.name;
    let nothing = match scenario.share {
        ScenarioLoad::Weight(weight) => weight <= 0.0,
        ScenarioLoad::Own(amount) => amount.level() <= 0.0,
    };
    findings.when(
        nothing,
        "scenarios",
        format!("the scenario `{name}: {}` never runs: wanted more than zero", scenario.share),
    );
    if let ScenarioLoad::Own(amount) = scenario.share {
        findings.amount("scenarios", amount);
    }
    [scenario.from, scenario.until].into_iter().flatten().for_each(|time| findings.bounded("scenarios", time));
    let start = scenario.from.and_then(Quantity::duration).unwrap_or_default();
    let end = scenario.until.and_then(Quantity::duration);
    findings.when(
        end.is_some_and(|end| start >= end),
        "scenarios",
        format!("the scenario `{scenario}` ends before it starts"),
    );
    findings.when(
        whole.is_some_and(|whole| start >= whole),
        "scenarios",
        format!("the scenario `{scenario}` starts when the load is over"),
    );
}

/// Checks that no two phases, stages, scenarios and cases have the same name, as all of them are selectors.
pub(super) fn check_names(findings: &mut Findings<'_>) {
    let plan = findings.plan;
    let stages = plan.stages.list.iter().filter_map(|stage| Some(("stages", stage.name.as_ref()?)));
    let scenarios = plan.scenarios.iter().map(|scenario| ("scenarios", &scenario.name));
    let cases = plan.cases.iter().map(|case| ("cases", &case.name));
    let mut seen: Vec<(&'static str, &String)> = Vec::new();
    for (option, name) in stages.chain(scenarios).chain(cases) {
        match seen.iter().find(|(_, known)| *known == name) {
            None if plan.kind.is_phase(name) => findings.at(
                option,
                format!(
                    "`{name}` in `{option}` is a phase of every resilience test: a target could not tell them apart"
                ),
            ),
            Some((same, _)) if *same == option => {
                let hint = if option == "stages" { "; a list is repeated by `[…; 5]`" } else { "" };
                findings.at(option, format!("the name `{name}` is given twice in `{option}`{hint}"));
            }
            Some((other, _)) => findings.at(
                option,
                format!("`{name}` is a name in `{other}` and in `{option}`: a target could not tell them apart"),
            ),
            None => seen.push((option, name)),
        }
    }
}

//! A plan's load in words: `100 users × 50 iterations`.

use crate::record::Experiment;
use brunt_plan::load::ThinkTime;
use brunt_plan::{BodyRole, Plan};

/// Describes the load that the plan puts on.
pub(super) fn describe_load(plan: &Plan) -> String {
    let mut parts = vec![describe_amount(plan)];
    let users = if plan.max_users == Some(1) { "user" } else { "users" };
    let mut add = |part: Option<String>| parts.extend(part);
    add((!plan.stages.list.is_empty()).then(|| format!("stages {}", plan.stages)));
    let scenarios: Vec<String> = plan.scenarios.iter().map(ToString::to_string).collect();
    add((!scenarios.is_empty()).then(|| format!("scenarios [{}]", scenarios.join(", "))));
    let cases: Vec<&str> = plan.cases.iter().map(|case| case.name.as_str()).collect();
    add(plan.sizes.as_ref().map(|sizes| format!("sizes {sizes}")));
    add((!cases.is_empty()).then(|| format!("cases {}", cases.join(", "))));
    add(plan.max_users.map(|max| format!("at most {max} {users}")));
    add(plan.ramp_up.map(|time| format!("ramp-up {time}")));
    add(plan.think_time.map(|think| match think {
        ThinkTime::Fixed(time) => format!("think time {time}"),
        ThinkTime::Between(from, to) => format!("think time {from}..{to}"),
    }));
    add(plan.timeout.map(|time| format!("timeout {time}")));
    add(plan.warm_up.map(|time| format!("warm-up {time}")));
    let goes_on = plan.settle.filter(|time| time.base() > 0.0);
    add(goes_on.map(|time| format!("up to {time} more until sure")));
    add(plan.poisson.then(|| "poisson".to_owned()));
    add(plan.virtual_time.then(|| "virtual time".to_owned()));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// Describes the background loads of an experiment, which its body and not its plan puts on.
pub(super) fn describe_experiment(plan: &Plan, seen: &Experiment) -> String {
    let named = |word: &str, names: Vec<&str>| match names.len() {
        0 => None,
        1 => Some(format!("{word} {}", names[0])),
        _ => Some(format!("{word}s {}", names.join(", "))),
    };
    let is_bystander = |name: &&str| seen.bystanders.iter().any(|bystander| *bystander.name == **name);
    let loads = seen.loads.iter().map(|name| &**name).filter(|name| !is_bystander(name)).collect();
    let bystanders = seen.bystanders.iter().map(|bystander| &*bystander.name).collect();
    let parts = [Some(describe_load(plan)), named("load", loads), named("bystander", bystanders)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Describes how often a stress test calls its body.
fn describe_calls(plan: &Plan) -> String {
    let callers = plan.concurrency.filter(|callers| *callers > 1).map(|callers| format!("{callers} callers"));
    let calls = plan.iterations.map(|calls| format!("{calls} call{}", if calls == 1 { "" } else { "s" }));
    let time = plan.duration.map(|time| format!("for {time}"));
    let each = if plan.case_names().is_empty() { "" } else { " each" };
    let often = match (calls, time) {
        (Some(calls), Some(time)) => format!("{calls} or {time}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) if plan.concurrency.is_some() => "1 call".to_owned(),
        (None, None) => "until stable".to_owned(),
    };
    callers.map_or_else(|| format!("{often}{each}"), |callers| format!("{callers}, {often}{each}"))
}

fn describe_amount(plan: &Plan) -> String {
    let duration = plan.duration.map(|time| format!(" for {time}")).unwrap_or_default();
    if let Some(search) = plan.search {
        return format!("search {search}{duration}{}", if plan.duration.is_some() { " each" } else { "" });
    }
    match plan.kind.role() {
        BodyRole::Call => return describe_calls(plan),
        BodyRole::Experiment => return "experiment".to_owned(),
        BodyRole::Iteration => {}
    }
    if let Some(rate) = plan.rate {
        return format!("{rate}{}{duration}", if plan.poisson { " in the mean" } else { "" });
    }
    let has_own_load = !plan.stages.list.is_empty() || !plan.scenarios.is_empty();
    if has_own_load && plan.users.is_none() && plan.iterations.is_none() && plan.total_iterations.is_none() {
        return duration.trim_start().to_owned();
    }
    let users = plan.users.unwrap_or(1);
    let users = format!("{users} user{}", if users == 1 { "" } else { "s" });
    match (plan.iterations, plan.total_iterations) {
        (_, Some(total)) => format!("{users}, {total} iterations together{duration}"),
        (Some(each), None) => format!("{users} × {each} iteration{}{duration}", if each == 1 { "" } else { "s" }),
        (None, None) if plan.duration.is_some() || has_own_load => format!("{users}{duration}"),
        (None, None) => format!("{users} × 1 iteration"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{describe_experiment, describe_load};
    use crate::record::Experiment;
    use crate::record::experiment::Bystander;
    use brunt_plan::{Kind, parse};

    fn described(options: &str) -> String {
        let (plan, mistakes) = parse::plan(Kind::Load, options);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        describe_load(&plan)
    }

    #[test]
    fn an_experiment_is_described_by_the_loads_that_its_body_puts_on() {
        let (plan, _) = parse::plan(Kind::Resilience, "timeout = 1min");
        assert_eq!(describe_load(&plan), "experiment, timeout 1min");
        let mut seen = Experiment { loads: vec!["insert".into()], ..Experiment::default() };
        assert_eq!(describe_experiment(&plan, &seen), "experiment, timeout 1min, load insert");
        let bystander =
            |name: &str| Bystander { name: name.into(), within: None, broken: crate::record::Tally::default() };
        seen.bystanders = vec![bystander("reports"), bystander("list")];
        seen.loads = vec!["insert".into(), "reports".into()];
        let described = "experiment, timeout 1min, load insert, bystanders reports, list";
        assert_eq!(describe_experiment(&plan, &seen), described);
    }

    #[test]
    fn a_load_reads_as_a_sentence() {
        assert_eq!(described(""), "1 user × 1 iteration");
        assert_eq!(described("users = 100, iterations = 50"), "100 users × 50 iterations");
        assert_eq!(described("users = 5, settle = 1min"), "5 users × 1 iteration, up to 1min more until sure");
        assert_eq!(described("users = 5, total_iterations = 50"), "5 users, 50 iterations together");
        assert_eq!(described("users = 50, duration = 30s, think_time = 1s..3s"), "50 users for 30s, think time 1s..3s");
        assert_eq!(described("rate = 500/s, duration = 30s, max_users = 200"), "500/s for 30s, at most 200 users");
        assert_eq!(described("stages = [low: 10 for 20s, 500 at once]"), "stages [low: 10 for 20s, 500 at once]");
        assert_eq!(
            described("scenarios = [quiet: 10/s, noisy: 100 from 10s], duration = 20s"),
            "for 20s, scenarios [quiet: 10/s, noisy: 100 from 10s]"
        );
    }
}

//! Plans and targets that fit, and each way in which they do not.
#![allow(clippy::unwrap_used)]

use super::{plan as check_plan, targets as check_targets};
use crate::kind::Kind::{self, Load, Resilience, Stress};
use crate::mistake::{Mistake, Place};
use crate::parse;
use crate::target::Level;

/// Each mistake as `place: message`.
fn said(mistakes: &[Mistake]) -> Vec<String> {
    let place = |mistake: &Mistake| match &mistake.place {
        Place::Option(name) => (*name).to_owned(),
        Place::Target(index) => index.to_string(),
        Place::Text(range) => format!("{range:?}"),
    };
    mistakes.iter().map(|mistake| format!("{}: {mistake}", place(mistake))).collect()
}

fn plan_mistakes(kind: Kind, text: &str) -> Vec<String> {
    let (plan, mistakes) = parse::plan(kind, text);
    assert_eq!(mistakes, [], "{text}");
    said(&check_plan(&plan))
}

fn target_mistakes(kind: Kind, options: &str, targets: &str) -> Vec<String> {
    let (plan, mistakes) = parse::plan(kind, options);
    assert_eq!(mistakes, [], "{options}");
    assert_eq!(check_plan(&plan), [], "{options}");
    let (targets, mistakes) = parse::targets(Level::Target, targets);
    assert_eq!(mistakes, []);
    let targets: Vec<_> = targets.into_iter().map(|(target, _)| target).collect();
    said(&check_targets(&plan, &targets))
}

/// The only mistake begins like this.
fn assert_only(found: &[String], wanted: &str, text: &str) {
    assert!(found.len() == 1 && found[0].starts_with(wanted), "{text}:\n{found:#?}\nwanted {wanted}");
}

#[test]
fn plans_that_fit() {
    for (kind, text) in [
        (Load, ""),
        (Load, "users = 100, iterations = 50, setup = open_store"),
        (Load, "users = 100, ramp_up = 10s, iterations = 1"),
        (Load, "users = 50, duration = 30s, warm_up = 5s, think_time = 1s..3s"),
        (Load, "users = 50, total_iterations = 1_000"),
        (Load, "stages = [baseline: 10 for 20s, spike: 100 for 20s, after: 10 for 20s]"),
        (Load, "stages = [-> 200 over 1min, 0 for 5s, 500 at once; 5]"),
        (Load, "stages = [0/s -> 100/s over 10s], poisson, max_users = 10"),
        (Load, "stages = [1min, steady: 9min], users = 10"),
        (Load, "rate = 500/s, duration = 30s, max_users = 200, poisson"),
        (Load, "rate = 500/s, stages = [1min, steady: 9min]"),
        (Load, "scenarios = [quiet: 10/s, noisy: 100 from 10s], stages = [alone: 10s, beside: 20s]"),
        (Load, "scenarios = [list: 10x, buy: 1x], users = 10, duration = 1min"),
        (Load, "scenarios = [a: 10/s until 10s]"),
        (Load, "user_setup = login, user_teardown = logout, teardown = f, verify = g, sample = h"),
        (Load, "rate = 5/s, duration = 10s, user_setup = login, max_users = 10"),
        (Load, "users = 10, duration = 10s, warm_up = 0s, graceful_stop = 0s, ramp_up = 0s"),
        (Load, "users = 10, iterations = 5, settle = 60s"),
        (Load, "rate = 5/s, duration = 10s, settle = 0s"),
        (Load, "duration = 200ms, settle = 200ms"),
        (Load, "stages = [9 at once], settle = 1ms"),
        (Stress, "sizes = [10, 20], settle = 10s"),
        (Stress, ""),
        (Stress, "sizes = [1_000, 10_000, 100_000, 1_000_000], setup = tree_of"),
        (Stress, "search = capacity(rate 100/s..=100_000/s), max_users = 5_000, duration = 5s"),
        (Stress, "concurrency = 10, user_setup = tree, user_teardown = fell"),
        (Stress, "search = capacity(users 1..=100), user_setup = tree"),
        (Resilience, "virtual_time"),
        (Resilience, "setup = f, cases = [one: 1, two: 2], timeout = 5min, graceful_stop = 1s, seed = 7, concurrent"),
    ] {
        assert_eq!(plan_mistakes(kind, text), [""; 0], "{text}");
    }
}

#[test]
fn a_load_that_may_go_on_has_no_number_of_failures_and_no_number_of_samples() {
    let mistakes = |targets: &str| target_mistakes(Load, "users = 50, settle = 1min", targets);
    let wanted = "0: `errors(\"shed\") < 3` is a number of failures, of which there are more where the load goes on";
    assert_only(&mistakes("errors(\"shed\") < 3"), wanted, "a number");
    assert_only(&mistakes("interrupted = 2"), "0: `interrupted = 2` is a number of failures", "a number");
    assert_eq!(mistakes("errors = 0, errors < 1%, interrupted < 1, each(5s).errors < 2"), [""; 0]);
    assert_eq!(mistakes("p99 < 1s"), [""; 0], "it goes on until there are enough");
    let windows = |settle: &str| {
        target_mistakes(Load, &format!("users = 5, duration = 4s, settle = {settle}"), "each(10s).p95 < 1s")
    };
    assert_eq!(windows("6s"), [""; 0]);
    assert_only(&windows("5s"), "0: `each(10s)` is longer than the whole load of 9s", "a window");
    let of = |settle: &str, targets: &str| target_mistakes(Load, &format!("users = 50, settle = {settle}"), targets);
    assert_eq!(of("0s", "errors < 3"), [""; 0]);
    assert_eq!(of("0s", "p99 < 1s").len(), 1);
}

#[test]
fn conflicts_lie_at_the_option_to_change() {
    for (kind, text, wanted) in [
        (Load, "rate = 5/s, duration = 1s, users = 1", "users: `users` does not go with `rate`"),
        (Load, "rate = 5/s, duration = 1s, iterations = 1", "iterations: `iterations` does not go with `rate`"),
        (Load, "rate = 5/s, duration = 1s, ramp_up = 1ms", "ramp_up: `ramp_up` does not go with `rate`"),
        (Load, "rate = 5/s, duration = 1s, think_time = 1ms", "think_time: `think_time` does not go with `rate`"),
        (Load, "rate = 5/s", "rate: `rate` without `duration` or `stages` never ends"),
        (Load, "rate = 0/s, duration = 1s", "rate: `rate = 0/s` puts on no load"),
        (Load, "rate = 1e-12/s, duration = 1s", "rate: `0.000000000001/s` in `rate` puts on no load"),
        (Load, "rate = 1e9/s, duration = 1s", "rate: `1000000000/s` in `rate`: at most 10000000/s"),
        (
            Load,
            "stages = [a: 1 for 9s, b: 2 for 1s], settle = 9s",
            "settle: `settle = 9s` is too short for one more round, which takes 10s: stages",
        ),
        (
            Load,
            "duration = 20s, cases = [a: 1, b: 2], settle = 1500ms",
            "settle: `settle = 1500ms` is too short for one more round of all 2 cases, which takes 2s",
        ),
        (Load, "duration = 5s, ramp_up = 1s, settle = 4s", "settle: `settle = 4s` is too short"),
        (Load, "settle = 9000h", "settle: `9000h` in `settle` is too long"),
        (Stress, "search = capacity(users 1..=9), verify = counted(f)", "verify: `verify` does not go with `search`"),
        (Stress, "search = capacity(users 1..=9), settle = 9s", "settle: `settle` does not go with `search`"),
        (Load, "users = 0", "users: `users = 0` puts on no load"),
        (Load, "users = 1e8", "users: 100000000 users in `users`: at most 10000000"),
        (Load, "iterations = 0", "iterations: `iterations = 0` puts on no load"),
        (Load, "iterations = 1, total_iterations = 1", "total_iterations: `total_iterations` does not go with"),
        (Load, "duration = 0s", "duration: `0s` in `duration` is no time at all"),
        (Load, "duration = 1e6h", "duration: `1000000h` in `duration` is too long"),
        (Load, "duration = 10s, warm_up = 10s", "warm_up: `warm_up = 10s` takes the whole load of 10s"),
        (Load, "duration = 10s, ramp_up = 20s", "ramp_up: `ramp_up = 20s` takes the whole load of 10s"),
        (Load, "stages = [1 for 1s], ramp_up = 1ms", "ramp_up: `ramp_up` does not go with `stages`"),
        (Load, "stages = [1 for 1s], duration = 1s", "duration: `duration` does not go with `stages`"),
        (Load, "stages = [1 for 1s], users = 1", "users: `users` does not go with `stages`"),
        (Load, "stages = [1 for 1s], rate = 1/s", "rate: `rate` does not go with `stages`"),
        (Load, "stages = [1 for 1s], iterations = 1", "iterations: `iterations` does not go with `stages`"),
        (Load, "stages = [1 for 0s]", "stages: `0s` in `stages` is no time at all"),
        (Load, "stages = [0 for 1s]", "stages: no stage puts on load"),
        (Load, "stages = [1 for 1s, 1/s for 1s]", "stages: some stages count users, others arrivals"),
        (Load, "stages = [1 for 1s, 1s]", "stages: the stage `1s` gives no amount"),
        (Load, "stages = [a: 1s]", "stages: `1s` names a window of the load, but nothing says how much"),
        (Load, "stages = [a: 1 for 1s, a: 2 for 1s]", "stages: the name `a` is given twice in `stages`"),
        (Load, "stages = [1 for 1s; 1_000_000]", "stages: 1000000 stages after repeats"),
        (
            Load,
            "stages = [a: 1 for 1s], scenarios = [a: 1x]",
            "scenarios: `a` is a name in `stages` and in `scenarios`",
        ),
        (Load, "stages = [1 for 1s], scenarios = [a: 1]", "scenarios: `scenarios` does not go with `stages`"),
        (Load, "scenarios = [a: 1x, b: 1]", "scenarios: some scenarios are weights"),
        (Load, "scenarios = [a: 1], users = 1", "users: `users` does not go with `scenarios`"),
        (Load, "scenarios = [a: 0x, b: 1x]", "scenarios: the scenario `a: 0x` never runs"),
        (Load, "scenarios = [a: 1 from 2s until 1s]", "scenarios: the scenario `a: 1 from 2s until 1s` ends before"),
        (Load, "scenarios = [a: 1 from 9s], duration = 9s", "scenarios: the scenario `a: 1 from 9s` starts when"),
        (Load, "scenarios = [a: 1/s]", "scenarios: the scenario `a` never ends"),
        (Load, "cases = [a: 1, a: 2]", "cases: the name `a` is given twice in `cases`"),
        (Load, "max_users = 1", "max_users: `max_users` bounds an open load"),
        (Load, "poisson", "poisson: `poisson` draws the gaps"),
        (
            Load,
            "rate = 1/s, duration = 1s, user_setup = f",
            "user_setup: `user_setup` of an open load wants `max_users`",
        ),
        (Load, "user_teardown = f", "user_teardown: `user_teardown` ends what"),
        (Load, "per_core, virtual_time", "per_core: `per_core` does not go with `virtual_time`"),
        (Resilience, "cases = [fault: 1]", "cases: `fault` in `cases` is a phase of every resilience test"),
        (Resilience, "timeout = 0s", "timeout: `0s` in `timeout` is no time at all"),
        (Stress, "sizes = [1], cases = [a: 1]", "cases: `cases` does not go with `sizes`"),
        (Stress, "sizes = [1, 2], user_setup = f", "user_setup: `user_setup` makes each caller's own input: it wants"),
        (Stress, "concurrency = 2, user_teardown = f", "user_teardown: `user_teardown` ends what"),
        (
            Stress,
            "search = capacity(rate 1/s..=2/s), user_setup = f",
            "user_setup: `user_setup` of an open load wants `max_users`",
        ),
        (Stress, "concurrency = 0", "concurrency: `concurrency = 0` puts on no load"),
        (Stress, "search = capacity(users 1..=2), concurrency = 1", "concurrency: `concurrency` does not go with"),
        (Stress, "search = capacity(rate 1/s..=2/s), concurrency = 1", "concurrency: `concurrency` does not go with"),
        (Stress, "search = capacity(users 1..=2), sizes = [1, 2]", "sizes: `sizes` does not go with `search`"),
        (Stress, "search = capacity(users 1..=2), cases = [a: 1]", "cases: `cases` does not go with `search`"),
        (Stress, "search = capacity(users 1..=2), duration = 4s", "duration: `duration = 4s` is too short for a level"),
    ] {
        assert_only(&plan_mistakes(kind, text), wanted, text);
    }
}

#[test]
fn every_conflict_is_said() {
    let found = plan_mistakes(Load, "rate = 5/s, users = 0, iterations = 1, user_teardown = f");
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn targets_that_fit() {
    const STAGED: &str = "stages = [baseline: 10 for 20s, spike: 100 for 20s, after: 10 for 20s]";
    for (kind, options, targets) in [
        (Load, "users = 100, iterations = 50", "throughput > 1_000/s, elapsed < 10s, p95 < 50ms"),
        (Load, "users = 100", "p99 < 10s, \"nap\".p99.9 < 1s"),
        (Load, STAGED, "spike.success_rate > 80%, spike.mean < 3x baseline.mean, after.p95 < 1.2x baseline.p95"),
        (Load, STAGED, "each(stage).p95 < 1s, spikes.p95 < 1s, read.p95 < 1s, spike.elapsed < 30s"),
        (Load, "stages = [500 at once]", "elapsed < 10s, p99 < 1s"),
        (
            Load,
            "rate = 500/s, duration = 30s",
            "p99 < 200ms, dropped = 0, unsent < 1%, service.p95 < 1s, each(5s).p95 < 300ms",
        ),
        (
            Load,
            "users = 1, duration = 1min",
            "p99.9 < 1s, each(step).p95 < 1s, each(user).throughput > 1/s, lag.max < 5",
        ),
        (Load, "duration = 1min, cases = [a: 1, b: 2]", "each(case).p95 < 1s, a.mean < 2x b.mean"),
        (
            Stress,
            "sizes = [1_000, 10_000, 100_000]",
            "growth <= n, memory_growth <= n, max < 500ms, size(1_000).p95 < 1s",
        ),
        (Stress, "search = capacity(users 1..=100)", "capacity > 50, p95 < 1s"),
        (Stress, "search = capacity(users 1..=100)", "recovery_time < 10s, p95 < 1s"),
        (Stress, "", "memory_growth < 50MiB"),
        (Resilience, "", "baseline.success_rate > 99%, recovery_time < 60s, lost_writes = 0, each(stage).p95 < 1s"),
        (Resilience, "timeout = 1s", "p99.9 < 1s, elapsed < 30s, each(10s).throughput > 5/s, errors(\"shed\") < 1%"),
        (Resilience, "", "recovering.errors < 50%, recovery.p95 < 1.2x baseline.p95, fault.amplification < 3x"),
        (Resilience, "", "reports.isolation >= 99%, isolation >= 99%, detection_time < 1s, indeterminate_writes < 5"),
        (Resilience, "", "fault.isolation >= 99%, recovering.reports.isolation >= 99%, always.isolation > 5%"),
        (Resilience, "", "always.p95 < 1s, always.errors(\"panic\") = 0, always.insert.max < 2s"),
        (Resilience, "", "fault.insert.p95 < 1s, dropped = 0, service.p99 < 1s, each(scenario).errors < 5"),
        (Resilience, "cases = [one: 1, two: 2]", "each(case).recovery_time < 60s, one.recovery_time < 9s, orphans = 0"),
    ] {
        assert_eq!(target_mistakes(kind, options, targets), [""; 0], "{options}: {targets}");
    }
}

#[test]
fn targets_that_the_plan_cannot_answer() {
    const STAGED: &str = "stages = [baseline: 10 for 20s, spike: 100 for 20s]";
    for (kind, options, targets, wanted) in [
        (Load, STAGED, "spik.p95 < 1s", "0: `spik` in `spik.p95`: did you mean `spike`?"),
        (Load, STAGED, "spike.p95 < 2x basline.p95", "0: `basline` in `basline.p95`: did you mean `baseline`?"),
        (Load, STAGED, "spike.baseline.p95 < 1s", "0: `spike.baseline.p95` selects nothing"),
        (Load, STAGED, "spike.p95 < 5", "0: spike.p95 is a time (ns us µs ms s min h), `5` has no unit"),
        (Load, STAGED, "elapsed < 30s", "0: `elapsed` of a load that lasts 40s"),
        (Load, "duration = 5s", "elapsed < 30s", "0: `elapsed` of a load that lasts 5s"),
        (Load, "users = 10, iterations = 5", "p90 < 1s, p99 < 1s", "1: `p99` wants at least 100 samples, but 50 "),
        (Load, "total_iterations = 999", "p99.9 < 1s", "0: `p99.9` wants at least 1000 samples, but 999 "),
        (Load, "rate = 9/s, duration = 10s", "p99 < 1s", "0: `p99` wants at least 100 samples, but 90 "),
        (Load, "", "p50 < 1s", "0: `p50` wants at least 2 samples, but 1 "),
        (Load, "duration = 5s", "dropped = 0", "0: `dropped` counts arrivals"),
        (Load, "duration = 5s", "unsent < 1%", "0: `unsent` counts arrivals"),
        (Load, "duration = 5s", "service.p95 < 1s", "0: `service.p95` leaves out the wait"),
        (Load, "", "growth <= n", "0: `growth` of class `n` is fitted over sizes: it wants"),
        (Stress, "sizes = [5]", "growth <= n2", "0: `growth` of class `n2` is fitted over sizes: one is too few"),
        (Stress, "", "memory_growth <= 1", "0: `memory_growth` of class `1` is fitted over sizes"),
        (Stress, "sizes = [5, 6]", "size(7).mean < 1s", "0: `size(7)` selects nothing: the sizes are [5, 6]"),
        (Load, "", "size(7).mean < 1s", "0: `size(7)` selects nothing: the plan has no `sizes`"),
        (Load, "", "recovery_time < 1s", "0: `recovery_time` is measured by `#[resilience]`, not by `#[load_test]`"),
        (
            Load,
            "",
            "fault.amplification < 2",
            "0: `amplification` is measured by `#[resilience]`, not by `#[load_test]`",
        ),
        (Resilience, "", "basline.p95 < 1s", "0: `basline` in `basline.p95`: did you mean `baseline`?"),
        (Resilience, "", "recovring.p95 < 1s", "0: `recovring` in `recovring.p95`: did you mean `recovering`?"),
        (Resilience, "", "fault.recovery.p95 < 1s", "0: `fault.recovery.p95` selects nothing: an iteration is in one"),
        (Resilience, "", "fault.p95 < 5", "0: fault.p95 is a time (ns us µs ms s min h), `5` has no unit"),
        (Resilience, "", "capacity > 5/s", "0: `capacity` is found by a search"),
        (Resilience, "", "growth <= n", "0: `growth` of class `n` is fitted over sizes: it wants"),
        (
            Resilience,
            "",
            "fault.recovery_time < 1s",
            "0: `recovery_time` is of the whole experiment, not of the phase `f",
        ),
        (Resilience, "", "each(10s).lost_writes = 0", "0: `lost_writes` is of the whole experiment, not of windows"),
        (
            Resilience,
            "",
            "baseline.isolation > 9%",
            "0: `isolation` is of the time in which something is broken, not of the",
        ),
        (
            Resilience,
            "",
            "always.fault.p95 < 1s",
            "0: `always.fault.p95`: `always` is every phase, and `fault` one of them",
        ),
        (
            Resilience,
            "",
            "always.recovery_time < 1s",
            "0: `recovery_time` is of the whole experiment, not of the phase",
        ),
        (Load, "", "always.p95 < 1s", "0: unknown name `always` in `always.p95`: it stands for every phase"),
        (Resilience, "", "each(stage).isolation > 9%", "0: `isolation` is of the whole experiment, not of each phase"),
        (Stress, "", "capacity > 5/s", "0: `capacity` is found by a search"),
        (Stress, "search = capacity(users 1..=9)", "capacity > 5", "search: `search` goes up until a target breaks"),
        (Stress, "", "recovery_time < 5s", "0: `recovery_time` is measured by `#[resilience]`"),
        (Stress, "search = capacity(users 1..=9)", "capacity > 5/s, p95 < 1s", "0: the search finds a count of users"),
        (Load, "duration = 5s", "each(stage).p95 < 1s", "0: `each(stage)` goes over nothing"),
        (Load, "duration = 5s", "each(case).p95 < 1s", "0: `each(case)` goes over nothing"),
        (Load, "duration = 5s", "each(scenario).p95 < 2x each(scenario).p50", "0: `each(scenario)` goes over nothing"),
        (Load, "duration = 5s", "each(10s).p95 < 1s", "0: `each(10s)` is longer than the whole load of 5s"),
        (Load, "duration = 5s", "each(1500ms).p95 < 1s", "0: `each(1.5s)`: windows are whole seconds"),
        (Load, "duration = 5s", "errors < 1%, p95 < 1s, errors < 1%", "2: `errors < 1%` is declared twice"),
        (Load, "duration = 5s", "p95 < 1s, proven p95 < 1s", "1: `proven p95 < 1s` is declared twice"),
        (
            Load,
            "duration = 5s",
            "hit.share > 80%, hit.throughput > 5/s",
            "1: `hit` is a recorded value in `hit.share`, and `hit.throughput` is of iterations and steps",
        ),
        (Load, "duration = 5s", "lag.errors < 1%, lag.max < 5", "1: `lag` is a recorded value in `lag.max`, and `lag."),
        (Load, STAGED, "each(stage).spike.p95 < 1s", "0: `each(stage)` of the one stage `spike`: leave out one of"),
        (
            Load,
            "duration = 5s, scenarios = [a: 1x, b: 1x]",
            "a.b.p95 < 1s",
            "0: `a.b.p95` selects nothing: an iteration is in one scenario, not in `a` and `b`",
        ),
        (
            Load,
            "duration = 5s, cases = [a: 1, b: 1]",
            "a.b.p95 < 1s",
            "0: `a.b.p95` selects nothing: an iteration is in one",
        ),
        (Load, "duration = 5s", "cancelled < 5%", "0: `cancelled`: `cancelled` is of steps, wanted the step's name"),
        (Load, "duration = 5s", "share > 80%", "0: `share`: `share` is of recorded values"),
    ] {
        assert_only(&target_mistakes(kind, options, targets), wanted, targets);
    }
}

#[test]
fn what_the_body_of_a_resilience_test_says_is_no_option() {
    for (text, wanted) in [
        (
            "users = 5",
            "`users` is no option of `resilience`: its body puts on the load: `lab.load(\"name\", 20.users()",
        ),
        ("rate = 5/s", "`rate` is no option of `resilience`: its body puts on the load: `lab.load(\"name\", 500.per_s"),
        ("vus = 5", "unknown option `vus`: its body puts on the load: `lab.load(\"name\", 20.users(), |user| …)`"),
        ("duration = 5s", "`duration` is no option of `resilience`: its loads last as long as its body"),
        ("user_setup = f", "`user_setup` is no option of `resilience`: its users have no state of their own"),
        ("per_core", "`per_core` is an option of `load_test`, not of `resilience`"),
        ("sizes = [1, 2]", "`sizes` is an option of `stress`, not of `resilience`"),
    ] {
        let (_, mistakes) = parse::plan(Resilience, text);
        assert!(mistakes[0].message.starts_with(wanted), "{text}: {mistakes:#?}\nwanted {wanted}");
    }
}

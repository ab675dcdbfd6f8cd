//! What names select, and what happens when they select nothing.

use crate::judge::Outcome;
use crate::judge::sample::Sample;

fn shop() -> Sample {
    Sample::new("stages = [baseline: 1 for 5s, spike: 9 for 5s, later: 1 for 5s]")
        .stage("baseline", 0, 5)
        .stage("spike", 5, 10)
        .ok("stage=baseline scenario=quiet", 0, 200, 10.0)
        .ok("stage=spike scenario=quiet", 5, 200, 20.0)
        .ok("stage=spike scenario=noisy", 5, 200, 40.0)
        .ok("stage=spike scenario=quiet step=login", 5, 200, 7.0)
        .ok("stage=spike scenario=quiet step=login tenant=acme", 5, 100, 3.0)
}

#[test]
fn names_compose_in_any_order() {
    let shop = shop();
    for (text, milliseconds) in [
        ("baseline.p50 < 1s", 10.0),
        ("spike.quiet.p50 < 1s", 20.0),
        ("quiet.spike.p50 < 1s", 20.0),
        ("noisy.p50 < 1s", 40.0),
        ("login.p50 < 1s", 7.0),
        ("spike.quiet.login.p50 < 1s", 7.0),
        ("tenant(\"acme\").login.p50 < 1s", 3.0),
    ] {
        let verdict = shop.of(text);
        assert_eq!(verdict.outcome, Outcome::Pass, "{text}: {verdict:?}");
        let observed = verdict.observed.unwrap().value / 1e6;
        assert!((observed / milliseconds - 1.0).abs() < 1e-3, "{text}: {observed}");
    }
}

#[test]
fn an_unknown_name_fails_and_lists_what_there_was() {
    let (outcome, reason) = shop().outcome("nosuchstep.p95 < 1s");
    assert_eq!(outcome, Outcome::Fail);
    assert_eq!(
        reason,
        "unknown name `nosuchstep`; this test had stages `baseline`, `spike`, `later`; scenarios `quiet`, `noisy`; \
         step `login`; tags `tenant`"
    );
    let (_, reason) = shop().outcome("logn.p95 < 1s");
    assert!(reason.starts_with("unknown name `logn` (did you mean `login`?); this test had"), "{reason}");
    let (outcome, reason) = Sample::new("").ok("", 0, 10, 1.0).outcome("nosuchstep.p95 < 1s");
    assert_eq!((outcome, reason.as_str()), (Outcome::Fail, "unknown name `nosuchstep`; this test had no names at all"));
}

#[test]
fn a_known_name_without_samples_is_inconclusive() {
    assert_eq!(shop().outcome("later.p50 < 1s"), (Outcome::Inconclusive, "no samples".to_owned()));
    assert_eq!(shop().outcome("baseline.noisy.mean < 1s").0, Outcome::Inconclusive);
    assert_eq!(shop().outcome("later.errors = 0").0, Outcome::Inconclusive);
    assert_eq!(shop().outcome("later.throughput > 0/s").0, Outcome::Inconclusive);
}

#[test]
fn a_name_that_means_two_things_fails() {
    let shop = shop().ok("stage=spike step=spike", 5, 200, 1.0);
    let (outcome, reason) = shop.outcome("spike.p50 < 1s");
    assert_eq!(outcome, Outcome::Fail);
    assert!(reason.starts_with("`spike` is both a stage and a step: rename one"), "{reason}");
    let (outcome, reason) = shop.outcome("baseline.spike.mean < 1s");
    assert_eq!(outcome, Outcome::Fail, "{reason}");
}

#[test]
fn two_names_of_one_kind_select_nothing() {
    let (outcome, reason) = shop().outcome("baseline.later.p50 < 1s");
    assert_eq!(
        (outcome, reason.as_str()),
        (Outcome::Fail, "`baseline` and `later` are both a stage: no iteration is in both")
    );
}

#[test]
fn unknown_tags_and_values_fail() {
    let (outcome, reason) = shop().outcome("tenant(\"amce\").mean < 1s");
    assert_eq!(
        (outcome, reason.as_str()),
        (Outcome::Fail, "no `tenant` was `amce` (did you mean `acme`?); there were `acme`")
    );
    assert_eq!(
        shop().outcome("region(\"eu\").mean < 1s"),
        (Outcome::Fail, "unknown tag `region`; known: `tenant`".to_owned())
    );
    let (_, reason) = shop().outcome("tenant.mean < 1s");
    assert!(reason.starts_with("`tenant` is a tag: write"), "{reason}");
}

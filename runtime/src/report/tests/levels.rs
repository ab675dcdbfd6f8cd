//! A search for the capacity, as every reader sees it.

use super::{Style, facts};
use crate::judge::capacity::searched::{SearchFound, StepRecovery};
use crate::judge::capacity::{Ceiling, Purpose, Searched, Seen, StepTrial, judge_search};
use crate::judge::sample::{Sample, failures, targets};
use crate::judge::{Judgement, Outcome, judge};
use crate::record::Measurements;
use crate::report::console::render_test;
use crate::report::{JSON_SCHEMA, Report, TestReport};
use brunt_plan::{Kind, parse};
use std::time::Duration;

/// 100/s held, 200/s broke twice, at 100/s it recovered, 140/s held.
fn report(ceiling: Ceiling) -> TestReport {
    let mut facts = facts("store::orders");
    facts.kind = Kind::Stress;
    let (plan, _) = parse::plan(Kind::Stress, "search = capacity(rate 100/s..=10_000/s), duration = 5s");
    let of = |rate: u64, milliseconds: f64| {
        let level = Sample::new(&format!("rate = {rate}/s, duration = 5s")).ok("", 0, 5 * rate, milliseconds);
        if milliseconds > 50.0 { level.add("", 1, failures(rate, "io::TimedOut")) } else { level }
    };
    let slow = "`p95 < 50ms`: 180 ms is 3.6 times 50ms";
    let levels = [
        ("100/s", 100, 9.0, Outcome::Pass),
        ("200/s", 200, 180.0, Outcome::Fail),
        ("200/s (again)", 200, 180.0, Outcome::Fail),
        ("100/s (recovery)", 100, 12.0, Outcome::Pass),
        ("140/s", 140, 20.0, Outcome::Pass),
        ("140/s (confirmation)", 140, 20.0, Outcome::Pass),
    ];
    let mut whole = Measurements::default();
    let mut trials = Vec::new();
    for (stage, rate, milliseconds, outcome) in levels {
        let mut measured = of(rate, milliseconds).measurements;
        measured.elapsed = Duration::from_secs(5);
        whole.append_as_stage(stage, &measured);
        let reason = (outcome == Outcome::Fail).then(|| slow.to_owned());
        let purpose = match stage {
            "100/s (recovery)" => Purpose::Recovery,
            "140/s (confirmation)" => Purpose::Confirmation,
            _ => Purpose::Probe,
        };
        let seen = if outcome == Outcome::Fail { Seen::Broke { far: true } } else { Seen::Held };
        let (stage, level) = (stage.to_owned(), rate as f64);
        trials.push(StepTrial { stage, level, purpose, seen, seconds: 5.0, fixture: 1, reason });
    }
    let recovery = Some(StepRecovery { after: Some(Duration::from_millis(1_500)), looked: Duration::from_secs(5) });
    let broke = if let Ceiling::Broke(level) = ceiling { Some(level) } else { None };
    let found =
        SearchFound { capacity: Some(140.0), once: None, ceiling, broke, cut: None, recovery, events: Vec::new() };
    let searched = Searched { is_rate: true, found, fixtures: 1, trials };
    let mut targets = targets(&["capacity > 500/s", "p95 < 50ms"]);
    (targets[0].line, targets[1].line) = (Some(13), Some(13));
    let held = of(140, 20.0);
    let Judgement { verdict: level, figures } = judge(&held.plan, &targets[1..], &held.measurements);
    let judgement = Judgement { verdict: judge_search(&targets, &searched, level, 700), figures };
    TestReport::measured(&facts, &plan, &whole, &judgement).with_levels(&searched, &whole)
}

#[test]
fn a_search_reads_well() {
    let text = render_test(&report(Ceiling::Broke(143.0)), Style { color: false, width: 100 });
    insta::assert_snapshot!(text);
}

#[test]
fn its_levels_are_what_the_schema_says_and_read_back() {
    let report = Report::of("run-1", vec![report(Ceiling::End)]);
    let schema: serde_json::Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let value = serde_json::to_value(&report).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(serde_json::from_value::<Report>(value).unwrap(), report);
    let capacity = report.tests[0].capacity.clone().unwrap();
    assert_eq!((capacity.level, capacity.at_least, capacity.broke_at), (Some(140.0), true, None));
    let counts: Vec<u64> = report.tests[0].levels.iter().map(|level| level.metrics.count).collect();
    assert_eq!(counts, [500, 1_200, 1_200, 500, 700, 700]);
}

#[cfg(feature = "junit")]
#[test]
fn the_capacity_is_a_property() {
    let report = Report::of("run-1", vec![report(Ceiling::Broke(143.0))]);
    let text = crate::report::junit::render_junit(&report).unwrap();
    for property in ["name=\"capacity\" value=\"140\"", "name=\"capacity.broke_at\" value=\"143\""] {
        assert!(text.contains(property), "{text}");
    }
}

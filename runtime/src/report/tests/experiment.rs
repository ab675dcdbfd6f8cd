//! An experiment, as every reader sees it.

use super::{Style, facts, report};
use crate::judge::sample::{Sample, resilience};
use crate::record::Experiment;
use crate::record::experiment::{Attempts, Bystander, Disruption, Ledger, ProcessReading, ProcessRecord, Recovery};
use crate::report::JSON_SCHEMA;
use crate::report::console::render_test;
use crate::report::model::{Report, TestReport, Verdict};
use brunt_plan::Kind;
use serde_json::Value;
use std::time::Duration;

const PLAIN: Style = Style { color: false, width: 100 };

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn faults() -> Vec<Disruption> {
    vec![
        Disruption {
            what: "latency 50ms ± 10ms at 127.0.0.1:5432".to_owned(),
            seed: Some(7),
            injected: ms(3_003),
            healed: Some(ms(5_100)),
            detected: Some(ms(3_015)),
            operations: 200,
            connections: Some((3..17).collect()),
            pieces: Some(1_204),
            ..Disruption::default()
        },
        Disruption {
            what: "kill postgres primary".to_owned(),
            injected: ms(4_000),
            healed: Some(ms(4_900)),
            operations: 40,
            ..Disruption::default()
        },
    ]
}

/// What became of the bystander while something was broken.
fn broken() -> crate::record::Tally {
    let mut broken = crate::judge::sample::successes(97, 10.0);
    broken.merge(&crate::judge::sample::successes(3, 500.0));
    broken
}

fn seen() -> Experiment {
    let count = |attempts, operations| Attempts { attempts, operations };
    Experiment {
        loads: vec!["insert".into()],
        bystanders: vec![Bystander { name: "reports".into(), within: Some(ms(200)), broken: broken() }],
        faults: faults(),
        recoveries: vec![Recovery {
            injected: ms(3_003),
            healed: Some(ms(5_100)),
            since: ms(5_100),
            limit: ms(60_000),
            window: ms(1_000),
            stable: Some(ms(7_000)),
            undecided: None,
            reason: None,
        }],
        ledger: Some(Ledger {
            acknowledged: 600,
            unacknowledged: 200,
            present: 612,
            indeterminate: 12,
            ..Ledger::default()
        }),
        attempts: [(Some("baseline".into()), count(300, 300)), (Some("fault".into()), count(800, 200))].into(),
        compensation_time: Some(ms(80)),
        compensations: 6,
        orphans: Some(0),
        processes: vec![ProcessRecord {
            name: "postgres-1".to_owned(),
            readings: vec![
                (ms(1_000), ProcessReading { cpu: 0.25, memory: 48 << 20 }),
                (ms(2_000), ProcessReading { cpu: 0.75, memory: 64 << 20 }),
            ],
            output: (1..=20).map(|line| format!("LOG:  line {line} <&>")).collect(),
        }],
        ..Experiment::default()
    }
}

fn sample(seen: Experiment) -> Sample {
    let mut sample = resilience()
        .ok("stage=baseline scenario=insert", 1, 300, 5.0)
        .failed("stage=fault scenario=insert", 3, 200, "io::ConnectionReset")
        .ok("stage=recovering scenario=insert", 5, 100, 900.0)
        .ok("stage=recovery scenario=insert", 7, 200, 6.0)
        .ok("stage=fault scenario=reports", 3, 97, 10.0)
        .ok("stage=fault scenario=reports", 4, 3, 500.0);
    sample.measurements.experiment = Some(Box::new(seen));
    sample
}

fn of(name: &str, seen: Experiment, texts: &[&str]) -> TestReport {
    let facts = super::Facts { kind: Kind::Resilience, file: "tests/resilience.rs".to_owned(), ..facts(name) };
    report(&facts, &sample(seen), texts)
}

const TARGETS: [&str; 6] = [
    "baseline.success_rate > 99%",
    "recovery_time < 60s",
    "isolation >= 90%",
    "success_rate > 98%",
    "lost_writes = 0",
    "fault.amplification < 5x",
];

fn passed() -> TestReport {
    of("store::primary_is_slow", seen(), &TARGETS)
}

fn failed() -> TestReport {
    let mut seen = seen();
    seen.faults[1].heal_failed = Some("port 5432 is taken".to_owned());
    seen.faults.push(Disruption {
        what: "refuse at 127.0.0.1:6379".to_owned(),
        injected: ms(12_000),
        connections: Some(Vec::new()),
        ..Disruption::default()
    });
    (seen.recoveries[0].stable, seen.recoveries[0].limit) = (None, ms(3_000));
    seen.recoveries[0].reason = Some("success_rate > 98%: 41 %".to_owned());
    seen.ledger = Some(Ledger {
        acknowledged: 600,
        present: 593,
        lost: 7,
        unknown: 1,
        lost_ids: (0..7).map(|id| (100 + id).to_string()).collect(),
        ..Ledger::default()
    });
    of(
        "store::primary_dies",
        seen,
        &TARGETS.map(|text| if text.starts_with("recovery") { "recovery_time < 5s" } else { text }),
    )
}

fn unsteady() -> TestReport {
    let seen = Experiment { unsteady: Some("p95 < 4ms: 5 ms".to_owned()), ..Experiment::default() };
    of("store::not_steady", seen, &["recovery_time < 60s"])
}

fn run() -> Report {
    Report::of("run-1", vec![passed(), failed(), unsteady()])
}

#[test]
fn an_experiment_reads_well() {
    let all: Vec<String> = [passed(), failed(), unsteady()].iter().map(|test| render_test(test, PLAIN)).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn the_timeline_fits_a_narrow_terminal() {
    let text = render_test(&failed(), Style { color: false, width: 60 });
    let timeline = text.lines().skip_while(|line| !line.starts_with("  fault")).take(8);
    let longest = timeline.clone().map(|line| line.chars().count()).max();
    assert!(timeline.count() == 8 && longest.unwrap() <= 60, "{text}");
}

#[test]
fn output_is_shown_only_where_it_is_wanted() {
    let shows = |test: &TestReport| render_test(test, PLAIN).contains("LOG:  line 20");
    assert_eq!((shows(&passed()), shows(&failed())), (false, true));
    assert!(!render_test(&failed(), PLAIN).contains("line 8 "), "the last lines only");
}

#[test]
fn the_data_is_what_the_schema_says_and_reads_back() {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let value = serde_json::to_value(run()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(serde_json::from_value::<Report>(value.clone()).unwrap(), run());
    for (pointer, wrong) in [
        ("/tests/2/experiment/faults/0/met", Value::Null),
        ("/tests/2/experiment/recoveries/0/since_s", Value::from("1 s")),
        ("/tests/2/experiment/isolation/0/kept", Value::from(-1)),
        ("/tests/2/experiment/processes/0/readings", Value::Null),
        ("/tests/2/experiment/budgets/1/phases/0/used", Value::from(0.5)),
    ] {
        let mut report = value.clone();
        *report.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&report), "{pointer}");
    }
}

#[test]
fn a_part_from_before_experiments_reads_back() {
    let mut value = serde_json::to_value(passed()).unwrap();
    value.as_object_mut().unwrap().remove("experiment");
    assert_eq!(serde_json::from_value::<TestReport>(value).unwrap(), TestReport { experiment: None, ..passed() });
}

#[test]
fn figures_are_those_of_the_record() {
    let test = passed();
    assert_eq!(test.verdict, Verdict::Pass, "{:?}", test.message);
    assert_eq!(test.metrics.as_ref().unwrap().elapsed_s, 9.0, "the whole, not its phases alone");
    let experiment = test.experiment.unwrap();
    assert_eq!(experiment.faults[0].detection_s, Some(0.012));
    let recovery = &experiment.recoveries[0];
    assert_eq!((recovery.recovery_s, recovery.recovery_from_healing_s), (Some(3.997), Some(1.9)));
    let isolation = &experiment.isolation[0];
    assert_eq!((isolation.kept, isolation.operations, isolation.share), (97, 100, Some(0.97)));
    assert_eq!(experiment.amplification, Some(2.2));
    assert_eq!(
        (experiment.processes[0].cpu_cores, experiment.processes[0].peak_memory_bytes),
        (Some(0.5), Some(64 << 20))
    );
    // 2 % of 900 may fail, and 200 did.
    let budget = &experiment.budgets[1];
    assert_eq!((budget.target.as_str(), budget.used, budget.phases.len()), ("success_rate > 98%", 200, 1));
    assert!((budget.allowed - 18.0).abs() < 1e-9, "{budget:?}");
    assert_eq!((budget.phases[0].phase.as_deref(), experiment.budgets[0].used), (Some("fault"), 0));
}

#[cfg(feature = "junit")]
#[test]
fn the_timeline_is_in_junit_in_both_forms() {
    insta::assert_snapshot!(crate::report::junit::render_junit(&run()).unwrap());
    let text = super::junit::strict(&run());
    let elements = super::junit::elements(&text);
    assert_eq!(elements.iter().filter(|name| *name == "system-out").count(), 1, "a failure's body has it");
    let timeline = "at 3.003 s  latency 50ms ± 10ms at 127.0.0.1:5432 · first failure after 12 ms";
    let of_passed = text.split("<system-out>").nth(1).unwrap();
    assert!(of_passed.contains(timeline), "{text}");
    assert!(text.contains(&timeline.replace(" s ", " s  ")), "{text}");
}

#[test]
fn a_process_is_no_selection_of_operations() {
    let test = of("processes", seen(), &["fault.process(\"postgres-1\").cpu < 100%", "fault.insert.errors < 100%"]);
    let listed: Vec<&str> = test.selections.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(listed, ["fault.insert"]);
}

#[test]
fn phases_that_it_did_not_go_through_are_left_out() {
    let mut sample = resilience().ok("stage=baseline scenario=insert", 1, 10, 5.0).ok("stage=fault", 3, 10, 5.0);
    sample.measurements.experiment = Some(Box::default());
    let text = render_test(&report(&facts("phases"), &sample, &[]), PLAIN);
    assert!(text.contains("fault ") && !text.contains("recovering"), "{text}");
}

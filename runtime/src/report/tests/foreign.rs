//! Names and messages of any length and with anything in them.

use super::*;
use crate::report::console;

fn hostile() -> Vec<String> {
    vec![
        "x".repeat(1 << 20),
        "a\n::error file=a.rs::forged\n  ✓ pass".to_owned(),
        "\u{1b}]0;title\u{7}\u{1b}[2Jb".to_owned(),
        "d\u{fffe}\u{ffff}e".to_owned(),
        "c ##vso[task.complete result=Succeeded]".to_owned(),
    ]
}

fn hostile_report() -> TestReport {
    let mut sample = Sample::new("users = 10, duration = 5s");
    for name in hostile() {
        sample.measurements.names.steps.push(name.as_str().into());
        let mut tally = successes(3, 4.0);
        let failures = crate::record::FailureTally {
            count: 2,
            latency: Default::default(),
            first: Default::default(),
            last: Default::default(),
            example: name.as_str().into(),
        };
        tally.failures.insert(name.as_str().into(), failures);
        let step = crate::record::Selection {
            subject: crate::record::Subject::Step(name.as_str().into()),
            ..Default::default()
        };
        sample.measurements.add_operation(step, 0, tally.clone());
        sample.measurements.add_operation(Default::default(), 0, tally);
        sample.measurements.notes.push(name);
    }
    report(&facts("load::hostile"), &sample, &[])
}

#[test]
fn what_people_see_is_short_and_harmless_and_what_is_data_is_whole() {
    let report = hostile_report();
    let style = Style { color: false, width: 100 };
    let mut shown =
        vec![console::render_test(&report, style), crate::report::foreign::shown_report(&report).message.unwrap()];
    #[cfg(feature = "junit")]
    shown.push(crate::report::junit::render_junit(&Report::of("run", vec![report.clone()])).unwrap());
    for text in &shown {
        assert!(text.len() < 60_000, "{}", text.len());
        assert!(text.contains('…'));
        for line in text.lines() {
            let line = line.trim_start();
            assert!(!line.starts_with("::") && !line.starts_with("✓ pass") && !line.contains(" ##vso["), "{line}");
        }
        assert!(!text.contains(|c: char| c.is_control() && c != '\n' || matches!(c, '\u{fffe}' | '\u{ffff}')));
    }
    let whole = serde_json::to_string(&report).unwrap();
    let read: TestReport = serde_json::from_str(&whole).unwrap();
    for name in hostile() {
        assert!(read.steps.iter().any(|step| step.name == name));
        assert!(
            read.metrics.as_ref().unwrap().errors.iter().any(|errors| errors.kind == name && errors.example == name)
        );
    }
}

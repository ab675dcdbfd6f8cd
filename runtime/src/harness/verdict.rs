//! Verdict of a test under the current settings: which targets count, and which misses are warnings only.

use super::capacity::SearchResult;
use super::planned::Planned;
use super::settings::SMOKE;
use super::settings::model::{FailOn, Inconclusive, RunSettings};
use super::smoke;
use crate::engine::NOT_RECOVERED;
use crate::failure::Failed;
use crate::judge::{self, DerivedFigures, Judgement, Outcome, Rule, TargetVerdict};
use crate::record::Measurements;
use crate::report::model::{Target, TargetLevel, Verdict};
use crate::report::{Facts, TestReport};
use brunt_plan::load::Hook;

/// Failures of the test's own code.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TestEnds<'a> {
    /// The body of a resilience test.
    pub(crate) experiment: Option<&'a Failed>,
    /// `verify`.
    pub(crate) verify: Option<&'a Failed>,
}

/// Judges the measurements of a test and applies the settings to the verdict.
pub(crate) fn judge_test(
    facts: &Facts,
    test: &Planned,
    measurements: &Measurements,
    ends: TestEnds<'_>,
    settings: &RunSettings,
) -> TestReport {
    let judged = judge::judge(&test.plan, &test.targets, measurements);
    report_with_verdict(facts, test, measurements, judged, ends, settings)
}

/// Judges the result of a search and applies the settings to the verdict.
pub(crate) fn of_search(facts: &Facts, test: &Planned, done: &SearchResult, settings: &RunSettings) -> TestReport {
    let (level, samples) = done.level.clone();
    let outcome = &done.outcome;
    let judged = Judgement {
        verdict: judge::capacity::verdict(&test.targets, &done.searched, level, samples),
        figures: DerivedFigures::of(&test.plan, &test.targets, &outcome.measurements),
    };
    let ends = TestEnds { verify: outcome.verify.as_ref(), ..TestEnds::default() };
    report_with_verdict(facts, test, &outcome.measurements, judged, ends, settings)
}

fn report_with_verdict(
    facts: &Facts,
    test: &Planned,
    measurements: &Measurements,
    judgement: Judgement,
    ends: TestEnds<'_>,
    settings: &RunSettings,
) -> TestReport {
    let Judgement { verdict: judged, figures } = judgement;
    // The judge already reports an unsteady baseline and a missing recovery.
    let steady = measurements.experiment.as_ref().is_none_or(|experiment| experiment.unsteady.is_none());
    let failed = ends.experiment.filter(|failed| steady && failed.kind() != NOT_RECOVERED);
    let judged = failed.into_iter().fold(judged, |judged, failure| judged.experiment_failed(failure));
    let judged = ends.verify.into_iter().fold(judged, |judged, failure| {
        judged.verify_failed(&Failed::new(failure.kind(), format_args!("{failure} ({})", verify_place(facts, test))))
    });
    let judged = judge::incident_findings(&test.targets, measurements).into_iter().fold(judged, judge::Verdict::and);
    let report = |verdict: judge::Verdict| {
        let judgement = Judgement { verdict, figures: figures.clone() };
        TestReport::measured(facts, &test.plan, measurements, &judgement)
    };
    let mut result = report(judged.clone());
    if settings.profile.as_deref() == Some(SMOKE) {
        let counts = counts_in_smoke;
        let rows = result.targets.into_iter().zip(&judged.targets);
        let rows = rows.map(|(row, verdict)| if counts(verdict) { row } else { not_judged(row) }).collect();
        result = report(judge::Verdict::of(judged.targets.iter().filter(|v| counts(v)).cloned().collect()));
        result.targets = rows;
    }
    result.notes.extend(judge::incident_notes(measurements));
    result.notes.extend(test.notes.iter().cloned());
    forgive_by_settings(&mut result, judged_nothing(&judged), settings);
    result
}

/// `no_row_is_lost`, the `verify` of tests/load.rs:7
fn verify_place(facts: &Facts, test: &Planned) -> String {
    let function = test.plan.hook(Hook::Verify).map(|path| format!("`{path}`, the ")).unwrap_or_default();
    format!("{function}`verify` of {}:{}", facts.file, facts.line)
}

/// A target on something that does not exist counts under every profile.
fn counts_in_smoke(verdict: &TargetVerdict) -> bool {
    let unknown = verdict.outcome == Outcome::Fail && verdict.limit.is_none();
    unknown || verdict.target().is_none_or(smoke::judges_target)
}

fn not_judged(row: Target) -> Target {
    let reason = "not judged: the profile `smoke` puts on a small load";
    Target { verdict: Verdict::Skipped, reason: Some(reason.to_owned()), margin: None, ..row }
}

/// Turns a forgiven miss into a pass with a warning, so that report and exit code agree.
fn forgive_by_settings(report: &mut TestReport, judged_nothing: bool, settings: &RunSettings) {
    // A run that measured nothing fails under every setting.
    if report.metrics.as_ref().is_none_or(|metrics| metrics.count == 0) || judged_nothing {
        return;
    }
    let mut forgiving = Vec::new();
    if report.verdict == Verdict::Fail && settings.fail_on == FailOn::Critical && only_targets_missed(report) {
        let open = report.targets.iter().any(|row| row.verdict == Verdict::Inconclusive);
        report.verdict = if open { Verdict::Inconclusive } else { Verdict::Pass };
        forgiving.push("BRUNT_FAIL_ON=critical");
    }
    if report.verdict == Verdict::Inconclusive && settings.inconclusive == Inconclusive::Warn {
        report.verdict = Verdict::Pass;
        forgiving.push("BRUNT_INCONCLUSIVE=warn");
    }
    if report.verdict == Verdict::Pass
        && let Some(message) = report.message.take()
    {
        let lines: Vec<&str> = message.lines().map(str::trim).collect();
        let forgiven = format!("a warning only, by {}: {}", forgiving.join(" and "), lines.join("; "));
        report.notes.push(forgiven.clone());
        report.forgiven = Some(forgiven);
    }
}

/// Whether an implicit rule found nothing to judge: a system that was down before any injection, or a steady state that
/// was never observed.
fn judged_nothing(judged: &judge::Verdict) -> bool {
    let found = |row: &TargetVerdict| row.rule().is_some_and(Rule::is_of_nothing);
    judged.targets.iter().any(|row| found(row) && row.outcome != Outcome::Pass)
}

/// A miss can be forgiven if the target was measured and missed. It cannot if the target's subject does not exist, if
/// `verify` failed, or if iterations failed that no target covers.
fn only_targets_missed(report: &TestReport) -> bool {
    let failed = report.targets.iter().filter(|row| row.verdict == Verdict::Fail);
    failed.clone().count() > 0
        && failed.clone().all(|row| row.level == TargetLevel::Target && row.observed.is_some() && row.line.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{Environment, Metrics, Repetition, TargetKind};
    use brunt_plan::{Kind, Level, Plan, parse};

    fn facts() -> Facts {
        Facts {
            name: "spike".to_owned(),
            package: "service".to_owned(),
            binary: "load".to_owned(),
            target_kind: TargetKind::Test,
            repetition: Repetition::default(),
            kind: Kind::Load,
            file: "tests/load.rs".to_owned(),
            line: 7,
            seed: None,
            started_s: None,
            environment: Environment::here(),
        }
    }

    /// A row as the report has it: its level, how it came out, and whether something was measured.
    fn row(level: TargetLevel, verdict: Verdict, observed: Option<f64>) -> Target {
        Target {
            text: "p95 < 50ms".to_owned(),
            level,
            verdict,
            observed,
            limit: None,
            range: None,
            unit: None,
            observed_text: None,
            limit_text: None,
            interval: None,
            interval_text: None,
            margin: None,
            samples: 5,
            worst: None,
            reference: None,
            reason: None,
            line: Some(8),
        }
    }

    fn relaxed(count: u64, rows: Vec<Target>, judged_nothing: bool, settings: &RunSettings) -> TestReport {
        let mut report =
            TestReport::errored(&facts(), &Plan::new(Kind::Load), "1 of 1 target missed\n  p95 < 50ms: missed", None);
        report.verdict = rows.iter().map(|row| row.verdict).max().unwrap();
        report.targets = rows;
        report.metrics = Some(Metrics { count, ..Metrics::default() });
        forgive_by_settings(&mut report, judged_nothing, settings);
        report
    }

    #[test]
    fn only_what_the_settings_forgive_becomes_a_warning() {
        use Verdict::{Fail, Inconclusive, Pass};
        let critical = RunSettings { fail_on: FailOn::Critical, ..RunSettings::default() };
        let warn =
            RunSettings { inconclusive: crate::harness::settings::model::Inconclusive::Warn, ..RunSettings::default() };
        let both = RunSettings { fail_on: FailOn::Critical, ..warn.clone() };
        let missed = || row(TargetLevel::Target, Fail, Some(6e7));
        let unknown = || row(TargetLevel::Target, Fail, None);
        let open = || row(TargetLevel::Target, Inconclusive, None);
        let rule = |text: &str| Target { text: text.to_owned(), line: None, ..open() };
        for (rows, settings, wanted) in [
            (vec![missed()], &RunSettings::default(), Fail),
            (vec![missed()], &critical, Pass),
            (vec![missed(), row(TargetLevel::Critical, Fail, Some(6e7))], &critical, Fail),
            (vec![missed(), unknown()], &critical, Fail),
            (vec![missed(), open()], &critical, Inconclusive),
            (vec![missed(), open()], &both, Pass),
            (vec![open()], &RunSettings::default(), Inconclusive),
            (vec![open()], &warn, Pass),
            (vec![missed()], &warn, Fail),
            (vec![missed(), Target { line: None, ..missed() }], &both, Fail),
            (vec![rule("the baseline is steady")], &warn, Pass),
            (vec![rule("the baseline serves")], &warn, Inconclusive),
            (vec![rule("the baseline serves"), missed()], &both, Fail),
            (vec![rule("count > 0")], &warn, Inconclusive),
        ] {
            let judged_nothing = rows.iter().any(|row| ["the baseline serves", "count > 0"].contains(&&*row.text));
            let report = relaxed(5, rows, judged_nothing, settings);
            assert_eq!(report.verdict, wanted, "{settings:?} {:?}", report.targets);
            assert_eq!(report.notes.iter().any(|note| note.contains("a warning only")), wanted == Pass);
            assert_eq!(report.message.is_none(), wanted == Pass);
            assert_eq!(report.forgiven.is_some(), wanted == Pass);
            assert!(report.notes.iter().all(|note| !note.contains('\n')), "a note is one line");
        }
        assert_eq!(relaxed(0, vec![open()], false, &both).verdict, Inconclusive, "nothing was measured");
    }

    #[test]
    fn in_smoke_what_depends_on_the_load_is_shown_and_not_judged() {
        let texts = ["throughput > 1_000/s", "nosuch.p95 < 1s", "errors < 1%"];
        let targets = texts.map(|text| parse::target(Level::Target, text).unwrap()).to_vec();
        let test = Planned { plan: Plan::new(Kind::Load), targets, notes: Vec::new() };
        let settings = RunSettings { profile: Some(SMOKE.to_owned()), ..RunSettings::default() };
        let report = judge_test(&facts(), &test, &Measurements::default(), TestEnds::default(), &settings);
        let row = |text: &str| report.targets.iter().find(|row| row.text == text).unwrap();
        assert_eq!(row("throughput > 1000/s").verdict, Verdict::Skipped);
        assert!(row("throughput > 1000/s").reason.as_deref().unwrap().contains("smoke"));
        assert_eq!(row("nosuch.p95 < 1s").verdict, Verdict::Fail);
        assert_ne!(row("errors < 1%").verdict, Verdict::Skipped);
        assert_eq!(report.verdict, Verdict::Fail);
    }

    #[test]
    fn a_verify_that_failed_fails_the_test_whatever_is_forgiven() {
        let test = Planned { plan: Plan::new(Kind::Load), targets: Vec::new(), notes: vec!["noted".to_owned()] };
        let settings = RunSettings { fail_on: FailOn::Critical, ..RunSettings::default() };
        let lost = Failed::new("lost", "3 rows are missing");
        let report = judge_test(
            &facts(),
            &test,
            &Measurements::default(),
            TestEnds { verify: Some(&lost), ..TestEnds::default() },
            &settings,
        );
        assert_eq!(report.verdict, Verdict::Fail);
        assert!(report.message.unwrap().contains("3 rows are missing"));
        assert!(report.notes.contains(&"noted".to_owned()));
    }
}

//! A test as it will be run: its texts parsed, the settings applied, the result checked.

use super::limits;
use super::overrides;
use super::settings::model::{Pass, RunSettings};
use super::settings::{SMOKE, unmatched};
use super::smoke;
use crate::engine::spec::Spec;
use crate::error::Error;
use brunt_plan::{Mistake, Plan, Target, check, parse};

/// The plan of a test and the targets it is judged by.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) targets: Vec<Target>,
    /// Notes for the report.
    pub(crate) notes: Vec<String>,
}

/// The seed of a test without `seed`: the same in every run, so that two runs differ only by the system under test.
const SEED: u64 = 0;

impl Planned {
    /// Parses a test's texts and applies the settings.
    ///
    /// # Errors
    /// A text that cannot be parsed or an option that does not fit, with the plan as far as it was parsed.
    pub(crate) fn of(spec: &Spec, settings: &RunSettings) -> Result<Self, Box<(Plan, Error)>> {
        let (plan, mut mistakes) = parse::plan(spec.kind, spec.options);
        let mut targets = Vec::with_capacity(spec.targets.len());
        for declared in spec.targets {
            match parse::target(declared.level, declared.text) {
                Ok(target) => targets.push(Target { line: Some(declared.line), ..target }),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        let written = plan_without_mistakes(plan, mistakes)?;
        let smoke = settings.profile.as_deref() == Some(SMOKE);
        let scaled = if smoke { smoke::scale_down(written.clone()) } else { written.clone() };
        let overridden = overrides::apply_overrides(scaled, &spec.name(), &settings.rules)
            .map_err(|error| Box::new((written.clone(), error)))?;
        let conflicts = check::plan(&overridden.plan);
        let mut plan = plan_without_mistakes(overridden.plan, conflicts)?;
        plan.seed.get_or_insert(SEED);
        if smoke {
            // Also if a setting for all tests gave it.
            plan.settle = None;
        }
        let limited = limits::apply_limits(targets, &plan, &spec.name(), &settings.rules);
        let mut limited = limited.map_err(|error| Box::new((written, error)))?;
        if settings.pass == Pass::Proven {
            limited.targets.iter_mut().for_each(|target| target.proven = true);
        }
        let targets = limited.targets;
        let mut notes = overridden.notes;
        notes.extend(limited.notes);
        notes.extend(unmatched::near_overrides(settings, &spec.name()));
        if !smoke {
            notes.extend(check::too_small(&plan, &targets));
        }
        Ok(Self { plan, targets, notes })
    }
}

fn plan_without_mistakes(plan: Plan, mistakes: Vec<Mistake>) -> Result<Plan, Box<(Plan, Error)>> {
    if mistakes.is_empty() { Ok(plan) } else { Err(Box::new((plan, Error::Plan(mistakes)))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::spec::{TargetText, TestBody};
    use crate::engine::user::body::Body;
    use crate::harness::settings::model::{Entry, TestOptions};
    use brunt_plan::{Kind, Level};

    fn spec(options: &'static str, targets: &'static [TargetText]) -> Spec {
        Spec {
            kind: Kind::Load,
            module: "service::load",
            function: "spike",
            package: "service",
            manifest_dir: "/service",
            target: crate::engine::spec::CargoTarget::default(),
            file: "tests/load.rs",
            line: 7,
            options,
            targets,
            ignore: None,
            body: TestBody::Users(Body::Blocking { iterate: |_, _, _| Ok(()), user_setup: None, user_teardown: None }),
            batch: None,
            setup: None,
            teardown: None,
            verify: None,
            sample: None,
        }
    }

    fn settings(profile: Option<&str>, options: &[(&str, &str)]) -> RunSettings {
        let entry = |(key, value): &(&str, &str)| Entry {
            place: format!("BRUNT_{}", key.to_uppercase()),
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        let rule = TestOptions { tests: None, options: options.iter().map(entry).collect() };
        RunSettings { profile: profile.map(str::to_owned), rules: vec![rule], ..RunSettings::default() }
    }

    #[test]
    fn settings_are_put_over_the_scaled_plan_and_a_seed_is_always_known() {
        let spec = spec("users = 100, iterations = 50", &[]);
        for (settings, wanted) in [
            (settings(None, &[]), "users = 100, iterations = 50, seed = 0"),
            (settings(None, &[("users", "7"), ("seed", "3")]), "users = 7, iterations = 50, seed = 3"),
            (settings(Some(SMOKE), &[]), "users = 5, iterations = 3, seed = 0"),
            (settings(Some(SMOKE), &[("iterations", "9")]), "users = 5, iterations = 9, seed = 0"),
            (settings(Some(SMOKE), &[("settle", "9s")]), "users = 5, iterations = 3, seed = 0"),
            (settings(None, &[("settle", "9s")]), "users = 100, iterations = 50, settle = 9s, seed = 0"),
        ] {
            assert_eq!(Planned::of(&spec, &settings).unwrap().plan.to_string(), wanted);
        }
    }

    #[test]
    fn a_setting_makes_every_target_one_that_is_proven() {
        const TARGETS: &[TargetText] = &[
            TargetText { level: Level::Target, text: "p95 < 50ms", line: 8 },
            TargetText { level: Level::Critical, text: "proven errors < 1%", line: 9 },
        ];
        let spec = spec("users = 100, iterations = 50", TARGETS);
        for (pass, wanted) in [(Pass::Seen, [false, true]), (Pass::Proven, [true, true])] {
            let planned = Planned::of(&spec, &RunSettings { pass, ..RunSettings::default() }).unwrap();
            assert_eq!(planned.targets.iter().map(|target| target.proven).collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn every_text_that_cannot_be_read_is_named() {
        const TARGETS: &[TargetText] = &[TargetText { level: Level::Target, text: "p95 < 10%", line: 8 }];
        let unsound = Planned::of(&spec("usres = 100", TARGETS), &RunSettings::default()).unwrap_err();
        let error = unsound.1.to_string();
        assert!(error.contains("usres") && error.contains("p95"), "{error}");
    }
}

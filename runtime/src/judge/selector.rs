//! Turns the names of a selector into a selection: finds the dimension that a plain name belongs to, or that it belongs
//! to none or to two. No figure is read here.

use super::reading::Trouble;
use crate::record::{Measurements, Selection, Subject};
use brunt_plan::kind::EVERY_PHASE;
use brunt_plan::target::{Kinds, Name};
use brunt_plan::{Plan, spelling};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most names that an error lists.
const LISTED: usize = 20;

/// All names that a selector may use: those in the measurements, and those that the plan declares even if they were
/// never reached.
pub(super) struct KnownNames {
    pub(super) stages: Vec<Arc<str>>,
    pub(super) scenarios: Vec<Arc<str>>,
    pub(super) cases: Vec<Arc<str>>,
    pub(super) steps: Vec<Arc<str>>,
    pub(super) values: Vec<Arc<str>>,
    pub(super) tags: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    has_phases: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Stage,
    Scenario,
    Case,
    Step,
    Value,
}

impl Dimension {
    const ALL: [Self; 5] = [Self::Stage, Self::Scenario, Self::Case, Self::Step, Self::Value];

    const fn word(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Scenario => "scenario",
            Self::Case => "case",
            Self::Step => "step",
            Self::Value => "recorded value",
        }
    }
}

impl KnownNames {
    pub(super) fn of(plan: &Plan, measurements: &Measurements) -> Self {
        let names = &measurements.names;
        Self {
            stages: with_declared(&names.stages, plan.stages.list.iter().map(|stage| stage.label())),
            scenarios: with_declared(&names.scenarios, plan.scenarios.iter().map(|scenario| scenario.name.clone())),
            cases: with_declared(&names.cases, plan.case_names().into_iter()),
            steps: names.steps.clone(),
            values: names.values.clone(),
            tags: names.tags.clone(),
            has_phases: plan.kind.has_phases(),
        }
    }

    /// Whether the name stands for every phase of an experiment.
    pub(super) fn is_every_phase(&self, name: &str) -> bool {
        self.has_phases && name == EVERY_PHASE
    }

    fn of_dimension(&self, dimension: Dimension) -> &[Arc<str>] {
        match dimension {
            Dimension::Stage => &self.stages,
            Dimension::Scenario => &self.scenarios,
            Dimension::Case => &self.cases,
            Dimension::Step => &self.steps,
            Dimension::Value => &self.values,
        }
    }

    fn find(&self, name: &str) -> Vec<(Dimension, Arc<str>)> {
        let find = |dimension: Dimension| {
            let found = self.of_dimension(dimension).iter().find(|known| ***known == *name);
            found.map(|known| (dimension, Arc::clone(known)))
        };
        Dimension::ALL.into_iter().filter_map(find).collect()
    }

    /// Lists the names: `stages baseline, spike; step login`, or says that there were none.
    fn listed(&self) -> String {
        let mut parts: Vec<String> = Dimension::ALL
            .into_iter()
            .map(|dimension| (dimension.word(), self.of_dimension(dimension)))
            .filter(|(_, names)| !names.is_empty())
            .map(|(word, names)| format!("{word}{} {}", if names.len() > 1 { "s" } else { "" }, list_names(names)))
            .collect();
        if !self.tags.is_empty() {
            parts.push(format!("tags {}", list_names(self.tags.keys())));
        }
        if parts.is_empty() { "no names at all".to_owned() } else { parts.join("; ") }
    }
}

fn with_declared(measured: &[Arc<str>], declared: impl Iterator<Item = String>) -> Vec<Arc<str>> {
    let mut names = measured.to_vec();
    for name in declared {
        if !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
    }
    names
}

fn list_names<'n>(names: impl IntoIterator<Item = &'n Arc<str>>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.len().checked_sub(LISTED) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..LISTED].join(", ")),
    }
}

/// Combines the names into one selection.
pub(super) fn select_names(known: &KnownNames, names: &[Name]) -> Result<Selection, Trouble> {
    let mut selection = Selection::default();
    for name in names {
        match name {
            Name::Plain(name) if known.is_every_phase(name) => {}
            Name::Plain(name) => select_plain(known, &mut selection, name)?,
            Name::Size(_) => select_plain(known, &mut selection, &name.to_string())?,
            Name::Tag { key, value } => select_tag(known, &mut selection, key, value)?,
            // A process selects no operations: see [`process_named`].
            Name::Process(_) => {}
        }
    }
    Ok(selection)
}

/// The process among the names, where there is one.
pub(super) fn process_named(names: &[Name]) -> Result<Option<String>, Trouble> {
    let mut processes = names.iter().filter_map(|name| match name {
        Name::Process(name) => Some(name),
        _ => None,
    });
    match (processes.next(), processes.next()) {
        (Some(one), Some(other)) => {
            Err(Trouble::Mistake(format!("`{one}` and `{other}` are both a process: a target is about one of them")))
        }
        (one, _) => Ok(one.cloned()),
    }
}

fn select_plain(known: &KnownNames, selection: &mut Selection, name: &str) -> Result<(), Trouble> {
    let found = known.find(name);
    let (dimension, name) = match found.as_slice() {
        [] => return Err(unknown_name(known, name)),
        [one] => one.clone(),
        [(first, _), (second, _), ..] => {
            let (first, second) = (first.word(), second.word());
            return Err(Trouble::Mistake(format!(
                "`{name}` is both a {first} and a {second}: rename one of them, so that it is clear which is meant"
            )));
        }
    };
    let place = match dimension {
        Dimension::Stage => &mut selection.stage,
        Dimension::Scenario => &mut selection.scenario,
        Dimension::Case => &mut selection.case,
        Dimension::Step => return select_subject(selection, Subject::Step(name)),
        Dimension::Value => return select_subject(selection, Subject::Value(name)),
    };
    match place.replace(Arc::clone(&name)) {
        Some(other) => {
            let word = dimension.word();
            Err(Trouble::Mistake(format!("`{other}` and `{name}` are both a {word}: no iteration is in both")))
        }
        None => Ok(()),
    }
}

fn select_subject(selection: &mut Selection, subject: Subject) -> Result<(), Trouble> {
    match std::mem::replace(&mut selection.subject, subject) {
        Subject::Iteration => Ok(()),
        Subject::Step(name) | Subject::Value(name) => {
            Err(Trouble::Mistake(format!("`{name}` and another step or recorded value: a target is about one of them")))
        }
    }
}

fn select_tag(known: &KnownNames, selection: &mut Selection, key: &str, value: &str) -> Result<(), Trouble> {
    let Some((key, values)) = known.tags.get_key_value(key) else {
        let what = if known.tags.is_empty() { "nothing was tagged".to_owned() } else { list_names(known.tags.keys()) };
        return Err(Trouble::Mistake(format!("unknown tag `{key}`; known: {what}")));
    };
    let Some(value) = values.iter().find(|known| ***known == *value) else {
        let near = did_you_mean(value, values);
        return Err(Trouble::Mistake(format!("no `{key}` was `{value}`{near}; there were {}", list_names(values))));
    };
    match selection.tag.replace((Arc::clone(key), Arc::clone(value))) {
        Some(_) => Err(Trouble::Mistake("a target can select by one tag, not by two".to_owned())),
        None => Ok(()),
    }
}

fn unknown_name(known: &KnownNames, name: &str) -> Trouble {
    if known.tags.contains_key(name) {
        return Trouble::Mistake(format!("`{name}` is a tag: write `{name}(\"…\")` or `each({name})`"));
    }
    let near = did_you_mean(name, Dimension::ALL.into_iter().flat_map(|dimension| known.of_dimension(dimension)));
    Trouble::Mistake(format!("unknown name `{name}`{near}; this test had {}", known.listed()))
}

fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n Arc<str>>) -> String {
    let near = spelling::nearest_word(name, known.into_iter().map(|known| &**known));
    near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

pub(super) fn speaks_of(kinds: &Kinds, kind: &str) -> bool {
    match kinds {
        Kinds::All => true,
        Kinds::Only(only) => only.iter().any(|name| name == kind),
        Kinds::Except(except) => !except.iter().any(|name| name == kind),
    }
}

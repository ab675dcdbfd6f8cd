//! The groups that figures are read from: the whole selection, or the parts that a quantifier cuts it into.

use super::evidence::Evidence;
use super::reading::Trouble;
use super::selector;
use crate::record::{OTHER, Selection, Span, Subject, Tally, ValueTally, Window};
use crate::units;
use brunt_plan::load::{Amount, Shape};
use brunt_plan::target::{Group as Quantifier, Measure};
use std::sync::Arc;
use std::time::Duration;

/// Samples and the time that they cover.
pub(super) struct Group {
    /// The name among the other groups; `None` for the whole.
    pub(super) label: Option<String>,
    pub(super) selection: Selection,
    /// The process that was measured; `None` for the test's own.
    pub(super) process: Option<String>,
    pub(super) samples: GroupSamples,
    /// How long its load was on, in seconds.
    pub(super) seconds: f64,
    /// Start and end, where the group is a window.
    pub(super) window: Option<(Duration, Duration)>,
    /// Whether less than half of the window had load: at the end of the test, the edge of a stage, a pause.
    pub(super) is_cut: bool,
    /// Whether the window had load all along: an amount is meaningful only then.
    pub(super) is_full: bool,
    /// Whether the group needs no samples: nothing may have been due in a window, and a step may be absent from a
    /// stage.
    pub(super) may_be_empty: bool,
}

pub(super) enum GroupSamples {
    Operations(Tally),
    Values(ValueTally),
}

/// Cuts a measure into its groups: one, without a label, where it is not quantified.
pub(super) fn groups_of(evidence: &Evidence<'_>, measure: &Measure) -> Result<Vec<Group>, Trouble> {
    let selection = evidence.select(&measure.selector)?;
    not_folded(evidence, measure, &selection)?;
    let process = selector::process_named(&measure.selector)?;
    let mut groups = match &measure.each {
        None => vec![whole_group(evidence, None, selection)],
        Some(quantifier) => quantified_groups(evidence, quantifier, selection)?,
    };
    groups.iter_mut().for_each(|group| group.process.clone_from(&process));
    Ok(groups)
}

/// Refuses a measure whose samples were counted together with others.
fn not_folded(evidence: &Evidence<'_>, measure: &Measure, selection: &Selection) -> Result<(), Trouble> {
    let each_of = match &measure.each {
        Some(Quantifier::Tag(key)) => Some(key.as_str()),
        _ => None,
    };
    if evidence.measurements.is_folded(selection, each_of) {
        return Err(Trouble::open(
            "there were too many combinations of names with tags, and some that this target covers were counted together",
        ));
    }
    let known = &evidence.known;
    let names = match &measure.each {
        Some(Quantifier::Tag(key)) => known.tags.get(key.as_str()),
        Some(Quantifier::Step) => Some(&known.steps),
        _ => None,
    };
    if names.is_some_and(|names| names.iter().any(|name| **name == *OTHER)) {
        return Err(Trouble::open(format!(
            "there were more than 1,000 of them, and all further ones were counted together as \"{OTHER}\": name the sort, \
             not the instance"
        )));
    }
    Ok(())
}

fn quantified_groups(
    evidence: &Evidence<'_>,
    quantifier: &Quantifier,
    selection: Selection,
) -> Result<Vec<Group>, Trouble> {
    let groups = match quantifier {
        Quantifier::Window(width) => {
            if let Some(slot) = evidence.measurements.coarse(&selection, *width) {
                let (window, slot) =
                    (units::describe_time(width.as_nanos() as f64), units::describe_time(slot.as_nanos() as f64));
                return Err(Trouble::open(format!(
                    "windows of {window} are not told apart: with this many series the timeline is kept in slots of {slot}; ask \
                     for windows of {slot}, or record fewer names and values of tags"
                )));
            }
            window_groups(evidence, &selection, *width)
        }
        Quantifier::User => user_groups(evidence, &selection)?,
        _ => named_groups(evidence, quantifier, &selection)?,
    };
    if groups.is_empty() {
        return Err(Trouble::open(format!("there was no {} to go over", group_noun(quantifier))));
    }
    Ok(groups)
}

fn whole_group(evidence: &Evidence<'_>, label: Option<String>, selection: Selection) -> Group {
    let from = &*evidence.measurements;
    let samples = match selection.subject {
        Subject::Value(_) => GroupSamples::Values(from.values(&selection).unwrap_or_default()),
        Subject::Iteration | Subject::Step(_) => GroupSamples::Operations(from.tally(&selection)),
    };
    let seconds = from.seconds(&selection);
    Group {
        label,
        selection,
        process: None,
        samples,
        seconds,
        window: None,
        is_cut: false,
        is_full: true,
        may_be_empty: false,
    }
}

fn window_groups(evidence: &Evidence<'_>, selection: &Selection, width: Duration) -> Vec<Group> {
    let pauses = stages_without_load(evidence);
    let from = &*evidence.measurements;
    match selection.subject {
        Subject::Value(_) => from
            .value_windows(selection, width)
            .into_iter()
            .map(|part| window_group(selection, width, &pauses, part, GroupSamples::Values))
            .collect(),
        Subject::Iteration | Subject::Step(_) => from
            .windows(selection, width)
            .into_iter()
            .map(|part| window_group(selection, width, &pauses, part, GroupSamples::Operations))
            .collect(),
    }
}

fn window_group<T>(
    selection: &Selection,
    width: Duration,
    pauses: &[&Span],
    of: Window<T>,
    samples: fn(T) -> GroupSamples,
) -> Group {
    let (start, end) = (of.start, of.start + of.width);
    let overlap = |span: &Span| span.end.min(end).saturating_sub(span.start.max(start)).as_secs_f64();
    let paused: f64 = pauses.iter().map(|span| overlap(span)).sum();
    let seconds = (of.width.as_secs_f64() - paused).max(0.0);
    Group {
        label: Some(units::describe_stretch(start, end)),
        selection: selection.clone(),
        process: None,
        samples: samples(of.tally),
        seconds,
        window: Some((start, end)),
        is_cut: seconds < width.as_secs_f64() / 2.0,
        is_full: seconds > width.as_secs_f64() * (1.0 - 1e-9),
        may_be_empty: true,
    }
}

/// The stages in which the plan asks for no load.
fn stages_without_load<'e>(evidence: &'e Evidence<'_>) -> Vec<&'e Span> {
    let nothing = |amount: &Amount| match amount {
        Amount::Users(users) => *users == 0,
        Amount::Rate(rate) => rate.value == 0.0,
    };
    let is_pause = |span: &&Span| {
        let stages = &evidence.plan.stages.list;
        stages.iter().any(|stage| match &stage.shape {
            Shape::Hold(amount, _) => nothing(amount) && stage.label() == *span.name,
            Shape::Window(_) | Shape::Ramp { .. } | Shape::AtOnce(_) => false,
        })
    };
    evidence.measurements.spans.iter().filter(is_pause).collect()
}

fn user_groups(evidence: &Evidence<'_>, selection: &Selection) -> Result<Vec<Group>, Trouble> {
    let from = &*evidence.measurements;
    let users = from.users();
    // A virtual user that ended no iteration left no series: the worst user must not go unseen.
    let unseen = from.peak_users.saturating_sub(users.len() as u64);
    if unseen > 0 {
        let (unseen, of) = (units::describe_count(unseen), units::describe_count(from.peak_users));
        return Err(Trouble::open(format!("{unseen} of {of} users ended no iteration")));
    }
    let group = |user: u64| {
        let selection = Selection { user: Some(user), ..selection.clone() };
        Group { may_be_empty: true, ..whole_group(evidence, Some(format!("user {user}")), selection) }
    };
    Ok(users.into_iter().map(group).collect())
}

/// Cuts a selection into groups with names: steps, stages, scenarios, cases and the values of a tag.
fn named_groups(evidence: &Evidence<'_>, by: &Quantifier, selection: &Selection) -> Result<Vec<Group>, Trouble> {
    let known = &evidence.known;
    let names = match by {
        Quantifier::Step => &known.steps,
        Quantifier::Stage => &known.stages,
        Quantifier::Scenario => &known.scenarios,
        Quantifier::Case => &known.cases,
        Quantifier::Tag(key) => known.tags.get(key.as_str()).ok_or_else(|| {
            let keys: Vec<String> = known.tags.keys().map(|key| format!("`{key}`")).collect();
            let known = if keys.is_empty() { "nothing was tagged".to_owned() } else { keys.join(", ") };
            Trouble::Mistake(format!("unknown tag `{key}`; known: {known}"))
        })?,
        Quantifier::Window(_) | Quantifier::User => return Ok(Vec::new()),
    };
    names.iter().map(|name| group_of_name(evidence, by, selection, name)).collect()
}

fn group_of_name(
    evidence: &Evidence<'_>,
    by: &Quantifier,
    within: &Selection,
    name: &Arc<str>,
) -> Result<Group, Trouble> {
    let mut selection = within.clone();
    let name = Arc::clone(name);
    let label = match by {
        Quantifier::Tag(key) => format!("{key}(\"{name}\")"),
        _ => name.to_string(),
    };
    let taken = match by {
        Quantifier::Stage => selection.stage.replace(name).is_some(),
        Quantifier::Scenario => selection.scenario.replace(name).is_some(),
        Quantifier::Case => selection.case.replace(name).is_some(),
        Quantifier::Tag(key) => selection.tag.replace((key.as_str().into(), name)).is_some(),
        _ => std::mem::replace(&mut selection.subject, Subject::Step(name)) != Subject::Iteration,
    };
    if taken {
        let noun = group_noun(by);
        return Err(Trouble::Mistake(format!("`each({noun})` of one {noun}: leave out one of the two")));
    }
    let may_be_empty = match by {
        Quantifier::Step | Quantifier::Tag(_) => true,
        Quantifier::Stage => stages_without_load(evidence).iter().any(|pause| *pause.name == *label),
        _ => false,
    };
    Ok(Group { may_be_empty, ..whole_group(evidence, Some(label), selection) })
}

fn group_noun(by: &Quantifier) -> &str {
    match by {
        Quantifier::Window(_) => "window",
        Quantifier::Step => "step",
        Quantifier::Stage => "stage",
        Quantifier::Scenario => "scenario",
        Quantifier::Case => "case",
        Quantifier::User => "user",
        Quantifier::Tag(key) => key,
    }
}

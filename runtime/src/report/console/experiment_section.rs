//! The section on an experiment, below its load: what was broken and when, how the system recovered, and the results
//! for bystanders, writes, retries and error budgets.

use super::page::{Page, text_width, wrap_text};
use crate::report::TestReport;
use crate::report::model::Verdict;
use crate::report::model::experiment::{Attempts, Budget, Experiment, Fault, Isolation, Ledger, Process, Recovery};
use crate::units::{self, Figure};
use brunt_plan::Dimension;

/// The most connections and lost writes that are named.
const NAMED: usize = 5;
/// The most lines of a process's output that are shown.
const LINES: usize = 12;
/// The fewest columns with which a text is put beside its time.
const NARROWEST: usize = 30;

/// Adds a row for each thing that the experiment did or saw.
pub(super) fn add_experiment(page: &mut Page, test: &TestReport) {
    let Some(experiment) = &test.experiment else { return };
    add_faults(page, &experiment.faults);
    add_rows(page, "recovery", &experiment.recoveries, describe_recovery);
    add_rows(page, "isolated", &experiment.isolation, describe_isolation);
    experiment.ledger.iter().for_each(|of| page.row("ledger", &describe_ledger(of)));
    add_amplification(page, experiment);
    add_compensation(page, experiment);
    add_rows(page, "failures", &experiment.budgets, describe_budget);
    add_rows(page, "process", &experiment.processes, describe_process);
    test.seed.iter().for_each(|seed| page.row("seed", &format!("{seed}: BRUNT_SEED={seed} replays it")));
}

/// Adds the last lines that the processes wrote, where they help to explain a result.
pub(super) fn add_output(page: &mut Page, test: &TestReport) {
    let processes = test.experiment.iter().flat_map(|experiment| &experiment.processes);
    processes.filter(|_| test.verdict != Verdict::Pass).for_each(|process| add_last_lines(page, process));
}

/// One line for each fault: its time, and what it was and did.
pub(crate) fn fault_timeline(faults: &[Fault]) -> impl Iterator<Item = (String, String)> {
    faults.iter().map(|fault| (format!("at {:.3} s", fault.injected_s), describe_fault(fault)))
}

fn add_faults(page: &mut Page, faults: &[Fault]) {
    let widest = fault_timeline(faults).map(|(at, _)| text_width(&at)).max().unwrap_or(0);
    let room = page.room().saturating_sub(widest + 2).max(NARROWEST);
    for (i, (at, told)) in fault_timeline(faults).enumerate() {
        let mut lines = wrap_text(&told, room).into_iter();
        let first = lines.next().unwrap_or_default();
        page.labelled(if i == 0 { "fault" } else { "" }, &format!("{at:<widest$}  {first}"));
        lines.for_each(|line| page.labelled("", &format!("{:widest$}  {line}", "")));
    }
}

fn describe_fault(fault: &Fault) -> String {
    let mut parts = vec![fault.what.clone()];
    parts.push(match fault.detection_s {
        Some(after) if fault.beside.is_empty() => format!("first failure after {}", describe_seconds(after)),
        Some(after) => {
            format!("first failure after {}, beside {}", describe_seconds(after), fault.beside.join(" and "))
        }
        None => "no operation failed".to_owned(),
    });
    parts.push(match (fault.healed_s, &fault.heal_failed) {
        (_, Some(why)) => format!("not healed: {why}"),
        (Some(healed), None) => format!("healed after {}", describe_seconds(healed - fault.injected_s)),
        (None, None) => "not healed".to_owned(),
    });
    parts.push(describe_hits(fault));
    parts.extend(fault.seed.map(|seed| format!("seed {seed}")));
    parts.join(" · ")
}

fn describe_hits(fault: &Fault) -> String {
    if !fault.met {
        return "affected nothing".to_owned();
    }
    if let Some(refused) = fault.refused.filter(|refused| *refused > 0) {
        return format!("refused {}", count_noun(refused, "connection"));
    }
    let pieces = fault.pieces.filter(|pieces| *pieces > 0).map(|pieces| count_noun(pieces, "piece") + " of data");
    let Some(connections) = &fault.connections else {
        return format!("affected {}", pieces.unwrap_or_else(|| count_noun(fault.operations, "operation")));
    };
    let named: Vec<String> = connections.iter().take(NAMED).map(|number| format!("#{number}")).collect();
    let more = if connections.len() > NAMED { ", …" } else { "" };
    let named = if named.is_empty() { String::new() } else { format!(" ({}{more})", named.join(", ")) };
    let pieces = pieces.map(|pieces| format!(", {pieces}")).unwrap_or_default();
    format!("affected {}{named}{pieces}", count_noun(connections.len() as u64, "connection"))
}

fn count_noun(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", units::describe_count(count), if count == 1 { "" } else { "s" })
}

fn add_rows<T>(page: &mut Page, label: &str, of: &[T], text: impl Fn(&T) -> String) {
    for (i, one) in of.iter().enumerate() {
        page.row(if i == 0 { label } else { "" }, &text(one));
    }
}

fn describe_recovery(of: &Recovery) -> String {
    let Some(recovery) = of.recovery_s else {
        let why = of.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        if of.undecided_since_s.is_some() {
            return format!("too little seen within {} to tell{why}", describe_seconds(of.limit_s));
        }
        return format!("not stable within {}{why}", describe_seconds(of.limit_s));
    };
    let healing = of.recovery_from_healing_s.map(|after| format!(", {} after healing", describe_seconds(after)));
    format!("stable {} after injection{}", describe_seconds(recovery), healing.unwrap_or_default())
}

fn describe_isolation(of: &Isolation) -> String {
    let (Some(share), Some(bound)) = (of.share, of.at_least) else {
        return format!("{}: no operation while something was broken", of.bystander);
    };
    let (share, bound, operations) =
        (units::describe_share(share), units::describe_share(bound), units::describe_count(of.operations));
    let within = of.within_s.map(|within| format!(" within {}", describe_seconds(within))).unwrap_or_default();
    format!("{}: {share} of {operations} succeeded{within}, at least {bound} with 95 % confidence", of.bystander)
}

fn describe_ledger(of: &Ledger) -> String {
    let named: Vec<&str> = of.lost_ids.iter().take(NAMED).map(String::as_str).collect();
    let more = if of.lost > named.len() as u64 { ", …" } else { "" };
    let named = if named.is_empty() { String::new() } else { format!(" ({}{more})", named.join(", ")) };
    let unacknowledged = match of.unacknowledged {
        0 => String::new(),
        count => format!(" of {} not acknowledged", units::describe_count(count)),
    };
    let mut parts = vec![
        format!("{} acknowledged", units::describe_count(of.acknowledged)),
        format!("{} lost{named}", units::describe_count(of.lost)),
        format!("{} indeterminate{unacknowledged}", units::describe_count(of.indeterminate)),
        format!("{} duplicate", units::describe_count(of.duplicates)),
    ];
    parts.extend((of.unknown > 0).then(|| format!("{} that nobody wrote", units::describe_count(of.unknown))));
    parts.join(" · ")
}

fn add_amplification(page: &mut Page, of: &Experiment) {
    let Some(whole) = of.amplification else { return };
    let phase = |part: &Attempts| {
        let name = part.phase.as_deref().unwrap_or("outside");
        part.amplification.map(|factor| format!("{name} {}", describe_factor(factor)))
    };
    let phases: Vec<String> = of.attempts.iter().filter_map(phase).collect();
    page.row("attempts", &format!("{} per operation: {}", describe_factor(whole), phases.join(", ")));
}

fn describe_factor(factor: f64) -> String {
    units::describe_figure(Figure { value: factor, dimension: Dimension::Factor })
}

fn add_compensation(page: &mut Page, of: &Experiment) {
    let mut parts = Vec::new();
    parts.extend(of.compensation_s.map(|longest| match of.compensations {
        0 | 1 => format!("compensated after {}", describe_seconds(longest)),
        count => format!("{} compensations, each within {}", units::describe_count(count), describe_seconds(longest)),
    }));
    parts.extend(of.orphans.map(|orphans| count_noun(orphans, "orphan")));
    page.row("saga", &parts.join(" · "));
}

fn describe_budget(of: &Budget) -> String {
    let Budget { target, allowed, used, share, phases, .. } = of;
    let allowed = match allowed.floor() as u64 {
        0 => "none".to_owned(),
        count => units::describe_count(count),
    };
    let share = share.map(|share| format!(" ({})", units::describe_share(share))).unwrap_or_default();
    let phase = |spent: &crate::report::model::experiment::Spent| {
        format!("{} {}", spent.phase.as_deref().unwrap_or("outside"), units::describe_count(spent.used))
    };
    let phases: Vec<String> = phases.iter().map(phase).collect();
    let phases = if phases.is_empty() { String::new() } else { format!(": {}", phases.join(", ")) };
    format!("{target}: {} failed, {allowed} allowed{share}{phases}", units::describe_count(*used))
}

fn describe_process(of: &Process) -> String {
    let cores = of.cpu_cores.map(|cores| format!("{} of a core", units::describe_share(cores)));
    let memory = of.peak_memory_bytes.map(|bytes| Figure { value: bytes as f64, dimension: Dimension::Size });
    let memory = memory.map(|memory| format!("at most {}", units::describe_figure(memory)));
    let used: Vec<String> = cores.into_iter().chain(memory).collect();
    format!("{}: {}", of.name, if used.is_empty() { "no reading".to_owned() } else { used.join(", ") })
}

fn add_last_lines(page: &mut Page, of: &Process) {
    let lines = &of.output[of.output.len().saturating_sub(LINES)..];
    if lines.is_empty() {
        return;
    }
    page.row("output", &format!("of {}, the last {}:", of.name, count_noun(lines.len() as u64, "line")));
    lines.iter().for_each(|line| page.row("", line));
}

fn describe_seconds(seconds: f64) -> String {
    units::describe_time(seconds * 1e9)
}

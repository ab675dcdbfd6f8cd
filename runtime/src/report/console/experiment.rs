//! An experiment under its load: what was broken and when, how the system recovered, and what became of bystanders,
//! writes, retries and error budgets.

use super::page::{Page, width, wrapped};
use crate::report::TestReport;
use crate::report::model::Verdict;
use crate::report::model::experiment::{Attempts, Budget, Experiment, Fault, Isolation, Ledger, Process, Recovery};
use crate::units::{self, Figure};
use brunt_plan::Dimension;

/// Connections and lost writes that are named; the report has all.
const NAMED: usize = 5;
/// Lines of a process's output that are shown.
const LINES: usize = 12;
/// Columns that a text must have to stand beside its time.
const NARROWEST: usize = 30;

/// Adds a row for each thing that the experiment did or saw.
pub(super) fn experiment(page: &mut Page, test: &TestReport) {
    let Some(experiment) = &test.experiment else { return };
    faults(page, &experiment.faults);
    rows(page, "recovery", &experiment.recoveries, recovery);
    rows(page, "isolated", &experiment.isolation, isolation);
    experiment.ledger.iter().for_each(|of| page.row("ledger", &ledger(of)));
    amplification(page, experiment);
    compensation(page, experiment);
    rows(page, "failures", &experiment.budgets, budget);
    rows(page, "process", &experiment.processes, process);
    test.seed.iter().for_each(|seed| page.row("seed", &format!("{seed}: BRUNT_SEED={seed} replays it")));
}

/// Adds the last lines that the processes wrote, where something is to be understood.
pub(super) fn output(page: &mut Page, test: &TestReport) {
    let processes = test.experiment.iter().flat_map(|experiment| &experiment.processes);
    processes.filter(|_| test.verdict != Verdict::Pass).for_each(|process| tail(page, process));
}

/// What was broken and when, a line each: the time, and what came of it.
pub(in crate::report) fn timeline(faults: &[Fault]) -> impl Iterator<Item = (String, String)> {
    faults.iter().map(|fault| (format!("at {:.3} s", fault.injected_s), told(fault)))
}

fn faults(page: &mut Page, faults: &[Fault]) {
    let widest = timeline(faults).map(|(at, _)| width(&at)).max().unwrap_or(0);
    let room = page.room().saturating_sub(widest + 2).max(NARROWEST);
    for (i, (at, told)) in timeline(faults).enumerate() {
        let mut lines = wrapped(&told, room).into_iter();
        let first = lines.next().unwrap_or_default();
        page.labelled(if i == 0 { "fault" } else { "" }, &format!("{at:<widest$}  {first}"));
        lines.for_each(|line| page.labelled("", &format!("{:widest$}  {line}", "")));
    }
}

fn told(fault: &Fault) -> String {
    let mut parts = vec![fault.what.clone()];
    parts.push(match fault.detection_s {
        Some(after) if fault.beside.is_empty() => format!("first failure after {}", time(after)),
        Some(after) => format!("first failure after {}, beside {}", time(after), fault.beside.join(" and ")),
        None => "no operation failed".to_owned(),
    });
    parts.push(match (fault.healed_s, &fault.heal_failed) {
        (_, Some(why)) => format!("not healed: {why}"),
        (Some(healed), None) => format!("healed after {}", time(healed - fault.injected_s)),
        (None, None) => "not healed".to_owned(),
    });
    parts.push(met(fault));
    parts.extend(fault.seed.map(|seed| format!("seed {seed}")));
    parts.join(" · ")
}

fn met(fault: &Fault) -> String {
    if !fault.met {
        return "affected nothing".to_owned();
    }
    if let Some(refused) = fault.refused.filter(|refused| *refused > 0) {
        return format!("refused {}", several(refused, "connection"));
    }
    let pieces = fault.pieces.filter(|pieces| *pieces > 0).map(|pieces| several(pieces, "piece") + " of data");
    let Some(connections) = &fault.connections else {
        return format!("affected {}", pieces.unwrap_or_else(|| several(fault.operations, "operation")));
    };
    let named: Vec<String> = connections.iter().take(NAMED).map(|number| format!("#{number}")).collect();
    let more = if connections.len() > NAMED { ", …" } else { "" };
    let named = if named.is_empty() { String::new() } else { format!(" ({}{more})", named.join(", ")) };
    let pieces = pieces.map(|pieces| format!(", {pieces}")).unwrap_or_default();
    format!("affected {}{named}{pieces}", several(connections.len() as u64, "connection"))
}

fn several(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", units::count(count), if count == 1 { "" } else { "s" })
}

fn rows<T>(page: &mut Page, label: &str, of: &[T], text: impl Fn(&T) -> String) {
    for (i, one) in of.iter().enumerate() {
        page.row(if i == 0 { label } else { "" }, &text(one));
    }
}

fn recovery(of: &Recovery) -> String {
    let Some(recovery) = of.recovery_s else {
        let why = of.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        if of.undecided_since_s.is_some() {
            return format!("too little seen within {} to tell{why}", time(of.limit_s));
        }
        return format!("not stable within {}{why}", time(of.limit_s));
    };
    let healing = of.recovery_from_healing_s.map(|after| format!(", {} after healing", time(after)));
    format!("stable {} after injection{}", time(recovery), healing.unwrap_or_default())
}

fn isolation(of: &Isolation) -> String {
    let (Some(share), Some(bound)) = (of.share, of.at_least) else {
        return format!("{}: no operation while something was broken", of.bystander);
    };
    let (share, bound, operations) = (units::share(share), units::share(bound), units::count(of.operations));
    let within = of.within_s.map(|within| format!(" within {}", time(within))).unwrap_or_default();
    format!("{}: {share} of {operations} succeeded{within}, at least {bound} with 95 % confidence", of.bystander)
}

fn ledger(of: &Ledger) -> String {
    let named: Vec<&str> = of.lost_ids.iter().take(NAMED).map(String::as_str).collect();
    let more = if of.lost > named.len() as u64 { ", …" } else { "" };
    let named = if named.is_empty() { String::new() } else { format!(" ({}{more})", named.join(", ")) };
    let unacknowledged = match of.unacknowledged {
        0 => String::new(),
        count => format!(" of {} not acknowledged", units::count(count)),
    };
    let mut parts = vec![
        format!("{} acknowledged", units::count(of.acknowledged)),
        format!("{} lost{named}", units::count(of.lost)),
        format!("{} indeterminate{unacknowledged}", units::count(of.indeterminate)),
        format!("{} duplicate", units::count(of.duplicates)),
    ];
    parts.extend((of.unknown > 0).then(|| format!("{} that nobody wrote", units::count(of.unknown))));
    parts.join(" · ")
}

fn amplification(page: &mut Page, of: &Experiment) {
    let Some(whole) = of.amplification else { return };
    let phase = |part: &Attempts| {
        let name = part.phase.as_deref().unwrap_or("outside");
        part.amplification.map(|factor| format!("{name} {}", times(factor)))
    };
    let phases: Vec<String> = of.attempts.iter().filter_map(phase).collect();
    page.row("attempts", &format!("{} per operation: {}", times(whole), phases.join(", ")));
}

fn times(factor: f64) -> String {
    units::figure(Figure { value: factor, dimension: Dimension::Factor })
}

fn compensation(page: &mut Page, of: &Experiment) {
    let mut parts = Vec::new();
    parts.extend(of.compensation_s.map(|longest| match of.compensations {
        0 | 1 => format!("compensated after {}", time(longest)),
        count => format!("{} compensations, each within {}", units::count(count), time(longest)),
    }));
    parts.extend(of.orphans.map(|orphans| several(orphans, "orphan")));
    page.row("saga", &parts.join(" · "));
}

fn budget(of: &Budget) -> String {
    let Budget { target, allowed, used, share, phases, .. } = of;
    let allowed = match allowed.floor() as u64 {
        0 => "none".to_owned(),
        count => units::count(count),
    };
    let share = share.map(|share| format!(" ({})", units::share(share))).unwrap_or_default();
    let phase = |spent: &crate::report::model::experiment::Spent| {
        format!("{} {}", spent.phase.as_deref().unwrap_or("outside"), units::count(spent.used))
    };
    let phases: Vec<String> = phases.iter().map(phase).collect();
    let phases = if phases.is_empty() { String::new() } else { format!(": {}", phases.join(", ")) };
    format!("{target}: {} failed, {allowed} allowed{share}{phases}", units::count(*used))
}

fn process(of: &Process) -> String {
    let cores = of.cpu_cores.map(|cores| format!("{} of a core", units::share(cores)));
    let memory = of.peak_memory_bytes.map(|bytes| Figure { value: bytes as f64, dimension: Dimension::Size });
    let memory = memory.map(|memory| format!("at most {}", units::figure(memory)));
    let used: Vec<String> = cores.into_iter().chain(memory).collect();
    format!("{}: {}", of.name, if used.is_empty() { "no reading".to_owned() } else { used.join(", ") })
}

fn tail(page: &mut Page, of: &Process) {
    let lines = &of.output[of.output.len().saturating_sub(LINES)..];
    if lines.is_empty() {
        return;
    }
    page.row("output", &format!("of {}, the last {}:", of.name, several(lines.len() as u64, "line")));
    lines.iter().for_each(|line| page.row("", line));
}

fn time(seconds: f64) -> String {
    units::time(seconds * 1e9)
}

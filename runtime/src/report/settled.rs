//! Reports how a load went on after its planned end, as data and in words.

use super::model::Settled;
use crate::judge::{Outcome, TargetVerdict};
use crate::record;
use crate::units;
use brunt_plan::Target;

/// Reports the further rounds before the verdict: every target that they were for may still be undecided.
pub(super) fn report_settled(measured: &record::Settled) -> Settled {
    Settled {
        rounds: measured.rounds,
        seconds: measured.time.as_secs_f64(),
        targets: measured.undecided.iter().map(ToString::to_string).collect(),
        undecided: measured.undecided.iter().map(ToString::to_string).collect(),
    }
}

/// Keeps only the targets that the verdict left undecided.
pub(super) fn keep_undecided(settled: &mut Settled, measured: &record::Settled, verdicts: &[TargetVerdict]) {
    let is_open = |target: &&Target| {
        verdicts.iter().any(|row| row.target() == Some(*target) && row.outcome == Outcome::Inconclusive)
    };
    settled.undecided = measured.undecided.iter().filter(is_open).map(ToString::to_string).collect();
}

/// `went on for 20 s (2 more rounds) until `p95 < 1s` was decided`
pub(super) fn settle_note(settled: &Settled) -> String {
    let Settled { rounds, seconds, targets, undecided } = settled;
    let plural = if *rounds == 1 { "" } else { "s" };
    let went_on = format!("went on for {} ({rounds} more round{plural})", units::describe_time(seconds * 1e9));
    let (were, are) = if targets.len() == 1 { ("was", "is") } else { ("were", "are") };
    if undecided.is_empty() {
        return format!("{went_on} until {} {were} decided", list_texts(targets));
    }
    if undecided == targets {
        return format!("{went_on} for {}, which {are} still undecided", list_texts(targets));
    }
    let is = if undecided.len() == 1 { "is" } else { "are" };
    format!("{went_on} for {}, of which {} {is} still undecided", list_texts(targets), list_texts(undecided))
}

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and `c` ``.
fn list_texts(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(rounds: u32, targets: &[&str], undecided: &[&str]) -> String {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        settle_note(&Settled { rounds, seconds: 20.0, targets: texts(targets), undecided: texts(undecided) })
    }

    #[test]
    fn it_reads_as_a_sentence() {
        let one = ["b.mean < 1.05x a.mean"];
        let decided = "went on for 20 s (2 more rounds) until `b.mean < 1.05x a.mean` was decided";
        assert_eq!(noted(2, &one, &[]), decided);
        let open = "went on for 20 s (1 more round) for `b.mean < 1.05x a.mean`, which is still undecided";
        assert_eq!(noted(1, &one, &one), open);
        let all = ["p50 < 1s", "p95 < 1s", "p99 < 1s"];
        let wanted = "went on for 20 s (3 more rounds) until `p50 < 1s`, `p95 < 1s` and `p99 < 1s` were decided";
        assert_eq!(noted(3, &all, &[]), wanted);
        let wanted =
            "went on for 20 s (3 more rounds) for `p50 < 1s` and `p95 < 1s`, of which `p95 < 1s` is still undecided";
        assert_eq!(noted(3, &all[..2], &all[1..2]), wanted);
    }
}

//! What must hold of any measurements.

use crate::judge::Outcome;
use crate::judge::sample::Sample;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_share_passes_exactly_when_the_comparison_holds(ok in 0_u64..2_000, bad in 0_u64..200, percent in 1_u64..100) {
        prop_assume!(ok + bad > 0);
        let sample = Sample::new("").ok("", 0, ok, 1.0).failed("", 0, bad, "shed");
        // In whole numbers: bad / all against percent / 100.
        let (left, right) = (bad * 100, percent * (ok + bad));
        for (comparison, holds) in [("<", left < right), ("<=", left <= right), (">", left > right), (">=", left >= right)] {
            let text = format!("errors {comparison} {percent}%");
            let verdict = sample.of(&text);
            prop_assert_eq!(verdict.outcome == Outcome::Pass, holds, "{}: {:?}", text, verdict);
            if let Some(margin) = verdict.margin {
                prop_assert!(if holds { margin >= -1e-9 } else { margin <= 1e-9 }, "{}: {:?}", text, verdict);
            }
        }
    }

    #[test]
    fn each_holds_exactly_when_every_group_does(latencies in prop::collection::vec(1_u32..100, 1..10), limit in 1_u32..100) {
        let sample = latencies.iter().enumerate().fold(Sample::new(""), |sample, (second, latency)| {
            sample.ok("", second as u32, 50, f64::from(*latency))
        });
        let verdict = sample.of(&format!("each(1s).max <= {limit}ms"));
        let holds = latencies.iter().all(|latency| *latency <= limit);
        prop_assert_eq!(verdict.outcome == Outcome::Pass, holds, "{:?}", verdict);
        let worst = latencies.iter().enumerate().max_by_key(|(second, latency)| (**latency, usize::MAX - second));
        let worst = worst.map(|(second, _)| format!("{second}s..{}s", second + 1));
        let observed = verdict.observed.unwrap().value / 1e6;
        prop_assert_eq!(Some(observed.round() as u32), latencies.iter().max().copied(), "{:?} {:?}", worst, verdict.worst);
    }

    #[test]
    fn no_target_speaking_means_no_failure_passes(bad in 1_u64..50, ok in 0_u64..50, kind in "[a-z]{1,8}") {
        let sample = Sample::new("").ok("", 0, ok, 1.0).failed("", 0, bad, &kind);
        prop_assert_eq!(sample.verdict(&[]).outcome, Outcome::Fail);
    }
}

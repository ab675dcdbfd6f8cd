//! What is known before the end.

use crate::judge::sample::{Sample, targets};
use crate::judge::{critical_breach, elapsed_lost};
use std::time::Duration;

fn breaches(sample: &Sample, texts: &[&str]) -> Vec<String> {
    let breaches = critical_breach(&sample.plan, &targets(texts), &sample.measurements);
    breaches.into_iter().map(|breach| breach.text()).collect()
}

#[test]
fn only_critical_targets_end_a_test() {
    let sample = Sample::new("").ok("", 0, 50, 100.0).failed("", 0, 50, "shed");
    assert_eq!(
        breaches(&sample, &["success_rate > 90%", "critical success_rate > 80%", "critical success_rate > 20%"]),
        ["success_rate > 80%"]
    );
}

#[test]
fn what_may_still_come_is_no_breach() {
    let sample = Sample::new("").ok("", 0, 50, 100.0).ok("step=early", 0, 50, 1.0);
    let waiting =
        ["critical later.p95 < 1ms", "critical count >= 1000", "critical count = 1000", "critical elapsed < 1s"];
    assert_eq!(breaches(&sample, &waiting), [""; 0]);
    assert_eq!(breaches(&sample, &["critical count < 10", "critical p95 < 1ms"]), ["count < 10", "p95 < 1ms"]);
}

#[test]
fn elapsed_is_lost_when_its_last_limit_is_passed() {
    let both = targets(&["elapsed < 60s", "critical elapsed < 2min", "p95 < 1s", "elapsed > 1s"]);
    assert_eq!(elapsed_lost(&both, Duration::from_secs(90)), None);
    assert_eq!(elapsed_lost(&both, Duration::from_secs(121)).as_deref(), Some("elapsed < 2min"));
    assert_eq!(elapsed_lost(&targets(&["p95 < 1s", "elapsed > 1s"]), Duration::from_secs(9_999)), None);
    assert_eq!(
        elapsed_lost(&targets(&["elapsed = 1s..5s"]), Duration::from_secs(6)).as_deref(),
        Some("elapsed = 1s..5s")
    );
}

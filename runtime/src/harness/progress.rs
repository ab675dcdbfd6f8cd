//! Progress of a running test on stderr: a live line on a terminal, elsewhere a plain line every ten seconds.

use super::say;
use super::settings::model::ProgressMode;
use crate::record::{Measurements, Selection};
use crate::units;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Interval between two plain lines, and before the first.
const PLAIN: Duration = Duration::from_secs(10);
/// Interval between two updates of the live line.
#[cfg(feature = "progress")]
const LIVE: Duration = Duration::from_millis(250);

/// The progress of one test.
#[derive(Debug)]
pub(crate) struct ProgressLine {
    name: String,
    form: ProgressForm,
    /// When the next line is due, in milliseconds of real time: many seconds of virtual time pass in an instant.
    due: AtomicU64,
}

#[derive(Debug)]
enum ProgressForm {
    #[cfg(feature = "progress")]
    Live(indicatif::ProgressBar),
    Plain,
    Off,
}

impl ProgressLine {
    /// The progress of the test `name`. A live line is drawn only if brunt `owns_terminal`: libtest must be able to
    /// capture what its tests print.
    pub(crate) fn start(name: &str, wanted: ProgressMode, owns_terminal: bool) -> Self {
        let live = owns_terminal && wanted == ProgressMode::Auto && std::io::stderr().is_terminal();
        let form = match wanted {
            ProgressMode::Off => ProgressForm::Off,
            _ if live => ProgressForm::live(),
            _ => ProgressForm::Plain,
        };
        let due = AtomicU64::new(whole_milliseconds(form.every()));
        Self { name: name.to_owned(), form, due }
    }

    /// Prints the progress if a line is due.
    pub(crate) fn show(&self, running: Duration, so_far: &Measurements) {
        let (now, every) = (whole_milliseconds(running), whole_milliseconds(self.form.every()));
        if now < self.due.load(Ordering::Relaxed) {
            return;
        }
        self.due.store((now / every + 1) * every, Ordering::Relaxed);
        match &self.form {
            #[cfg(feature = "progress")]
            ProgressForm::Live(bar) => bar.set_message(progress_line(&self.name, so_far)),
            ProgressForm::Plain => say::print_line(progress_line(&self.name, so_far)),
            ProgressForm::Off => {}
        }
    }
}

fn whole_milliseconds(time: Duration) -> u64 {
    time.as_millis() as u64
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        match &self.form {
            #[cfg(feature = "progress")]
            ProgressForm::Live(bar) => bar.finish_and_clear(),
            ProgressForm::Plain | ProgressForm::Off => {}
        }
    }
}

impl ProgressForm {
    #[cfg(feature = "progress")]
    fn live() -> Self {
        let bar = indicatif::ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(250));
        Self::Live(bar)
    }

    #[cfg(not(feature = "progress"))]
    fn live() -> Self {
        Self::Plain
    }

    fn every(&self) -> Duration {
        match self {
            #[cfg(feature = "progress")]
            Self::Live(_) => LIVE,
            Self::Plain | Self::Off => PLAIN,
        }
    }
}

/// `spike: 20 s · 12,345 iterations · 617/s · p95 12.3 ms · 0.4 % failed`
fn progress_line(name: &str, so_far: &Measurements) -> String {
    let tally = so_far.tally(&Selection::default());
    let (count, seconds) = (tally.count(), so_far.elapsed.as_secs_f64());
    let mut parts = vec![
        units::describe_time(Duration::from_secs(so_far.elapsed.as_secs()).as_nanos() as f64),
        format!("{} iterations", units::describe_count(count)),
    ];
    if seconds > 0.0 {
        parts.push(format!("{}/s", units::describe_count((tally.successes as f64 / seconds).round() as u64)));
    }
    if let Some(p95) = tally.latency.percentile(95.0) {
        parts.push(format!("p95 {}", units::describe_time(p95)));
    }
    if tally.failures() > 0 {
        parts.push(format!("{} failed", units::describe_share(tally.failures() as f64 / count as f64)));
    }
    if tally.dropped > 0 {
        parts.push(format!("{} dropped", units::describe_count(tally.dropped)));
    }
    if let Some(settled) = &so_far.settled {
        let targets: Vec<String> = settled.undecided.iter().map(ToString::to_string).collect();
        parts.push(format!("settling: `{}`", targets.join("`, `")));
    }
    format!("{name}: {}", parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(elapsed: Duration) -> Measurements {
        let mut so_far = Measurements::default();
        so_far.elapsed = elapsed;
        so_far
    }

    #[test]
    fn a_plain_line_is_due_every_ten_seconds_of_real_time() {
        let progress = ProgressLine::start("spike", ProgressMode::Plain, true);
        for (second, next) in [(1, 10), (9, 10), (10, 20), (11, 20), (47, 50)] {
            progress.show(Duration::from_secs(second), &after(Duration::from_secs(3_600)));
            assert_eq!(progress.due.load(Ordering::Relaxed), next * 1_000, "after {second} s");
        }
    }

    #[test]
    fn a_load_that_goes_on_says_for_which_targets() {
        let mut so_far = after(Duration::from_secs(31));
        let undecided = crate::judge::sample::targets(&["p99 < 1s", "b.mean < a.mean"]);
        so_far.settled = Some(crate::record::Settled { rounds: 1, undecided, ..Default::default() });
        assert_eq!(
            progress_line("spike", &so_far),
            "spike: 31 s · 0 iterations · 0/s · settling: `p99 < 1s`, `b.mean < a.mean`"
        );
    }

    #[test]
    fn without_a_sample_the_line_still_says_where_it_is() {
        assert_eq!(progress_line("spike", &after(Duration::from_millis(20_400))), "spike: 20 s · 0 iterations · 0/s");
    }
}

//! # What a verdict means
//!
//! | verdict | it means | what to do |
//! |---|---|---|
//! | **pass** | The target holds in the measurements, and enough was measured. | Nothing. `proven` asks for more, see below. |
//! | **fail** | The target is missed, and noise does not explain it. | Mend the system, or the target. |
//! | **inconclusive** | The target is missed, but noise or the load generator may explain it; or too little was measured. | Find its reason under [inconclusive: what now](super::inconclusive). |
//! | **skipped** | The test was left out, with its reason. | Install the missing program, where the reason names one. |
//! | **error** | The test could not be run: a setting, a setup, a report that cannot be written. | Read the message. |
//!
//! Every target has a verdict, and the test has the worst of them: a failed target makes the test fail, even where
//! other targets are inconclusive. Inconclusive fails the run too, because it does not show whether the system is fast
//! enough (`BRUNT_INCONCLUSIVE=warn` relaxes that). One rule serves all targets: absolute, relative, on shares, windows
//! and groups.
//!
//! # Fail: noise does not explain it
//!
//! A system that just meets a limit is above it in one run and below it in another. A miss is a *fail* only where such
//! a system would look that bad in at most **one of a thousand runs** of the test. This bound covers all targets,
//! windows and groups of the test together, so with more comparisons each of them must be clearer. A miss that may be
//! chance is *inconclusive*, and the report has the interval in which the true value lies:
//!
//! ```text
//! p95 < 50ms   54.1 ms   -8.2 %   ? inconclusive
//!   54.1 ms is 8.2 % above 50ms, but noise may explain it: it lies within 47.9 ms..61 ms with 99.8 % confidence;
//!   about 2,300 samples would decide it: give it a longer load, or `settle` (200 samples)
//! ```
//!
//! How noise is measured:
//!
//! - **A percentile is a share**: `p95 < 50ms` means that at most 5 % take 50 ms or longer. The number that did is
//!   judged by the exact binomial distribution. Where all samples miss the limit, a few of them decide. A percentile
//!   that lies beyond the largest sample (p99.9 of a hundred) cannot be judged. `errors < 1%` and `success_rate > 99%`
//!   are judged in the same way.
//! - **A mean** is judged by Student's t, from which the skewness of latencies is taken out (Hall 1992).
//! - **Samples that are near in time are alike**: a slow episode makes a hundred operations slow at once. The load is
//!   cut into blocks of time, and where these differ by more than chance, the samples count as fewer (their *design
//!   effect*). Stages and ramps of the plan do not count as noise.
//! - **A regular system has less noise than chance**: where every second operation fails, the share is one half, with
//!   hardly any noise. This shows in blocks of time, and in the order in which operations fail and succeed.
//! - **A ratio** (`b.mean < 1.2x a.mean`) has the noise of both sides, less the noise that they share: two operations
//!   that are measured at the same time are disturbed together. [`user.pair`](crate::User::pair) measures them so.
//! - **A window** is judged for itself: a target on `each(10s)` is there to find an episode in one window, so an
//!   episode does not count as noise.
//! - **Facts have no noise**: `max`, `min`, `count`, `sum`, `elapsed`, `errors < 3`.
//! - A figure that equals the limit within its own resolution of 0.1 % meets `<=` and `>=`.
//!
//! Episodes can only be told from a lasting change where several of them fit into the load. An episode that lasts for a
//! third of the load looks like a lasting change, and may be judged as one.
//!
//! # Pass: enough was measured
//!
//! A percentile needs one operation beyond it (100 operations for p99). A share needs enough operations to notice, in
//! two of three runs, a system that fails twice as often as it may (50 for `errors < 1%`). That is enough for a
//! verdict, but it is no proof: a system that misses its limit by little may well hold it in one run.
//!
//! `proven p95 < 50ms` asks for the proof: it passes only where a system that just misses the limit would look that
//! good in at most one of a thousand runs. `BRUNT_PASS=proven` puts the word before every target. It takes more
//! samples: 135 samples without a single one beyond the limit prove a p95, 688 prove a p99, and a mean needs a hundred
//! independent samples at least.
//!
//! # The load goes on until it is sure
//!
//! `settle = 60s` lets a load go on in the same shape while a target is undecided, for 60 s at most. Every look at the
//! figures in between gets a part of the error of one in a thousand, and the last look gets half of it, so more looks
//! make no verdict less sure.
//!
//! # Throughput
//!
//! Throughput is *completed work*: successes by the time of their end, per second of the time in which load was on. The
//! throughput of an overloaded system is the work that it carries, and not the load that it was offered. Operations
//! that end while a load drains are measured, but do not count as throughput. A load that ends with its iterations
//! counts until nineteen of twenty are done, so that one late iteration does not stretch the time. Stages and windows
//! add up to the whole.
//!
//! # What it rests on
//!
//! `cargo bench -p brunt --bench verdicts` simulates systems whose true figures are known, and shows how often a verdict is
//! wrong. Its table is in `benches/README.md`.
//!
//! Next: [inconclusive: what now](super::inconclusive).

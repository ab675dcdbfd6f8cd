//! What a verdict is worth: `cargo bench -p brunt --bench verdicts`. Systems whose truth is known are simulated (seeded),
//! recorded and judged as a test's samples are. For independent, episodic and drifting latencies of three shapes, and
//! for 20 to 5 000 samples, the table shows how often a system that meets its target fails (hard false reds), how often
//! one that misses it passes a target that is to be *proven* (false greens), how often a verdict is inconclusive, with
//! and without `settle`, and how often an interval of 95 % covers the truth.
//!
//! A row has 400 runs (`--full`: 4 000; a quarter of them from 2 000 samples on); what is promised is held against all
//! rows of a target and a kind of time together, and it ends in failure where that does not hold. `-- 'Mean Episodic'`
//! shows the rows whose name holds that, `--pairs` what is found in pairs alone. `README.md` beside it has the table.

#![allow(missing_docs)]

use brunt::private::simulated::{Came, Simulated};
use std::process::ExitCode;

/// One per thousand, and what chance may add to it in so many runs.
const PROMISED: f64 = 0.001;
/// An interval of 95 % covers the truth in as many, but for a hundredth.
const UNCOVERED: f64 = 0.06;

/// xorshift64* (Vigna, *ACM Transactions on Mathematical Software* 42, 2016).
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}

/// The shape of a latency whose median is about 10 ms.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Exponential,
    /// Log-normal with σ = 0.5.
    LogNormal,
    /// One in five takes five times as long.
    Bimodal,
}

/// How latencies hang together in time.
#[derive(Clone, Copy, Debug)]
enum Time {
    Independent,
    /// Slow episodes: a fifth of the time all is thrice as slow, for a fiftieth of the load at a stretch in the mean.
    Episodic,
    /// The level wanders: a sum of waves of which ten and more fit into the load.
    Drifting,
}

impl Shape {
    fn draw(self, random: &mut Random) -> f64 {
        match self {
            Self::Exponential => random.exponential(14.4),
            Self::LogNormal => 10.0 * (0.5 * random.normal()).exp(),
            Self::Bimodal => (if random.unit() < 0.2 { 50.0 } else { 10.0 }) * (1.0 + 0.1 * random.normal()).max(0.1),
        }
    }
}

/// A system over one load: which factor is on at which part of the load.
struct Level {
    slow: Vec<(f64, f64)>,
    waves: Vec<(f64, f64)>,
}

impl Level {
    fn new(time: Time, random: &mut Random, length: f64) -> Self {
        let (mut slow, mut waves) = (Vec::new(), Vec::new());
        match time {
            Time::Independent => {}
            Time::Episodic => {
                let (on, off) = (0.02, 0.08);
                let mut at = if random.unit() < 0.2 { 0.0 } else { random.exponential(off) };
                while at < length {
                    let end = at + random.exponential(on);
                    slow.push((at, end));
                    at = end + random.exponential(off);
                }
            }
            Time::Drifting => {
                waves = (0..4).map(|_| (10.0 + 30.0 * random.unit(), random.unit())).collect();
            }
        }
        Self { slow, waves }
    }

    fn at(&self, part: f64) -> f64 {
        let slow = self.slow.iter().any(|(start, end)| (*start..*end).contains(&part));
        let wave = |(waves, phase): &(f64, f64)| (std::f64::consts::TAU * (waves * part + phase)).sin();
        let drift: f64 = self.waves.iter().map(wave).sum();
        (if slow { 3.0 } else { 1.0 }) * (0.15 * drift).exp()
    }
}

/// What is asked of a system.
#[derive(Clone, Copy, Debug)]
enum Question {
    Percentile(f64),
    Mean,
    /// Failures as a share.
    Share,
    /// The percentile of each of ten windows.
    Windows(f64),
    /// A ratio of two steps that are run apart, and in pairs.
    Ratio,
    Pair,
}

/// The true figure, from many samples of many loads.
fn truth(shape: Shape, time: Time, question: Question) -> f64 {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut all: Vec<f64> = Vec::new();
    for _ in 0..400 {
        let level = Level::new(time, &mut random, 1.0);
        all.extend((0..1_000).map(|i| level.at(f64::from(i) / 1_000.0) * shape.draw(&mut random)));
    }
    all.sort_by(f64::total_cmp);
    match question {
        Question::Percentile(percentile) | Question::Windows(percentile) => {
            all[(percentile / 100.0 * all.len() as f64) as usize]
        }
        _ => all.iter().sum::<f64>() / all.len() as f64,
    }
}

/// Samples of one load of `count` operations that lasts as many tenths of a second, from `from` on.
struct Load {
    shape: Shape,
    time: Time,
    question: Question,
    count: u64,
    /// How much slower the second of two steps is.
    slower: f64,
    /// The share of failures.
    failing: f64,
}

const MILLISECOND: f64 = 1e6;
/// Nanoseconds between two arrivals.
const APART: u64 = 10_000_000;

impl Load {
    /// In arrivals.
    fn length(&self) -> u64 {
        if matches!(self.question, Question::Ratio) { 2 * self.count } else { self.count }
    }

    fn put_on(&self, test: &mut Simulated, random: &mut Random, from: u64) {
        let level = Level::new(self.time, random, 1.0);
        let other = Level::new(self.time, random, 1.0);
        for i in 0..self.count {
            let at = (from + i) * APART;
            let part = i as f64 / self.count as f64;
            let mut latency = |level: &Level| (level.at(part) * self.shape.draw(random) * MILLISECOND) as u64;
            match self.question {
                Question::Ratio => {
                    // The first step in the first half of the load, the second in the second.
                    let (first, second) = (latency(&level), latency(&other));
                    test.step("a", at, first);
                    test.step("b", at + self.count * APART, (second as f64 * self.slower) as u64);
                }
                Question::Pair => {
                    let (first, second) = (latency(&level), latency(&level));
                    test.step("a", at, first);
                    test.step("b", at, (second as f64 * self.slower) as u64);
                }
                Question::Share => {
                    let latency = latency(&level);
                    // In a slow episode failures are thrice as frequent, too.
                    let usual = self.failing / level_mean(self.time);
                    test.iteration(at, latency, random.unit() >= usual * level.at(part));
                }
                _ => {
                    let latency = latency(&level);
                    test.iteration(at, latency, true);
                }
            }
        }
    }
}

fn level_mean(time: Time) -> f64 {
    match time {
        Time::Independent => 1.0,
        Time::Episodic => 1.4,
        // The mean of exp(0.15 × four waves).
        Time::Drifting => 1.023,
    }
}

/// What many runs came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    runs: u32,
    fails: u32,
    passes: u32,
    open: u32,
    intervals: u32,
    covered: u32,
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            runs: self.runs + other.runs,
            fails: self.fails + other.fails,
            passes: self.passes + other.passes,
            open: self.open + other.open,
            intervals: self.intervals + other.intervals,
            covered: self.covered + other.covered,
        }
    }

    fn share(part: u32, of: u32) -> f64 {
        if of == 0 { 0.0 } else { f64::from(part) / f64::from(of) }
    }
}

/// Loads of one kind that are judged by one target.
struct Trial<'t> {
    load: &'t Load,
    target: &'t str,
    truth: f64,
    /// How many times its length a load may go on; zero is without `settle`.
    settle: u32,
}

impl Trial<'_> {
    /// So many runs, on as many threads as there are cores.
    fn runs(&self, runs: u32, seed: u64) -> Tally {
        let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        let every = |first: u32| (first..runs).step_by(threads as usize).map(|run| self.run(seed, run));
        std::thread::scope(|scope| {
            let of_threads: Vec<_> = (0..threads)
                .map(|first| scope.spawn(move || every(first).fold(Tally::default(), Tally::plus)))
                .collect();
            of_threads.into_iter().map(|thread| thread.join().unwrap_or_default()).fold(Tally::default(), Tally::plus)
        })
    }

    fn run(&self, seed: u64, run: u32) -> Tally {
        let Self { load, target, truth, settle } = *self;
        let mut random = Random(seed ^ (u64::from(run) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut test = Simulated::new(&[target]);
        load.put_on(&mut test, &mut random, 0);
        let mut look = u32::from(settle > 0);
        while look > 0 && look <= settle && test.is_undecided(look) {
            load.put_on(&mut test, &mut random, u64::from(look) * load.length());
            look += 1;
        }
        let judged = test.judged(look)[0];
        let covers = judged.interval.map(|(low, high)| (low..=high).contains(&truth));
        Tally {
            runs: 1,
            fails: u32::from(judged.came == Came::Fail),
            passes: u32::from(judged.came == Came::Pass),
            open: u32::from(judged.came == Came::Inconclusive),
            intervals: u32::from(covers.is_some()),
            covered: u32::from(covers == Some(true)),
        }
    }
}

/// Kinds of a target and of time whose name holds this are run, all without it.
fn is_wanted(name: &str) -> bool {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    wanted.is_none_or(|wanted| name.contains(&wanted))
}

fn main() -> ExitCode {
    let has = |option: &str| std::env::args().any(|argument| argument == option);
    let count = if has("--full") { 4_000 } else { 400 };
    let (mut wrong, mut all) = (0, Shown::default());
    println!(
        "| target | time | shape | n | hard false red | false green (proven) | inconclusive | settled | covered |"
    );
    println!("|-|-|-|-:|-:|-:|-:|-:|-:|");
    let questions = [
        Question::Percentile(50.0),
        Question::Percentile(95.0),
        Question::Percentile(99.0),
        Question::Mean,
        Question::Share,
        Question::Windows(90.0),
        Question::Ratio,
        Question::Pair,
    ];
    for question in questions {
        for time in [Time::Independent, Time::Episodic, Time::Drifting] {
            // An episode in a window is what a target on windows is about: its reds are not false.
            let is_episode = matches!((question, time), (Question::Windows(_), Time::Episodic | Time::Drifting));
            if is_episode || has("--pairs") || !is_wanted(&format!("{question:?} {time:?}")) {
                continue;
            }
            let mut shown = Shown::default();
            for shape in [Shape::Exponential, Shape::LogNormal, Shape::Bimodal] {
                for samples in [20, 100, 500, 2_000, 5_000] {
                    shown = shown.plus(row(question, time, shape, samples, count));
                }
            }
            println!("| **{question:?}** | **{time:?}** | all | all | {shown}");
            wrong += u32::from(!shown.keeps_the_promise());
            all = all.plus(shown);
        }
    }
    println!("| **all** | | | | {all}\n");
    wrong += u32::from(!found(count / 4));
    if wrong > 0 {
        println!("{wrong} promises were not kept");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What rows came to: runs of a system that is well, of one that is ill, and of one that is well with `settle`.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    well: Tally,
    ill: Tally,
    settled: Tally,
}

impl Shown {
    fn plus(self, other: Self) -> Self {
        Self {
            well: self.well.plus(other.well),
            ill: self.ill.plus(other.ill),
            settled: self.settled.plus(other.settled),
        }
    }

    /// Three standard errors beyond what is promised are no chance any more. Of intervals a hundredth is allowed.
    fn keeps_the_promise(self) -> bool {
        let keeps = |wrong: u32, runs: u32| {
            let expected = PROMISED * f64::from(runs);
            f64::from(wrong) <= expected + 3.0 * expected.sqrt() + 1.0
        };
        let uncovered = f64::from(self.well.intervals - self.well.covered);
        let expected = UNCOVERED * f64::from(self.well.intervals);
        let covers = uncovered <= expected + 3.0 * expected.sqrt() + 1.0;
        keeps(self.well.fails, self.well.runs) && keeps(self.ill.passes, self.ill.runs) && covers
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |part: u32, of: u32| 100.0 * Tally::share(part, of);
        let Self { well, ill, settled } = self;
        let reds = (share(well.fails, well.runs), well.runs);
        let greens = (share(ill.passes, ill.runs), ill.runs);
        write!(f, "{:.3} % of {} | {:.3} % of {} | ", reds.0, reds.1, greens.0, greens.1)?;
        let open = (share(well.open, well.runs), share(settled.open, settled.runs));
        write!(f, "{:.1} % | {:.1} % | ", open.0, open.1)?;
        match well.intervals {
            0 => write!(f, "– |"),
            intervals => write!(f, "{:.1} % of {intervals} |", share(well.covered, intervals)),
        }
    }
}

/// One row of the table.
fn row(question: Question, time: Time, shape: Shape, samples: u64, count: u32) -> Shown {
    let count = if samples >= 2_000 { count / 4 } else { count };
    let load = |slower: f64, failing: f64| Load { shape, time, question, count: samples, slower, failing };
    let seed = samples ^ 0xabcd;
    let truth_ms = truth(shape, time, question);
    // A system that is well is a tenth better than its limit; one that is ill a tenth worse.
    let (good, bad, well, ill, truth) = match question {
        Question::Ratio | Question::Pair => (
            "b.mean < 1.1x a.mean".to_owned(),
            "proven b.mean < 1.1x a.mean".to_owned(),
            load(1.0, 0.0),
            load(1.21, 0.0),
            1.0,
        ),
        Question::Share => {
            ("errors < 5%".to_owned(), "proven errors < 5%".to_owned(), load(1.0, 0.045), load(1.0, 0.055), 0.045)
        }
        _ => {
            let name = match question {
                Question::Percentile(percentile) => format!("p{percentile}"),
                Question::Windows(percentile) => format!("each({}s).p{percentile}", (samples / 1_000).max(1)),
                _ => "mean".to_owned(),
            };
            // Of windows the worst is judged: a system that is well keeps far from the limit in each.
            let factor = if matches!(question, Question::Windows(_)) { 0.7 } else { 0.9 };
            let limit = |of: f64| format!("{name} < {}ns", (truth_ms * MILLISECOND / of) as u64);
            let bad = format!("proven {}", limit(1.1));
            (limit(factor), bad, load(1.0, 0.0), load(1.0, 0.0), truth_ms * MILLISECOND)
        }
    };
    let trial = |load, target, settle| Trial { load, target, truth, settle };
    let mut well_ones = trial(&well, &good, 0).runs(count, seed);
    if matches!(question, Question::Windows(_)) {
        // Of windows the worst is shown, which is no estimate of the whole.
        (well_ones.intervals, well_ones.covered) = (0, 0);
    }
    let shown = Shown {
        well: well_ones,
        ill: trial(&ill, &bad, 0).runs(count, seed + 1),
        settled: trial(&well, &good, 8).runs(count / 20, seed + 2),
    };
    println!("| {question:?} | {time:?} | {shape:?} | {samples} | {shown}");
    shown
}

/// Whether a tenth is found in a pair where the load may go on until it is sure of a pass, too. A target that need not be
/// proven may hold by chance in the planned load, and then ends there.
fn found(count: u32) -> bool {
    let mut worst = 1.0_f64;
    for shape in [Shape::Exponential, Shape::LogNormal, Shape::Bimodal] {
        for time in [Time::Independent, Time::Episodic, Time::Drifting] {
            if !is_wanted(&format!("found {time:?}")) {
                continue;
            }
            let load = Load { shape, time, question: Question::Pair, count: 2_000, slower: 1.1, failing: 0.0 };
            let of = |target: &str| Trial { load: &load, target, truth: 1.1, settle: 20 }.runs(count, 7);
            let (proven, plain) = (of("proven b.mean < 1.05x a.mean"), of("b.mean < 1.05x a.mean"));
            let share = |part: u32, of: u32| 100.0 * Tally::share(part, of);
            println!(
                "10 % more in a pair, {time:?}, {shape:?}: found in {:.1} % of {count} runs (not proven: {:.1} %); \
                 intervals cover {:.1} %",
                share(proven.fails, proven.runs),
                share(plain.fails, plain.runs),
                share(proven.covered, proven.intervals),
            );
            worst = worst.min(Tally::share(proven.fails, proven.runs));
        }
    }
    worst >= 0.95
}

//! Every class, under noise and caches, from seeds: no class is ever found that is not the true one.
#![allow(clippy::unwrap_used)]

use super::*;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

const RUNS: u64 = 200;

/// A machine that measures: what a body costs there, and how well a sample tells.
#[derive(Clone, Copy, Debug)]
struct Machine {
    /// The relative standard deviation of a sample.
    noise: f64,
    /// The same of all samples of one size together: alignment, the clock rate, neighbours.
    drift: f64,
    /// Caches: at which size the working set leaves one, over what factor of sizes, and how much dearer that makes it.
    cache: Option<(f64, f64, f64)>,
    samples: u64,
}

impl Machine {
    fn any(rng: &mut Pcg64Mcg) -> Self {
        Self {
            noise: rng.random_range(0.01..0.2),
            drift: rng.random_range(0.0..0.03),
            cache: None,
            samples: rng.random_range(10..300),
        }
    }

    fn with_cache(rng: &mut Pcg64Mcg) -> Self {
        let at = 10_f64.powf(rng.random_range(2.5..5.0));
        Self { cache: Some((at, rng.random_range(2.0..30.0), rng.random_range(1.5..2.3))), ..Self::any(rng) }
    }

    fn measure(&self, size: u64, cost: f64, rng: &mut Pcg64Mcg) -> Option<Point> {
        let dearer = self.cache.map_or(1.0, |(at, width, rise)| {
            let share = 0.5 + (size as f64 / at).ln() / width.ln();
            1.0 + (rise - 1.0) * share.clamp(0.0, 1.0)
        });
        let middle = cost * dearer * (self.drift * normal(rng)).exp();
        let mut distribution = Distribution::default();
        for _ in 0..self.samples {
            let disturbed = if rng.random_bool(0.05) { rng.random_range(1.5..20.0) } else { 1.0 };
            distribution.record(middle * (self.noise * normal(rng)).exp() * disturbed);
        }
        Point::of(size, &distribution)
    }

    /// Sweeps a body of the class with a fixed overhead, in times the work at the smallest size.
    fn sweep(&self, class: Growth, sizes: &[u64], overhead: f64, rng: &mut Pcg64Mcg) -> Growing {
        let work = |size: u64| model::of(class, size as f64);
        let overhead = if class == Growth::Constant { 0.0 } else { overhead * work(sizes[0]) };
        let unit = 10_f64.powf(rng.random_range(1.0..4.0)) / (work(sizes[0]) + overhead);
        let point = |size: &u64| self.measure(*size, unit * (work(*size) + overhead), rng).unwrap();
        find(&sizes.iter().map(point).collect::<Vec<_>>(), Cost::Time).unwrap()
    }
}

/// The sum of three uniform numbers, scaled to a standard deviation of one, is normal enough.
fn normal(rng: &mut Pcg64Mcg) -> f64 {
    (0..3).map(|_| rng.random_range(-1.0..1.0)).sum::<f64>()
}

const SWEEPS: [&[u64]; 7] = [
    &[40, 341, 3_906],
    &[1_000, 10_000, 100_000],
    &[1_000, 10_000, 100_000, 1_000_000],
    &[100, 1_000, 10_000, 100_000, 1_000_000],
    &[16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144],
    &[1_000, 2_000, 4_000, 8_000, 16_000],
    &[1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000],
];

/// Sweeps of 64x and more.
const WIDE: [&[u64]; 4] = [SWEEPS[2], SWEEPS[3], SWEEPS[4], SWEEPS[6]];

/// What is found for a class on many machines, from seeds: with caches, without, or with either.
fn runs(class: Growth, sweeps: &[&[u64]], caches: &[bool]) -> Vec<Growing> {
    let run = |seed: u64| {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let cached = caches[rng.random_range(0..caches.len())];
        let machine = if cached { Machine::with_cache(&mut rng) } else { Machine::any(&mut rng) };
        let sizes = sweeps[rng.random_range(0..sweeps.len())];
        let overhead = rng.random_range(0.0..3.0);
        machine.sweep(class, sizes, overhead, &mut rng)
    };
    (0..RUNS).map(run).collect()
}

fn share(runs: &[Growing], holds: impl Fn(&Growing) -> bool) -> f64 {
    runs.iter().filter(|run| holds(run)).count() as f64 / runs.len() as f64
}

#[test]
fn no_class_is_found_that_is_not_the_true_one() {
    for class in CLASSES {
        let runs = runs(class, &SWEEPS, &[true, false]);
        let wrong: Vec<&Growing> = runs.iter().filter(|run| !run.candidates.contains(&class)).collect();
        assert!(wrong.is_empty(), "{} of {RUNS} for {}: {wrong:#?}", wrong.len(), name(class));
    }
}

#[test]
fn a_class_is_found_where_the_sweep_is_wide_and_no_cache_disturbs_it() {
    for (class, least) in
        [(Growth::Constant, 0.9), (Growth::Linear, 0.85), (Growth::Quadratic, 1.0), (Growth::Cubic, 1.0)]
    {
        let runs = runs(class, &WIDE, &[false]);
        let (sure, best) = (share(&runs, |run| run.candidates == [class]), share(&runs, |run| run.best == class));
        assert!(sure >= least && best >= 0.97, "{}: {sure} {best}", name(class));
    }
    // That a machine makes of 1 what looks like log n, and of n what looks like n log n, is never excluded; but the class
    // that fits best is the true one.
    for class in [Growth::Logarithmic, Growth::Linearithmic] {
        let runs = runs(class, &WIDE, &[false]);
        let (holds, best) = (
            share(&runs, |run| run.rule(Comparison::AtMost, class) == Ruling::Holds),
            share(&runs, |run| run.best == class),
        );
        assert!(holds >= 0.97 && best >= 0.97, "{}: {holds} {best}", name(class));
    }
}

#[test]
fn an_accidental_square_is_always_caught() {
    let sweeps: Vec<&[u64]> = WIDE.into_iter().chain([SWEEPS[0], SWEEPS[1]]).collect();
    for run in runs(Growth::Quadratic, &sweeps, &[true, false]) {
        for limit in [Growth::Constant, Growth::Linear, Growth::Linearithmic] {
            assert_eq!(run.rule(Comparison::AtMost, limit), Ruling::Missed, "{run:#?}");
        }
        assert_eq!(run.rule(Comparison::AtMost, Growth::Quadratic), Ruling::Holds, "{run:#?}");
    }
}

/// Nanoseconds of a text built of pieces by copying it for each, as measured: at a hundred pieces most is what each
/// piece costs by itself, and only at thousands of them do the copies show.
const TEXT_OF_PIECES: [(f64, f64); 6] = [
    (100.0, 8_123.0),
    (300.0, 34_751.0),
    (1_000.0, 192_639.0),
    (3_000.0, 1_175_551.0),
    (10_000.0, 10_928_127.0),
    (30_000.0, 116_916_223.0),
];

#[test]
fn a_square_is_seen_behind_what_each_element_costs() {
    let points = TEXT_OF_PIECES.map(|(size, cost)| Point { size, cost, error: 0.01 });
    let found = find(&points, Cost::Time).unwrap();
    assert_eq!((found.best, found.is_explained), (Growth::Quadratic, true), "{found:#?}");
    assert_eq!(found.rule(Comparison::AtMost, Growth::Linearithmic), Ruling::Missed, "{found:#?}");
    // The same of a cube behind a square.
    let points = TEXT_OF_PIECES.map(|(size, cost)| Point { size, cost: size * cost, error: 0.01 });
    let found = find(&points, Cost::Time).unwrap();
    assert_eq!(found.rule(Comparison::AtMost, Growth::Quadratic), Ruling::Missed, "{found:#?}");
}

#[test]
fn caches_never_miss_the_target_of_a_linear_body() {
    let runs = runs(Growth::Linear, &SWEEPS, &[true]);
    for run in &runs {
        assert_ne!(run.rule(Comparison::AtMost, Growth::Linear), Ruling::Missed, "{run:#?}");
    }
    // Where the cache's step stands out it is seen as one.
    assert!(share(&runs, |run| run.candidates == [Growth::Linear]) > 0.2);
}

#[test]
fn a_sort_is_told_from_a_scan_where_log_n_triples() {
    let quiet = Machine { noise: 0.03, drift: 0.01, cache: None, samples: 100 };
    let sort = |sizes: &[u64]| quiet.sweep(Growth::Linearithmic, sizes, 0.1, &mut Pcg64Mcg::seed_from_u64(1));
    let wide = sort(SWEEPS[4]);
    assert_eq!(
        (wide.candidates.as_slice(), wide.rule(Comparison::AtMost, Growth::Linear)),
        ([Growth::Linearithmic].as_slice(), Ruling::Missed)
    );
    let narrow = sort(SWEEPS[2]);
    assert_eq!((narrow.best, narrow.text().as_str()), (Growth::Linearithmic, "n log n (n not excluded)"));
    let Ruling::Open(doubt) = narrow.rule(Comparison::AtMost, Growth::Linear) else { panic!("{narrow:#?}") };
    assert!(doubt.starts_with("the figures fit n log n best and do not exclude n (exponent 1."), "{doubt}");
    assert!(doubt.ends_with("begin with sizes of about 100, and measure two or three in each decade"), "{doubt}");
}

#[test]
fn an_exponent_between_the_classes_passes_only_what_lies_above_it() {
    let points: Vec<Point> = SWEEPS[3]
        .iter()
        .map(|size| Point { size: *size as f64, cost: (*size as f64).powf(1.5), error: 0.01 })
        .collect();
    let found = find(&points, Cost::Time).unwrap();
    assert!(!found.is_explained, "{found:#?}");
    assert!((found.exponent.low..=found.exponent.high).contains(&1.5), "{found:#?}");
    assert_eq!(found.rule(Comparison::AtMost, Growth::Quadratic), Ruling::Holds);
    let Ruling::Open(doubt) = found.rule(Comparison::AtMost, Growth::Linearithmic) else { panic!("{found:#?}") };
    assert!(doubt.starts_with("no class fits: the cost grows between n log n and n² (exponent 1.50"), "{doubt}");
}

#[test]
fn a_cost_that_falls_decides_nothing() {
    let points: Vec<Point> =
        SWEEPS[2].iter().map(|size| Point { size: *size as f64, cost: 1e6 / *size as f64, error: 0.01 }).collect();
    let found = find(&points, Cost::Time).unwrap();
    assert_eq!((found.candidates.as_slice(), found.is_explained), (CLASSES.as_slice(), false));
}

fn memory(sizes: &[u64], bytes: impl Fn(f64) -> f64) -> Growing {
    let point = |size: &u64| Point { size: *size as f64, cost: bytes(*size as f64), error: 0.0 };
    find(&sizes.iter().map(point).collect::<Vec<_>>(), Cost::Memory).unwrap()
}

#[test]
fn memory_is_exact_where_it_is_and_half_full_where_it_doubles() {
    let decades = SWEEPS[2];
    assert_eq!(memory(decades, |n| 24.0 * n + 512.0).candidates, [Growth::Linear]);
    assert_eq!(memory(decades, |n| 8.0 * n * n).candidates, [Growth::Quadratic]);
    assert_eq!(memory(decades, |_| 4_096.0).candidates, [Growth::Constant]);
    let doubled = |n: f64| 8.0 * 2_f64.powf(n.log2().ceil());
    assert_eq!(memory(&[1_024, 4_096, 16_384, 65_536], doubled).candidates, [Growth::Linear]);
    let half_full = memory(decades, doubled);
    assert_ne!(half_full.rule(Comparison::AtMost, Growth::Linear), Ruling::Missed, "{half_full:#?}");
    assert_eq!(half_full.rule(Comparison::AtMost, Growth::Linearithmic), Ruling::Holds, "{half_full:#?}");
}

#[test]
fn too_few_sizes_or_too_narrow_a_range_decide_nothing() {
    let points =
        |sizes: &[f64]| sizes.iter().map(|size| Point { size: *size, cost: *size, error: 0.01 }).collect::<Vec<_>>();
    let told = |sizes: &[f64]| find(&points(sizes), Cost::Time).unwrap_err();
    assert_eq!(told(&[10.0, 1_000.0]), "2 sizes lie on a curve of every class: measure at least 3");
    assert_eq!(
        told(&[100.0, 200.0, 800.0]),
        "sizes from 100 to 800 span 8.0x, too little to tell classes apart: measure up to 1600 at least"
    );
    assert!(told(&[]).starts_with("no size was measured"));
    assert!(told(&[10.0, 10.0, 1_000.0]).starts_with("2 sizes"), "a size counts once");
}

#[test]
fn a_point_is_the_quartile_that_disturbances_do_not_reach() {
    let mut distribution = Distribution::default();
    (0..100).for_each(|i| distribution.record(if i < 60 { 1_000.0 } else { 50_000.0 }));
    let point = Point::of(7, &distribution).unwrap();
    assert_eq!((point.size, point.cost), (7.0, 1_000.0));
    assert!((point.error - 0.01).abs() < 1e-9, "{point:?}");
    assert_eq!(Point::of(7, &Distribution::default()), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever was measured: there is an answer without gaps, it does not depend on the unit or the order, and no
    /// target is both met and missed.
    #[test]
    fn an_answer_is_an_answer_to_one_question(
        steps in vec((1.5..20.0_f64, 0.2..200.0_f64, 0.001..0.3_f64), 3..8),
        unit in 1e-3..1e6_f64,
    ) {
        let (mut size, mut cost) = (3.0, 10.0);
        let points: Vec<Point> = steps.iter().map(|(wider, dearer, error)| {
            (size, cost) = (size * wider, cost * dearer);
            Point { size, cost, error: *error }
        }).collect();
        let Ok(found) = find(&points, Cost::Time) else { return Ok(()) };
        let first = CLASSES.iter().position(|class| *class == found.candidates[0]).unwrap();
        prop_assert_eq!(&found.candidates[..], &CLASSES[first..first + found.candidates.len()]);
        prop_assert!(found.candidates.contains(&found.best));
        prop_assert!(found.exponent.low <= found.exponent.value && found.exponent.value <= found.exponent.high);
        let mut other: Vec<Point> = points.iter().map(|point| Point { cost: point.cost * unit, ..*point }).collect();
        other.reverse();
        prop_assert_eq!(&find(&other, Cost::Time).unwrap().candidates, &found.candidates);
        for limit in CLASSES {
            let (at_most, greater) = (found.rule(Comparison::AtMost, limit), found.rule(Comparison::Greater, limit));
            prop_assert_eq!(at_most == Ruling::Holds, greater == Ruling::Missed);
            prop_assert_eq!(at_most == Ruling::Missed, greater == Ruling::Holds);
        }
    }
}

/// Sweeps that no threshold was chosen by.
const OTHER_SWEEPS: [&[u64]; 4] = [
    &[50, 200, 800, 3_200],
    &[64, 512, 4_096, 32_768, 262_144],
    &[200, 700, 2_500, 9_000, 30_000, 110_000],
    &[2_000, 5_000, 12_000, 30_000, 80_000, 200_000],
];

/// Another machine: samples are late by exponential delays and by whole time slices, the clock rate wanders from size
/// to size, and the caches are two steps, each in the neighbourhood of its size.
fn other_sweep(class: Growth, rng: &mut Pcg64Mcg) -> Growing {
    let sizes = OTHER_SWEEPS[rng.random_range(0..OTHER_SWEEPS.len())];
    let (delay, slices, wander) =
        (rng.random_range(0.01..0.15), rng.random_range(0.0..0.1), rng.random_range(0.0..0.02));
    let samples = rng.random_range(30..400);
    let caches = [rng.random_range(1.0..1.4), rng.random_range(1.0..1.5)];
    let at = [10_f64.powf(rng.random_range(2.0..4.0)), 10_f64.powf(rng.random_range(4.0..6.0))];
    let overhead = rng.random_range(0.0..2.0) * model::of(class, sizes[0] as f64);
    let mut rate: f64 = 1.0;
    let mut measure = |size: u64| {
        rate *= 1.0 + rng.random_range(-wander..=wander);
        let step = |i: usize| 1.0 + (caches[i] - 1.0) / (1.0 + (at[i] / size as f64).powi(2));
        let work = model::of(class, size as f64) * step(0) * step(1);
        let middle = 100.0 * rate * (work + if class == Growth::Constant { 0.0 } else { overhead });
        let mut distribution = Distribution::default();
        for _ in 0..samples {
            let late = -delay * rng.random_range(f64::MIN_POSITIVE..1.0_f64).ln();
            let slice = if rng.random_bool(slices) { rng.random_range(1_000.0..100_000.0) } else { 0.0 };
            distribution.record(middle * (1.0 + late) + slice);
        }
        Point::of(size, &distribution).unwrap()
    };
    let points: Vec<Point> = sizes.iter().map(|size| measure(*size)).collect();
    find(&points, Cost::Time).unwrap()
}

#[test]
fn no_wrong_class_is_found_on_a_machine_that_is_disturbed_otherwise() {
    for class in CLASSES {
        let run = |seed: u64| other_sweep(class, &mut Pcg64Mcg::seed_from_u64(0xb0a7_0000 + seed));
        let runs: Vec<Growing> = (0..RUNS).map(run).collect();
        let wrong: Vec<&Growing> = runs.iter().filter(|run| !run.candidates.contains(&class)).collect();
        assert!(wrong.is_empty(), "{} of {RUNS} for {}: {:#?}", wrong.len(), name(class), wrong[0]);
        if class >= Growth::Quadratic {
            let caught = share(&runs, |run| run.rule(Comparison::AtMost, Growth::Linearithmic) == Ruling::Missed);
            assert!(caught >= 0.9, "{}: {caught}", name(class));
        }
    }
}

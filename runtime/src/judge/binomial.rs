//! The binomial distribution of a share of successes among trials: its exact tails, and the ends of its confidence
//! interval. Trials that are not independent count as fewer, so that their number need not be whole.

/// One minus the confidence.
const ALPHA: f64 = 0.05;

/// The lower limit of the true share, with 95 % confidence, where `successes` of `trials` succeeded (Clopper and
/// Pearson, *Biometrika* 26, 1934): the share at which this number of successes or more has a chance of 5 %. Where all
/// succeeded, it is 0.05^(1/n). `None` without trials.
pub(super) fn at_least(successes: u64, trials: u64) -> Option<f64> {
    if trials == 0 || successes > trials {
        return None;
    }
    if successes == 0 {
        return Some(0.0);
    }
    if successes == trials {
        return Some(ALPHA.powf(1.0 / trials as f64));
    }
    let (mut low, mut high) = (0.0, successes as f64 / trials as f64);
    // After 60 halvings a double cannot tell the ends apart.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if upper_tail(successes, trials, middle) < ALPHA { low = middle } else { high = middle }
    }
    Some(low)
}

/// The chance that at least `successes` of `trials` succeed, where each does with `chance`: I_p(k, n − k + 1), the
/// regularised incomplete beta function (DLMF 8.17.5).
pub(super) fn upper_tail(successes: u64, trials: u64, chance: f64) -> f64 {
    tail_of_effective(successes as f64, trials as f64, chance)
}

/// The upper tail for effective numbers of trials and successes, which need not be whole: I_p(k, n − k + 1) lies
/// between the values of its whole neighbours.
pub(super) fn tail_of_effective(successes: f64, trials: f64, chance: f64) -> f64 {
    if successes <= 0.0 || chance >= 1.0 {
        return 1.0;
    }
    if successes >= trials + 1.0 || chance <= 0.0 {
        return 0.0;
    }
    incomplete_beta(chance, successes, trials - successes + 1.0)
}

/// How often an interval errs. Whole numbers jump, so that no error can be kept exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Erring {
    /// At most as often as its stated error.
    AtMost,
    /// About as often as its stated error.
    About,
}

/// The part of the chance of exactly the observed number that is left out of a tail which errs about as often as
/// stated. For independent samples half of it would be right on average (mid-p: Lancaster, *Journal of the American
/// Statistical Association* 56, 1961); the other quarter is kept for slow episodes that blocks do not show yet (`cargo
/// bench -p brunt --bench verdicts`).
const LEFT_OUT: f64 = 0.25;

/// The chances of at least and of at most this number of successes.
pub(super) fn both_tails(successes: f64, trials: f64, chance: f64, erring: Erring) -> (f64, f64) {
    let tail = |successes| tail_of_effective(successes, trials, chance);
    let (from, above) = (tail(successes), tail(successes + 1.0));
    let left_out = if erring == Erring::About { LEFT_OUT * (from - above) } else { 0.0 };
    (from - left_out, 1.0 - above - left_out)
}

/// The least and the greatest chance that the successes are consistent with: those at which at least, and at most, this
/// number has the chance `error` (Clopper & Pearson, *Biometrika* 26, 1934).
pub(super) fn chance_bounds(successes: f64, trials: f64, error: f64, erring: Erring) -> (f64, f64) {
    let tails = |chance: f64| both_tails(successes, trials, chance, erring);
    let low = if successes <= 0.0 { 0.0 } else { chance_at(|chance| tails(chance).0 < error) };
    let high = if successes >= trials { 1.0 } else { chance_at(|chance| tails(chance).1 > error) };
    (low, high)
}

/// The chance up to which `holds` is true, by halving.
fn chance_at(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22), which converges fast
/// where x is less than (a + 1)/(a + b + 2); elsewhere by its complement.
pub(super) fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    (front.exp() / a * continued_fraction(x, a, b)).clamp(0.0, 1.0)
}

/// The continued fraction, by the modified method of Lentz (Thompson and Barnett 1986).
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let not_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for term in [even, odd] {
            d = 1.0 / not_zero(1.0 + term * d);
            c = not_zero(1.0 + term / c);
            step = c * d;
            product *= step;
        }
        if (step - 1.0).abs() < 1e-14 {
            break;
        }
    }
    product
}

/// The logarithm of Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) from 10 on, where it is exact to 1e-13, and the
/// recurrence below.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let square = (x * x).recip();
    let series = (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1_260.0 - square / 1_680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - f64::ln(product)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The sum of the probabilities, term by term.
    fn summed(successes: u64, trials: u64, chance: f64) -> f64 {
        let mut term = (1.0 - chance).powi(trials as i32);
        let mut sum = 0.0;
        for k in 0..=trials {
            if k >= successes {
                sum += term;
            }
            term *= (trials - k) as f64 / (k + 1) as f64 * chance / (1.0 - chance);
        }
        sum
    }

    #[test]
    fn bounds_are_those_of_the_tables() {
        for (successes, trials, bound) in [
            (100, 100, 0.970_487),
            (1, 1, 0.05),
            (9, 10, 0.605_836),
            (5, 10, 0.222_441),
            (99, 100, 0.953_440),
            (0, 7, 0.0),
        ] {
            let found = at_least(successes, trials).unwrap();
            assert!((found - bound).abs() < 1e-6, "{successes} of {trials}: {found}");
        }
        assert_eq!(at_least(0, 0), None);
        let many = at_least(999_000, 1_000_000).unwrap();
        assert!((0.998_94..0.998_95).contains(&many), "{many}");
    }

    #[test]
    fn both_ends_of_the_interval_are_those_of_the_tables() {
        let (low, high) = chance_bounds(5.0, 10.0, 0.025, Erring::AtMost);
        assert!((low - 0.187_086).abs() < 1e-6 && (high - 0.812_914).abs() < 1e-6, "{low} {high}");
        let (low, high) = chance_bounds(0.0, 100.0, 0.05, Erring::AtMost);
        assert!(low == 0.0 && (high - 0.029_513).abs() < 1e-6, "{high}");
        assert_eq!(chance_bounds(7.0, 7.0, 0.05, Erring::AtMost).1, 1.0);
    }

    #[test]
    fn what_errs_about_so_often_is_narrower_than_what_does_at_most() {
        let (low, high) = chance_bounds(5.0, 10.0, 0.025, Erring::About);
        let (least, most) = chance_bounds(5.0, 10.0, 0.025, Erring::AtMost);
        assert!(least < low && high < most && (low + high - 1.0).abs() < 1e-9, "{low} {high}");
        // None of a hundred: three quarters of (1 − p)^100 are the error.
        let (low, high) = chance_bounds(0.0, 100.0, 0.03, Erring::About);
        assert!(low == 0.0 && (high - (1.0 - 0.04_f64.powf(0.01))).abs() < 1e-9, "{high}");
        assert_eq!(chance_bounds(7.0, 7.0, 0.05, Erring::About).1, 1.0);
    }

    proptest! {
        #[test]
        fn the_tail_is_the_sum_of_its_terms(trials in 1_u64..200, share in 0.0_f64..=1.0, chance in 0.05_f64..0.95) {
            let successes = (share * trials as f64) as u64;
            let (found, sum) = (upper_tail(successes, trials, chance), summed(successes, trials, chance));
            prop_assert!((found - sum).abs() < 1e-9, "{found} {sum}");
        }

        #[test]
        fn at_the_bound_as_many_successes_have_a_chance_of_one_in_twenty(
            trials in 1_u64..100_000,
            share in 0.0_f64..=1.0,
        ) {
            let successes = ((share * trials as f64) as u64).max(1);
            let bound = at_least(successes, trials).unwrap();
            prop_assert!((upper_tail(successes, trials, bound) - ALPHA).abs() < 1e-6);
            prop_assert!(bound <= successes as f64 / trials as f64);
        }

        #[test]
        fn more_successes_and_more_trials_support_more(trials in 2_u64..10_000, share in 0.0_f64..1.0) {
            let successes = (share * trials as f64) as u64;
            let of = |successes, trials| at_least(successes, trials).unwrap();
            prop_assert!(of(successes + 1, trials) > of(successes, trials));
            prop_assert!(of(10 * successes, 10 * trials) >= of(successes, trials));
        }
    }
}

//! What a verdict on growth says: the class in words, why a class is missed or open, and what would settle it.

use super::bound::{Bound, Finding};
use super::{Exponent, Growing};
use crate::judge::show;
use brunt_plan::target::Growth;
use std::fmt::Write as _;

/// The factor over the top that is worth a word although the class holds.
const NOTABLE: f64 = 1.1;

impl Growing {
    /// The class, and those that can be true as well: `n log n (n not excluded)`.
    pub(crate) fn text(&self) -> String {
        let Some(best) = self.best else { return self.between() };
        let others: Vec<&str> =
            self.candidates.iter().filter(|class| **class != best).map(|class| class_name(*class)).collect();
        match others.split_last() {
            None => class_name(best).to_owned(),
            Some((last, [])) => format!("{} ({last} not excluded)", class_name(best)),
            Some((last, before)) => {
                format!("{} ({} and {last} not excluded)", class_name(best), before.join(", "))
            }
        }
    }

    fn between(&self) -> String {
        match self.candidates.as_slice() {
            [low, .., high] => format!("between {} and {}", class_name(*low), class_name(*high)),
            _ => format!("faster than {}", class_name(Growth::Cubic)),
        }
    }

    /// `exponent 1.08, 0.87..1.13`
    fn exponent_text(&self) -> String {
        let Exponent { value, low, high } = self.exponent;
        format!("exponent {value:.2}, {low:.2}..{high:.2}")
    }

    /// What the reader should know although the class holds: the cost rises above it by what the machine adds.
    pub(super) fn why_it_holds(&self, bound: &Bound) -> Option<String> {
        (bound.factor >= NOTABLE).then(|| {
            format!(
                "from {} to {} the cost rises {:.1} times above {}: up to {:.1} times are left to caches",
                self.top_from(),
                self.top_to(),
                bound.factor,
                class_name(bound.class),
                (bound.allowed * (self.top.1 / self.top.0).ln()).exp(),
            )
        })
    }

    /// How a target that asks for at most the bound's class is missed.
    pub(super) fn why_it_is_missed(&self, bound: &Bound) -> String {
        let mut text = format!("it grows as {}, which is not {}", self.text(), class_name(bound.class));
        let _ = write!(text, " ({}", self.exponent_text());
        if let Some(r_squared) = self.r_squared() {
            let _ = write!(text, ", R² {r_squared:.4}");
        }
        let _ = write!(
            text,
            "): from {} to {} the cost rises {:.1} times above it, more than caches explain",
            self.top_from(),
            self.top_to(),
            bound.factor,
        );
        text
    }

    /// How a target that asks for more than the bound's class is missed.
    pub(super) fn why_it_is_slow(&self, class: Growth) -> String {
        format!(
            "it grows as {}, which is not faster than {} ({})",
            self.text(),
            class_name(class),
            self.exponent_text()
        )
    }

    /// Why it cannot be told whether the bound's class holds, and what would settle it.
    pub(super) fn why_it_is_open(&self, bound: &Bound) -> String {
        let class = class_name(bound.class);
        let exponent = self.exponent_text();
        match bound.finding {
            Finding::Noisy => format!(
                "the figures do not exclude that it grows faster than {class} ({exponent}); {}",
                self.how_to_quieten(bound)
            ),
            Finding::Outgrown if bound.factor.ln() <= bound.allowed * (self.top.1 / self.top.0).ln() => format!(
                "the figures fit {} ({exponent}), which grows faster than {class}, though not by more than caches may \
                 add; {}",
                self.text(),
                self.which_holds()
            ),
            _ => format!(
                "from {} to {} the cost rises {:.1} times above {class} ({exponent}), which caches or a part that \
                 grows faster may cause; measure sizes up to {}: caches level off there, and growth goes on. {}",
                self.top_from(),
                self.top_to(),
                bound.factor,
                show::count((self.top.1 * 10.0).round() as u64),
                self.which_holds(),
            ),
        }
    }

    fn how_to_quieten(&self, bound: &Bound) -> String {
        let known = format!(
            "the rise from {} to {} is known to {:.0} % only",
            self.top_from(),
            self.top_to(),
            bound.error * 100.0
        );
        let of_samples = (bound.error.powi(2) - self.least_error.powi(2)).max(0.0);
        let left = bound.error_allowed.powi(2) - self.least_error.powi(2);
        if left > 0.0 {
            let times = (of_samples / left).ceil().max(2.0);
            return format!(
                "{known}: measure {} times as many iterations, or on a quieter machine",
                show::count(times as u64)
            );
        }
        let sizes = (bound.error / bound.error_allowed).powi(2).ceil().clamp(2.0, 8.0);
        format!("{known}: measure {sizes} times as many sizes from {} to {}", self.top_from(), self.top_to())
    }

    fn which_holds(&self) -> String {
        match self.bounds.iter().find(|bound| bound.finding == Finding::Holds) {
            Some(holds) => format!("`<= {}` holds", holds.class),
            None => "no class holds so far".to_owned(),
        }
    }

    fn top_from(&self) -> String {
        show::count(self.top.0 as u64)
    }

    fn top_to(&self) -> String {
        show::count(self.top.1 as u64)
    }
}

/// The class as people write it. In backticks it is what a target says instead, which the compiler must read: `n_log_n`.
pub(crate) const fn class_name(class: Growth) -> &'static str {
    match class {
        Growth::Constant => "1",
        Growth::Logarithmic => "log n",
        Growth::Linear => "n",
        Growth::Linearithmic => "n log n",
        Growth::Quadratic => "n²",
        Growth::Cubic => "n³",
    }
}

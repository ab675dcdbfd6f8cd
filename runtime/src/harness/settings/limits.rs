//! The settings `targets` (replaces declared targets of the same measure, or adds to them) and `slack` (factor that
//! widens limits of times and rates).

use super::model::Entry;
use crate::error::Error;
use brunt_plan::{Dimension, Level, Target, check, parse};

const TARGETS: &str = "targets";
pub(crate) const SLACK: &str = "slack";
/// Largest `slack`; wider limits would judge nothing.
const WIDEST: f64 = 1000.0;
/// Both keys.
pub(super) const KEYS: [&str; 2] = [TARGETS, SLACK];

/// Whether the entry has one of these keys, and is no option of the plan.
pub(crate) fn is_one(entry: &Entry) -> bool {
    KEYS.contains(&entry.key.as_str())
}

/// Checks the value independently of a test.
///
/// # Errors
/// The mistake in the value, with its place.
pub(super) fn check_entry(entry: &Entry) -> Result<(), Error> {
    if entry.key == SLACK { read_factor(entry).map(|_| ()) } else { read_targets(entry).map(|_| ()) }
}

/// The targets of an entry.
///
/// # Errors
/// The first mistake, with its place.
pub(crate) fn read_targets(entry: &Entry) -> Result<Vec<Target>, Error> {
    let (targets, mistakes) = parse::targets(Level::Target, &entry.value);
    match mistakes.into_iter().next() {
        Some(mistake) => Err(Error::Setting { place: entry.place.clone(), message: mistake.message }),
        None if targets.is_empty() => Err(entry.wrong("targets, as in `targets = [\"p95 < 300ms\"]`")),
        None => {
            let targets: Vec<Target> = targets.into_iter().map(|(target, _)| target).collect();
            match check::disagreement(&targets) {
                Some(message) => Err(Error::Setting { place: entry.place.clone(), message }),
                None => Ok(targets),
            }
        }
    }
}

/// The factor of an entry.
///
/// # Errors
/// The expected form of the value, with its place.
pub(crate) fn read_factor(entry: &Entry) -> Result<f64, Error> {
    let wanted = || entry.wrong("a factor above zero, at most 1000, as in `slack = \"3x\"`");
    let quantity = parse::quantity(entry.value.trim()).map_err(|_| wanted())?;
    let is_factor = quantity.dimension() == Dimension::Factor && quantity.value > 0.0;
    if is_factor && quantity.value <= WIDEST { Ok(quantity.value) } else { Err(wanted()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bad_values_say_what_is_wanted() {
        for (key, value, wanted) in [
            ("slack", "3", "`3`: wanted a factor above zero, at most 1000, as in `slack = \"3x\"`"),
            ("slack", "0x", "wanted a factor above zero"),
            ("slack", "3ms", "wanted a factor above zero"),
            ("targets", "p95 < 3 ms,p95 <", "wanted"),
            ("targets", "p59 < 3ms,troughput > 1/s", "did you mean `throughput`?"),
            ("slack", "1e300x", "at most 1000"),
            ("targets", "p95 < 1s, p95 > 2s", "`p95 > 2s` contradicts `p95 < 1s`"),
            ("targets", "p95 < 1s, p95 < 1s", "declared twice"),
            ("targets", "", "as in `targets = [\"p95 < 300ms\"]`"),
        ] {
            let place = format!(".config/brunt.toml:3 ({key})");
            let entry = Entry { place, key: key.to_owned(), value: value.to_owned() };
            let error = check_entry(&entry).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains(".config/brunt.toml:3"), "{error}");
        }
    }
}

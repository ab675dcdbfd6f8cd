//! "Did you mean": the known name nearest to an unknown one.

use strsim::damerau_levenshtein;

/// The candidate nearest to the word; `None` if none is near enough to be meant.
pub fn nearest_word<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= spelling_tolerance(word, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The number of letters that may differ: a third of the longer word, so that short words must be nearly equal.
fn spelling_tolerance(word: &str, candidate: &str) -> usize {
    word.chars().count().max(candidate.chars().count()) / 3
}

/// Whether one letter is missing, added, changed or swapped with its neighbour.
pub fn differs_by_a_letter(word: &str, known: &str) -> bool {
    damerau_levenshtein(word, known) == 1
}

/// Whether the word is surely a slip for the known name: one letter differs. Pairs such as `read1` and `read2` or
/// `write` and `writes` are not counted, as both may be names.
pub(crate) fn is_slip(word: &str, known: &str) -> bool {
    let stem = |text: &str| text.trim_end_matches(|c: char| c.is_ascii_digit() || c == 's' || c == '_').to_owned();
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    word.chars().count() >= 4
        && damerau_levenshtein(word, known) == 1
        && stem(word) != stem(known)
        && letters(word) != letters(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_nothing_far_off() {
        let known = ["users", "iterations", "duration", "rate"];
        assert_eq!(nearest_word("usres", known), Some("users"));
        assert_eq!(nearest_word("duraton", known), Some("duration"));
        assert_eq!(nearest_word("itertions", known), Some("iterations"));
        assert_eq!(nearest_word("Rate", known), Some("rate"));
        assert_eq!(nearest_word("color", known), None);
    }

    #[test]
    fn numbered_names_and_plurals_are_no_slips() {
        assert!(is_slip("spik", "spike"));
        assert!(is_slip("basline", "baseline"));
        for (word, known) in [("read1", "read2"), ("write", "writes"), ("spike", "spike"), ("abc", "abd")] {
            assert!(!is_slip(word, known), "{word} {known}");
        }
    }
}

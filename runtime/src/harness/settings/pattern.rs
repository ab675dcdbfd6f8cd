//! Name patterns of the configuration: `*` stands for any text, everything else for itself.

/// Whether the whole name matches.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        // Matching at the earliest position leaves the most text for the rest of the pattern.
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, wanted) in [
            ("spike", "spike", true),
            ("spike", "spikes", false),
            ("*", "", true),
            ("*", "load::spike", true),
            ("load::*", "load::spike", true),
            ("load::*", "stress::spike", false),
            ("*spike", "load::spike", true),
            ("*spike", "load::spikes", false),
            ("*::sp*ke", "load::spike", true),
            ("a*b*b", "ab", false),
            ("a*b*b", "abb", true),
            ("a*a", "a", false),
            ("*x*", "load", false),
        ] {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
    }
}

//! Figures with their units, and their texts for people: `62.1 ms`, `99.2 %`, `1,250/s`, `3.4 MiB`.

use brunt_plan::Dimension;
use brunt_plan::target::Growth;
use std::time::Duration;

/// The significant digits that a reader needs; more are shown only where fewer would hide a difference.
const DIGITS: i32 = 3;
const MOST_DIGITS: i32 = 9;

/// A number and what it measures, in the base unit of its dimension (nanoseconds, a fraction of one, per second,
/// bytes, bytes per second). Always finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figure {
    /// The number.
    pub(crate) value: f64,
    /// What it measures.
    pub(crate) dimension: Dimension,
}

/// The limit that a figure was compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    /// The lowest value that holds, where there is one.
    pub(crate) low: Option<f64>,
    /// The highest value that holds, where there is one.
    pub(crate) high: Option<f64>,
    /// The limit as written; a relative one with its resulting figure: `3x baseline.mean (3 × 4.1 ms)`.
    pub(crate) text: String,
}

/// The classes of growth, slowest first.
pub(crate) const CLASSES: [Growth; 6] =
    [Growth::Constant, Growth::Logarithmic, Growth::Linear, Growth::Linearithmic, Growth::Quadratic, Growth::Cubic];

/// Describes a figure with its unit.
pub(crate) fn describe_figure(figure: Figure) -> String {
    with_digits(figure, DIGITS)
}

/// Describes a figure with enough digits to distinguish it from the limit: 99.96 % beside `> 99.99%`, not 100 %.
pub(crate) fn describe_observed(figure: Figure, limit: Option<&Bound>) -> String {
    let ends: Vec<f64> = limit.map(|bound| bound.low.into_iter().chain(bound.high).collect()).unwrap_or_default();
    let decimal = limit.is_some_and(|bound| is_decimal_size(&bound.text));
    let shown = |figure: Figure, digits: i32| match figure.dimension {
        Dimension::Size if decimal => describe_scaled(figure.value, digits, &DECIMAL_SIZES),
        Dimension::Flow if decimal => format!("{}/s", describe_scaled(figure.value, digits, &DECIMAL_SIZES)),
        _ => with_digits(figure, digits),
    };
    let told_apart = |digits: &i32| {
        let text = shown(figure, *digits);
        ends.iter().all(|end| *end == figure.value || shown(Figure { value: *end, ..figure }, *digits) != text)
    };
    let digits = (DIGITS..=MOST_DIGITS).find(told_apart).unwrap_or(MOST_DIGITS);
    shown(figure, digits)
}

/// Whether a limit is written in units of a thousand: a figure beside `5MB` is shown in MB, not in MiB.
fn is_decimal_size(limit: &str) -> bool {
    let end = limit.rsplit("..").next().unwrap_or(limit);
    let symbol = end.trim_start_matches(|c: char| !c.is_alphabetic()).split('/').next().unwrap_or_default();
    DECIMAL_SIZES.iter().any(|(_, known)| *known == symbol && *known != "B")
}

/// Describes a time in nanoseconds.
pub(crate) fn describe_time(nanoseconds: f64) -> String {
    describe_figure(Figure { value: nanoseconds, dimension: Dimension::Time })
}

/// Describes a whole number with its thousands separated: `20,000`.
pub(crate) fn describe_count(count: u64) -> String {
    group_thousands(&count.to_string())
}

/// Describes a share: 0.992 is `99.2 %`.
pub(crate) fn describe_share(share: f64) -> String {
    describe_figure(Figure { value: share, dimension: Dimension::Share })
}

/// Describes the share of a limit that is left. Unlike other shares it may be rounded to 0 % or 100 %, as that misleads
/// nobody.
pub(crate) fn describe_margin(share: f64) -> String {
    format!("{} %", significant_digits(share * 100.0, DIGITS))
}

/// Describes a rate: 1250 is `1,250/s`.
pub(crate) fn describe_rate(per_second: f64) -> String {
    describe_figure(Figure { value: per_second, dimension: Dimension::Rate })
}

/// Describes a stretch of the test as the language writes it: `10s..20s`.
pub(crate) fn describe_stretch(start: Duration, end: Duration) -> String {
    let seconds = |at: Duration| significant_digits(at.as_secs_f64(), 6).replace(',', "");
    format!("{}s..{}s", seconds(start), seconds(end))
}

/// The name of a dimension.
pub(crate) fn dimension_name(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Count => "a plain number",
        Dimension::Time => "a time",
        Dimension::Share => "a share",
        Dimension::Rate => "a rate",
        Dimension::Size => "a size",
        Dimension::Flow => "a size per time",
        Dimension::Factor => "a factor",
    }
}

fn with_digits(Figure { value, dimension }: Figure, digits: i32) -> String {
    match dimension {
        Dimension::Count => significant_digits(value, digits),
        Dimension::Share => describe_percent(value, digits),
        Dimension::Rate => format!("{}/s", significant_digits(value, digits)),
        Dimension::Factor => format!("{}x", significant_digits(value, digits)),
        Dimension::Time => describe_scaled(value, digits, &TIMES),
        Dimension::Size => describe_scaled(value, digits, &SIZES),
        Dimension::Flow => format!("{}/s", describe_scaled(value, digits, &SIZES)),
    }
}

/// Describes a share in percent. A share is never rounded to all or nothing: 4,999 of 5,000 are 99.98 %, not 100 %.
fn describe_percent(share: f64, digits: i32) -> String {
    if share > 0.0 && share < LEAST_SHARE {
        return format!("< {} %", significant_digits(LEAST_SHARE * 100.0, 1));
    }
    let text = |digits: &i32| format!("{} %", significant_digits(share * 100.0, *digits));
    if !(0.0..1.0).contains(&share) {
        return text(&digits);
    }
    let is_rounded_up = |text: &String| text == "100 %";
    (digits..=MOST_DIGITS)
        .map(|digits| text(&digits))
        .find(|text| !is_rounded_up(text))
        .unwrap_or_else(|| format!("> {} %", significant_digits((1.0 - LEAST_SHARE) * 100.0, MOST_DIGITS)))
}

/// The least share that can be measured; a smaller one is the rounding error of a sum of fractions.
const LEAST_SHARE: f64 = 1e-9;

const TIMES: [(f64, &str); 6] = [(3_600e9, "h"), (120e9, "min"), (1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
const SIZES: [(f64, &str); 4] = [(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1_024.0, "KiB"), (1.0, "B")];

const DECIMAL_SIZES: [(f64, &str); 4] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];

fn describe_scaled(value: f64, digits: i32, units: &[(f64, &str)]) -> String {
    let fits = units.iter().find(|(least, _)| value.abs() >= *least);
    let Some((least, symbol)) = fits.or(units.last()) else { return significant_digits(value, digits) };
    // Minutes are used from two minutes on, and a minute is still 60 seconds.
    let one = if *symbol == "min" { 60e9 } else { *least };
    format!("{} {symbol}", significant_digits(value / one, digits))
}

/// The class of growth with this word of the language, `n_log_n`, as people write it: `n log n`.
pub(crate) fn class_of_word(word: &str) -> &str {
    match CLASSES.into_iter().find(|class| class.to_string() == word) {
        Some(class) => class_name(class),
        None => word,
    }
}

/// The class as people write it. In a target, and so in backticks, it is written as the compiler can read it:
/// `n_log_n`.
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

/// Writes a number with `digits` significant digits, no trailing zeros, and thousands separated; whole digits are never
/// rounded away.
fn significant_digits(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (digits - 1 - magnitude).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    group_thousands(text)
}

/// Shortens a text to `most` characters, the last of them `…` where there were more.
pub(crate) fn shorten_text(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// The first line of a message, of at most `most` characters; it ends with `…` where the message goes on.
pub(crate) fn first_line(message: &str, most: usize) -> String {
    let message = message.trim_end();
    match message.split_once('\n') {
        None => shorten_text(message, most),
        Some((line, _)) => shorten_text(&format!("{}…", line.trim_end()), most),
    }
}

fn group_thousands(number: &str) -> String {
    let (whole, rest) = number.find('.').map_or((number, ""), |dot| number.split_at(dot));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut text = String::with_capacity(number.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(value: f64, dimension: Dimension) -> String {
        describe_figure(Figure { value, dimension })
    }

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(of(12_345_678.0, Dimension::Time), "12.3 ms");
        assert_eq!(of(850.0, Dimension::Time), "850 ns");
        assert_eq!(of(1_500.0, Dimension::Time), "1.5 µs");
        assert_eq!(of(90e9, Dimension::Time), "90 s");
        assert_eq!(of(150e9, Dimension::Time), "2.5 min");
        assert_eq!(of(0.992, Dimension::Share), "99.2 %");
        assert_eq!(of(1_250.4, Dimension::Rate), "1,250/s");
        assert_eq!(of(0.5, Dimension::Rate), "0.5/s");
        assert_eq!(of(3.4 * 1_048_576.0, Dimension::Size), "3.4 MiB");
        assert_eq!(of(2_048.0, Dimension::Flow), "2 KiB/s");
        assert_eq!(of(-2_048.0, Dimension::Size), "-2 KiB");
        assert_eq!(of(0.0, Dimension::Count), "0");
        assert_eq!(of(1_234_567.0, Dimension::Count), "1,234,567");
        assert_eq!(describe_count(20_000), "20,000");
        assert_eq!(describe_stretch(Duration::from_secs(1_200), Duration::from_millis(1_204_500)), "1200s..1204.5s");
    }

    #[test]
    fn a_size_is_shown_in_the_units_of_its_limit() {
        let size = Figure { value: 5_400_000.0, dimension: Dimension::Size };
        let flow = Figure { dimension: Dimension::Flow, ..size };
        let bound = |text: &str| Bound { low: None, high: Some(5e6), text: text.to_owned() };
        for (figure, limit, wanted) in [
            (size, "5MB", "5.4 MB"),
            (size, "1kB..2kB", "5.4 MB"),
            (size, "5MiB", "5.15 MiB"),
            (size, "5000000B", "5.15 MiB"),
            (flow, "5MB/s", "5.4 MB/s"),
            (flow, "5MiB/h", "5.15 MiB/s"),
        ] {
            assert_eq!(describe_observed(figure, Some(&bound(limit))), wanted, "{limit}");
        }
        assert_eq!(describe_observed(size, None), "5.15 MiB");
    }

    #[test]
    fn no_share_is_rounded_to_all_or_nothing() {
        for (share_of, wanted) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (4_999.0 / 5_000.0, "99.98 %"),
            (9_999_999.0 / 10_000_000.0, "99.99999 %"),
            (1.0 - 1e-16, "> 99.9999999 %"),
            (0.000_123, "0.0123 %"),
            (1e-12, "< 0.0000001 %"),
            (0.999, "99.9 %"),
            (2.5, "250 %"),
            (-0.9996, "-100 %"),
        ] {
            assert_eq!(describe_share(share_of), wanted, "{share_of}");
        }
    }

    proptest! {
        #[test]
        fn one_failure_is_seen_in_the_share_of_successes(all in 1_u64..1_000_000_000, failed in 1_u64..3) {
            let failed = failed.min(all);
            let shown = describe_share((all - failed) as f64 / all as f64);
            prop_assert!(!shown.starts_with("100"), "{shown}");
            prop_assert!(failed == all || shown != "0 %");
        }
    }

    #[test]
    fn what_is_cut_ends_with_an_ellipsis() {
        for (message, most, wanted) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("abc\n", 3, "abc"),
            ("abc\nmore", 10, "abc…"),
            ("abc\r\nmore", 4, "abc…"),
            ("abc\nmore", 3, "ab…"),
            ("äöüß", 3, "äö…"),
            ("", 3, ""),
        ] {
            assert_eq!(first_line(message, most), wanted, "{message:?} {most}");
        }
    }

    #[test]
    fn a_miss_never_looks_like_the_limit() {
        let limit = Bound { low: Some(0.9999), high: None, text: "99.99%".to_owned() };
        let figure = Figure { value: 0.99985, dimension: Dimension::Share };
        assert_eq!(describe_observed(figure, Some(&limit)), "99.98 %");
        assert_eq!(describe_observed(Figure { value: 0.9999, ..figure }, Some(&limit)), "99.99 %");
        assert_eq!(describe_observed(Figure { value: 0.5, ..figure }, Some(&limit)), "50 %");
    }
}

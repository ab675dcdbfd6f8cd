//! Lines of a label and a text, wrapped and coloured.

/// The style of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether the text is coloured.
    pub(crate) color: bool,
    /// The number of columns.
    pub(crate) width: usize,
}

/// The most characters of a name that are shown.
pub(super) const NAME: usize = 60;
/// The columns of a label, with its indent.
const LABEL: usize = 11;
/// The narrowest layout, in columns.
const NARROWEST: usize = 40;

/// The tone of a text, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Unsure,
    Faint,
    Strong,
}

/// A text to which lines are added.
pub(super) struct Page {
    style: Style,
    pub(super) text: String,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        Self { style, text: String::new() }
    }

    /// The columns for the text of a row.
    pub(super) fn room(&self) -> usize {
        self.style.width.max(NARROWEST) - LABEL
    }

    /// The text in the colour of its tone, if the style has colours.
    pub(super) fn toned(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Unsure => "33",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
        if self.style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The columns of a line.
    pub(super) fn width(&self) -> usize {
        self.style.width.max(NARROWEST)
    }

    /// Adds `✓ pass  name` with the place at the right, or below it where there is no room.
    pub(super) fn title(&mut self, tone: Tone, word: &str, name: &str, place: &str) {
        let used = text_width(word) + 2 + text_width(name) + text_width(place);
        let gap = self.style.width.checked_sub(used).filter(|gap| *gap >= 2);
        let (word, name) = (self.toned(tone, word), self.toned(Tone::Strong, name));
        match gap {
            Some(gap) => {
                let place = self.toned(Tone::Faint, place);
                self.line(&format!("{word}  {name}{}{place}", " ".repeat(gap)));
            }
            None => {
                self.line(&format!("{word}  {name}"));
                self.row("at", place);
            }
        }
    }

    /// Adds a labelled text, wrapped between words; nothing where the text is empty.
    pub(super) fn row(&mut self, label: &str, text: &str) {
        let room = self.room();
        let lines = text.lines().flat_map(|line| wrap_text(line, room));
        for (i, line) in lines.collect::<Vec<_>>().into_iter().enumerate() {
            self.labelled(if i == 0 { label } else { "" }, &line);
        }
    }

    /// Adds a labelled line without wrapping it.
    pub(super) fn labelled(&mut self, label: &str, line: &str) {
        let label = self.toned(Tone::Faint, &format!("  {label:<0$}", LABEL - 2));
        self.line(&format!("{label}{line}"));
    }

    /// Adds a line without wrapping it.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// How many columns a text takes. Every character that brunt itself prints takes one column.
pub(super) fn text_width(text: &str) -> usize {
    text.chars().count()
}

/// Wraps the text between words into lines of at most `room` columns; a longer word stays whole.
pub(super) fn wrap_text(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in split_words(text) {
        match lines.last_mut() {
            Some(line) if text_width(line) + 1 + text_width(&word) <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Splits a text into words. A figure forms one word with its unit and its name, so that no line begins with `ms`.
fn split_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last_mut() {
            Some(before) if is_with(before, word) => {
                before.push(' ');
                before.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Whether the word must be on the same line as the word before it.
fn is_with(before: &str, word: &str) -> bool {
    const UNITS: [&str; 14] = ["ns", "µs", "ms", "s", "min", "h", "%", "B", "KiB", "MiB", "GiB", "kB", "MB", "GB"];
    const STATISTICS: [&str; 3] = ["min", "mean", "max"];
    let begins_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
    if matches!(word, "·" | "×") {
        return true;
    }
    if before.ends_with(|c: char| c.is_ascii_digit()) {
        let symbol = word.split(|c: char| !c.is_alphabetic() && c != '%').next().unwrap_or_default();
        if UNITS.contains(&symbol) {
            return true;
        }
    }
    let is_percentile = before.strip_prefix('p').is_some_and(|rest| rest.parse::<f64>().is_ok());
    begins_with_digit && (is_percentile || STATISTICS.contains(&before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_stays_with_its_unit_and_its_name() {
        let text = "mean 1.29 ms · p99.9 9.25 ms · max 9.31 ms (2,832 samples, 6.8 ms..9.73 ms with 95 % confidence)";
        for room in 10..60 {
            let lines = wrap_text(text, room);
            assert_eq!(lines.join(" "), text, "nothing is lost at {room}");
            let begins_badly =
                |line: &String| ["·", "ms", "%", "1.29", "9.25"].iter().any(|part| line.starts_with(part));
            assert!(!lines.iter().any(begins_badly), "{lines:?}");
            assert!(lines.iter().all(|line| text_width(line) <= room.max(17)), "{room} {lines:?}");
        }
        assert_eq!(
            wrap_text("see https://example.org/long/and/whole ok", 12),
            ["see", "https://example.org/long/and/whole", "ok"]
        );
    }
}

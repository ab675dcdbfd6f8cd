//! Lines of a label and a text, wrapped and coloured. It knows nothing of what they say.

use super::Style;

/// Columns of a label, with the indent before it.
const LABEL: usize = 11;
/// Narrower than this nothing can be laid out.
const NARROWEST: usize = 40;

/// What a text is to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Unsure,
    Faint,
    Strong,
}

/// A text that grows by lines.
pub(super) struct Page {
    style: Style,
    pub(super) text: String,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        Self { style, text: String::new() }
    }

    /// Columns for the text of a row.
    pub(super) fn room(&self) -> usize {
        self.style.width.max(NARROWEST) - LABEL
    }

    /// The text in its colours, where there are colours.
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

    /// `✓ pass  name` and, at the right, the place.
    pub(super) fn title(&mut self, tone: Tone, word: &str, name: &str, place: &str) {
        let used = width(word) + 2 + width(name) + width(place);
        let gap = " ".repeat(self.style.width.saturating_sub(used).max(2));
        let (word, name) = (self.toned(tone, word), self.toned(Tone::Strong, name));
        let place = self.toned(Tone::Faint, place);
        self.line(&format!("{word}  {name}{gap}{place}"));
    }

    /// A labelled text, wrapped between words; nothing where the text is empty.
    pub(super) fn row(&mut self, label: &str, text: &str) {
        let room = self.room();
        let lines = text.lines().flat_map(|line| wrapped(line, room));
        for (i, line) in lines.collect::<Vec<_>>().into_iter().enumerate() {
            self.labelled(if i == 0 { label } else { "" }, &line);
        }
    }

    /// A labelled line as it is.
    pub(super) fn labelled(&mut self, label: &str, line: &str) {
        let label = self.toned(Tone::Faint, &format!("  {label:<0$}", LABEL - 2));
        self.line(&format!("{label}{line}"));
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// How many columns a text takes. What brunt prints itself is one column a character.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text in lines of at most so many columns, broken between words; a longer word stays whole.
pub(super) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

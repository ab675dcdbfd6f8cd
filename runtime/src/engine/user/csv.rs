//! Feeds from CSV files, as specified by RFC 4180.

use super::feed::Feed;
use crate::failure::Failed;
use encoding_rs::{Encoding, UTF_8};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A row of a CSV file, with fields by the names of their columns.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<csv::StringRecord>,
    fields: csv::StringRecord,
}

impl Row {
    /// Returns the field of a column as it stands in the file: spaces belong to it, the quotes around it do not.
    ///
    /// # Errors
    /// There is no such column; the message lists the columns.
    pub fn get(&self, column: &str) -> Result<&str, Failed> {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.fields.get(at)).ok_or_else(|| {
            let columns = self.columns.iter().collect::<Vec<_>>().join("`, `");
            Failed::new(Feed::<Self>::DRY, format_args!("there is no column `{column}`: there are `{columns}`"))
        })
    }
}

impl Feed<Row> {
    /// Reads the rows of a CSV file with commas, in UTF-8 (or in the encoding that its byte order mark names), whose
    /// first line names the columns. The path is the feed's name. [`Csv`] reads other files.
    ///
    /// # Errors
    /// The same as those of [`Csv::read`].
    pub fn csv(path: impl Into<PathBuf>) -> Result<Self, Failed> {
        Csv::new(path).read()
    }
}

/// A CSV file with another delimiter than commas, or another encoding than UTF-8.
///
/// ```no_run
/// # fn setup() -> brunt::Result<brunt::Feed<brunt::Row>> {
/// let accounts = brunt::Csv::new("tests/accounts.csv").delimiter(';').encoding("windows-1252").read()?;
/// # Ok(accounts)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    path: PathBuf,
    delimiter: char,
    encoding: Option<String>,
}

impl Csv {
    /// Describes the file at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), delimiter: ',', encoding: None }
    }

    /// Sets the character between two fields, such as `';'` or `'\t'`; a comma by default.
    pub fn delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Sets the encoding, by a name of the [Encoding Standard](https://encoding.spec.whatwg.org/#names-and-labels):
    /// `windows-1252`, `utf-16le`, `shift_jis`. By default it is the one that the byte order mark of the file names, or
    /// else UTF-8.
    pub fn encoding(mut self, name: impl Into<String>) -> Self {
        self.encoding = Some(name.into());
        self
    }

    /// Reads all rows.
    ///
    /// # Errors
    /// The file cannot be read, is not in its encoding or is no CSV, a quote in it is never closed, or two of its
    /// columns have the same name; the message says where.
    pub fn read(self) -> Result<Feed<Row>, Failed> {
        let bytes = std::fs::read(&self.path).map_err(|error| self.failed(error))?;
        let text = self.text(&bytes)?;
        let delimiter = self.delimiter_byte()?;
        // The reader would take all following text for one field.
        if let Some(line) = open_quote(text.as_bytes(), delimiter) {
            return Err(self.failed(format_args!("the quote that begins a field in line {line} is never closed")));
        }
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let columns = Arc::new(reader.headers().map_err(|error| self.failed(error))?.clone());
        let twice = duplicate_columns(&columns);
        if !twice.is_empty() {
            let twice = twice.join("`, `");
            return Err(self.failed(format_args!("two columns are named `{twice}`: name each once in the first line")));
        }
        let row = |fields| Row { columns: Arc::clone(&columns), fields };
        let rows = reader.into_records().map(|record| record.map(row)).collect::<Result<Vec<_>, _>>();
        let rows = rows.map_err(|error| self.failed(error))?;
        Ok(Feed::new(self.path.display().to_string(), rows))
    }

    fn text(&self, bytes: &[u8]) -> Result<String, Failed> {
        let (marked, mark) = Encoding::for_bom(bytes).unwrap_or((UTF_8, 0));
        let encoding = match &self.encoding {
            None => marked,
            Some(name) => Encoding::for_label(name.as_bytes()).ok_or_else(|| {
                self.failed(format_args!("there is no encoding `{name}`: `utf-8`, `windows-1252`, `utf-16le` are some"))
            })?,
        };
        // The byte order mark of another encoding is text.
        let bytes = if encoding == marked { bytes.get(mark..).unwrap_or_default() } else { bytes };
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        text.map(String::from).ok_or_else(|| {
            let name = encoding.name();
            self.failed(format_args!("it is not in {name}: say in what it is, as `.encoding(\"windows-1252\")`"))
        })
    }

    fn delimiter_byte(&self) -> Result<u8, Failed> {
        let byte = u8::try_from(self.delimiter).ok().filter(u8::is_ascii);
        byte.filter(|byte| !matches!(byte, b'"' | b'\n' | b'\r')).ok_or_else(|| {
            let delimiter = self.delimiter;
            self.failed(format_args!("{delimiter:?} cannot stand between fields: one ASCII character, as ';' or '\\t'"))
        })
    }

    fn failed(&self, what: impl fmt::Display) -> Failed {
        Failed::new(Feed::<Row>::DRY, format_args!("{}: {what}", self.path.display()))
    }
}

/// The line of a quote that is still open at the end of the text. A quote opens a field only at the field's beginning.
fn open_quote(text: &[u8], delimiter: u8) -> Option<usize> {
    let (mut line, mut opened, mut begins) = (1, None, true);
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        line += usize::from(byte == b'\n');
        match (byte, opened) {
            // Two quotes in a row are one that belongs to the field.
            (b'"', Some(_)) if bytes.next_if_eq(&b'"').is_some() => {}
            (b'"', Some(_)) => opened = None,
            (b'"', None) if begins => opened = Some(line),
            _ => {}
        }
        begins = byte == delimiter || matches!(byte, b'\n' | b'\r');
    }
    opened
}

/// The names that several columns share. Columns without a name are left out, because no row can return their fields.
fn duplicate_columns(columns: &csv::StringRecord) -> Vec<&str> {
    let mut names: Vec<&str> = columns.iter().filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    let mut twice: Vec<&str> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    twice.dedup();
    twice
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], with: impl Fn(Csv) -> Csv) -> Result<Feed<Row>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, bytes).unwrap();
        with(Csv::new(path)).read().map_err(|failed| failed.message().to_owned())
    }

    fn first(bytes: &[u8], with: impl Fn(Csv) -> Csv) -> Vec<String> {
        let feed = read(bytes, with).unwrap_or_else(|message| panic!("{message}"));
        let row = feed.next().unwrap();
        row.columns.iter().map(|name| row.get(name).unwrap().to_owned()).collect()
    }

    #[test]
    fn fields_are_as_the_standard_has_them() {
        let quoted = b"name,secret,note\r\n\"Smith, J.\",\"  s3cret \",\"a \"\"b\"\"\nc\"\r\n";
        assert_eq!(first(quoted, |csv| csv), ["Smith, J.", "  s3cret ", "a \"b\"\nc"]);
        assert_eq!(first(b"a,b\n 1 ,\t2\n", |csv| csv), [" 1 ", "\t2"], "spaces belong to a field");
        assert_eq!(first(b"\xEF\xBB\xBFa,b\n1,2\n", |csv| csv), ["1", "2"], "a mark is no part of a name");
        assert_eq!(read(b"a,b\n", |csv| csv).unwrap().len(), 0);
        assert!(read(b"a,b\n1\n", |csv| csv).unwrap_err().contains("line: 2"));
    }

    #[test]
    fn other_delimiters_and_encodings_are_read() {
        assert_eq!(first(b"a;b\n1,5;2\n", |csv| csv.delimiter(';')), ["1,5", "2"]);
        assert_eq!(first(b"a\tb\n1\t2\n", |csv| csv.delimiter('\t')), ["1", "2"]);
        assert_eq!(first(b"a;b\n\xFC;\x80\n", |csv| csv.delimiter(';').encoding("windows-1252")), ["ü", "€"]);
        let utf16: Vec<u8> = "\u{FEFF}a,b\nü,€\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(first(&utf16, |csv| csv), ["ü", "€"], "its mark says it");
        assert_eq!(first(&utf16, |csv| csv.encoding("UTF-16LE")), ["ü", "€"]);
        assert_eq!(first(&utf16[2..], |csv| csv.encoding("utf-16le")), ["ü", "€"]);
    }

    #[test]
    fn mistakes_say_what_is_wrong_and_what_to_do() {
        let told = |bytes: &[u8], with: &dyn Fn(Csv) -> Csv| read(bytes, with).unwrap_err();
        assert!(told(b"id,a,b,a,b,,\n", &|csv| csv).contains("two columns are named `a`, `b`: name each once"));
        assert!(told(b"a\n\xFC\n", &|csv| csv).contains("it is not in UTF-8: say in what it is"));
        assert!(told(b"a\n1\n", &|csv| csv.encoding("latin-9")).contains("there is no encoding `latin-9`"));
        for (open, line) in [("a,b\n1,\"2\n3,4\n", 2), ("a\n1\n\"2\"\"\n", 3), ("\"a,b\n1,2\n", 1)] {
            let said = format!("the quote that begins a field in line {line} is never closed");
            assert!(told(open.as_bytes(), &|csv| csv).contains(&said), "{open:?}");
        }
        assert_eq!(first(b"a,b\n5\" pipe,\"x\"\"\n\"\n", |csv| csv), ["5\" pipe", "x\"\n"], "those that stand within");
        for delimiter in ['"', '\n', '→'] {
            assert!(told(b"a\n1\n", &|csv| csv.delimiter(delimiter)).contains("one ASCII character"));
        }
        let missing = Feed::csv("no/such/file.csv").unwrap_err();
        assert!(missing.message().starts_with("no/such/file.csv: No such file"), "{missing}");
    }

    #[test]
    fn an_unknown_column_lists_those_that_there_are() {
        let feed = read(b"name,secret\nx,y\n", |csv| csv).unwrap();
        let failed = feed.next().unwrap().get("Name").unwrap_err();
        assert_eq!(failed.message(), "there is no column `Name`: there are `name`, `secret`");
    }
}

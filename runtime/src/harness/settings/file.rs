//! The file `.config/brunt.toml`: finding and parsing it into entries with their lines.

use super::model::Entry;
use crate::error::Error;
use brunt_plan::spelling::nearest_word;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Path of the file from the root of a crate or workspace.
const PLACE: &str = ".config/brunt.toml";

/// The content of the file, in its order where order matters.
#[derive(Debug, Default)]
pub(super) struct SettingsFile {
    /// `[profile.NAME]` and its entries.
    pub(super) profiles: Vec<(String, Vec<Entry>)>,
    /// `[[override]]`, in the order written.
    pub(super) overrides: Vec<OverrideTable>,
}

/// One `[[override]]`.
#[derive(Debug)]
pub(super) struct OverrideTable {
    /// The name or pattern of its tests.
    pub(super) name: Entry,
    /// The profile that it is limited to, if any.
    pub(super) profile: Option<Entry>,
    /// The options.
    pub(super) entries: Vec<Entry>,
}

/// The file for a crate: its own, else the nearest one above, up to the root of the workspace.
pub(super) fn find_settings_file(crate_dir: &Path) -> Option<PathBuf> {
    for dir in crate_dir.ancestors() {
        let file = dir.join(PLACE);
        if file.is_file() {
            return Some(file);
        }
        // The root of a workspace has the lock file; a configuration above it belongs to another project.
        if dir.join("Cargo.lock").is_file() || dir.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Reads the file.
pub(super) fn read_settings_file(path: &Path) -> Result<SettingsFile, Error> {
    let text = std::fs::read_to_string(path).map_err(|cause| Error::File { path: path.to_owned(), cause })?;
    parse_settings(&text, &path.display().to_string())
}

/// Parses the text of a file; messages call the file `shown`.
pub(super) fn parse_settings(text: &str, shown: &str) -> Result<SettingsFile, Error> {
    let reader = Reader { text, shown };
    let table = DeTable::parse(text)
        .map_err(|error| reader.wrong(error.span().unwrap_or_default(), error.message().to_owned()))?;
    let mut file = SettingsFile::default();
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "profile" => {
                for (name, profile) in reader.table(value, "`[profile.NAME]`")? {
                    let entries = reader.entries(reader.table(profile, "a table of settings")?)?;
                    file.profiles.push((name.get_ref().to_string(), entries));
                }
            }
            "override" => {
                let list = value.get_ref().as_array();
                let list = list.ok_or_else(|| reader.wrong(value.span(), "`override` is a list: `[[override]]`"))?;
                for item in list {
                    file.overrides.push(reader.override_of(item)?);
                }
            }
            other => {
                let wanted = "wanted `[profile.NAME]` or `[[override]]`";
                return Err(reader.wrong(key.span(), format!("unknown key `{other}`; {wanted}")));
            }
        }
    }
    Ok(file)
}

struct Reader<'a> {
    text: &'a str,
    shown: &'a str,
}

impl Reader<'_> {
    fn place(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        format!("{}:{}", self.shown, before.matches('\n').count() + 1)
    }

    fn wrong(&self, span: Range<usize>, message: impl Into<String>) -> Error {
        Error::Setting { place: self.place(&span), message: message.into() }
    }

    fn table<'t, 'i>(&self, value: &'t Spanned<DeValue<'i>>, wanted: &str) -> Result<&'t DeTable<'i>, Error> {
        let found = value.get_ref().type_str();
        value.get_ref().as_table().ok_or_else(|| self.wrong(value.span(), format!("wanted {wanted}, not a {found}")))
    }

    fn entries(&self, table: &DeTable<'_>) -> Result<Vec<Entry>, Error> {
        table.iter().map(|(key, value)| self.entry(key.get_ref(), key.span(), value)).collect()
    }

    fn entry(&self, key: &str, span: Range<usize>, value: &Spanned<DeValue<'_>>) -> Result<Entry, Error> {
        let shown = format!("{} ({key})", self.place(&span));
        Ok(Entry { place: shown, key: key.to_owned(), value: self.text_of(key, value)? })
    }

    /// A value in the syntax of the attributes; the items of a list are joined by commas.
    fn text_of(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<String, Error> {
        Ok(match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(flag) => flag.to_string(),
            DeValue::Array(items) => {
                let items: Result<Vec<String>, Error> = items.iter().map(|item| self.text_of(key, item)).collect();
                items?.join(",")
            }
            other => {
                let found = other.type_str();
                return Err(self.wrong(value.span(), format!("`{key}`: wanted a text, number or flag, not a {found}")));
            }
        })
    }

    fn override_of(&self, item: &Spanned<DeValue<'_>>) -> Result<OverrideTable, Error> {
        let entries = self.entries(self.table(item, "`[[override]]` tables")?)?;
        let (mut name, mut profile, mut options) = (None, None, Vec::new());
        for entry in entries {
            match entry.key.as_str() {
                "name" => name = Some(entry),
                "profile" => profile = Some(entry),
                _ => options.push(entry),
            }
        }
        let Some(name) = name else {
            let slip = options.iter().find(|entry| nearest_word(&entry.key, ["name"]).is_some());
            return Err(match slip {
                Some(Entry { place, key, value }) => {
                    let message = format!("unknown key `{key}`: did you mean `name = {value:?}`, the tests it is for?");
                    Error::Setting { place: place.clone(), message }
                }
                None => self.wrong(item.span(), "an override says which tests it is for: `name = \"checkout::*\"`"),
            });
        };
        if name.value.trim().is_empty() {
            return Err(name.wrong("the tests that the override is for, such as `checkout::*`"));
        }
        Ok(OverrideTable { name, profile, entries: options })
    }
}

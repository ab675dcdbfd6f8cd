//! The setting `BRUNT_REQUIRE`: servers whose absence fails a test instead of skipping it. A misspelt name would
//! require nothing; therefore a name similar to a known server is an error, and one similar to a test's own server is
//! reported when that server is missing.

use super::model::{Entry, RunSettings};
use crate::error::Error;
use crate::servers;
use brunt_plan::spelling::nearest_word;

/// Shortest prefix by which a server's name is recognised.
const STEM: usize = 4;

/// The names in the setting; known ones in their standard spelling.
pub(super) fn read_names(entry: &Entry) -> Result<Vec<String>, Error> {
    let names =
        entry.value.split(|c: char| matches!(c, ',' | ';') || c.is_whitespace()).filter(|name| !name.is_empty());
    let names = names.map(|name| read_name(entry, name)).collect::<Result<Vec<String>, Error>>()?;
    if names.is_empty() {
        return Err(entry.wrong(names_wanted()));
    }
    Ok(names)
}

/// Words that people use for a switch; no server has such a name.
const NO_SERVER: [&str; 9] = ["all", "any", "none", "true", "false", "yes", "no", "on", "off"];

fn names_wanted() -> String {
    format!("servers by their names, such as `{}`", servers::known_names().collect::<Vec<_>>().join(","))
}

/// Whether brunt starts the server itself. Tests can have servers of their own, under other names.
fn is_known(name: &str) -> bool {
    servers::known_names().any(|known| known == name)
}

fn read_name(entry: &Entry, name: &str) -> Result<String, Error> {
    let lower = name.to_lowercase();
    if NO_SERVER.contains(&lower.as_str()) || !lower.starts_with(char::is_alphabetic) {
        let message = format!("`{name}` is no server: wanted {}", names_wanted());
        return Err(Error::Setting { place: entry.place.clone(), message });
    }
    if is_known(&lower) {
        return Ok(lower);
    }
    match server_meant(&lower) {
        Some(meant) => {
            let message = format!("`{name}` is no server that brunt knows: did you mean `{meant}`?");
            Err(Error::Setting { place: entry.place.clone(), message })
        }
        None => Ok(name.to_owned()),
    }
}

/// The known server that a misspelt name means, if that is certain.
fn server_meant(name: &str) -> Option<&'static str> {
    let is_it = |known: &&str| {
        let begins = name.len() >= STEM && (known.starts_with(name) || name.starts_with(*known));
        begins || brunt_plan::spelling::differs_by_a_letter(name, known)
    };
    servers::known_names().find(is_it).or_else(|| servers::name_behind(name))
}

/// The reason why a test without this server fails; `None` if the server is not required. A name similar to `server`
/// requires it too, since it is probably a misspelling.
pub(crate) fn why_required(settings: &RunSettings, server: &str) -> Option<String> {
    if settings.require.iter().any(|name| name.eq_ignore_ascii_case(server)) {
        return Some(format!("BRUNT_REQUIRE names `{server}`"));
    }
    let near = settings.require.iter().find(|name| !is_known(name) && nearest_word(name, [server]).is_some())?;
    Some(format!("BRUNT_REQUIRE names `{near}`: did you mean `{server}`?"))
}

/// A hint on how to require the missing `server`, with the names that are required.
pub(crate) fn how_to_require(settings: &RunSettings, server: &str) -> String {
    let own: Vec<&str> = settings.require.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
    if own.is_empty() {
        return format!("BRUNT_REQUIRE={server} makes this a failure");
    }
    format!("BRUNT_REQUIRE={server} makes this a failure; it names `{}` only", own.join("`, `"))
}

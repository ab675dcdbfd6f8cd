//! `BRUNT_REQUIRE`: servers without which a test must fail. A name that nothing answers to would require nothing, so that
//! a slip for a known one is an error, and a slip for a test's own is told when that server is missing.

use super::{Entry, Settings};
use crate::error::Error;
use crate::servers;
use brunt_plan::spelling::nearest;

/// Shortest beginning of a name by which it is known.
const STEM: usize = 4;

/// The names in the setting, known ones as they are written here.
pub(super) fn names(entry: &Entry) -> Result<Vec<String>, Error> {
    let names =
        entry.value.split(|c: char| matches!(c, ',' | ';') || c.is_whitespace()).filter(|name| !name.is_empty());
    let names = names.map(|name| read(entry, name)).collect::<Result<Vec<String>, Error>>()?;
    if names.is_empty() {
        return Err(entry.wrong(wanted()));
    }
    Ok(names)
}

/// Words that people write for a switch, and that no server is named.
const NO_SERVER: [&str; 9] = ["all", "any", "none", "true", "false", "yes", "no", "on", "off"];

fn wanted() -> String {
    format!("servers by their names, such as `{}`", servers::names().collect::<Vec<_>>().join(","))
}

/// Whether brunt starts the server itself. A test's own have names of their own.
fn is_known(name: &str) -> bool {
    servers::names().any(|known| known == name)
}

fn read(entry: &Entry, name: &str) -> Result<String, Error> {
    let lower = name.to_lowercase();
    if NO_SERVER.contains(&lower.as_str()) || !lower.starts_with(char::is_alphabetic) {
        let message = format!("`{name}` is no server: wanted {}", wanted());
        return Err(Error::Setting { place: entry.place.clone(), message });
    }
    if is_known(&lower) {
        return Ok(lower);
    }
    match meant(&lower) {
        Some(meant) => {
            let message = format!("`{name}` is no server that brunt knows: did you mean `{meant}`?");
            Err(Error::Setting { place: entry.place.clone(), message })
        }
        None => Ok(name.to_owned()),
    }
}

/// The known server that an unknown name is surely meant to be.
fn meant(name: &str) -> Option<&'static str> {
    let is_it = |known: &&str| {
        let begins = name.len() >= STEM && (known.starts_with(name) || name.starts_with(*known));
        begins || brunt_plan::spelling::differs_by_a_letter(name, known)
    };
    servers::names().find(is_it).or_else(|| servers::name_behind(name))
}

impl Settings {
    /// Why a test that misses this server fails; `None` where nothing requires it. A name that is nearly that of the
    /// server requires it too: whoever wrote it meant a server, and this is the one that is missing.
    pub(crate) fn requires(&self, server: &str) -> Option<String> {
        if self.require.iter().any(|name| name.eq_ignore_ascii_case(server)) {
            return Some(format!("BRUNT_REQUIRE names `{server}`"));
        }
        let near = self.require.iter().find(|name| !is_known(name) && nearest(name, [server]).is_some())?;
        Some(format!("BRUNT_REQUIRE names `{near}`: did you mean `{server}`?"))
    }

    /// What to do where a server is missing and not required, with the names that are.
    pub(crate) fn how_to_require(&self, server: &str) -> String {
        let own: Vec<&str> = self.require.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
        if own.is_empty() {
            return format!("BRUNT_REQUIRE={server} makes this a failure");
        }
        format!("BRUNT_REQUIRE={server} makes this a failure; it names `{}` only", own.join("`, `"))
    }
}

//! Finding a server's programs on this machine.

use crate::fault::Missing;
use crate::servers;
use std::path::{Path, PathBuf};

/// Search rules for the programs of a server.
pub struct Programs {
    /// Program names; all must be in one folder.
    pub(crate) names: &'static [&'static str],
    /// Folders searched after `PATH`; `*` stands for a version, and the newest is taken.
    pub(crate) folders: &'static [&'static str],
    /// How to install the server.
    pub(crate) install: &'static str,
}

impl Programs {
    /// The folder with all programs. If the variable of the server is set, only the folder that it names is searched;
    /// otherwise the folders of `PATH` and then `folders`.
    pub(crate) fn find(&self, server: &'static str) -> Result<PathBuf, Missing> {
        let variable = servers::folder_variable(server);
        let folders = match value_of(&variable) {
            Some(folder) => vec![folder.into()],
            None => {
                let path = value_of("PATH").unwrap_or_default();
                let known = self.folders.iter().flat_map(|pattern| folders_by_version(pattern));
                std::env::split_paths(&path).chain(known).collect()
            }
        };
        let all = |folder: &PathBuf| self.names.iter().all(|name| folder.join(name).is_file());
        folders.into_iter().find(all).ok_or_else(|| {
            let install = match value_of(&variable) {
                Some(folder) => {
                    let (names, folder) = (self.names.join("`, `"), Path::new(&folder).display());
                    format!("{}; {variable} names {folder}, which has no `{names}`", self.install)
                }
                None => format!("{}, or name the folder of its programs in {variable}", self.install),
            };
            Missing::new(server, install)
        })
    }
}

fn value_of(variable: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(variable).filter(|value| !value.is_empty())
}

/// The existing folders that a pattern matches, the newest version first.
fn folders_by_version(pattern: &str) -> Vec<PathBuf> {
    let Some((parent, rest)) = pattern.split_once("/*/") else { return vec![pattern.into()] };
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(Vec<u64>, PathBuf)> = entries
        .map(|entry| {
            (
                version_numbers(&entry.file_name().to_string_lossy()),
                Path::new(parent).join(entry.file_name()).join(rest),
            )
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The parts of a version as numbers, so that `9.6` sorts before `15`.
fn version_numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9.6", "15", "9.10", "notes"] {
            std::fs::create_dir_all(root.path().join(version).join("bin")).unwrap();
        }
        let found = folders_by_version(&format!("{}/*/bin", root.path().display()));
        let wanted = ["15/bin", "9.10/bin", "9.6/bin", "notes/bin"].map(|folder| root.path().join(folder));
        assert_eq!(found, wanted);
        assert_eq!(folders_by_version("/usr/local/bin"), [Path::new("/usr/local/bin")]);
    }

    #[test]
    fn what_is_missing_says_how_to_get_it() {
        let programs = Programs { names: &["no-such-program"], folders: &[], install: "apt-get install kafka" };
        let missing = programs.find("kafka").unwrap_err().to_string();
        let wanted = "`kafka` is not installed: apt-get install kafka, or name the folder of its programs in \
                      BRUNT_KAFKA_BIN";
        assert_eq!(missing, wanted);
    }
}

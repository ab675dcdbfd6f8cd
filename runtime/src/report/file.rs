//! Files of a report: writing one in one step, and names that are fit for files.

use crate::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// The report as data, in the folder of the run.
pub(super) const REPORT: &str = "report.json";

/// Writes a file in one step: to a file of this process's own, then under its name.
pub(super) fn replace(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let own = path.with_extension(format!("{}.tmp", std::process::id()));
    let made = || File::options().write(true).create_new(true).open(&own);
    // A process of the same id may have died in the middle of it.
    let made = made().or_else(|_| fs::remove_file(&own).and_then(|()| made()));
    let written = made.and_then(|mut file| file.write_all(contents)).and_then(|()| fs::rename(&own, path));
    written.map_err(|cause| {
        let _ = fs::remove_file(&own);
        Error::file(path, cause)
    })
}

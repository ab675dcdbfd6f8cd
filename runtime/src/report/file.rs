//! Writes the files of a report, each in one step.

use crate::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// The name of the report as data, in the folder of the run.
pub(super) const REPORT: &str = "report.json";

/// Writes a file in one step: to a temporary file of this process, which is then renamed.
pub(super) fn replace_file(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let own = path.with_extension(format!("{}.tmp", std::process::id()));
    let made = || File::options().write(true).create_new(true).open(&own);
    // A process with the same id may have died while it wrote the temporary file.
    let made = made().or_else(|_| fs::remove_file(&own).and_then(|()| made()));
    let written = made.and_then(|mut file| file.write_all(contents)).and_then(|()| fs::rename(&own, path));
    written.map_err(|cause| {
        let _ = fs::remove_file(&own);
        Error::file(path, cause)
    })
}

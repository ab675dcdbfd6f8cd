//! The files of a run: every test writes its own part, and all parts of a run, from however many processes, merge into
//! one report. It knows no measurements.
//!
//! A part is a whole [`Report`] of one test at `<out>/<run>/<package>.<binary>.<test>.json`; it is replaced in one step,
//! so that a reader and a crash find the old one or the new one. Merging holds a lock on `<out>/.lock`.

use super::Sink;
use super::json::{self, Json};
use super::model::{Report, TestReport, Verdict};
use crate::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Runs whose parts are kept.
const KEPT_RUNS: usize = 5;
/// Marks a folder as one of ours: only such are ever deleted.
const MARKER: &str = ".brunt-run";
/// Longest file name, without the extension, that every file system takes.
const LONGEST_NAME: usize = 180;

/// The folder that reports are written to, and the run that is being reported.
#[derive(Debug)]
pub(crate) struct Store {
    out: PathBuf,
    run: String,
    sinks: Vec<Box<dyn Sink>>,
}

/// What merging came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Merged {
    /// The report of the run so far.
    pub(crate) report: Report,
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl Store {
    /// Opens the output folder for a run, makes what is missing and deletes the parts of old runs.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn open(out: impl Into<PathBuf>, run: impl Into<String>) -> Result<Self, Error> {
        let (out, run) = (out.into(), run.into());
        let sinks: Vec<Box<dyn Sink>> = vec![
            Box::new(Json { path: out.join("report.json") }),
            #[cfg(feature = "junit")]
            Box::new(super::junit::Junit { path: out.join("junit.xml") }),
        ];
        let store = Self { out, run, sinks };
        let folder = store.folder();
        fs::create_dir_all(&folder).map_err(|cause| not(&folder, cause))?;
        let marker = folder.join(MARKER);
        fs::write(&marker, b"").map_err(|cause| not(&marker, cause))?;
        store.forget_old_runs();
        Ok(store)
    }

    /// The same with one `TEST-<binary>.xml` for each binary beside the other files.
    #[cfg(feature = "junit")]
    #[must_use]
    pub(crate) fn with_strict_junit(mut self) -> Self {
        self.sinks.push(Box::new(super::junit::StrictJunit { folder: self.out.clone() }));
        self
    }

    /// Where `report.json` is.
    pub(crate) fn report_path(&self) -> PathBuf {
        self.out.join("report.json")
    }

    /// Writes a test's part. A part of a test that has not ended says so: should it stay the last one, the process died.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write_part(&self, test: &TestReport, incomplete: bool) -> Result<(), Error> {
        let mut test = test.clone();
        if incomplete {
            test.incomplete = true;
            test.verdict = Verdict::Error;
            test.message = Some("the test has not ended: it still runs, or its process died".to_owned());
        }
        let path = self.folder().join(format!("{}.json", part_name(&test)));
        json::write(&path, &Report::of(self.run.clone(), vec![test]))
    }

    /// Merges the parts of the run and gives the report to every sink.
    ///
    /// # Errors
    /// When the lock cannot be taken or a sink cannot write; every sink is tried.
    pub(crate) fn merge(&self) -> Result<Merged, Error> {
        let lock = self.out.join(".lock");
        let held = File::options().create(true).truncate(false).write(true).open(&lock);
        let held = held.and_then(|file| file.lock().map(|()| file)).map_err(|cause| not(&lock, cause))?;
        let report = self.merged()?;
        let written: Vec<Result<(), Error>> = self.sinks.iter().map(|sink| sink.write(&report)).collect();
        drop(held);
        written.into_iter().collect::<Result<(), Error>>()?;
        Ok(Merged { report, path: self.report_path() })
    }

    fn merged(&self) -> Result<Report, Error> {
        let folder = self.folder();
        let mut tests = Vec::new();
        let mut notes = Vec::new();
        for path in files(&folder).map_err(|cause| not(&folder, cause))? {
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match json::read(&path) {
                Ok(part) => tests.extend(part.tests),
                Err(error) => notes.push(format!("a part of the report is left out: {error}")),
            }
        }
        Ok(Report { notes, ..Report::of(self.run.clone(), tests) })
    }

    fn folder(&self) -> PathBuf {
        self.out.join(file_name(&self.run))
    }

    /// Deletes the parts of all runs but the newest. What cannot be deleted stays: a report matters more than its
    /// predecessors' absence.
    fn forget_old_runs(&self) {
        let mut runs: Vec<(SystemTime, PathBuf)> = files(&self.out)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|path| Some((fs::metadata(path.join(MARKER)).ok()?.modified().ok()?, path)))
            .collect();
        runs.sort();
        runs.reverse();
        let current = self.folder();
        for (_, folder) in runs.into_iter().filter(|(_, folder)| *folder != current).skip(KEPT_RUNS - 1) {
            let is_part =
                |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json" || extension == "tmp");
            for part in files(&folder).unwrap_or_default().into_iter().filter(is_part) {
                let _ = fs::remove_file(part);
            }
            let _ = fs::remove_file(folder.join(MARKER));
            // Only if it is empty now: somebody else's files keep it.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Writes a file in one step: to a file of this process's own, then under its name.
pub(super) fn replace(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let own = path.with_extension(format!("{}.tmp", std::process::id()));
    let written =
        File::create(&own).and_then(|mut file| file.write_all(contents)).and_then(|()| fs::rename(&own, path));
    written.map_err(|cause| {
        let _ = fs::remove_file(&own);
        not(path, cause)
    })
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn part_name(test: &TestReport) -> String {
    file_name(&format!("{}.{}.{}", test.package, test.binary, test.name.replace("::", ".")))
}

/// A name that every file system takes and that no other text turns into.
pub(super) fn file_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let name: String = text.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if name == text && name.len() <= LONGEST_NAME && !name.starts_with('.') && !name.is_empty() {
        return name;
    }
    // FNV-1a tells apart what the replaced characters and the cut do not.
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let short: String = name.trim_start_matches('.').chars().take(LONGEST_NAME - 17).collect();
    format!("{short}-{hash:016x}")
}

fn not(path: &Path, cause: io::Error) -> Error {
    Error::File { path: path.to_owned(), cause }
}

//! The parts of a run: the tests that each of its processes has not ended or has left behind.

use crate::error::Error;
use crate::report::file::REPORT;
use crate::report::folder::Folder;
use crate::report::json;
use crate::report::model::{Report, TestReport};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The parts of other processes.
#[derive(Debug, Default)]
pub(super) struct Others {
    run: String,
    parts: Vec<(PathBuf, Vec<TestReport>)>,
    /// The paths of parts that have lost tests.
    changed: BTreeSet<PathBuf>,
    /// Notes on the parts that cannot be read.
    pub(super) notes: Vec<String>,
}

impl Others {
    /// Reads all parts of the run but this process's own.
    pub(super) fn read(folder: &Folder, own: &Path, run: &str) -> Result<Self, Error> {
        let mut others = Self { run: run.to_owned(), ..Self::default() };
        let report = folder.file(REPORT);
        for path in folder.list_files("json")?.into_iter().filter(|path| path != own && *path != report) {
            match json::read_own(&path) {
                Ok(part) => others.parts.push((path, part.tests)),
                Err(error) => others.notes.push(format!("a part of the report is damaged and left out: {error}")),
            }
        }
        Ok(others)
    }

    pub(super) fn tests(&self) -> impl Iterator<Item = &TestReport> {
        self.parts.iter().flat_map(|(_, tests)| tests)
    }

    /// Moves earlier attempts of declared tests to these tests, and drops leftover reports with their ids.
    pub(super) fn give_up(&mut self, declared: &BTreeSet<String>, unsettled: &mut BTreeMap<String, TestReport>) {
        if declared.is_empty() {
            return;
        }
        for (path, tests) in &mut self.parts {
            let is_old = |test: &TestReport| declared.contains(&test.id) || next_of(test, unsettled).is_some();
            let (old, kept) = std::mem::take(tests).into_iter().partition(is_old);
            let old: Vec<TestReport> = old;
            *tests = kept;
            if !old.is_empty() {
                self.changed.insert(path.clone());
            }
            old.into_iter().for_each(|test| take_attempt(test, unsettled));
        }
    }

    /// Writes the parts that have lost tests.
    pub(super) fn write_changed(&self) -> Result<(), Error> {
        let changed = self.parts.iter().filter(|(path, _)| self.changed.contains(path));
        changed.into_iter().try_for_each(|(path, tests)| write_part(path, &self.run, tests.clone()))
    }
}

/// Writes a part; the file of a part without tests is deleted.
pub(super) fn write_part(path: &Path, run: &str, tests: Vec<TestReport>) -> Result<(), Error> {
    if !tests.is_empty() {
        return json::write_part(path, &Report::of(run, tests));
    }
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path, cause)),
        _ => Ok(()),
    }
}

/// Adds an earlier attempt to a later one of the same test; without a later one it is dropped.
pub(super) fn take_attempt(test: TestReport, unsettled: &mut BTreeMap<String, TestReport>) {
    let next = next_of(&test, unsettled);
    if let Some(next) = next.and_then(|id| unsettled.get_mut(&id)) {
        next.take_attempt(test);
    }
}

/// The id of a later attempt of the same test.
fn next_of(test: &TestReport, unsettled: &BTreeMap<String, TestReport>) -> Option<String> {
    let key = test.key();
    // Attempts of one test only differ at the end of their ids, so that they are neighbours in the map.
    let later = unsettled.range(key.clone()..).take_while(|(id, _)| id.starts_with(&key));
    later
        .map(|(_, other)| other)
        .find(|other| other.key() == key && other.attempt > test.attempt)
        .map(|it| it.id.clone())
}

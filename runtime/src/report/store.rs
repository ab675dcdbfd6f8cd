//! The reports of a run on disk, from any number of processes.
//!
//! `<out>/<run>/report.json` and the other documents hold every test that has ended, followed by those that have not
//! (see [`document`](super::document)). The unended tests of a process are its *part*, a report of its own beside the
//! documents, which it replaces in one step. The next process that writes reads every part, so that a test whose
//! process died stays as it was left. A test that failed and may be run again stays in the part too, until the next
//! attempt takes it over.

mod keys;
pub(crate) mod overrides;
mod part_files;
mod state;

use super::Report;
use super::document::{self, Contents, Format};
use super::file::REPORT;
use super::folder::Folder;
use super::json;
use super::model::{TestReport, Verdict};
use crate::error::Error;
use crate::sync::Lock;
use overrides::Override;
use part_files::Others;
use state::StoreState;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::MutexGuard;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The most tests of a run whose documents are written whole each time: in one step, sorted, each suite in one place.
const SMALL: u64 = 16;
/// A process with more tests than that spends at most one part in this many of its time on writing.
const SHARE: u32 = 20;
const NOT_ENDED: &str = "the test has not ended: it waits for its turn, it runs, or its process died";

/// The folder of a run's reports, with this process's tests.
#[derive(Debug)]
pub(crate) struct Store {
    folder: Folder,
    run: String,
    #[cfg_attr(not(feature = "junit"), allow(dead_code, reason = "set where there is JUnit"))]
    strict_junit: bool,
    part: PathBuf,
    /// The overrides that this process has read.
    overrides: Vec<Override>,
    kept: Lock<UnsettledReports>,
}

/// The reports that this process has not finally written.
#[derive(Debug, Default)]
struct UnsettledReports {
    /// Tests that have not ended, or may be run again, by id.
    unsettled: BTreeMap<String, TestReport>,
    ended: Vec<TestReport>,
    declared: u64,
    finished: u64,
    /// Whether something has changed since it was written.
    changed: bool,
    /// The warnings about the run's settings so far.
    warnings: Vec<String>,
    /// When the reports were last written, and how long that took.
    written: Option<(Instant, Duration)>,
}

/// A document's name, its format, and the only suite that it holds, if it is for one suite.
type Document = (String, Box<dyn Format>, Option<String>);

impl Store {
    /// Opens the output folder for a run, makes what is missing and deletes the files of old runs.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn open(out: impl Into<PathBuf>, run: impl Into<String>) -> Result<Self, Error> {
        let run = run.into();
        let folder = Folder::new(out.into(), &run);
        folder.make()?;
        // Process ids are reused; containers that share a folder may even have the same one at the same time.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let part = folder.file(&format!("process-{}-{now:x}.json", std::process::id()));
        Ok(Self { folder, run, strict_junit: false, part, overrides: Vec::new(), kept: Lock::default() })
    }

    /// Adds one `TEST-<suite>.xml` for each binary beside the other files.
    #[cfg(feature = "junit")]
    #[must_use]
    pub(crate) fn with_strict_junit(mut self) -> Self {
        self.strict_junit = true;
        self
    }

    /// Sets the overrides that the settings have.
    #[must_use]
    pub(crate) fn with_overrides(mut self, overrides: Vec<Override>) -> Self {
        self.overrides = overrides;
        self
    }

    /// The warnings about the run's settings when its reports were last written.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.kept().warnings.clone()
    }

    /// The id of the run whose tests these are.
    #[cfg(feature = "junit")]
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    /// Where `report.json` is.
    pub(crate) fn report_path(&self) -> PathBuf {
        self.folder.shown(REPORT)
    }

    /// Declares tests that are to be run: until they have ended they are reported as unfinished.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) fn declare(&self, tests: Vec<TestReport>) -> Result<(), Error> {
        let mut kept = self.kept();
        kept.declared += tests.len() as u64;
        let ids: BTreeSet<String> = tests.iter().map(|test| test.id.clone()).collect();
        kept.unsettled.extend(tests.into_iter().map(|test| (test.id.clone(), as_unfinished(test))));
        self.write(&mut kept, &ids)
    }

    /// Takes the report of a test so far. If no later report follows, its process died.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn progress(&self, test: TestReport) -> Result<(), Error> {
        let mut kept = self.kept();
        kept.keep(as_unfinished(test));
        if kept.is_due() { self.write(&mut kept, &BTreeSet::new()) } else { Ok(()) }
    }

    /// Takes the report of a test that has ended. `again` where a test that fails may be run again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn finish(&self, mut test: TestReport, again: bool) -> Result<(), Error> {
        let mut kept = self.kept();
        kept.finished += 1;
        if let Some(before) = kept.unsettled.remove(&test.id) {
            test.attempts = before.attempts;
        }
        test.flaky = test.is_flaky();
        if again && !matches!(test.verdict, Verdict::Pass | Verdict::Skipped) {
            kept.keep(test);
        } else {
            kept.ended.push(test);
            kept.changed = true;
        }
        if kept.is_due() { self.write(&mut kept, &BTreeSet::new()) } else { Ok(()) }
    }

    /// Whether this test was declared and has not ended.
    pub(crate) fn is_declared(&self, test: &TestReport) -> bool {
        self.kept().unsettled.contains_key(&test.id)
    }

    /// Writes the reason why the process ends before its tests have ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn lose(&self, why: &str) -> Result<(), Error> {
        let mut kept = self.kept();
        let unfinished = kept.unsettled.values_mut().filter(|test| test.incomplete);
        unfinished.for_each(|test| test.message = Some(why.to_owned()));
        self.write(&mut kept, &BTreeSet::new())
    }

    /// Writes the changes that are not written yet.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn flush(&self) -> Result<(), Error> {
        let mut kept = self.kept();
        if kept.changed { self.write(&mut kept, &BTreeSet::new()) } else { Ok(()) }
    }

    fn kept(&self) -> MutexGuard<'_, UnsettledReports> {
        self.kept.lock()
    }

    /// Writes the documents of the run, and this process's part. `declared` has the ids of new tests: their earlier
    /// attempts in the run are taken over, and older reports under the same ids are dropped.
    fn write(&self, kept: &mut UnsettledReports, declared: &BTreeSet<String>) -> Result<(), Error> {
        let begun = Instant::now();
        self.folder.make()?;
        let _lock = self.folder.lock()?;
        let mut others = Others::read(&self.folder, &self.part, &self.run)?;
        others.give_up(declared, &mut kept.unsettled);
        // Unfinished tests must be safe on disk before anything else is written, and an ended test must be in the
        // documents before it leaves the part.
        if kept.ended.is_empty() {
            self.write_part(kept)?;
            others.write_changed()?;
        }
        let mut state = StoreState::read(&self.folder);
        let begins = state.is_none();
        let mut all = state.as_mut().map(|state| std::mem::take(&mut state.overrides)).unwrap_or_default();
        overrides::merge_overrides(&self.overrides, &mut all);
        kept.warnings = overrides::override_warnings(&all);
        let old = if begins { BTreeSet::new() } else { keys::settled_ids(&self.folder, declared, &kept.unsettled) };
        let may_extend = |state: &StoreState| old.is_empty() && !kept.wants_order(state.tests());
        let extended = state.clone().filter(may_extend).and_then(|state| self.extended(state, kept, &others).ok());
        let state = match extended {
            Some(state) => state,
            None => self.anew(state, kept, &others, &old)?,
        };
        let state = StoreState { overrides: all, ..state };
        state.write(&self.folder)?;
        if !kept.ended.is_empty() || !old.is_empty() {
            self.write_part(kept)?;
        }
        kept.ended.clear();
        kept.changed = false;
        let names: Vec<String> = state.documents.into_keys().collect();
        self.folder.show(&names, begins)?;
        kept.written = Some((Instant::now(), begun.elapsed()));
        Ok(())
    }

    /// Extends the documents by the tests that have ended.
    fn extended(&self, mut state: StoreState, kept: &UnsettledReports, others: &Others) -> Result<StoreState, Error> {
        let settled: Vec<&TestReport> = kept.ended.iter().collect();
        self.put(&mut state, &settled, kept, others)?;
        keys::append_keys(&self.folder, &settled)?;
        Ok(state)
    }

    /// Writes the documents anew, without the tests of these old ids.
    fn anew(
        &self,
        before: Option<StoreState>,
        kept: &mut UnsettledReports,
        others: &Others,
        old: &BTreeSet<String>,
    ) -> Result<StoreState, Error> {
        // The settled tests are followed by those that had not ended then. If the number of settled tests is unknown,
        // all are kept but those with a newer report.
        let settled_before = before.as_ref().map_or(u64::MAX, StoreState::tests) as usize;
        let mut state = StoreState { notes: before.unwrap_or_default().notes, ..StoreState::default() };
        let known = others.tests().chain(kept.unsettled.values()).chain(&kept.ended);
        let known: BTreeSet<String> = known.map(|test| test.id.clone()).collect();
        let (mut earlier, mut settled) = (Vec::new(), kept.ended.clone());
        for test in self.reported(&mut state.notes).into_iter().take(settled_before) {
            if old.contains(&test.id) {
                earlier.push(test);
            } else if !known.contains(&test.id) {
                settled.push(test);
            }
        }
        earlier.into_iter().for_each(|test| part_files::take_attempt(test, &mut kept.unsettled));
        let settled = Report::of("", settled).tests;
        let settled: Vec<&TestReport> = settled.iter().collect();
        let first = settled.first().copied().or(kept.unsettled.values().next());
        state.environment = first.map(|test| test.environment.clone()).unwrap_or_default();
        self.put(&mut state, &settled, kept, others)?;
        keys::write_keys(&self.folder, &settled)?;
        Ok(state)
    }

    /// Reads the tests in the documents of the run.
    fn reported(&self, notes: &mut Vec<String>) -> Vec<TestReport> {
        let path = self.folder.file(REPORT);
        match json::read_own(&path) {
            Ok(report) => report.tests,
            Err(Error::File { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                notes.push(format!("what the run had reported so far is damaged: {error}"));
                let _ = fs::rename(&path, path.with_extension("damaged"));
                Vec::new()
            }
        }
    }

    /// Puts settled tests into the documents, followed by all tests that have not ended.
    fn put(
        &self,
        state: &mut StoreState,
        settled: &[&TestReport],
        kept: &UnsettledReports,
        others: &Others,
    ) -> Result<(), Error> {
        let unsettled: Vec<&TestReport> = others.tests().chain(kept.unsettled.values()).collect();
        let notes: Vec<String> = state.notes.iter().chain(&others.notes).cloned().collect();
        for (name, format, suite) in self.formats(settled, &unsettled, !state.documents.is_empty()) {
            let settled = of_suite(settled, suite.as_deref());
            let unsettled = of_suite(&unsettled, suite.as_deref());
            let contents = Contents {
                run: &self.run,
                environment: &state.environment,
                settled: &settled,
                unsettled: &unsettled,
                notes: &notes,
                warnings: &kept.warnings,
            };
            let path = self.folder.file(&name);
            let extent = match state.documents.get(&name) {
                Some(extent) => document::extend_document(&path, &*format, extent, contents)?,
                None => document::write_document(&path, &*format, contents)?,
            };
            state.documents.insert(name, extent);
        }
        Ok(())
    }

    /// Lists the documents that these tests are in.
    fn formats(&self, settled: &[&TestReport], unsettled: &[&TestReport], in_lines: bool) -> Vec<Document> {
        let mut formats: Vec<Document> = vec![(REPORT.to_owned(), Box::new(json::GrowingJson { in_lines }), None)];
        formats.extend(self.junit(settled.iter().chain(unsettled).map(|test| test.suite())));
        formats
    }

    #[cfg(feature = "junit")]
    fn junit(&self, suites: impl Iterator<Item = String>) -> Vec<Document> {
        let mut formats: Vec<Document> =
            vec![("junit.xml".to_owned(), Box::new(super::junit::Suites { run: self.run.clone() }), None)];
        if self.strict_junit {
            formats.extend(suites.collect::<BTreeSet<String>>().into_iter().map(|suite| {
                let format = Box::new(super::junit::OneSuite(suite.clone())) as Box<dyn Format>;
                (super::junit::file_of(&suite), format, Some(suite))
            }));
        }
        formats
    }

    #[cfg(not(feature = "junit"))]
    fn junit(&self, _suites: impl Iterator<Item = String>) -> Vec<Document> {
        Vec::new()
    }

    fn write_part(&self, kept: &UnsettledReports) -> Result<(), Error> {
        part_files::write_part(&self.part, &self.run, kept.unsettled.values().cloned().collect())
    }
}

impl UnsettledReports {
    fn keep(&mut self, mut test: TestReport) {
        if let Some(before) = self.unsettled.get(&test.id).filter(|_| test.attempts.is_empty()) {
            test.attempts.clone_from(&before.attempts);
        }
        self.unsettled.insert(test.id.clone(), test);
        self.changed = true;
    }

    /// Whether the changes are to be written now. A process with few tests writes them at once.
    fn is_due(&self) -> bool {
        let had_time = |(at, cost): (Instant, Duration)| at.elapsed() >= cost * SHARE;
        let are_few = self.declared.max(self.finished) <= SMALL;
        // Unless tests were declared before, it is unknown which is the last.
        let is_last = self.unsettled.is_empty() && self.declared > 0;
        are_few || is_last || self.written.is_none_or(had_time)
    }

    /// Whether the documents are to be sorted rather than extended, given the number of settled tests: while there are
    /// few, and at the end of a process that ran at least a quarter of them.
    fn wants_order(&self, settled: u64) -> bool {
        let all = settled + self.ended.len() as u64;
        all <= SMALL || (self.unsettled.is_empty() && self.declared > SMALL && self.declared * 4 >= all)
    }
}

fn of_suite<'a>(tests: &[&'a TestReport], suite: Option<&str>) -> Vec<&'a TestReport> {
    tests.iter().copied().filter(|test| suite.is_none_or(|suite| test.suite() == suite)).collect()
}

fn as_unfinished(mut test: TestReport) -> TestReport {
    test.incomplete = true;
    test.verdict = Verdict::Error;
    test.message = Some(NOT_ENDED.to_owned());
    test
}

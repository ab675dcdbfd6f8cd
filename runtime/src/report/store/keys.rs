//! A file of hashes of the tests in the settled part of a run's documents: checking whether a test is among 10 000
//! others must not require reading their reports.

use crate::error::Error;
use crate::regular_file;
use crate::report::file::replace_file;
use crate::report::folder::{Folder, fnv_hash};
use crate::report::model::TestReport;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;

const FILE: &str = "keys";

/// The settled ids among the declared tests and their earlier attempts.
pub(super) fn settled_ids(
    folder: &Folder,
    declared: &BTreeSet<String>,
    unsettled: &BTreeMap<String, TestReport>,
) -> BTreeSet<String> {
    if declared.is_empty() {
        return BTreeSet::new();
    }
    let ids = declared.iter().filter_map(|id| unsettled.get(id));
    let ids = ids.flat_map(|test| (1..=test.attempt).map(|attempt| test.id_of_attempt(attempt)));
    // Numbers compare quickly: in a long run every declared test is compared with all settled ones.
    let asked: BTreeMap<u64, String> = ids.map(|id| (fnv_hash(&id), id)).collect();
    let settled = regular_file::read(&folder.file(FILE)).unwrap_or_default();
    let (settled, _) = settled.as_chunks();
    settled.iter().filter_map(|hash| asked.get(&u64::from_le_bytes(*hash)).cloned()).collect()
}

/// Adds the hashes of tests that were settled.
pub(super) fn append_keys(folder: &Folder, tests: &[&TestReport]) -> Result<(), Error> {
    let path = folder.file(FILE);
    let file = regular_file::open(File::options().create(true).append(true), &path);
    file.and_then(|mut file| file.write_all(&hashes_of(tests))).map_err(|cause| Error::file(&path, cause))
}

/// Replaces the file: these tests and no others are settled.
pub(super) fn write_keys(folder: &Folder, tests: &[&TestReport]) -> Result<(), Error> {
    replace_file(&folder.file(FILE), &hashes_of(tests))
}

fn hashes_of(tests: &[&TestReport]) -> Vec<u8> {
    tests.iter().flat_map(|test| fnv_hash(&test.id).to_le_bytes()).collect()
}

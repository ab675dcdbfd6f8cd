//! Which tests the settled part of a run's documents holds, as a file of hashes: to know that a test is not among
//! 10 000 others must not cost reading them.

use crate::error::Error;
use crate::regular_file;
use crate::report::file::replace;
use crate::report::folder::{Folder, hash};
use crate::report::model::TestReport;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;

const FILE: &str = "keys";

/// The ids among those declared, and of earlier attempts of the same tests, that are settled.
pub(super) fn old(
    folder: &Folder,
    declared: &BTreeSet<String>,
    unsettled: &BTreeMap<String, TestReport>,
) -> BTreeSet<String> {
    if declared.is_empty() {
        return BTreeSet::new();
    }
    let ids = declared.iter().filter_map(|id| unsettled.get(id));
    let ids = ids.flat_map(|test| (1..=test.attempt).map(|attempt| test.id_of_attempt(attempt)));
    // By numbers, which are compared at once: of a long run this is asked of all tests before, for each.
    let asked: BTreeMap<u64, String> = ids.map(|id| (hash(&id), id)).collect();
    let settled = regular_file::read(&folder.file(FILE)).unwrap_or_default();
    let (settled, _) = settled.as_chunks();
    settled.iter().filter_map(|hash| asked.get(&u64::from_le_bytes(*hash)).cloned()).collect()
}

/// Notes that tests were settled.
pub(super) fn append(folder: &Folder, tests: &[&TestReport]) -> Result<(), Error> {
    let path = folder.file(FILE);
    let file = regular_file::open(File::options().create(true).append(true), &path);
    file.and_then(|mut file| file.write_all(&hashes(tests))).map_err(|cause| Error::file(&path, cause))
}

/// Notes that these and no others are settled.
pub(super) fn write(folder: &Folder, tests: &[&TestReport]) -> Result<(), Error> {
    replace(&folder.file(FILE), &hashes(tests))
}

fn hashes(tests: &[&TestReport]) -> Vec<u8> {
    tests.iter().flat_map(|test| hash(&test.id).to_le_bytes()).collect()
}

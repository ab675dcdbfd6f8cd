//! The state that the processes of a run share beside the reports: how far each document is settled.

use crate::error::Error;
use crate::regular_file;
use crate::report::document::Extent;
use crate::report::file::REPORT;
use crate::report::folder::Folder;
use crate::report::model::Environment;
use crate::report::store::overrides::Override;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

const FILE: &str = "state";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StoreState {
    /// Where the first of the tests ran.
    pub(super) environment: Environment,
    /// The documents, by file name.
    pub(super) documents: BTreeMap<String, Extent>,
    /// Notes on reports of the run that are lost for good.
    pub(super) notes: Vec<String>,
    /// The overrides of all processes so far.
    #[serde(default)]
    pub(super) overrides: Vec<Override>,
}

impl StoreState {
    /// Reads the state; `None` where the run has no reports yet, or the extent of their settled part is unknown.
    pub(super) fn read(folder: &Folder) -> Option<Self> {
        serde_json::from_slice(&regular_file::read(&folder.file(FILE)).ok()?).ok()
    }

    /// Writes the state in place, as replacing a file makes some file systems wait for the disk. A torn state is not
    /// read.
    pub(super) fn write(&self, folder: &Folder) -> Result<(), Error> {
        let path = folder.file(FILE);
        let write = || {
            let text = serde_json::to_vec(self)?;
            let mut file = regular_file::open(File::options().create(true).truncate(false).write(true), &path)?;
            file.write_all(&text)?;
            file.set_len(text.len() as u64)
        };
        write().map_err(|cause| Error::file(&path, cause))
    }

    /// How many tests are settled.
    pub(super) fn tests(&self) -> u64 {
        self.documents.get(REPORT).map_or(0, |extent| extent.counts.tests)
    }
}

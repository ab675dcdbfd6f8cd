//! Reports: what was measured and how it was judged, for people and for machines.
//!
//! A test becomes a [`TestReport`]; the tests of a run, from however many processes, become one [`Report`]; each format
//! writes that as one file. The data has the format `brunt-report/1`, with the JSON Schema [`JSON_SCHEMA`]; the fields
//! are documented on [`model`].
//!
//! This module neither judges nor depends on the engine.
//!
//! ```
//! use brunt::report::{JSON_SCHEMA, Report};
//!
//! assert!(JSON_SCHEMA.contains("brunt-report/1"));
//! let report = Report::of("nightly-7", Vec::new());
//! assert!(serde_json::to_string(&report).unwrap().contains("\"run\":\"nightly-7\""));
//! ```

pub(crate) mod console;
mod describe;
mod document;
mod experiment_report;
mod figures;
mod file;
mod folder;
pub(crate) mod foreign;
pub mod json;
#[cfg(feature = "junit")]
pub(crate) mod junit;
mod measured;
mod message;
pub mod model;
mod settled;
pub(crate) mod store;
mod sweep_report;
#[cfg(test)]
mod tests;

pub(crate) use console::Style;
pub(crate) use measured::Facts;
pub use model::{Report, TestReport};
pub(crate) use store::Store;

/// The JSON Schema of `report.json`, schema `brunt-report/1`.
pub const JSON_SCHEMA: &str = include_str!("../../schema/brunt-report-1.schema.json");

//! The language of brunt's attributes: load plans and targets as pure data, with one parser, one printer and one set
//! of checks for attributes, environment and configuration.
//!
//! It uses no clock, no I/O and no async runtime. The macros use it at compile time, the harness at run time.

pub mod check;
mod hook;
pub mod kind;
pub mod load;
pub mod metric;
pub mod mistake;
pub mod parse;
mod print;
pub mod quantity;
mod rust_text;
mod samples;
mod slack;
pub mod spelling;
pub mod target;

pub use kind::{BodyRole, Kind};
pub use load::Plan;
pub use metric::{Direction, Scope};
pub use mistake::{Mistake, Place};
pub use quantity::{Dimension, Quantity, Unit};
pub use samples::samples_to_tell;
pub use target::{Level, Target};

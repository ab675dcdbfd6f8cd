//! What a test file usually needs: `use brunt::prelude::*;`. It shadows nothing of std's.

pub use crate::{Amounts, Lab, Samples, User, critical, load_test, millis, resilience, secs, stress, target};

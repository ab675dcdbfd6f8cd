//! What a test file usually needs: `use brunt::prelude::*;`. It shadows nothing of std's.

pub use crate::{Samples, User, critical, load_test, resilience, stress, target};

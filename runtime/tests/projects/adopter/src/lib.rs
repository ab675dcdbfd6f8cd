//! A crate that adopts a suite.

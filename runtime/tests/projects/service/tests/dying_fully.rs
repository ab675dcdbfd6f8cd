//! The tests of `dying.rs` under `brunt::main!()`.

include!("dying.rs");

brunt::main!();

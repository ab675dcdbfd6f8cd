//! The same in brunt's own harness.

#[path = "shared.rs"]
mod shared;

brunt::main!();

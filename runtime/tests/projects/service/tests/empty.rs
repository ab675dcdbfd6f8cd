//! No test at all.

brunt::main!();

//! What a body sees of the virtual user that runs it.

/// One virtual user.
#[derive(Debug)]
pub struct User {}

/// Where `sample` records its gauges.
#[derive(Debug)]
pub struct Samples {}

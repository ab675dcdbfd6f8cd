//! What the attributes accept, and what they say of mistakes.

/// The `.stderr` files are compared with the compiler's own words: `TRYBUILD=overwrite` writes them anew, to be read.
#[test]
fn attributes() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}

//! Every test of the suite.

brunt::main!(suite);

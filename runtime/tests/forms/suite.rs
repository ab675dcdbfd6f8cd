//! A suite: a macro that makes tests, in a file of its own.

macro_rules! suite {
    ($name:ident) => {
        #[brunt::load_test(users = 2)]
        #[brunt::target(max < 60s)]
        async fn of_a_suite() {}

        #[brunt::load_test(users = 2)]
        #[brunt::target(max < 60s)]
        async fn $name() {}
    };
}
pub(crate) use suite;

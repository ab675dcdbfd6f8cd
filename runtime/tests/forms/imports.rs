//! The attributes of targets with and without an import of their own: they work below the primary, and no import of them
//! is called unused.
#![deny(warnings)]

mod of_the_primary_alone {
    use brunt::load_test;

    #[load_test(users = 2)]
    #[target(max < 60s)]
    #[critical(errors = 0)]
    #[target(min < 60s)]
    async fn targets_need_no_import() {}
}

mod of_all {
    use brunt::{critical, load_test, target};

    #[load_test(users = 2)]
    #[target(max < 60s)]
    #[critical(errors = 0)]
    async fn imported_below() {}

    #[target(max < 60s)]
    #[critical(errors = 0)]
    #[load_test(users = 2)]
    async fn imported_above() {}
}

mod of_the_prelude {
    use brunt::prelude::*;

    #[load_test(users = 2)]
    #[target(max < 60s)]
    async fn by_the_prelude(_user: &User) {}
}

mod renamed {
    use brunt::{load_test as load, target as wanted};

    #[wanted(max < 60s)]
    #[load(users = 2)]
    async fn by_other_names() {}
}

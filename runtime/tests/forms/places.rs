//! Where a report says that a test is: a file and a line of that file.

mod called {
    const CALLED: u32 = line!() + 1;
    crate::suite::suite!(named_by_the_caller);

    #[test]
    fn a_test_of_a_suite_is_where_the_suite_is_called() {
        let spec = &__brunt_of_a_suite;
        assert_eq!((spec.file, spec.line, spec.targets[0].line), (file!(), CALLED, CALLED));
        // Its name is written here, its target is not.
        let spec = &__brunt_named_by_the_caller;
        assert_eq!((spec.file, spec.line, spec.targets[0].line), (file!(), CALLED, CALLED));
    }
}

mod written {
    const WRITTEN: u32 = line!() + 4;

    #[brunt::load_test(users = 2)]
    #[brunt::target(max < 60s)]
    async fn of_its_own() {}

    #[test]
    fn a_test_is_where_its_function_is_written() {
        let spec = &__brunt_of_its_own;
        assert_eq!((spec.file, spec.line, spec.targets[0].line), (file!(), WRITTEN, WRITTEN - 1));
    }
}

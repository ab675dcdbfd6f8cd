//! The guide: how to describe a load, judge it, and read its report. These modules are pages to read and contain no
//! code to call.
//!
//! The list of modules below is alphabetical. This is the order to read in; every page ends with a link to the next.
//!
//! **Start here.** After these you can write a load test of your own service, and read its verdict.
//!
//! 1. [First test](first_test): from an empty crate to a passed test, and to a missed target.
//! 2. [An HTTP service](http_service): a whole example with axum and reqwest.
//! 3. [Load](load): users, rates, stages, scenarios, cases.
//! 4. [Body and fixtures](body): the code that a virtual user runs, and the fixture that it runs on.
//! 5. [Data](data): rows for the users, from code or from CSV files.
//! 6. [Failures](failures): how an error gets its kind, the name that targets and reports use.
//! 7. [Targets](targets): the conditions that must hold.
//! 8. [Verdicts](verdicts): pass, fail and inconclusive, and how noise is told from a miss.
//! 9. [Inconclusive: what now](inconclusive): every reason, and its remedy.
//!
//! **Run it every day.**
//!
//! 10. [Running](running): cargo and nextest, the two harnesses, tests that wait for one another, settings.
//! 11. [CI](ci): GitHub Actions, GitLab, Jenkins.
//! 12. [Reports](reports): console, JSON, JUnit.
//!
//! **More kinds of tests.**
//!
//! 13. [Stress](stress): the cost of one call, and how it grows.
//! 14. [Capacity](capacity): the highest load that a system carries.
//! 15. [Resilience](resilience): break things under load, and see the system recover; with a whole example.
//!
//! **To look things up.**
//!
//! 16. [Coming from another tool](coming_from): k6, Gatling, Locust, goose, criterion.
//! 17. [Glossary](glossary): the words of this guide.
//!
//! | you have | read |
//! |---|---|
//! | five minutes | [first test](first_test) |
//! | tests in k6, Gatling, Locust, goose or criterion | [coming from another tool](coming_from) |
//! | a red test that is *inconclusive* | [inconclusive: what now](inconclusive) |
//! | a word that you do not know | the [glossary] |
//!
//! Ready-made tests, for any service that implements a trait, are in the crate `brunt-suites`.
//!
//! The types that tests use are described at their definitions: [`User`](crate::User) and [`Lab`](crate::Lab) for
//! bodies, [`fault`](crate::fault) for faults, [`breaker`](crate::breaker) and [`saga`](crate::saga) for model checks,
//! [`report`](crate::report) for the JSON schema.
//!
//! Next: [first test](first_test).

pub mod body;
pub mod capacity;
pub mod ci;
pub mod coming_from;
pub mod data;
pub mod failures;
pub mod first_test;
pub mod glossary;
pub mod http_service;
pub mod inconclusive;
pub mod load;
pub mod reports;
pub mod resilience;
pub mod running;
pub mod stress;
pub mod targets;
pub mod verdicts;

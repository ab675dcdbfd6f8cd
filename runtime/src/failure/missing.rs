//! `Missing`: the error of a test whose server is not installed.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// The error that a server needed by a test is not installed. If a `setup` fails with it, the test is *ignored*
/// (`brunt::main!`) or *skipped* (the standard harness), unless `BRUNT_REQUIRE` names the server.
///
/// ```
/// fn kafka() -> brunt::Result {
///     if !std::path::Path::new("/opt/kafka/bin/kafka-server").is_file() {
///         Err(brunt::fault::Missing::new("kafka", "unpack it to /opt/kafka"))?;
///     }
///     Ok(())
/// }
/// let failed = kafka().unwrap_err();
/// assert_eq!((failed.kind(), failed.message()), ("missing", "`kafka` is not installed: unpack it to /opt/kafka"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    server: Cow<'static, str>,
    install: Cow<'static, str>,
}

impl Missing {
    /// The error of a missing `server`, by its name in `BRUNT_REQUIRE`; `install` says how to get it.
    pub fn new(server: impl Into<Cow<'static, str>>, install: impl Into<Cow<'static, str>>) -> Self {
        Self { server: server.into(), install: install.into() }
    }

    /// Name of the server, as in `BRUNT_REQUIRE`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// How to install the server.
    pub fn install(&self) -> &str {
        &self.install
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not installed: {}", self.server, self.install)
    }
}

impl StdError for Missing {}

//! The servers that brunt can start, by their names. They are known whether their features are on or not: a profile that
//! several crates share names them all.

/// A server that brunt starts itself.
pub(crate) struct KnownServer {
    /// As `BRUNT_REQUIRE` and messages name it.
    pub(crate) name: &'static str,
    /// What else people call it, to be told the name.
    pub(crate) also: &'static [&'static str],
}

/// All of them: one line each.
pub(crate) const KNOWN_SERVERS: [KnownServer; 2] =
    [KnownServer { name: "postgres", also: &["pg", "psql", "pgsql"] }, KnownServer { name: "redis", also: &[] }];

/// Their names.
pub(crate) fn known_names() -> impl Iterator<Item = &'static str> {
    KNOWN_SERVERS.iter().map(|server| server.name)
}

/// The name of the server that people also call `word`.
pub(crate) fn name_behind(word: &str) -> Option<&'static str> {
    KNOWN_SERVERS.iter().find(|server| server.also.contains(&word)).map(|server| server.name)
}

/// The variable that names the folder of a server's programs: `BRUNT_POSTGRES_BIN`.
pub(crate) fn folder_variable(server: &str) -> String {
    format!("BRUNT_{}_BIN", server.to_uppercase())
}

/// Whether it is the variable of one of them.
pub(crate) fn is_variable(name: &str) -> bool {
    known_names().any(|server| folder_variable(server) == name)
}

//! Names of the servers that brunt can start. The names are known without the features too, since crates with different
//! features can share a configuration file.

/// A server that brunt starts itself.
pub(crate) struct KnownServer {
    /// Name in `BRUNT_REQUIRE` and in messages.
    pub(crate) name: &'static str,
    /// Other names in use, for which an error suggests `name`.
    pub(crate) also: &'static [&'static str],
}

/// One line for each server.
pub(crate) const KNOWN_SERVERS: [KnownServer; 2] =
    [KnownServer { name: "postgres", also: &["pg", "psql", "pgsql"] }, KnownServer { name: "redis", also: &[] }];

/// The names of all known servers.
pub(crate) fn known_names() -> impl Iterator<Item = &'static str> {
    KNOWN_SERVERS.iter().map(|server| server.name)
}

/// The name of the known server that is also called `word`.
pub(crate) fn name_behind(word: &str) -> Option<&'static str> {
    KNOWN_SERVERS.iter().find(|server| server.also.contains(&word)).map(|server| server.name)
}

/// The variable that names the folder of a server's programs: `BRUNT_POSTGRES_BIN`.
pub(crate) fn folder_variable(server: &str) -> String {
    format!("BRUNT_{}_BIN", server.to_uppercase())
}

/// Whether `name` is the variable of a known server.
pub(crate) fn is_variable(name: &str) -> bool {
    known_names().any(|server| folder_variable(server) == name)
}

//! The kernel's count of refused connections.

/// Number of failed attempts to connect in this network namespace since its start, of all processes (`tcpAttemptFails`,
/// RFC 4022). `None` on systems without this count.
pub(super) fn failed_attempts() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/net/snmp").ok()?;
    let mut rows = text.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let (names, figures) = (rows.next()?, rows.next()?);
    let at = names.split_whitespace().position(|name| name == "AttemptFails")?;
    figures.split_whitespace().nth(at)?.parse().ok()
}

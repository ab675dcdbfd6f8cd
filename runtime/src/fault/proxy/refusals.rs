//! How many connections were refused: the kernel answers who asks a port that is shut, and counts it.

/// Attempts to connect that failed in this network namespace since it came up (`tcpAttemptFails`, RFC 4022), those of all
/// processes in it. `None` where the system does not tell.
pub(super) fn failed_attempts() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/net/snmp").ok()?;
    let mut rows = text.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let (names, figures) = (rows.next()?, rows.next()?);
    let at = names.split_whitespace().position(|name| name == "AttemptFails")?;
    figures.split_whitespace().nth(at)?.parse().ok()
}

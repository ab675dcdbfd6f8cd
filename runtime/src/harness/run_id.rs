//! Which tests belong to one run: those of all test binaries that one `cargo test` or `cargo nextest run` starts.

use super::environment::Variables;

/// The run's name, fit for a folder: `NEXTEST_RUN_ID`, else the process that started this one and when that started
/// (process ids come again).
pub(crate) fn find(variables: &Variables) -> String {
    if let Some(id) = variables.get("NEXTEST_RUN_ID") {
        return id.to_owned();
    }
    let parent = parent();
    let started = started(parent).unwrap_or_default();
    format!("{parent}-{started}")
}

#[cfg(unix)]
pub(super) fn parent() -> u32 {
    std::os::unix::process::parent_id()
}

/// Without a way to ask for the parent every process is a run of its own; `BRUNT_RUN` brings them together.
#[cfg(not(unix))]
pub(super) fn parent() -> u32 {
    std::process::id()
}

/// When a process started, in whatever the system counts it in.
#[cfg(target_os = "linux")]
pub(super) fn started(process: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    start_of(&stat).map(str::to_owned)
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn started(process: u32) -> Option<String> {
    let id = process.to_string();
    let output = std::process::Command::new("ps").args(["-o", "lstart=", "-p", &id]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.chars().filter(char::is_ascii_alphanumeric).collect())
}

#[cfg(not(unix))]
pub(super) fn started(_: u32) -> Option<String> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(now.as_nanos().to_string())
}

/// Field 22 of `/proc/PID/stat` (proc(5)). The second field is the program's name in parentheses and may hold spaces
/// and parentheses itself.
#[cfg(target_os = "linux")]
fn start_of(stat: &str) -> Option<&str> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_nextest_or_else_by_the_parent() {
        let nextest = Variables::of([("NEXTEST_RUN_ID", "b0b5-1")]);
        assert_eq!(find(&nextest), "b0b5-1");
        let parent = find(&Variables::of([]));
        assert_eq!(parent, find(&Variables::of([])));
        assert!(parent.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{parent}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_name_of_a_program_may_hold_anything() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8812 1 1";
        assert_eq!(start_of(stat), Some("8812"));
    }
}

//! The processes above this one, from its parent upward.

use std::path::PathBuf;

/// A process above this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ancestor {
    pub(crate) id: u32,
    /// When it started, in the unit of the system. Process ids are reused; the id with this time is unique.
    pub(crate) started: String,
    /// The name of its program, without folders.
    pub(crate) name: String,
    /// Whether it is the session leader of a terminal, as an interactive shell is.
    pub(crate) has_terminal: bool,
}

/// The most ancestors that are read. Process ids are reused, so a chain read step by step could close to a ring.
#[cfg(unix)]
const MOST: usize = 64;

impl Ancestor {
    /// Its working directory, where the system provides it.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        if cfg!(target_os = "linux") { std::fs::read_link(format!("/proc/{}/cwd", self.id)).ok() } else { None }
    }
}

/// This process and its ancestors.
#[cfg(target_os = "linux")]
pub(crate) fn process_ancestors() -> Vec<Ancestor> {
    let mut found = Vec::new();
    let mut next = Some(std::process::id());
    while let Some(id) = next.filter(|id| *id > 0 && found.len() < MOST) {
        let Ok(stat) = std::fs::read(format!("/proc/{id}/stat")) else { break };
        let Some((ancestor, parent)) = of_stat(&String::from_utf8_lossy(&stat)) else { break };
        found.push(ancestor);
        next = Some(parent);
    }
    found
}

/// The start time of a process, in the unit of [`Ancestor::started`]; `None` if no process has this id.
#[cfg(target_os = "linux")]
pub(crate) fn started(id: u32) -> Option<String> {
    let stat = std::fs::read(format!("/proc/{id}/stat")).ok()?;
    of_stat(&String::from_utf8_lossy(&stat)).map(|(process, _)| process.started)
}

/// When a process started, as an [`Ancestor`] says it; `None` where there is none of this id.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn started(id: u32) -> Option<String> {
    let output = std::process::Command::new("ps").args(["-o", "lstart=", "-p", &id.to_string()]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.chars().filter(char::is_ascii_alphanumeric).collect::<String>()).filter(|text| !text.is_empty())
}

/// Always `None`: this system gives no information on other processes.
#[cfg(not(unix))]
pub(crate) fn started(_: u32) -> Option<String> {
    None
}

/// A line of `/proc/PID/stat` (proc(5)) and the parent's id. The second field is the program's name in parentheses and
/// may hold spaces and parentheses itself.
#[cfg(target_os = "linux")]
fn of_stat(stat: &str) -> Option<(Ancestor, u32)> {
    let (id, rest) = stat.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let (id, parent) = (id.parse().ok()?, fields.get(1)?.parse().ok()?);
    let (session, terminal): (u32, i32) = (fields.get(3)?.parse().ok()?, fields.get(4)?.parse().ok()?);
    let started = (*fields.get(19)?).to_owned();
    Some((Ancestor { id, started, name: name.to_owned(), has_terminal: session == id && terminal != 0 }, parent))
}

/// This process, and all above it.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn process_ancestors() -> Vec<Ancestor> {
    let all = std::process::Command::new("ps").args(["-A", "-o", "pid=,ppid=,lstart=,comm="]).output();
    let all = all.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    above(std::process::id(), all.lines().filter_map(of_ps).collect())
}

/// This process alone: ancestors cannot be read here, and `BRUNT_RUN` joins several processes to a run.
#[cfg(not(unix))]
pub(crate) fn process_ancestors() -> Vec<Ancestor> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let (id, started) = (std::process::id(), now.as_nanos().to_string());
    vec![Ancestor { id, started, name: String::new(), has_terminal: false }]
}

/// A line of `ps -o pid=,ppid=,lstart=,comm=`: the start is five words, the program may have several.
#[cfg(all(unix, any(test, not(target_os = "linux"))))]
fn of_ps(line: &str) -> Option<(Ancestor, u32)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (id, parent) = (words.first()?.parse().ok()?, words.get(1)?.parse().ok()?);
    let started = words.get(2..7)?.concat().chars().filter(char::is_ascii_alphanumeric).collect();
    let program = words.get(7..)?.join(" ");
    let name = program.rsplit('/').next().unwrap_or_default().trim_start_matches('-').to_owned();
    Some((Ancestor { id, started, name, has_terminal: false }, parent))
}

#[cfg(all(unix, any(test, not(target_os = "linux"))))]
fn above(own: u32, mut all: Vec<(Ancestor, u32)>) -> Vec<Ancestor> {
    let (mut found, mut next) = (Vec::new(), own);
    while let Some(at) = all.iter().position(|(process, _)| process.id == next).filter(|_| found.len() < MOST) {
        let (ancestor, parent) = all.swap_remove(at);
        found.push(ancestor);
        next = parent;
    }
    found
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_name_of_a_program_may_hold_anything() {
        let stat = "7 (a) b (c)) S 1 7 7 34816 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8812 1 1";
        let wanted = Ancestor { id: 7, started: "8812".to_owned(), name: "a) b (c)".to_owned(), has_terminal: true };
        assert_eq!(of_stat(stat), Some((wanted, 1)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_first_is_this_process() {
        let found = process_ancestors();
        assert_eq!(found[0].id, std::process::id());
        assert_eq!(found[0].folder(), std::env::current_dir().ok());
        assert_eq!(found.get(1).map(|parent| parent.id), Some(std::os::unix::process::parent_id()));
    }

    #[test]
    #[cfg(unix)]
    fn the_lines_of_ps_are_read_and_followed() {
        let lines = "  1     0 Mon Nov 23 09:00:00 2026 /sbin/launchd\n 77     1 Mon Nov 23 09:10:11 2026 -zsh\n\
                     90    77 Mon Nov 23 09:10:12 2026 /opt/my tools/cargo\n";
        let found = above(90, lines.lines().filter_map(of_ps).collect());
        let seen: Vec<(u32, &str, &str)> =
            found.iter().map(|it| (it.id, it.name.as_str(), it.started.as_str())).collect();
        assert_eq!(
            seen,
            [
                (90, "cargo", "MonNov230910122026"),
                (77, "zsh", "MonNov230910112026"),
                (1, "launchd", "MonNov230900002026")
            ]
        );
    }
}

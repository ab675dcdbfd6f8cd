//! Environment variables, program name and working directory of the process. They are read once, and nowhere else in
//! the harness.

use crate::engine::spec::CargoTarget;
use crate::report::model::{Environment, Repetition, TargetKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The environment variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The variables of this process. Invalid Unicode in names and values is replaced.
    pub(crate) fn read() -> Self {
        let text = |word: std::ffi::OsString| word.to_string_lossy().into_owned();
        Self(std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect())
    }

    #[cfg(test)]
    pub(crate) fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0.iter().map(|(name, value)| (name.clone(), value.clone()))
    }
}

/// The test binary's name without the hash that cargo appends.
pub(crate) fn test_binary_name() -> String {
    let program = std::env::current_exe().ok();
    let stem = program.as_deref().and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
    stem.map_or_else(|| "test".to_owned(), |stem| without_hash(&stem).to_owned())
}

fn without_hash(stem: &str) -> &str {
    match stem.rsplit_once('-') {
        Some((name, hash)) if hash.len() == 16 && hash.chars().all(|c| c.is_ascii_hexdigit()) => name,
        _ => stem,
    }
}

/// The cargo target that the test binary was built from: as nextest gives it, else as cargo gave it at compile time.
pub(crate) fn target_kind(variables: &Variables, target: CargoTarget, file: &str) -> TargetKind {
    if let Some(id) = variables.get("NEXTEST_BINARY_ID") {
        return match id.split_once("::") {
            None => TargetKind::Lib,
            Some((_, name)) if name.starts_with("bin/") => TargetKind::Bin,
            Some((_, name)) if name.starts_with("example/") => TargetKind::Example,
            Some((_, name)) if name.starts_with("bench/") => TargetKind::Bench,
            Some(_) => TargetKind::Test,
        };
    }
    let lies_in = |folder: &str| Path::new(file).components().any(|part| part.as_os_str() == folder);
    match target {
        CargoTarget { program: true, .. } if lies_in("examples") => TargetKind::Example,
        CargoTarget { program: true, .. } => TargetKind::Bin,
        CargoTarget { integration: true, .. } if lies_in("benches") => TargetKind::Bench,
        CargoTarget { integration: true, .. } => TargetKind::Test,
        CargoTarget { .. } => TargetKind::Lib,
    }
}

/// Attempt and repetition of this process: nextest counts attempts from 1 and repetitions from 0, and sets `none`
/// without repetitions.
pub(crate) fn nextest_repetition(variables: &Variables) -> Repetition {
    let number = |name: &str| variables.get(name).and_then(|value| value.parse().ok());
    let attempt = number("NEXTEST_ATTEMPT").unwrap_or(1).max(1);
    Repetition {
        attempt,
        attempts: number("NEXTEST_TOTAL_ATTEMPTS").unwrap_or(1).max(attempt),
        iteration: number("NEXTEST_STRESS_CURRENT"),
    }
}

/// The folder of the crate under test. Cargo and nextest set it; an IDE or a shell may not.
pub(crate) fn crate_dir(variables: &Variables, else_dir: &str) -> PathBuf {
    variables.get("CARGO_MANIFEST_DIR").unwrap_or(else_dir).into()
}

/// The machine, commit and versions, as the report shows them.
pub(crate) fn describe_environment(variables: &Variables, crate_dir: &Path) -> Environment {
    let first = |names: &[&str]| names.iter().find_map(|name| variables.get(name)).map(str::to_owned);
    let ci =
        [("GITHUB_ACTIONS", "GitHub Actions"), ("GITLAB_CI", "GitLab CI"), ("JENKINS_URL", "Jenkins"), ("CI", "CI")];
    Environment {
        ci: ci.iter().find(|(name, _)| variables.get(name).is_some()).map(|(_, system)| (*system).to_owned()),
        git: first(&["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"]).or_else(|| checked_out_commit(crate_dir)),
        ..Environment::here()
    }
}

/// The commit that is checked out, read from git's own files.
fn checked_out_commit(dir: &Path) -> Option<String> {
    let git = dir.ancestors().map(|dir| dir.join(".git")).find(|git| git.is_dir())?;
    let read = |file: &str| std::fs::read_to_string(git.join(file)).ok();
    let head = read("HEAD")?;
    let Some(branch) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
    if let Some(commit) = read(branch) {
        return Some(commit.trim().to_owned());
    }
    let packed = read("packed-refs")?;
    packed.lines().find_map(|line| line.strip_suffix(branch)).map(|commit| commit.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_is_named_without_its_hash() {
        assert_eq!(without_hash("load-5f9bbd9e5cff857e"), "load");
        assert_eq!(without_hash("load-test"), "load-test");
        assert_eq!(without_hash("my-load-0123456789abcdef"), "my-load");
    }

    #[test]
    fn the_kind_of_target_is_what_nextest_or_else_cargo_says() {
        let built = |program, integration| CargoTarget { program, integration };
        for (id, target, file, wanted) in [
            ("", built(false, false), "shop/src/lib.rs", TargetKind::Lib),
            ("", built(true, false), "shop/src/main.rs", TargetKind::Bin),
            ("", built(true, false), "shop/examples/till.rs", TargetKind::Example),
            ("", built(false, true), "shop/tests/load.rs", TargetKind::Test),
            ("", built(false, true), "shop/benches/load.rs", TargetKind::Bench),
            ("shop", built(true, false), "", TargetKind::Lib),
            ("shop::bin/till", built(false, false), "", TargetKind::Bin),
            ("shop::load", built(false, false), "", TargetKind::Test),
            ("shop::example/till", built(false, false), "", TargetKind::Example),
            ("shop::bench/load", built(false, false), "", TargetKind::Bench),
        ] {
            let variables = Variables::of([("NEXTEST_BINARY_ID", id)]);
            assert_eq!(target_kind(&variables, target, file), wanted, "{id} {target:?} {file}");
        }
    }

    #[test]
    fn nextest_says_which_attempt_and_repetition_it_is() {
        assert_eq!(nextest_repetition(&Variables::of([])), Repetition::default());
        let retried = [("NEXTEST_ATTEMPT", "2"), ("NEXTEST_TOTAL_ATTEMPTS", "3"), ("NEXTEST_STRESS_CURRENT", "none")];
        assert_eq!(
            nextest_repetition(&Variables::of(retried)),
            Repetition { attempt: 2, attempts: 3, iteration: None }
        );
        let stress = [("NEXTEST_ATTEMPT", "1"), ("NEXTEST_TOTAL_ATTEMPTS", "1"), ("NEXTEST_STRESS_CURRENT", "0")];
        assert_eq!(
            nextest_repetition(&Variables::of(stress)),
            Repetition { attempt: 1, attempts: 1, iteration: Some(0) }
        );
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let variables = Variables::of([("A", ""), ("B", "b")]);
        assert_eq!((variables.get("A"), variables.get("B"), variables.get("C")), (None, Some("b"), None));
    }

    #[test]
    fn the_commit_is_found_loose_packed_and_detached() {
        let root = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let file = root.path().join(".git").join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        let inner = root.path().join("member/src");
        write("HEAD", "ref: refs/heads/main\n");
        write("packed-refs", "# pack-refs\nabc1 refs/heads/other\nabc2 refs/heads/main\n");
        assert_eq!(checked_out_commit(&inner).as_deref(), Some("abc2"));
        write("refs/heads/main", "abc3\n");
        assert_eq!(checked_out_commit(&inner).as_deref(), Some("abc3"));
        write("HEAD", "abc4\n");
        assert_eq!(checked_out_commit(&inner).as_deref(), Some("abc4"));
    }
}

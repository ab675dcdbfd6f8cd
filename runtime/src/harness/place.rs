//! The folder of a run's reports: the one the user sets, else one in the target folder of the workspace.

use super::ancestors::Ancestor;
use super::environment::Variables;
use super::run_id;
use std::path::{Path, PathBuf};

/// The surroundings of a test binary, as far as they are known.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) variables: &'a Variables,
    pub(crate) ancestors: &'a [Ancestor],
    /// The folder of the crate under test; it may not exist on this machine.
    pub(crate) crate_dir: &'a Path,
    /// The test binary.
    pub(crate) program: &'a Path,
}

impl Surroundings<'_> {
    /// The folder of the reports; `given` is the setting, if there is one. A relative `BRUNT_OUT` is resolved against
    /// the folder in which the user started cargo, a relative path in `.config/brunt.toml` against the workspace.
    pub(crate) fn out(&self, given: Option<&Path>) -> PathBuf {
        match given {
            Some(given) if self.variables.get("BRUNT_OUT").is_some() => self.stands().join(given),
            Some(given) => self.workspace().unwrap_or_else(|| self.crate_dir.to_owned()).join(given),
            None => self.target_dir().join("brunt"),
        }
    }

    /// The folder in which the user started the run; cargo and nextest start each test binary in its package's folder.
    fn stands(&self) -> PathBuf {
        let Some(cargo) = run_id::outermost_cargo(self.ancestors) else { return working_directory() };
        let said = || self.variables.get("PWD").map(PathBuf::from).filter(|folder| folder.is_absolute());
        cargo.folder().or_else(said).or_else(|| self.workspace()).unwrap_or_else(working_directory)
    }

    /// The root of the workspace, if its sources are on this machine.
    fn workspace(&self) -> Option<PathBuf> {
        // For an archive, nextest gives the folder that the sources are in now.
        if let Some(root) = self.variables.get("NEXTEST_WORKSPACE_ROOT").map(PathBuf::from).filter(|root| root.is_dir())
        {
            return Some(root);
        }
        self.crate_dir.ancestors().find(|dir| dir.join("Cargo.lock").is_file()).map(Path::to_owned)
    }

    fn target_dir(&self) -> PathBuf {
        // Cargo puts its marker file into the target folder, and also into a separate build folder.
        let marked = self.program.ancestors().skip(1).find(|dir| dir.join("CACHEDIR.TAG").is_file());
        match marked {
            Some(marked) if !self.has_build_dir() => marked.to_owned(),
            _ => self.unmarked_target_dir(),
        }
    }

    fn unmarked_target_dir(&self) -> PathBuf {
        let said = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"].iter().find_map(|name| self.variables.get(name));
        if let Some(said) = said {
            return self.stands().join(said);
        }
        match (self.configured("target-dir"), self.workspace()) {
            (Some(configured), _) => configured,
            (None, Some(workspace)) => workspace.join("target"),
            // Without sources: `<target>/<profile>/deps/<binary>`, or a binary that was moved.
            (None, None) => match self.program.parent() {
                Some(deps) if deps.ends_with("deps") => deps.ancestors().nth(2).unwrap_or(deps).to_owned(),
                _ => self.stands().join("target"),
            },
        }
    }

    /// Whether cargo's build folder differs from the target folder.
    fn has_build_dir(&self) -> bool {
        self.variables.get("CARGO_BUILD_BUILD_DIR").is_some() || self.configured("build-dir").is_some()
    }

    /// A folder from `[build]` of cargo's configuration, resolved against the folder that holds `.cargo`.
    fn configured(&self, key: &str) -> Option<PathBuf> {
        let home = self.variables.get("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(Path::new(self.variables.get("HOME")?).join(".cargo")));
        let folders = self.crate_dir.ancestors().map(|dir| dir.join(".cargo")).chain(home);
        folders.into_iter().find_map(|folder| {
            let text =
                ["config.toml", "config"].iter().find_map(|file| std::fs::read_to_string(folder.join(file)).ok())?;
            let config: toml::Table = text.parse().ok()?;
            let value = config.get("build")?.get(key)?.as_str()?.to_owned();
            Some(folder.parent()?.join(value))
        })
    }
}

fn working_directory() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASHED: &str = "x86_64-unknown-none/debug/deps/load-0123456789abcdef";

    fn put(file: PathBuf, text: &str) {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// A workspace with one member, and its target folder.
    fn workspace() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let (member, target) = (root.path().join("member"), root.path().join("target"));
        std::fs::create_dir_all(&member).unwrap();
        put(root.path().join("Cargo.lock"), "");
        put(target.join("CACHEDIR.TAG"), "");
        (root, member, target)
    }

    fn out<const N: usize>(
        variables: [(&str, &str); N],
        given: Option<&str>,
        member: &Path,
        program: &Path,
    ) -> PathBuf {
        let variables = Variables::of(variables);
        let surroundings = Surroundings { variables: &variables, ancestors: &[], crate_dir: member, program };
        surroundings.out(given.map(Path::new))
    }

    #[test]
    fn reports_lie_where_every_binary_of_the_workspace_finds_them() {
        let (root, member, target) = workspace();
        let program = target.join(HASHED);
        assert_eq!(out([], None, &member, &program), target.join("brunt"));
        assert_eq!(out([], Some("reports"), &member, &program), root.path().join("reports"), "of .config/brunt.toml");
        let absolute = out([("BRUNT_OUT", "/reports")], Some("/reports"), &member, &program);
        assert_eq!(absolute, Path::new("/reports"));
    }

    #[test]
    fn a_relative_brunt_out_is_of_where_the_user_stands() {
        let (_root, member, target) = workspace();
        let found = out([("BRUNT_OUT", "reports")], Some("reports"), &member, &target.join(HASHED));
        assert_eq!(found, working_directory().join("reports"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn where_the_user_stands_is_where_cargo_was_started() {
        let (root, member, target) = workspace();
        let mut cargo = std::process::Command::new("sleep");
        let mut cargo = cargo.arg("60").current_dir(root.path()).spawn().unwrap();
        let ancestor =
            |id: u32, name: &str| Ancestor { id, started: String::new(), name: name.to_owned(), has_terminal: false };
        let ancestors = [ancestor(std::process::id(), "load"), ancestor(cargo.id(), "cargo")];
        let variables = Variables::of([("BRUNT_OUT", "reports")]);
        let program = target.join(HASHED);
        let surroundings =
            Surroundings { variables: &variables, ancestors: &ancestors, crate_dir: &member, program: &program };
        let found = surroundings.out(Some(Path::new("reports")));
        cargo.kill().unwrap();
        cargo.wait().unwrap();
        assert_eq!(found, root.path().canonicalize().unwrap().join("reports"));
    }

    #[test]
    fn a_build_folder_is_not_where_reports_lie() {
        let (root, member, target) = workspace();
        let build = root.path().join("build");
        put(build.join("CACHEDIR.TAG"), "");
        let program = build.join(HASHED);
        let found = out([("CARGO_BUILD_BUILD_DIR", "build")], None, &member, &program);
        assert_eq!(found, target.join("brunt"));
        put(root.path().join(".cargo/config.toml"), "[build]\nbuild-dir = \"build\"\ntarget-dir = \"made\"\n");
        assert_eq!(out([], None, &member, &program), root.path().join("made/brunt"));
        let said = out([("CARGO_TARGET_DIR", "/said")], None, &member, &program);
        assert_eq!(said, Path::new("/said/brunt"));
    }

    #[test]
    fn an_archive_and_a_binary_that_was_moved_report_to_the_workspace_where_there_is_one() {
        let (root, member, target) = workspace();
        let (nowhere, extracted) =
            (Path::new("/nowhere/member"), Path::new("/tmp/nextest-archive/target").join(HASHED));
        let remapped = [("NEXTEST_WORKSPACE_ROOT", root.path().to_str().unwrap())];
        assert_eq!(out(remapped, None, nowhere, &extracted), target.join("brunt"));
        assert_eq!(out([], None, &member, Path::new("/elsewhere/load")), target.join("brunt"));
        let kept = Path::new("/elsewhere/debug/deps/load-0123456789abcdef");
        assert_eq!(out([], None, nowhere, kept), Path::new("/elsewhere/brunt"));
        assert_eq!(out([], None, nowhere, Path::new("/elsewhere/load")), working_directory().join("target/brunt"));
    }
}

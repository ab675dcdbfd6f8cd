//! Warnings for plain `#[test]`s beside `brunt::main!`, which no harness runs: without `--test` the compiler drops
//! them, and nothing of them is in the binary. They are found in the source, if it is on this machine.

use std::path::{Path, PathBuf};

/// The place of the `main!` call.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The file, relative to the folder in which the compiler was started.
    pub file: &'static str,
    /// The folder of the crate.
    pub crate_dir: &'static str,
}

/// A plain test, which is not run.
#[derive(Debug, PartialEq, Eq)]
struct PlainTest {
    line: usize,
    name: String,
}

impl Source {
    /// A warning for every plain test of the target, as far as its source can be read.
    pub(super) fn warnings(self) -> Vec<String> {
        let file = Path::new(self.crate_dir).ancestors().map(|dir| dir.join(self.file)).find(|file| file.is_file());
        let Some(file) = file else { return Vec::new() };
        let root = file.parent().map(Path::to_owned).unwrap_or_default();
        let mut warnings = Vec::new();
        read_module_file(&file, &root, &mut warnings);
        warnings
    }
}

/// Reads a file and the files of its modules, which lie in `folder`.
fn read_module_file(file: &Path, folder: &Path, warnings: &mut Vec<String>) {
    let Ok(text) = std::fs::read_to_string(file) else { return };
    warnings.extend(plain_tests(&text).into_iter().map(|PlainTest { line, name }| {
        format!(
            "{}:{line}: `{name}` is not run: a target with `harness = false` has no plain tests; move it to a file of \
             its own in `tests`",
            file.display()
        )
    }));
    for module in modules_in_files(&text) {
        let [flat, nested] = [folder.join(format!("{module}.rs")), folder.join(module).join("mod.rs")];
        let own: PathBuf = folder.join(module);
        if let Some(file) = [flat, nested].iter().find(|file| file.is_file()) {
            read_module_file(file, &own, warnings);
        }
    }
}

fn plain_tests(text: &str) -> Vec<PlainTest> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let attributes = lines.iter().enumerate().filter(|(_, line)| is_test_attribute(line));
    attributes
        .filter_map(|(at, _)| {
            let (below, name) =
                lines[at..].iter().enumerate().find_map(|(below, line)| Some((below, function_name(line)?)))?;
            Some(PlainTest { line: at + below + 1, name: name.to_owned() })
        })
        .collect()
}

/// `#[test]`, `#[tokio::test(flavor = "multi_thread")]`
fn is_test_attribute(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("#[") else { return false };
    let path = rest.split([']', '(']).next().unwrap_or_default();
    path.trim().rsplit("::").next() == Some("test")
}

fn function_name(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    let is_start = before.is_empty() || before.ends_with(' ') || before.ends_with(']');
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (is_start && !name.is_empty() && !line.starts_with("//")).then_some(name)
}

/// The modules that are files of their own.
fn modules_in_files(text: &str) -> Vec<&str> {
    let names = text.lines().filter_map(|line| line.trim().strip_suffix(';')?.rsplit_once("mod "));
    names
        .filter(|(before, name)| (before.is_empty() || before.starts_with("pub")) && !name.contains(' '))
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_tests_are_told_from_others() {
        let text = "
            #[test]
            fn adds_up() {}
            #[tokio::test(flavor = \"multi_thread\")]
            #[ignore]
            async fn waits() {}
            #[test] fn at_once() {}
            #[test_log::test]
            pub(crate) fn logs() {}
            // #[test]
            fn not_this() {}
            #[brunt::load_test(users = 3)]
            async fn load_test() {}
            #[cfg(test)]
            fn neither() {}
        ";
        let found: Vec<(usize, String)> = plain_tests(text).into_iter().map(|test| (test.line, test.name)).collect();
        let wanted = [(3, "adds_up"), (6, "waits"), (7, "at_once"), (9, "logs")];
        assert_eq!(found, wanted.map(|(line, name)| (line, name.to_owned())));
    }

    #[test]
    fn modules_of_the_target_are_read_too() {
        let folder = tempfile::tempdir().unwrap();
        let dir: &'static str = Box::leak(folder.path().display().to_string().into_boxed_str());
        for (file, text) in [
            ("tests/shop.rs", "mod cart;\npub mod pay;\nmod inline { }\n#[test]\nfn root() {}"),
            ("tests/cart.rs", "mod deep;\n#[test]\nfn in_cart() {}"),
            ("tests/cart/deep.rs", "#[test]\nfn in_deep() {}"),
            ("tests/pay/mod.rs", "#[test]\nfn in_pay() {}"),
            ("tests/other.rs", "#[test]\nfn of_another_target() {}"),
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let warnings = Source { file: "tests/shop.rs", crate_dir: dir }.warnings();
        let named = |name: &str| warnings.iter().any(|warning| warning.contains(&format!("`{name}` is not run")));
        assert!(["root", "in_cart", "in_deep", "in_pay"].iter().all(|name| named(name)), "{warnings:#?}");
        assert_eq!(warnings.len(), 4, "{warnings:#?}");
        assert!(warnings[0].contains("tests/shop.rs:5: "), "{warnings:#?}");
        assert_eq!(Source { file: "no/such/file.rs", crate_dir: dir }.warnings(), [""; 0]);
    }
}

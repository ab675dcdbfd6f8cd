//! Holds the table of layers of ARCHITECTURE.md, and that no files name one another in a circle: reads every path of the
//! sources and knows nothing else.

#![allow(clippy::unwrap_used)]

#[path = "layers/circles.rs"]
mod circles;
#[path = "layers/names.rs"]
mod names;

use circles::Graph;
use names::Names;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each module of the crate's root may import of the others. `failure` and `error` lie under all of them;
/// `private`, `prelude`, `guide` and the root itself only re-export or explain.
const LAYERS: &[(&str, &[&str])] = &[
    ("failure", &[]),
    ("error", &["failure"]),
    ("regular_file", &[]),
    ("servers", &[]),
    ("sync", &[]),
    ("private_folder", &["regular_file"]),
    ("record", &["sync", "error", "failure"]),
    ("fault", &["sync", "error", "failure"]),
    ("cluster", &["fault", "private_folder", "servers", "sync", "error", "failure"]),
    ("postgres", &["cluster", "fault", "private_folder", "servers", "error", "failure"]),
    ("redis", &["cluster", "fault", "servers", "error", "failure"]),
    ("breaker", &["error", "failure"]),
    ("saga", &["sync", "error", "failure"]),
    ("engine", &["fault", "record", "sync", "error", "failure"]),
    ("units", &[]),
    ("judge", &["units", "record", "error", "failure"]),
    ("report", &["units", "judge", "record", "regular_file", "sync", "error", "failure"]),
    ("registry", &["engine"]),
    (
        "harness",
        &[
            "units",
            "registry",
            "engine",
            "report",
            "judge",
            "record",
            "private_folder",
            "servers",
            "sync",
            "error",
            "failure",
        ],
    ),
    ("private", &["harness", "registry", "engine", "judge", "record", "failure"]),
];

/// Names of other crates and of std that only these may use.
const OWNED: [(&str, &[&str]); 10] = [
    ("inventory", &["registry", "private", "failure"]),
    ("libtest_mimic", &["harness"]),
    ("clap", &["harness"]),
    ("ctrlc", &["harness"]),
    ("indicatif", &["harness"]),
    ("toml", &["harness"]),
    ("quick_junit", &["report"]),
    ("tokio", &["engine", "fault", "cluster", "postgres", "redis", "private"]),
    ("tokio_postgres", &["postgres"]),
    ("cpu_time", &["record", "engine"]),
];

/// What keeps a pure module pure.
const PURE: [(&str, &[&str]); 4] = [
    ("breaker", &["fs", "env", "thread", "process", "Instant", "SystemTime"]),
    ("saga", &["fs", "env", "thread", "process", "Instant", "SystemTime"]),
    ("judge", &["fs", "env", "thread", "process", "Instant", "SystemTime"]),
    ("failure", &["fs", "env", "thread"]),
];

/// The folders of the crates, from the root of the workspace.
const CRATES: [&str; 3] = ["runtime/src", "runtime/plan/src", "macros/src"];

/// Types whose methods may stand in another file, and why.
const METHODS_AWAY: [(&str, &str); 2] = [
    ("Feed", "`Feed::csv` needs a feature, and its file names the feed"),
    ("TestReport", "its model is data that other tools read; `report/measured.rs` makes it from measurements"),
];

/// The most free functions, in per cent, that may have a name of one word.
const MOST_ONE_WORD: f64 = 10.0;
/// The most types, in per cent, that may share their name with another type of their crate: pairs that are always
/// written with their module.
const MOST_SHARED: f64 = 12.0;

/// The floors of the engine, from the ground: a file names only those of its own room, and of rooms on the floors below.
const FLOORS: [&[&str]; 15] = [
    &["rt", "schedule"],
    &["load", "batch", "rounds"],
    &["user"],
    &["users"],
    &["supervision"],
    &["drive"],
    &["lab"],
    &["counted"],
    &["spec"],
    &["shared", "job"],
    &["fixture", "guard"],
    &["test"],
    &["experiment_run", "sweep"],
    &["loads"],
    &["levels", "run"],
];
/// What only tests of the engine use.
const FOR_TESTS: [&str; 3] = ["testkit", "systems", "tests"];

/// A path in the sources, from its root.
#[derive(Debug)]
struct Import {
    file: PathBuf,
    line: usize,
    /// The module of the crate's root that the path is written in.
    layer: String,
    /// `["crate", "judge", "Verdict"]`
    path: Vec<String>,
}

impl Import {
    /// Whether it is of the tests that lead whole experiments and judge them, for which all layers work together.
    fn is_whole(&self) -> bool {
        self.file.starts_with("harness/experiments")
    }
}

#[test]
fn imports_run_downward_only() {
    let imports = imports();
    let mut wrong = Vec::new();
    for import in
        imports.iter().filter(|import| import.path[0] == "crate" && import.path.len() > 1 && !import.is_whole())
    {
        let Some((_, below)) = LAYERS.iter().find(|(layer, _)| *layer == import.layer) else { continue };
        let to = import.path[1].as_str();
        let is_layer = LAYERS.iter().any(|(layer, _)| *layer == to);
        if is_layer && to != import.layer && !below.contains(&to) {
            wrong.push(import.told(&format!("`{}` must not import `{to}`", import.layer)));
        }
    }
    assert!(imports.len() > 100, "read {} paths only: does the test still see the sources?", imports.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_place_in_the_table() {
    let free = ["lib", "prelude", "guide"];
    let known: BTreeSet<&str> = LAYERS.iter().map(|(layer, _)| *layer).chain(free).collect();
    let layers: BTreeSet<String> = sources().iter().map(|file| layer_of(&modules_of(file))).collect();
    let unknown: Vec<&String> = layers.iter().filter(|layer| !known.contains(layer.as_str())).collect();
    assert!(unknown.is_empty(), "no layer in the table of runtime/tests/layers.rs: {unknown:?}");
}

#[test]
fn what_has_an_owner_is_named_by_nobody_else() {
    let mut wrong = Vec::new();
    for import in imports() {
        for (name, owners) in OWNED {
            if import.path[0] == name && !owners.contains(&import.layer.as_str()) && !import.is_whole() {
                wrong.push(import.told(&format!("only {owners:?} may name `{name}`")));
            }
        }
        let variable = import.path.windows(2).any(|pair| pair[0] == "env" && pair[1].starts_with("var"));
        // What is asked outside of any harness too: where a server's programs are, where the user's own folder is, and
        // whose descendant this process is.
        let outside = ["cluster/programs.rs", "private_folder.rs", "fault/process/reaper.rs"];
        if variable && import.layer != "harness" && !outside.iter().any(|file| import.file == Path::new(file)) {
            wrong.push(import.told("only `harness` reads environment variables"));
        }
        for (layer, names) in PURE {
            let found = import.path.iter().find(|part| names.contains(&part.as_str()));
            if let Some(name) = found.filter(|_| import.layer == layer && import.path[0] != "crate") {
                wrong.push(import.told(&format!("`{layer}` is pure: it knows no `{name}`")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `println!` and its like panic where nobody reads any more, and would fail a test that passed.
#[test]
fn only_what_cannot_panic_prints() {
    let may_print = |file: &Path| {
        let is_test = file.iter().any(|part| part == "tests" || part == "experiments") || file.ends_with("tests.rs");
        is_test || file == Path::new("harness/say.rs")
    };
    let mut wrong = Vec::new();
    for file in sources().into_iter().filter(|file| !may_print(file)) {
        let text = std::fs::read_to_string(root().join(&file)).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let prints = ["println!(", "print!("].iter().any(|call| line.contains(call));
            if prints {
                wrong.push(format!("runtime/src/{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "use `harness::say`, or `writeln!` and drop its result:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let silent: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|file| !std::fs::read_to_string(root().join(file)).unwrap().starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "no `//!` at the top: {silent:?}");
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let text = "
        use crate::{judge::{self, Verdict}, report as r};
        use super::{sibling, super::engine::run};
        // use crate::comment;
        const S: &str = \"crate::string\";
        mod inner { use super::super::record::Tally; fn f() { println!(\"{}\", crate::error::X); } }
        fn g(a: super::Distribution) -> std::env::Args { std::env::var(\"X\") }
    ";
    let modules = ["harness".to_owned(), "watch".to_owned()];
    let mut found = Vec::new();
    paths_in(text.parse().unwrap(), &modules, &mut |path, _| found.push(path.join("::")));
    for wanted in [
        "crate::judge::self",
        "crate::judge::Verdict",
        "crate::report",
        "crate::harness::sibling",
        "crate::engine::run",
        "crate::harness::record::Tally",
        "crate::error::X",
        "crate::harness::Distribution",
        "std::env::var",
    ] {
        assert!(found.iter().any(|path| path == wanted), "{wanted} in {found:#?}");
    }
    assert!(!found.iter().any(|path| path.contains("comment") || path.contains("string")));
}

#[test]
fn no_circle_of_files() {
    let mut circles = Vec::new();
    for root in CRATES {
        let graph = Graph::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(root));
        assert!(graph.files.len() > 10, "read {} files of {root}: does the test still see them?", graph.files.len());
        circles.extend(graph.circles().iter().map(|circle| graph.describe(root, circle)));
    }
    let text = circles.join("\n");
    assert!(circles.is_empty(), "a file is below the files that name it; move what both need below both:\n{text}");
}

#[test]
fn the_engine_names_only_floors_below() {
    let graph = Graph::of(&root());
    let is_engine = |file: &Path| file.starts_with("engine") && file != Path::new("engine/mod.rs");
    let room = |file: &Path| modules_of(file).get(1).cloned().unwrap_or_default();
    let floor = |room: &str| FLOORS.iter().position(|rooms| rooms.contains(&room));
    let rooms: BTreeSet<String> = graph.files.iter().filter(|file| is_engine(file)).map(|file| room(file)).collect();
    let homeless = |room: &&String| floor(room).is_none() && !FOR_TESTS.contains(&room.as_str());
    assert_eq!(rooms.iter().filter(homeless).collect::<Vec<_>>(), Vec::<&String>::new(), "on no floor");
    let wrong: Vec<String> = graph
        .arrows("runtime/src")
        .filter(|(from, to, _)| is_engine(from) && is_engine(to))
        .filter(|(from, ..)| !from.iter().any(|part| part == "tests" || part == "tests.rs"))
        .filter(|(from, to, _)| {
            let (from, to) = (room(from), room(to));
            from != to && floor(&from).is_some_and(|from| floor(&to).is_none_or(|to| to >= from))
        })
        .map(|(.., told)| told)
        .collect();
    assert!(wrong.is_empty(), "a file must not name what is on its own floor or above:\n{}", wrong.join("\n"));
}

#[test]
fn functions_carry_their_object_in_their_name() {
    let short = names().one_word_functions();
    let percent = short.percent();
    let text = format!("{} of {} free functions have a name of one word: {percent:.1} %", short.part, short.whole);
    println!("{text}\n{}", short.list);
    assert!(percent < MOST_ONE_WORD, "{text}, at most {MOST_ONE_WORD} %\n{}", short.list);
}

#[test]
fn types_have_names_of_their_own() {
    let shared = names().shared_types();
    let percent = shared.percent();
    let text = format!("{} of {} types share their name: {percent:.1} %", shared.part, shared.whole);
    println!("{text}\n{}", shared.list);
    assert!(percent < MOST_SHARED, "{text}, at most {MOST_SHARED} %\n{}", shared.list);
}

#[test]
fn no_file_name_is_borne_more_than_twice() {
    let crowded = names().crowded_file_names();
    assert!(crowded.is_empty(), "a reader who searches for a file finds too many:\n{}", crowded.join("\n"));
}

#[test]
fn methods_stand_in_the_file_of_their_type() {
    let mut away = names().methods_away();
    away.retain(|(name, _)| !METHODS_AWAY.iter().any(|(known, _)| known == name));
    let list: Vec<&str> = away.iter().map(|(_, text)| text.as_str()).collect();
    assert!(away.is_empty(), "an inherent `impl` is in a file that does not define its type:\n{}", list.join("\n"));
}

#[test]
fn the_glossary_names_types_that_there_are() {
    let text = std::fs::read_to_string(workspace().join("CONTRIBUTING.md")).unwrap();
    let glossary = text.split("## Glossary").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<&str> =
        glossary.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| word")).collect();
    assert!(rows.len() >= 30, "{} words", rows.len());
    let names = names();
    let types = rows.iter().map(|row| row.split('|').nth(3).unwrap_or_default().trim().trim_matches('`'));
    let unknown: Vec<&str> = types.filter(|name| !names.has_type(name)).collect();
    assert!(unknown.is_empty(), "no type bears these names: {unknown:?}");
}

#[test]
fn names_are_followed_to_the_file_that_defines_them() {
    let circles = |texts: &[(&str, &str)]| -> Vec<Vec<String>> {
        let texts = texts.iter().map(|(file, text)| (PathBuf::from(*file), (*text).to_owned()));
        let graph = Graph::of_texts(texts.collect());
        let name = |file: &usize| graph.files[*file].display().to_string();
        graph.circles().iter().map(|circle| circle.iter().map(name).collect()).collect()
    };
    // What a facade only passes on leads through it, by whatever way it is named.
    for uses in [
        "use super::B; pub struct A(B);",
        "use crate::f::{self, B as Other}; pub struct A(Other);",
        "use super::*; pub struct A(b::B);",
        "use super::b; pub struct A(b::B);",
        "use crate::f; pub struct A(f::B);",
        "pub struct A(crate::f::B);",
        "fn a() { use crate::B; } pub struct A;",
        "fn a() { println!(\"{:?}\", super::b::B) } pub struct A;",
    ] {
        let facade = "mod a; mod b; pub use a::A; pub(crate) use b::B;";
        let files = [("lib.rs", "mod f; pub use f::B;"), ("f/mod.rs", facade), ("f/a.rs", uses)];
        let b = |text| [&files[..], &[("f/b.rs", text)]].concat();
        assert_eq!(circles(&b("use super::A; pub struct B(A);")), [["f/a.rs", "f/b.rs"]], "{uses}");
        assert!(circles(&b("pub struct B; mod tests { use super::super::A; }")).is_empty(), "{uses}");
        assert!(circles(&b("/// [`A`](super::A)\n pub struct B; const S: &str = \"super::A\";")).is_empty(), "{uses}");
    }
    // Code that a macro writes is of another crate; the span that it is written with is not.
    let parent = "mod a; pub fn p() { a::a() }";
    for (quoted, wanted) in [
        ("quote! { super::p() }", 0),
        ("quote::quote!(super::p())", 0),
        ("syn::parse_quote!({ super::p() })", 0),
        ("quote_spanned! { at=> super::p() }", 0),
        ("quote_spanned! { super::p()=> 1 }", 1),
        ("format!(\"{:?}\", super::p())", 1),
    ] {
        let files = [("lib.rs", parent.to_owned()), ("a.rs", format!("pub fn a() {{ {quoted} }}"))];
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
        assert_eq!(circles(&files).len(), wanted, "{quoted}");
    }
    // To know a module by name is to know none of its names.
    let module = [("lib.rs", "mod a; mod b;"), ("a.rs", "use super::b; fn a() {}"), ("b.rs", "use super::a::a;")];
    assert!(circles(&module).is_empty());
    // A parent that itself uses what it passes on is in the circle of a child that takes something of it.
    let parent = "mod a; pub use a::A; pub struct P(A);";
    assert_eq!(circles(&[("lib.rs", parent), ("a.rs", "pub struct A(super::P);")]), [["lib.rs", "a.rs"]]);
    assert!(
        circles(&[("lib.rs", "mod a; pub use a::A; pub struct P;"), ("a.rs", "pub struct A(super::P);")]).is_empty()
    );
}

impl Import {
    fn told(&self, what: &str) -> String {
        format!("runtime/src/{}:{}: {what} (`{}`)", self.file.display(), self.line, self.path.join("::"))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The root of the workspace.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of the three crates.
fn names() -> Names {
    Names::of_workspace(&workspace())
}

/// Every source file of the runtime, from the root.
fn sources() -> Vec<PathBuf> {
    rust_files(&root())
}

/// Every source file below a folder, from there.
fn rust_files(root: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

/// The module that a file is: `report/mod.rs` is `["report"]`.
fn modules_of(file: &Path) -> Vec<String> {
    let mut modules: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if modules.last().is_some_and(|last| last == "mod" || last == "lib") {
        modules.pop();
    }
    modules
}

fn layer_of(modules: &[String]) -> String {
    modules.first().cloned().unwrap_or_else(|| "lib".to_owned())
}

fn imports() -> Vec<Import> {
    let mut imports = Vec::new();
    for file in sources() {
        let modules = modules_of(&file);
        let tokens: TokenStream = std::fs::read_to_string(root().join(&file)).unwrap().parse().unwrap();
        paths_in(tokens, &modules, &mut |path, line| {
            imports.push(Import { file: file.clone(), line, layer: layer_of(&modules), path });
        });
    }
    imports
}

/// Every path of two or more names, with `super` and `self` resolved; inside macros too.
fn paths_in(tokens: TokenStream, modules: &[String], found: &mut dyn FnMut(Vec<String>, usize)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    let inner: Vec<String> = modules.iter().cloned().chain([name.to_string()]).collect();
                    paths_in(body.stream(), &inner, found);
                    at += 2;
                }
            }
            TokenTree::Ident(_) => {
                let length = path_at(&tokens[at..], &[], modules, found);
                at += length.saturating_sub(1);
            }
            TokenTree::Group(group) => paths_in(group.stream(), modules, found),
            _ => {}
        }
        at += 1;
    }
}

/// Reads the path that starts here, below what stands before the braces it is in. Gives back how many tokens it has.
fn path_at(
    tokens: &[TokenTree],
    before: &[String],
    modules: &[String],
    found: &mut dyn FnMut(Vec<String>, usize),
) -> usize {
    let (mut path, mut at) = (before.to_vec(), 0);
    let line = tokens[0].span().start().line;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        path.push(name.to_string());
        at += 1;
        if !is_separator(&tokens[at..]) {
            break;
        }
        at += 2;
        if let Some(TokenTree::Group(group)) = tokens.get(at).filter(|token| is_braced(token)) {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            for item in inner.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')) {
                if !item.is_empty() {
                    path_at(item, &path, modules, found);
                }
            }
            return at + 1;
        }
    }
    if path.len() > 1 {
        found(resolved(path, modules), line);
    }
    at
}

fn is_separator(tokens: &[TokenTree]) -> bool {
    let colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(tokens.first()) && colon(tokens.get(1))
}

fn is_braced(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The path from the root of the crate.
fn resolved(path: Vec<String>, modules: &[String]) -> Vec<String> {
    let mut base = modules.to_vec();
    let mut rest = path.as_slice();
    match rest[0].as_str() {
        "super" => {}
        "self" => rest = &rest[1..],
        _ => return path,
    }
    while rest.first().is_some_and(|name| name == "super") {
        base.pop();
        rest = &rest[1..];
    }
    ["crate".to_owned()].into_iter().chain(base).chain(rest.iter().cloned()).collect()
}

//! The names of the three crates: functions that bear one word, types that share a name, files that do, and types whose
//! methods stand away from them. Tests and what only tests use are left out.

use super::{CRATES, modules_of, rust_files};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use syn::{Attribute, Item, ItemMod, Meta, Type};

/// What is defined in the files of all crates that are no tests.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Free functions, each with its file.
    functions: Vec<(String, PathBuf)>,
    /// The files in which a type of a name is defined, by crate and name.
    types: BTreeMap<(usize, String), Vec<PathBuf>>,
    /// Files by their own name, without folders.
    files: BTreeMap<String, Vec<PathBuf>>,
    /// The types that inherent implementations are of, by crate and name, each with its file.
    implementations: Vec<((usize, String), PathBuf)>,
}

/// A part of a whole that should be small, and what it consists of.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) part: usize,
    pub(super) whole: usize,
    pub(super) list: String,
}

impl Share {
    /// In per cent.
    pub(super) fn percent(&self) -> f64 {
        100.0 * self.part as f64 / self.whole as f64
    }
}

impl Names {
    /// Reads all files of all crates.
    pub(super) fn of_workspace(workspace: &Path) -> Self {
        let mut names = Self::default();
        for (number, root) in CRATES.iter().enumerate() {
            let folder = workspace.join(root);
            let files = rust_files(&folder);
            let read = |file: &PathBuf| {
                let text = std::fs::read_to_string(folder.join(file)).unwrap();
                syn::parse_file(&text).unwrap().items
            };
            let items: Vec<Vec<Item>> = files.iter().map(read).collect();
            let tests: BTreeSet<Vec<String>> =
                files.iter().zip(&items).flat_map(|(file, items)| test_modules(&modules_of(file), items)).collect();
            for (file, items) in files.iter().zip(&items) {
                let modules = modules_of(file);
                if (0..=modules.len()).any(|length| tests.contains(&modules[..length])) {
                    continue;
                }
                let file = Path::new(root).join(file);
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                names.files.entry(name).or_default().push(file.clone());
                names.add(number, &file, items);
            }
        }
        names
    }

    fn add(&mut self, number: usize, file: &Path, items: &[Item]) {
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            let name = match item {
                Item::Fn(function) => {
                    self.functions.push((function.sig.ident.to_string(), file.to_owned()));
                    continue;
                }
                Item::Mod(ItemMod { content: Some((_, items)), .. }) => {
                    self.add(number, file, items);
                    continue;
                }
                Item::Impl(implementation) => {
                    if let (None, Type::Path(path)) = (&implementation.trait_, &*implementation.self_ty) {
                        let name = path.path.segments.last().unwrap().ident.to_string();
                        self.implementations.push(((number, name), file.to_owned()));
                    }
                    continue;
                }
                Item::Struct(item) => &item.ident,
                Item::Enum(item) => &item.ident,
                Item::Union(item) => &item.ident,
                Item::Trait(item) => &item.ident,
                Item::Type(item) => &item.ident,
                _ => continue,
            };
            self.types.entry((number, name.to_string())).or_default().push(file.to_owned());
        }
    }

    /// Free functions whose name is one word.
    pub(super) fn one_word_functions(&self) -> Share {
        let short = self.functions.iter().filter(|(name, _)| !name.contains('_') && name != "main");
        let mut by_file: BTreeMap<&Path, Vec<&str>> = BTreeMap::new();
        let mut part = 0;
        for (name, file) in short {
            part += 1;
            by_file.entry(file).or_default().push(name);
        }
        let mut list = String::new();
        for (file, names) in by_file {
            writeln!(list, "  {}: {}", file.display(), names.join(" ")).unwrap();
        }
        Share { part, whole: self.functions.len(), list }
    }

    /// Types that another type of their crate shares its name with.
    pub(super) fn shared_types(&self) -> Share {
        let (mut part, mut list) = (0, String::new());
        for ((_, name), files) in self.types.iter().filter(|(_, files)| files.len() > 1) {
            part += files.len();
            writeln!(list, "  {name}: {}", listed(files)).unwrap();
        }
        Share { part, whole: self.types.values().map(Vec::len).sum(), list }
    }

    /// Names that more than two files bear, with the files.
    pub(super) fn crowded_file_names(&self) -> Vec<String> {
        let crowded =
            self.files.iter().filter(|(name, files)| files.len() > 2 && !["mod.rs", "lib.rs"].contains(&&***name));
        crowded.map(|(name, files)| format!("  {name}: {}", listed(files))).collect()
    }

    /// Inherent implementations in a file that does not define their type: the type, and where it stands.
    pub(super) fn methods_away(&self) -> Vec<(String, String)> {
        let homes = |of: &(usize, String), file: &PathBuf| self.types.get(of).filter(|homes| !homes.contains(file));
        let away = self.implementations.iter().filter_map(|(of, file)| {
            let homes = homes(of, file)?;
            Some((of.1.clone(), format!("  {} of {}: {}", of.1, listed(homes), file.display())))
        });
        away.collect()
    }

    /// Whether a type of this name is defined.
    pub(super) fn has_type(&self, name: &str) -> bool {
        self.types.keys().any(|(_, known)| known == name)
    }
}

fn listed(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(" ")
}

/// The modules of these items that only tests have, as paths from the root of the crate.
fn test_modules(modules: &[String], items: &[Item]) -> Vec<Vec<String>> {
    let modules = |module: &ItemMod| [modules, &[module.ident.to_string()]].concat();
    let tests = items.iter().filter_map(|item| match item {
        Item::Mod(module) if is_for_tests(&module.attrs) => Some(modules(module)),
        _ => None,
    });
    tests.collect()
}

/// Whether an item is compiled for tests alone: `#[cfg(test)]`, `#[cfg(all(test, …))]`, `#[test]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test")
        }
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        _ => &[],
    }
}

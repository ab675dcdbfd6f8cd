//! The graph of a crate's files: which file names what another one defines, and which of them do so in a circle. A name is
//! followed through every `use` to the file that defines it, so that a facade which only passes a name on is none of the
//! graph. What is tested inside of a file (`mod tests { … }`) is left out, as is the code that a macro writes
//! (`quote! { … }`): its paths are of the crate that the code is written for.

use super::{is_braced, is_separator, modules_of, rust_files};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// Words that stand before the name of something that a module defines.
const DEFINING: [&str; 8] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];
/// Macros whose code is written for another crate.
const QUOTING: [&str; 4] = ["quote", "quote_spanned", "parse_quote", "parse_quote_spanned"];
/// A chain of re-exports is no longer than this.
const LONGEST_CHAIN: usize = 16;

/// A module path, from the root of the crate: `["engine", "load"]`; the root itself is empty.
type Module = Vec<String>;

/// One name that a file names of another.
#[derive(Clone, Debug)]
pub(super) struct Arrow {
    line: usize,
    name: String,
}

/// The files of one crate and what they name of one another.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) files: Vec<PathBuf>,
    /// The first name for each pair of files.
    arrows: BTreeMap<usize, BTreeMap<usize, Arrow>>,
}

/// What a module has under which name.
#[derive(Debug, Default)]
struct Scope {
    file: usize,
    defined: BTreeSet<String>,
    /// Names that a `use` brings in, with the path that each is.
    used: BTreeMap<String, Vec<Used>>,
    /// Modules all of whose names are brought in.
    globs: Vec<Used>,
    /// All other paths, and words that stand alone.
    paths: Vec<(Vec<String>, usize)>,
    words: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Used {
    path: Vec<String>,
    line: usize,
    /// It is there for others: `pub use`, with or without a bound.
    passed_on: bool,
}

type Scopes = BTreeMap<Module, Scope>;

impl Graph {
    /// Reads all files below a folder.
    pub(super) fn of(root: &Path) -> Self {
        let files = rust_files(root);
        let texts = files.iter().map(|file| std::fs::read_to_string(root.join(file)).unwrap());
        Self::of_texts(files.clone().into_iter().zip(texts).collect())
    }

    /// The graph of these files, each with its text.
    pub(super) fn of_texts(texts: Vec<(PathBuf, String)>) -> Self {
        let mut scopes = Scopes::new();
        for (number, (file, text)) in texts.iter().enumerate() {
            read(text.parse().unwrap(), &modules_of(file), number, &mut scopes, true);
        }
        let mut graph = Self { files: texts.into_iter().map(|(file, _)| file).collect(), ..Self::default() };
        for (module, scope) in &scopes {
            for (path, line) in scope.named() {
                resolve(&scopes, module, path, 0).into_iter().for_each(|to| graph.add(scope.file, to, line, path));
            }
            for Used { path, line, .. } in scope.globs.iter().filter(|glob| !glob.passed_on) {
                let to = scopes.get(&module_at(&scopes, module, path).0).map(|scope| scope.file);
                to.into_iter().for_each(|to| graph.add(scope.file, to, *line, path));
            }
        }
        graph
    }

    fn add(&mut self, from: usize, to: usize, line: usize, path: &[String]) {
        if from != to {
            let arrows = self.arrows.entry(from).or_default();
            arrows.entry(to).or_insert_with(|| Arrow { line, name: path.join("::") });
        }
    }

    /// Every arrow: from which file to which, and in words.
    pub(super) fn arrows(&self, root: &str) -> impl Iterator<Item = (&Path, &Path, String)> {
        self.arrows.iter().flat_map(move |(from, arrows)| {
            arrows.iter().map(move |(to, Arrow { line, name })| {
                let (from, to) = (self.files[*from].as_path(), self.files[*to].as_path());
                (from, to, format!("{root}/{}:{line} names `{name}` of {root}/{}", from.display(), to.display()))
            })
        })
    }

    fn next(&self, file: usize) -> impl Iterator<Item = usize> + '_ {
        self.arrows.get(&file).into_iter().flat_map(|arrows| arrows.keys().copied())
    }

    /// All that a file leads to.
    fn reached(&self, from: usize) -> BTreeSet<usize> {
        let (mut reached, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(file) = left.pop() {
            left.extend(self.next(file).filter(|next| reached.insert(*next)));
        }
        reached
    }

    /// The circles: files each of which leads to all others of its circle.
    pub(super) fn circles(&self) -> Vec<BTreeSet<usize>> {
        let reached: Vec<BTreeSet<usize>> = (0..self.files.len()).map(|file| self.reached(file)).collect();
        let mut circles: Vec<BTreeSet<usize>> = Vec::new();
        for file in (0..self.files.len()).filter(|file| reached[*file].contains(file)) {
            if !circles.iter().any(|circle| circle.contains(&file)) {
                circles.push(reached[file].iter().copied().filter(|other| reached[*other].contains(&file)).collect());
            }
        }
        circles
    }

    /// A circle in words: its size, and the shortest way around in it.
    pub(super) fn describe(&self, root: &str, circle: &BTreeSet<usize>) -> String {
        let ways = circle.iter().map(|file| self.way_around(*file, circle));
        let shortest = ways.min_by_key(Vec::len).unwrap_or_default();
        let steps = shortest.windows(2).map(|pair| {
            let Arrow { line, name } = &self.arrows[&pair[0]][&pair[1]];
            let [from, to] = [pair[0], pair[1]].map(|file| self.files[file].display());
            format!("\n    {root}/{from}:{line} names `{name}` of {root}/{to}")
        });
        let all: Vec<String> = circle.iter().map(|file| self.files[*file].display().to_string()).collect();
        format!("{} files in a circle{}\n  all of them: {}", circle.len(), steps.collect::<String>(), all.join(" "))
    }

    /// The shortest way from a file back to itself.
    fn way_around(&self, from: usize, circle: &BTreeSet<usize>) -> Vec<usize> {
        let mut before = BTreeMap::new();
        let mut left = VecDeque::from([from]);
        while let Some(file) = left.pop_front() {
            for next in self.next(file).filter(|next| circle.contains(next)) {
                if next == from {
                    let mut way = vec![from, file];
                    while way[way.len() - 1] != from {
                        way.push(before[&way[way.len() - 1]]);
                    }
                    way.reverse();
                    return way;
                }
                if let std::collections::btree_map::Entry::Vacant(unseen) = before.entry(next) {
                    unseen.insert(file);
                    left.push_back(next);
                }
            }
        }
        Vec::new()
    }
}

impl Scope {
    /// Every path that the module itself names. What is only passed on it does not name.
    fn named(&self) -> impl Iterator<Item = (&[String], usize)> {
        let own = |name: &str, used: &Used| !used.passed_on || self.words.contains(name);
        let used = self.used.iter().flat_map(move |(name, all)| all.iter().filter(move |used| own(name, used)));
        let paths = self.paths.iter().map(|(path, line)| (path.as_slice(), *line));
        used.map(|used| (used.path.as_slice(), used.line)).chain(paths)
    }
}

/// The module that a path leads to from another, and what of the path is left.
fn module_at<'p>(scopes: &Scopes, from: &[String], path: &'p [String]) -> (Module, &'p [String]) {
    let (mut at, mut rest) = match path.first().map(String::as_str) {
        Some("crate") => (Module::new(), &path[1..]),
        Some("self") => (from.to_vec(), &path[1..]),
        _ => (from.to_vec(), path),
    };
    while rest.first().is_some_and(|name| name == "super") {
        at.pop();
        rest = &rest[1..];
    }
    while let Some(name) = rest.first() {
        let child: Module = at.iter().chain([name]).cloned().collect();
        if !scopes.contains_key(&child) {
            break;
        }
        (at, rest) = (child, &rest[1..]);
    }
    (at, rest)
}

/// The files that define what a path in a module names: none for what another crate defines, nor for a module, of which
/// the paths tell what is meant.
fn resolve(scopes: &Scopes, from: &[String], path: &[String], chain: usize) -> BTreeSet<usize> {
    let (at, rest) = module_at(scopes, from, path);
    // A function may be named as a module is.
    let last = path.len() - 1;
    let (twin, _) = module_at(scopes, from, &path[..last]);
    let mut found = if rest.is_empty() { named_in(scopes, &twin, &path[last..], chain) } else { BTreeSet::new() };
    found.extend(named_in(scopes, &at, rest, chain));
    found
}

/// The same for a name, and what follows it, in a module.
fn named_in(scopes: &Scopes, module: &Module, path: &[String], chain: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let (Some(scope), [name, below @ ..]) = (scopes.get(module), path) else { return found };
    if chain > LONGEST_CHAIN {
        return found;
    }
    if scope.defined.contains(name) {
        found.insert(scope.file);
    }
    for used in scope.used.get(name).into_iter().flatten() {
        found.extend(resolve(scopes, module, &[&used.path, below].concat(), chain + 1));
    }
    if found.is_empty() {
        let through = |glob: &Used| resolve(scopes, module, &[&glob.path, path].concat(), chain + 1);
        found.extend(scope.globs.iter().flat_map(through));
    }
    found
}

/// Reads what stands in a module, or in something in it, where it defines no name of the module's.
fn read(tokens: TokenStream, module: &Module, file: usize, scopes: &mut Scopes, defines: bool) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    scopes.entry(module.clone()).or_default().file = file;
    let mut at = 0;
    while at < tokens.len() {
        let word = match &tokens[at] {
            TokenTree::Ident(word) => word.to_string(),
            TokenTree::Group(group) => {
                let quoted = is_quoted(&tokens[..at]);
                let own = if quoted { before_quoted(group.stream()) } else { group.stream() };
                read(own, module, file, scopes, false);
                at += 1;
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let scope = scopes.entry(module.clone()).or_default();
        match (word.as_str(), tokens.get(at + 1), tokens.get(at + 2)) {
            ("use", Some(_), _) => {
                let end = tokens[at..].iter().position(is(';')).map_or(tokens.len(), |length| at + length);
                scope.read_use(&tokens[at + 1..end], &[], is_passed_on(&tokens[..at]));
                at = end;
            }
            ("mod", Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) => {
                if name != "tests" {
                    let inner: Module = module.iter().cloned().chain([name.to_string()]).collect();
                    read(body.stream(), &inner, file, scopes, true);
                }
                at += 2;
            }
            ("mod", ..) => at += 1,
            (word, Some(TokenTree::Ident(name)), _) if defines && DEFINING.contains(&word) => {
                // `const fn`, `unsafe trait`: the next word tells.
                if !DEFINING.contains(&name.to_string().as_str()) {
                    scope.defined.insert(name.to_string());
                    at += 1;
                }
            }
            _ => at += scope.read_path(&tokens[at..]).saturating_sub(1),
        }
        at += 1;
    }
}

impl Scope {
    /// Reads a path that is no `use`; says how many tokens it has.
    fn read_path(&mut self, tokens: &[TokenTree]) -> usize {
        let line = tokens[0].span().start().line;
        let (mut path, mut at) = (Vec::new(), 0);
        while let Some(TokenTree::Ident(name)) = tokens.get(at) {
            path.push(name.to_string());
            at += 1;
            if !is_separator(&tokens[at..]) {
                break;
            }
            at += 2;
        }
        match path.len() {
            1 => _ = self.words.insert(path.remove(0)),
            _ => {
                self.words.insert(path[0].clone());
                self.paths.push((path, line));
            }
        }
        at
    }

    /// Reads one branch of a `use`, below what stands before its braces.
    fn read_use(&mut self, tokens: &[TokenTree], before: &[String], passed_on: bool) {
        let Some(first) = tokens.first() else { return };
        let line = first.span().start().line;
        let (mut path, mut at) = (before.to_vec(), 0);
        let mut alias = None;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    alias = tokens.get(at + 1).map(ToString::to_string);
                    break;
                }
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) if is_braced(token) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    return inner.split(is(',')).for_each(|item| self.read_use(item, &path, passed_on));
                }
                TokenTree::Punct(star) if star.as_char() == '*' => {
                    return self.globs.push(Used { path, line, passed_on });
                }
                _ => {}
            }
            at += 1;
        }
        if let Some(name) = alias.or_else(|| path.last().cloned()) {
            self.used.entry(name).or_default().push(Used { path, line, passed_on });
        }
    }
}

/// Whether what stands before a group is the name of a macro that writes code.
fn is_quoted(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(name), bang] if is('!')(bang) => QUOTING.iter().any(|quoting| name == quoting),
        _ => false,
    }
}

/// What is evaluated where the code is written: the span before `=>`, where there is one.
fn before_quoted(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let end = tokens.windows(2).position(|pair| is('=')(&pair[0]) && is('>')(&pair[1])).unwrap_or(0);
    tokens.into_iter().take(end).collect()
}

fn is(sign: char) -> impl Fn(&TokenTree) -> bool {
    move |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// Whether what stands before a `use` is `pub`, with or without a bound.
fn is_passed_on(before: &[TokenTree]) -> bool {
    let word = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(word)) if word == "pub");
    match before.last() {
        Some(TokenTree::Group(_)) => word(before.iter().rev().nth(1)),
        last => word(last),
    }
}

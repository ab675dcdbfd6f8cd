//! Holds the guide together: the index lists every page once, every page leads to the next, links between pages have
//! their headings, and the reasons that a page explains are those that reports give.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The text of a page, without the `//!` of each line.
fn page(name: &str) -> String {
    let text = fs::read_to_string(source().join("guide").join(format!("{name}.rs"))).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The pages in the order of the index, by the numbers before them.
fn order() -> Vec<String> {
    let index = page("mod");
    let numbered = index.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit()));
    let pages: Vec<String> = numbered.map(|line| link(line).to_owned()).collect();
    for (i, line) in index.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).enumerate() {
        assert!(line.starts_with(&format!("{}. ", i + 1)), "number {} is wanted: {line}", i + 1);
    }
    pages
}

/// Where the first link of a line leads.
fn link(line: &str) -> &str {
    let (_, rest) = line.split_once("](").unwrap_or_else(|| panic!("no link: {line}"));
    rest.split_once(')').unwrap().0
}

#[test]
fn the_index_lists_every_page_once() {
    let listed = order();
    let there: BTreeSet<String> = fs::read_dir(source().join("guide"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "mod")
        .collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), there);
    assert_eq!(listed.len(), there.len(), "a page is listed twice: {listed:?}");
}

#[test]
fn every_page_leads_to_the_next() {
    let pages = order();
    for (i, name) in pages.iter().enumerate() {
        let text = page(name);
        let last = text.lines().last().unwrap();
        let next = pages.get(i + 1).map_or("super".to_owned(), |next| format!("super::{next}"));
        assert!(last.starts_with("Next: ") || i + 1 == pages.len(), "{name} ends with: {last}");
        assert_eq!(link(last), next, "{name} ends with: {last}");
    }
}

/// rustdoc checks the pages of links, and not their headings.
#[test]
fn links_between_pages_have_their_headings() {
    // Rustdoc itself has elements of these names, and so names headings otherwise.
    const TAKEN: [&str; 5] = ["settings", "search", "help", "copy-path", "main-content"];
    let anchors = |name: &str| -> Vec<String> {
        let text = page(name);
        let headings = text.lines().filter_map(|line| line.strip_prefix("# ")).map(|heading| {
            let letters = heading.to_lowercase().replace(' ', "-");
            letters.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
        });
        headings.filter(|anchor: &String| !TAKEN.contains(&anchor.as_str())).collect()
    };
    for name in order() {
        let text = page(&name);
        for target in text.split("](super::").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
        {
            let Some((to, heading)) = target.split_once('#') else { continue };
            assert!(anchors(to).iter().any(|anchor| anchor == heading), "{name}: `{to}` has no heading `{heading}`");
        }
    }
}

/// What the sources of the runtime say in literals, line breaks in them removed.
fn literals(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("guide") && !path.ends_with("tests") {
            literals(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
            all.extend(code.map(|line| line.strip_suffix('\\').unwrap_or(line)));
        }
    }
}

#[test]
fn the_reasons_that_are_explained_are_those_that_reports_give() {
    let mut said = String::new();
    literals(&source(), &mut said);
    let text = page("inconclusive");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let mut reasons = 0;
    for row in rows {
        let cell = row[1..].split(" | ").next().unwrap();
        for quoted in cell.split('`').skip(1).step_by(2).map(str::trim).filter(|quoted| !quoted.is_empty()) {
            // A reason is put together from several literals, with figures between them.
            for part in quoted.split(['…', ':', ';']).map(|part| part.trim_matches([' ', ',', '.', '(', ')'])) {
                let known = part.len() < 3 || said.contains(part);
                assert!(known, "no source says `{part}`, of `{quoted}`");
            }
            reasons += 1;
        }
    }
    assert!(reasons > 50, "{reasons} reasons only: does the test still see the page?");
}

//! Tests of the documents: snippets run, examples are true, links resolve. Snippets in Rust
//! run as documentation tests of the library.

mod command_line;
mod commands;
mod conditions;
mod events;
mod figures;
mod hosts;
mod last_night;
mod library_api;
mod links;
mod pictures;
mod responders;
mod signatures;
mod tracing;

use crate::support::root;
use std::path::{Path, PathBuf};

/// A page of the documents.
pub struct Page {
    /// Its path from the root of the project.
    pub name: String,
    pub text: String,
}

impl Page {
    pub fn read(name: &str) -> Self {
        let file = root().join(name);
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self {
            name: name.to_owned(),
            text,
        }
    }

    /// The fenced blocks of one language, in order.
    pub fn blocks(&self, language: &str) -> Vec<String> {
        let fence = format!("```{language}\n");
        let parts = self.text.split(&fence).skip(1);
        parts
            .map(|part| part.split("\n```").next().unwrap().to_owned() + "\n")
            .collect()
    }

    /// The lines outside of fenced blocks.
    pub fn prose(&self) -> Vec<&str> {
        let mut fenced = false;
        let lines = self.text.lines().filter(|line| {
            let is_fence = line.starts_with("```");
            fenced ^= is_fence;
            !fenced && !is_fence
        });
        lines.collect()
    }

    /// The one block that contains this.
    pub fn block(&self, language: &str, mark: &str) -> String {
        only(self.blocks(language), &self.name, language, mark)
    }
}

/// The README and all pages of `docs`, by name.
pub fn pages() -> Vec<Page> {
    let mut files = Vec::new();
    collect(&root().join("docs"), &mut files);
    files.sort();
    let names = files.iter().map(|file| {
        let name = file.strip_prefix(root()).unwrap();
        name.to_str().unwrap().to_owned()
    });
    let mut pages = vec![Page::read("README.md")];
    pages.extend(names.map(|name| Page::read(&name)));
    assert!(pages.len() > 20, "{} pages", pages.len());
    pages
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

/// The one block of all pages that contains this.
pub fn block(language: &str, mark: &str) -> String {
    let all = pages()
        .iter()
        .flat_map(|page| page.blocks(language))
        .collect();
    only(all, "the documents", language, mark)
}

fn only(blocks: Vec<String>, of: &str, language: &str, mark: &str) -> String {
    let mut found = blocks.into_iter().filter(|block| block.contains(mark));
    let block = found
        .next()
        .unwrap_or_else(|| panic!("{of}: no {language} with {mark:?}"));
    assert!(
        found.next().is_none(),
        "{of}, {language}: {mark:?} is there twice"
    );
    block
}

#[test]
fn the_readme_is_short() {
    let lines = Page::read("README.md").text.lines().count();
    assert!(lines <= 150, "{lines} lines");
}

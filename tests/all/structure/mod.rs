//! How the sources are laid out: no file imports itself by way of others, and none is long.

mod graph;
mod imports;
mod tokens;

use crate::support::root;
use graph::Graph;
use std::fs;
use std::path::Path;

/// Folders of sources, each with a crate in it.
const FOLDERS: [&str; 10] = [
    "guest/connector/src",
    "guest/documents/src",
    "guest/expressions/src",
    "guest/json/src",
    "guest/rules/src",
    "guest/service/src",
    "host/cli/src",
    "host/core/src",
    "host/store/src",
    "host/wasmtime/src",
];

/// Lines of a file, tests included.
const MOST_LINES: usize = 300;

/// Files that may have more: data and tables, no code, and what cargo-component writes.
const LONG: [&str; 1] = ["guest/connector/src/bindings.rs"];

/// The files of a folder: their paths in it, and what they say.
fn files(folder: &str) -> Vec<(String, String)> {
    fn visit(folder: &Path, name: &str, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{name}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                visit(&path, &format!("{name}/"), found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    visit(&root().join(folder), "", &mut found);
    found.sort();
    found
}

fn graph(files: &[(&str, &str)]) -> Graph {
    Graph::new(files.iter().copied())
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    for folder in FOLDERS {
        let files = files(folder);
        assert!(!files.is_empty(), "{folder}");
        let graph = Graph::new(files.iter().map(|(name, text)| (&**name, &**text)));
        let few = files.len() < 4;
        assert!(
            few || graph.imports() > files.len() / 2,
            "{folder}: was it read?"
        );
        if let Some(circle) = graph.circle() {
            panic!(
                "{folder}: {}\nmove what they share to where it belongs",
                circle.join(" imports ")
            );
        }
    }
}

#[test]
fn no_file_is_long() {
    for folder in FOLDERS {
        for (name, text) in files(folder) {
            let lines = text.lines().count();
            let path = format!("{folder}/{name}");
            assert!(
                lines <= MOST_LINES || LONG.contains(&&*path),
                "{path} has {lines} lines, more than {MOST_LINES}: split it by its jobs"
            );
        }
    }
}

#[test]
fn circles_are_found_however_they_are_written() {
    for (second, third) in [
        ("use crate::third::Third;", "use crate::first::First;"),
        (
            "use super::third::Third;",
            "use super::{first::{self, First}};",
        ),
        (
            "pub fn second() -> crate::third::Third {}",
            "use super::first as one;",
        ),
        // By another name, which the root gives it.
        (
            "use crate::{Third, Other};",
            "fn third() { super::first::first() }",
        ),
        (
            "use crate::renamed::Third;",
            "use crate::*; use crate::first::*;",
        ),
    ] {
        let files = [
            (
                "lib.rs",
                "mod first; mod second; mod third; pub use third as renamed; pub use third::{Third};",
            ),
            ("first.rs", "use crate::second::Second;"),
            ("second.rs", second),
            ("third/mod.rs", third),
        ];
        let circle = graph(&files).circle().unwrap_or_default();
        let expected = ["first.rs", "second.rs", "third/mod.rs", "first.rs"];
        assert_eq!(circle, expected, "{second} {third}");
    }
}

#[test]
fn circles_are_found_across_folders() {
    let mut files = [
        (
            "a.rs",
            "use crate::{\n    b::{\n        c::D as E,\n    },\n};",
        ),
        ("b/mod.rs", "pub mod c;"),
        ("b/c.rs", "use super::super::assignment;"),
        ("assignment.rs", "fn f() { crate::a::g() }"),
        ("aside.rs", "// crate::aside::a\nuse super::a::b;"),
        ("lib.rs", "mod a; mod aside; mod assignment; mod b;"),
    ];
    let circle = graph(&files).circle().unwrap_or_default();
    assert_eq!(circle, ["a.rs", "b/c.rs", "assignment.rs", "a.rs"]);
    files[3].1 = "";
    assert_eq!(graph(&files).circle(), None);
}

#[test]
fn a_module_and_what_is_in_it_may_be_a_circle_too() {
    let parent = "mod child; use child::Child; pub struct Parent(Child);";
    let files = [
        ("lib.rs", "mod a;"),
        ("a.rs", parent),
        ("a/child.rs", "use super::Parent;"),
    ];
    assert!(graph(&files).circle().is_some());
    // What a parent hands on it does not use.
    let parent = "mod child; mod other; pub use other::Other; pub struct Parent;";
    let files = [
        ("a.rs", parent),
        ("a/child.rs", "use super::Parent; use super::Other;"),
        ("a/other.rs", "use super::Parent;"),
    ];
    assert_eq!(graph(&files).circle(), None);
}

#[test]
fn what_is_no_import_makes_no_circle() {
    let second = r##"
        //! [`crate::first`], see `use crate::first::First;`
        /* use crate::first::First; /* nested */ */
        const TEXT: &str = "use crate::first::First; \" crate::first::First";
        const RAW: &str = r#" " use crate::first::First; "#;
        const QUOTE: char = '"';
        pub(crate) fn life<'a>(text: &'a str) -> &'a str { text }
        use std::first::First;
        #[cfg(test)]
        use crate::first::First;
        #[cfg(all(test, feature = "yaml"))]
        mod tests {
            use crate::first::First;
        }
    "##;
    let files = [
        ("first.rs", "use crate::second::Second;"),
        ("second.rs", second),
        ("second/tests.rs", "use crate::first::First;"),
    ];
    let graph = graph(&files);
    assert_eq!(graph.circle(), None);
    assert_eq!(graph.imports(), 1);
    let after = format!("{second} use crate::first::First;");
    let files = [files[0], ("second.rs", &*after)];
    assert!(Graph::new(files.into_iter()).circle().is_some());
}

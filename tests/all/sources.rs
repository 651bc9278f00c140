//! The sources of the guests, of the core and of the program: no files import one another
//! in a circle.

use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Where the sources of each crate are.
const CRATES: [&str; 9] = [
    "guest/connector/src",
    "guest/documents/src",
    "guest/expressions/src",
    "guest/json/src",
    "guest/rules/src",
    "guest/service/src",
    "host/cli/src",
    "host/core/src",
    "host/store/src",
];

/// By its names from the root of the crate.
type Module = Vec<String>;

/// The files of a folder by their modules, without tests.
fn read(folder: &Path, module: &Module, found: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut inner = module.clone();
        if !["lib", "main", "mod"].contains(&&*name) {
            inner.push(name.clone());
        }
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            read(&path, &inner, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.insert(inner, fs::read_to_string(path).unwrap());
        }
    }
}

/// The paths of what may be a tree of imports, with these names before it; what follows it.
fn paths<'t>(mut text: &'t str, mut before: Module, found: &mut Vec<Module>) -> &'t str {
    loop {
        if let Some(mut rest) = text.strip_prefix('{') {
            loop {
                rest = rest.trim_start();
                if let Some(rest) = rest.strip_prefix('}') {
                    return rest;
                }
                rest = paths(rest, before.clone(), found);
                match rest.find([',', '}']) {
                    Some(at) => rest = rest[at..].strip_prefix(',').unwrap_or(&rest[at..]),
                    None => return rest,
                }
            }
        }
        let end = text.find(|char: char| !char.is_alphanumeric() && char != '_');
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        before.push(name.to_owned());
        match rest.strip_prefix("::") {
            Some(inner) => text = inner,
            None => {
                found.push(before);
                return rest;
            }
        }
    }
}

/// The modules that a module names, by paths from the root or from the module around it.
fn imports(module: &Module, text: &str, known: &BTreeMap<Module, String>) -> BTreeSet<Module> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            // `super::super::` is read from its beginning.
            if !code[..at].ends_with([':', '$', '_']) {
                paths(&code[at..], Module::new(), &mut found);
            }
        }
    }
    let mut named = BTreeSet::new();
    for path in found {
        let up = path.iter().take_while(|name| *name == "super").count();
        let (base, rest) = match up {
            0 => (&module[..0], &path[1..]),
            up => (&module[..module.len().saturating_sub(up)], &path[up..]),
        };
        let full = [base, rest].concat();
        let longest = (1..=full.len()).rev().map(|count| full[..count].to_vec());
        let file = longest
            .into_iter()
            .find(|module| known.contains_key(module));
        named.extend(file.filter(|file| file != module));
    }
    named
}

/// The modules that import themselves by way of others.
fn circular(known: &BTreeMap<Module, String>) -> Vec<String> {
    let graph: BTreeMap<&Module, BTreeSet<Module>> = known
        .iter()
        .map(|(module, text)| (module, imports(module, text, known)))
        .collect();
    let mut circular = Vec::new();
    for module in known.keys() {
        let (mut reached, mut next) = (BTreeSet::new(), vec![module]);
        while let Some(one) = next.pop() {
            next.extend(graph[one].iter().filter(|named| reached.insert(*named)));
        }
        if reached.contains(module) {
            circular.push(module.join("::"));
        }
    }
    circular
}

#[test]
fn no_files_import_one_another() {
    for folder in CRATES {
        let mut known = BTreeMap::new();
        read(&root().join(folder), &Module::new(), &mut known);
        assert!(!known.is_empty(), "{folder}");
        assert_eq!(circular(&known), Vec::<String>::new(), "{folder}");
    }
}

#[test]
fn files_that_import_one_another_are_found() {
    let module = |path: &str| path.split("::").map(str::to_owned).collect::<Module>();
    let mut known = BTreeMap::from(
        [
            (
                "a",
                "use crate::{\n    b::{\n        c::D as E,\n    },\n};",
            ),
            ("b::c", "use super::super::assignment;"),
            ("assignment", "fn f() { crate::a::g() }"),
            ("aside", "// crate::aside::a\nuse super::a::b;"),
        ]
        .map(|(path, text)| (module(path), text.to_owned())),
    );
    assert_eq!(circular(&known), ["a", "assignment", "b::c"]);
    known.insert(module("assignment"), String::new());
    assert_eq!(circular(&known), Vec::<String>::new());
}

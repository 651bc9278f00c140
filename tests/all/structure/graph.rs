//! Which file of a crate imports which.

use super::imports::{Path, Source};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often a name may stand for another one.
const MOST_NAMES: usize = 16;

struct Module {
    file: String,
    source: Source,
}

/// The files of a crate, with what they import; tests are left out.
pub struct Graph {
    modules: BTreeMap<Path, Module>,
    imports: BTreeMap<Path, BTreeSet<Path>>,
}

impl Graph {
    /// Reads files: their paths in the folder of the crate, and what they say.
    pub fn new<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let modules = files
            .filter_map(|(file, text)| {
                let module = Module {
                    file: file.to_owned(),
                    source: Source::read(text),
                };
                Some((place(file)?, module))
            })
            .collect();
        let mut graph = Self {
            modules,
            imports: BTreeMap::new(),
        };
        for from in graph.modules.keys() {
            let imports = graph.imports_of(from);
            graph.imports.insert(from.clone(), imports);
        }
        graph
    }

    /// How many there are.
    pub fn imports(&self) -> usize {
        self.imports.values().map(BTreeSet::len).sum()
    }

    /// Files that import one another in turn, the first one at the end again; the shortest
    /// such circle.
    pub fn circle(&self) -> Option<Vec<String>> {
        let circles = self.modules.keys().filter_map(|from| self.way_back(from));
        let shortest = circles.min_by_key(Vec::len)?;
        let file = |module: &Path| self.modules[module].file.clone();
        Some(shortest.iter().map(file).collect())
    }

    fn imports_of(&self, from: &Path) -> BTreeSet<Path> {
        let source = &self.modules[from].source;
        // What is handed on is found where it is used.
        let uses = source.uses.iter().filter(|one| !one.is_public);
        let paths = uses.map(|one| &one.path).chain(&source.paths);
        let mut imports: BTreeSet<Path> = paths
            .filter_map(|path| self.home(from, path, MOST_NAMES))
            .collect();
        imports.remove(from);
        imports
    }

    /// The module in which a path ends that is written in another one; none if that is not
    /// of this crate.
    fn home(&self, from: &Path, path: &[String], names: usize) -> Option<Path> {
        let mut rest = path.iter().peekable();
        let mut at = match rest.peek()?.as_str() {
            "crate" => {
                rest.next();
                Path::new()
            }
            "self" | "super" => from.clone(),
            first if self.modules.contains_key(&below(from, first)) => from.clone(),
            _ => return None,
        };
        while let Some(name) = rest.next() {
            match name.as_str() {
                "self" => continue,
                "super" => {
                    at.pop()?;
                    continue;
                }
                _ => {}
            }
            let inner = below(&at, name);
            if self.modules.contains_key(&inner) {
                at = inner;
                continue;
            }
            let handed_on = self.modules.get(&at).and_then(|module| {
                let mut uses = module.source.uses.iter();
                uses.find(|one| one.name == *name)
            });
            if let Some(one) = handed_on.filter(|_| names > 0) {
                let whole: Path = one.path.iter().chain(rest).cloned().collect();
                return self.home(&at, &whole, names - 1);
            }
            break;
        }
        self.modules.contains_key(&at).then_some(at)
    }

    fn way_back(&self, start: &Path) -> Option<Vec<Path>> {
        let mut before: BTreeMap<&Path, &Path> = BTreeMap::new();
        let mut next = VecDeque::from([start]);
        while let Some(at) = next.pop_front() {
            for to in &self.imports[at] {
                if to == start {
                    let mut way = vec![start.clone(), at.clone()];
                    let mut at = at;
                    while at != start {
                        at = before[at];
                        way.push(at.clone());
                    }
                    way.reverse();
                    return Some(way);
                }
                if !before.contains_key(to) {
                    before.insert(to, at);
                    next.push_back(to);
                }
            }
        }
        None
    }
}

fn below(module: &Path, name: &str) -> Path {
    module
        .iter()
        .map(String::as_str)
        .chain([name])
        .map(str::to_owned)
        .collect()
}

/// The module that a file holds; none if it is one of tests.
fn place(file: &str) -> Option<Path> {
    let mut names: Path = file
        .strip_suffix(".rs")?
        .split('/')
        .map(str::to_owned)
        .collect();
    if names.iter().any(|name| name == "tests") {
        return None;
    }
    if matches!(names.last()?.as_str(), "mod" | "lib" | "main") {
        names.pop();
    }
    Some(names)
}

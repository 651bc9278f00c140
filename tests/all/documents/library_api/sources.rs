//! The files of the library, and where a name of theirs comes from.

use std::collections::BTreeMap;
use std::path::Path;
use syn::{Item, UseTree};

/// A path, without `crate`.
pub type Module = Vec<String>;

/// One file.
pub struct Source {
    pub items: Vec<Item>,
    /// What its names stand for: the whole path of each.
    pub names: BTreeMap<String, Module>,
}

/// All files, by their modules.
pub struct Sources(pub BTreeMap<Module, Source>);

impl Sources {
    /// Reads a folder of sources.
    pub fn read(folder: &Path) -> Self {
        let mut sources = Self(BTreeMap::new());
        sources.add(folder, &mut Vec::new());
        sources
    }

    /// The same with those of another crate, by its name.
    pub fn with(mut self, crate_name: &str, folder: &Path) -> Self {
        self.add(folder, &mut vec![crate_name.to_owned()]);
        self
    }

    fn add(&mut self, folder: &Path, module: &mut Module) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if name != "tests" {
                    module.push(name);
                    self.add(&path, module);
                    module.pop();
                }
                continue;
            }
            let mut place = module.clone();
            if !["lib", "mod"].contains(&&*name) {
                place.push(name);
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            let mut names = BTreeMap::new();
            let children: Vec<String> = file.items.iter().filter_map(child).collect();
            for item in &file.items {
                if let Item::Use(item) = item {
                    let here = (&*place, &*children);
                    add_names(&item.tree, &mut Vec::new(), here, &mut names);
                }
            }
            let items = file.items;
            self.0.insert(place, Source { items, names });
        }
    }

    /// The module that defines what a path ends in, and its name there; a module of another
    /// crate begins with that crate.
    pub fn home(&self, path: &[String]) -> Option<(Module, String)> {
        let (name, module) = path.split_last()?;
        match module.first().map(String::as_str) {
            Some("crate") => {}
            _ => return Some((module.to_vec(), name.clone())),
        }
        let source = self.0.get(&module[1..])?;
        match source.names.get(name) {
            Some(further) if further != path => self.home(further),
            _ => Some((module[1..].to_vec(), name.clone())),
        }
    }
}

/// The names that a `use` brings, each with what it stands for.
fn add_names(
    tree: &UseTree,
    path: &mut Module,
    here: (&[String], &[String]),
    names: &mut BTreeMap<String, Module>,
) {
    let mut add = |name: String, path: &Module, last: Option<String>| {
        let whole: Module = path.iter().cloned().chain(last).collect();
        names.insert(name, absolute(&whole, here));
    };
    match tree {
        UseTree::Path(further) => {
            path.push(further.ident.to_string());
            add_names(&further.tree, path, here, names);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            add(path.last().cloned().unwrap_or_default(), path, None);
        }
        UseTree::Name(name) => add(name.ident.to_string(), path, Some(name.ident.to_string())),
        UseTree::Rename(name) => {
            let last = Some(name.ident.to_string()).filter(|last| last != "self");
            add(name.rename.to_string(), path, last);
        }
        UseTree::Glob(_) => {}
        UseTree::Group(group) => {
            for tree in &group.items {
                add_names(tree, path, here, names);
            }
        }
    }
}

/// A module that a file declares.
fn child(item: &Item) -> Option<String> {
    match item {
        Item::Mod(module) => Some(module.ident.to_string()),
        _ => None,
    }
}

/// With `crate` before it where it is of this crate; a file is told by its module and by the
/// modules that it declares.
fn absolute(path: &[String], (place, children): (&[String], &[String])) -> Module {
    let up = path.iter().take_while(|part| *part == "super").count();
    let own = |kept: usize, rest: &[String]| {
        let crate_name = std::iter::once("crate".to_owned());
        crate_name
            .chain(place[..kept].iter().cloned())
            .chain(rest.iter().cloned())
            .collect()
    };
    match path.first().map(String::as_str) {
        Some("crate") => path.to_vec(),
        Some("super") => own(place.len().saturating_sub(up), &path[up..]),
        Some("self") => own(place.len(), &path[1..]),
        Some(first) if children.iter().any(|child| child == first) => own(place.len(), path),
        _ => path.to_vec(),
    }
}

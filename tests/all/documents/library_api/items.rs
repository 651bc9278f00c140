//! Public items, with all that is public of them.

use super::sources::{Module, Source, Sources};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Fields, ImplItem, Item as Syntax, Visibility};

/// A public item.
pub struct Item {
    pub name: String,
    /// A line for itself, and one for each public part.
    pub text: String,
    /// Types of other crates in its signatures: the crate, and the path.
    pub foreign: BTreeSet<(String, String)>,
}

/// What the root of a crate hands on, sorted by name.
pub fn public(sources: &Sources) -> Vec<Item> {
    let mut found = BTreeMap::new();
    let root = &sources.0[&Module::new()];
    for (name, path) in handed_on(root) {
        let home = sources.home(&with_crate(&path, sources));
        let (module, original) = home.unwrap_or_else(|| panic!("{name}: where is it?"));
        found.insert(name.clone(), describe(sources, &name, &module, &original));
    }
    // The module `service` hands on all that is public in this one.
    let hosted = vec!["hosted".to_owned()];
    let own = sources.0[&hosted]
        .items
        .iter()
        .filter_map(|item| match item {
            Syntax::Struct(one) if is_public(&one.vis) => Some(one.ident.to_string()),
            _ => None,
        });
    let own = own.map(|name| (name.clone(), vec![name]));
    for (name, path) in handed_on(&sources.0[&hosted]).into_iter().chain(own) {
        let whole: Module = ["crate".to_owned(), "hosted".to_owned()]
            .into_iter()
            .chain(path)
            .collect();
        let (module, original) = sources.home(&whole).unwrap();
        let shown = format!("service::{name}");
        found.insert(shown.clone(), describe(sources, &shown, &module, &original));
    }
    found.into_values().collect()
}

/// Names of `pub use`, those for this repository left out.
fn handed_on(source: &Source) -> Vec<(String, Module)> {
    let mut all = Vec::new();
    for item in &source.items {
        let Syntax::Use(item) = item else { continue };
        if !is_public(&item.vis) || is_hidden(&item.attrs) {
            continue;
        }
        let text = item.tree.to_token_stream().to_string().replace(' ', "");
        let (module, names) = match text.split_once('{') {
            Some((module, names)) => (module.to_owned(), names.trim_end_matches('}').to_owned()),
            None => {
                let (module, name) = text.rsplit_once("::").unwrap_or(("", &text));
                (module.to_owned(), name.to_owned())
            }
        };
        let module: Module = module
            .split("::")
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        for name in names.split(',').filter(|name| !name.is_empty()) {
            let path = module.iter().cloned().chain([name.to_owned()]).collect();
            all.push((name.to_owned(), path));
        }
    }
    all
}

/// A path as the root writes it, whose first part may be a module of its own.
fn with_crate(path: &Module, sources: &Sources) -> Module {
    let own = path.len() > 1 && sources.0.contains_key(&path[..1]);
    let first = own.then(|| "crate".to_owned());
    first.into_iter().chain(path.iter().cloned()).collect()
}

fn describe(sources: &Sources, shown: &str, module: &Module, name: &str) -> Item {
    let mut item = Item {
        name: shown.to_owned(),
        text: String::new(),
        foreign: BTreeSet::new(),
    };
    let Some(source) = sources.0.get(module) else {
        panic!("{shown}: where is {}::{name}?", module.join("::"));
    };
    let mut parts = Vec::new();
    for syntax in &source.items {
        define(&mut item, &mut parts, syntax, name, source);
    }
    assert!(!item.text.is_empty(), "{shown}: it is not in {module:?}");
    for (place, source) in &sources.0 {
        for syntax in &source.items {
            let Syntax::Impl(block) = syntax else {
                continue;
            };
            let of = block.self_ty.to_token_stream().to_string();
            let of = of.split([' ', '<']).next().unwrap_or_default();
            let same = place == module
                || source.names.get(of).is_some_and(|path| {
                    sources.home(path) == Some((module.clone(), name.to_owned()))
                });
            if of == name && same && !is_hidden(&block.attrs) {
                implement(&mut item, &mut parts, block, source);
            }
        }
    }
    parts.sort();
    parts.dedup();
    for part in parts {
        item.text.push_str(&format!("    {part}\n"));
    }
    item
}

fn define(item: &mut Item, parts: &mut Vec<String>, syntax: &Syntax, name: &str, source: &Source) {
    let shown = item.name.clone();
    let mut begin = |kind: &str, attrs: &[Attribute]| {
        let open = attrs
            .iter()
            .any(|one| one.path().is_ident("non_exhaustive"));
        let open = if open { " (non-exhaustive)" } else { "" };
        let derived = attrs.iter().filter(|one| one.path().is_ident("derive"));
        let derived: String = derived
            .map(|one| format!(": {}", one.meta.require_list().unwrap().tokens))
            .collect();
        item.text = format!("{kind} {shown}{open}{}\n", tidy(&derived));
    };
    match syntax {
        Syntax::Struct(one) if one.ident == name => {
            begin("struct", &one.attrs);
            fields(item, parts, &one.fields, source);
        }
        Syntax::Enum(one) if one.ident == name => {
            begin("enum", &one.attrs);
            for variant in &one.variants {
                let mut variant = variant.clone();
                variant.attrs.clear();
                for field in &mut variant.fields {
                    field.attrs.clear();
                }
                parts.push(format!("{},", tidy(&variant.to_token_stream().to_string())));
                note(item, source, |visitor| {
                    visitor.visit_variant_mut(&mut variant.clone())
                });
            }
        }
        Syntax::Trait(one) if one.ident == name => {
            begin("trait", &one.attrs);
            parts.push(tidy(&format!(": {}", one.supertraits.to_token_stream())));
            for inner in &one.items {
                if let syn::TraitItem::Fn(function) = inner {
                    let provided = function.default.as_ref().map_or("", |_| " { .. }");
                    let signature = &function.sig;
                    parts.push(tidy(&signature.to_token_stream().to_string()) + provided);
                    note(item, source, |visitor| {
                        visitor.visit_signature_mut(&mut signature.clone())
                    });
                }
            }
        }
        Syntax::Type(one) if one.ident == name => {
            let ty = one.ty.to_token_stream().to_string();
            item.text = format!("type {shown} = {}\n", tidy(&ty));
            note(item, source, |visitor| {
                visitor.visit_type_mut(&mut one.ty.clone())
            });
        }
        Syntax::Fn(one) if one.sig.ident == name => {
            item.text = format!("{}\n", tidy(&one.sig.to_token_stream().to_string()));
            note(item, source, |visitor| {
                visitor.visit_signature_mut(&mut one.sig.clone())
            });
        }
        _ => {}
    }
}

fn fields(item: &mut Item, parts: &mut Vec<String>, fields: &Fields, source: &Source) {
    for field in fields.iter().filter(|field| is_public(&field.vis)) {
        let name = field
            .ident
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        let ty = field.ty.to_token_stream().to_string();
        parts.push(tidy(&format!("pub {name}: {ty}")));
        note(item, source, |visitor| {
            visitor.visit_type_mut(&mut field.ty.clone())
        });
    }
}

fn implement(item: &mut Item, parts: &mut Vec<String>, block: &syn::ItemImpl, source: &Source) {
    if let Some((_, of, _)) = &block.trait_ {
        let generics = &block.generics.params.to_token_stream();
        let (of, on) = (of.to_token_stream(), block.self_ty.to_token_stream());
        parts.push(tidy(&format!("impl<{generics}> {of} for {on}")).replace("impl<> ", "impl "));
        return;
    }
    for inner in &block.items {
        let ImplItem::Fn(function) = inner else {
            continue;
        };
        if is_public(&function.vis) && !is_hidden(&function.attrs) {
            let signature = function.sig.to_token_stream().to_string();
            parts.push(tidy(&format!("pub {signature}")));
            note(item, source, |visitor| {
                visitor.visit_signature_mut(&mut function.sig.clone())
            });
        }
    }
}

/// Notes the types of other crates that a visit meets.
fn note(item: &mut Item, source: &Source, visit: impl FnOnce(&mut Paths<'_>)) {
    let mut paths = Paths {
        source,
        foreign: &mut item.foreign,
    };
    visit(&mut paths);
}

struct Paths<'a> {
    source: &'a Source,
    foreign: &'a mut BTreeSet<(String, String)>,
}

impl VisitMut for Paths<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        let parts: Module = path
            .segments
            .iter()
            .map(|one| one.ident.to_string())
            .collect();
        let named = self.source.names.get(&parts[0]);
        let root = match (named, parts.len()) {
            (Some(whole), _) => whole[0].clone(),
            // Of the prelude, of this file, or a parameter.
            (None, 1) => String::new(),
            (None, _) => parts[0].clone(),
        };
        let is_path = !root.is_empty() && root.chars().all(|char| !char.is_uppercase());
        if is_path && !["crate", "self", "super"].contains(&root.as_str()) {
            self.foreign.insert((root, parts.join("::")));
        }
        visit_mut::visit_path_mut(self, path);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// For this repository alone, or for its tests.
fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|one| {
        let text = one.to_token_stream().to_string();
        text.contains("__internal") || text.contains("cfg (test)") || text.contains("hidden")
    })
}

/// Tokens as people write them.
fn tidy(tokens: &str) -> String {
    let mut text = tokens.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        (" :: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" ( ", "("),
        ("( ", "("),
        (" )", ")"),
        (" (", "("),
        ("& ", "&"),
        ("? ", "?"),
        (" :", ":"),
        ("' ", "'"),
        ("[ ", "["),
        (" ]", "]"),
        (" ;", ";"),
        ("> ::", ">::"),
        (",)", ")"),
        (", >", ">"),
        (",>", ">"),
    ] {
        text = text.replace(from, to);
    }
    text.replace("->", " -> ")
        .replace("  ", " ")
        .replace(" - > ", " -> ")
}

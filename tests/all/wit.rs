//! The contract: what it promises of itself holds, and the component keeps it.

use crate::support::program::Program;
use crate::support::root;
use std::collections::BTreeSet;
use wit_bindgen_core::Files;
use wit_component::DecodedWasm;
use wit_parser::{Resolve, Stability, WorldItem};

const SINCE: (u64, u64, u64) = (0, 1, 0);

fn contract() -> Resolve {
    let mut resolve = Resolve::default();
    resolve.push_dir(root().join("wit")).unwrap();
    resolve
}

fn since(stability: &Stability) -> bool {
    matches!(stability, Stability::Stable { since, .. }
        if (since.major, since.minor, since.patch) == SINCE)
}

#[test]
fn the_world_exports_one_interface_and_imports_nothing() {
    let resolve = contract();
    let (_, world) = resolve
        .worlds
        .iter()
        .find(|(_, world)| world.name == "webhook-connector")
        .unwrap();
    assert!(world.imports.is_empty() && world.exports.len() == 1);
    let package = &resolve.packages[world.package.unwrap()].name;
    assert_eq!(package.to_string(), "servo:webhooks@0.1.0");
    let WorldItem::Interface { id, .. } = world.exports.values().next().unwrap() else {
        panic!("not an interface")
    };
    let functions: Vec<&str> = resolve.interfaces[*id]
        .functions
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        functions,
        [
            "parse-config",
            "select",
            "render",
            "sign",
            "judge",
            "schema",
            "sample"
        ]
    );
}

/// What a person reads of the contract, made of it by the generator that belongs to the
/// bindings'. It takes lines that divide the WIT for documentation of what follows, and
/// leaves out the documentation of what is exported.
fn page() -> String {
    let text = std::fs::read_to_string(root().join("wit/connector.wit")).unwrap();
    let divides = |line: &&str| line.trim_start().starts_with("// --");
    let lines: Vec<&str> = text.lines().filter(|line| !divides(line)).collect();
    let mut resolve = Resolve::default();
    resolve
        .push_str("connector.wit", &lines.join("\n"))
        .unwrap();
    let (world, _) = resolve.worlds.iter().next().unwrap();
    let (_, interface) = resolve.interfaces.iter().next().unwrap();
    let about = interface.docs.contents.clone().unwrap();
    let mut files = Files::default();
    let mut generator = wit_bindgen_markdown::Opts::default().build();
    generator.generate(&mut resolve, world, &mut files).unwrap();
    let (_, page) = files
        .iter()
        .find(|(name, _)| name.ends_with(".md"))
        .unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    page.replacen("----\n", &format!("{about}\n"), 1)
}

#[test]
fn its_documentation_is_not_stale() {
    let (file, page) = (root().join("wit/connector.md"), page());
    assert!(page.contains("The rules of servo webhooks as pure functions"));
    if std::env::var_os("UPDATE_WIT").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).is_ok_and(|there| there == page),
        "wit/connector.md is stale: run `UPDATE_WIT=1 cargo test --test all wit::`"
    );
}

#[test]
fn every_item_says_since_when_and_what_for() {
    let resolve = contract();
    for (_, world) in &resolve.worlds {
        assert!(
            since(&world.stability) && world.docs.contents.is_some(),
            "world {}",
            world.name
        );
    }
    let mut items = 0;
    for (_, interface) in &resolve.interfaces {
        assert!(since(&interface.stability) && interface.docs.contents.is_some());
        for (name, function) in &interface.functions {
            assert!(
                since(&function.stability) && function.docs.contents.is_some(),
                "{name}"
            );
            items += 1;
        }
        for (name, id) in &interface.types {
            let kind = &resolve.types[*id];
            assert!(
                since(&kind.stability) && kind.docs.contents.is_some(),
                "{name}"
            );
            items += 1;
        }
    }
    assert!(items > 30, "{items}");
}

#[test]
fn the_component_is_of_that_world() {
    let program = Program::empty();
    program
        .call(&["component", "--output", "connector.wasm"])
        .exits(0);
    let bytes = std::fs::read(program.path("connector.wasm")).unwrap();
    let DecodedWasm::Component(found, _) = wit_component::decode(&bytes).unwrap() else {
        panic!("not a component")
    };
    let names = |resolve: &Resolve| -> BTreeSet<String> {
        let (_, interface) = resolve
            .interfaces
            .iter()
            .find(|(_, interface)| interface.name.as_deref() == Some("connector"))
            .unwrap();
        interface
            .functions
            .keys()
            .chain(interface.types.keys())
            .cloned()
            .collect()
    };
    // A component names the types that its functions use.
    assert!(names(&found).is_subset(&names(&contract())));
    let functions = |resolve: &Resolve| {
        resolve
            .interfaces
            .iter()
            .map(|(_, interface)| interface.functions.len())
            .sum::<usize>()
    };
    assert_eq!(functions(&found), functions(&contract()));
}

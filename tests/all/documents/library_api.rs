//! `docs/reference/library-api.txt` lists the public API of the library, so that a change of it
//! is seen in review. It is read from the source: what the root hands on, with its fields,
//! variants, methods and traits.

mod items;
mod sources;

use crate::support::root;
use items::Item;
use sources::Sources;
use std::collections::BTreeSet;

const PAGE: &str = "docs/reference/library-api.txt";

const LIBRARY: &str = "host/wasmtime/src";

/// Some of it is handed on.
const RULES: &str = "guest/rules/src";

const ABOUT: &str = "\
# The public API of servo_webhooks, with all features. A test fails if this list is stale;
# `UPDATE_LIBRARY_API=1 cargo test --test all library_api` renews it.
";

/// Crates whose types may stand in a signature: those whose versions are as stable as ours.
/// What the rules define is handed on under our own name.
const ALLOWED: [&str; 9] = [
    "bytes",
    "core",
    "crate",
    "http",
    "http_body",
    "rules",
    "serde",
    "serde_json",
    "std",
];

fn items() -> Vec<Item> {
    let sources = Sources::read(&root().join(LIBRARY)).with("rules", &root().join(RULES));
    items::public(&sources)
}

#[test]
fn the_library_api_is_as_it_is_listed() {
    let items = items();
    assert!(items.len() > 40, "was it read?");
    let mut text = ABOUT.to_owned();
    for item in &items {
        text.push('\n');
        text.push_str(&item.text);
    }
    let file = root().join(PAGE);
    if std::env::var_os("UPDATE_LIBRARY_API").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let listed = std::fs::read_to_string(&file).unwrap_or_default();
    for (listed, found) in listed.lines().zip(text.lines()) {
        assert_eq!(listed, found, "{PAGE} is stale; see its first lines");
    }
    assert_eq!(
        listed.lines().count(),
        text.lines().count(),
        "{PAGE} is stale"
    );
}

/// A new version of a dependency must not be a break of ours.
#[test]
fn no_signature_names_a_type_of_a_crate_that_may_change() {
    let mut seen = BTreeSet::new();
    for item in items() {
        for (root, path) in &item.foreign {
            assert!(
                ALLOWED.contains(&root.as_str()),
                "{} has {path} in its public signature",
                item.name
            );
            seen.insert(root.clone());
        }
    }
    for expected in ["bytes", "http", "std"] {
        assert!(seen.contains(expected), "{seen:?}: were they resolved?");
    }
}

//! The last program of `cargo test`, by its name: says what the others skipped, and why.

#[path = "../all/support/skips.rs"]
mod skips;

use std::collections::{BTreeMap, BTreeSet};

fn main() {
    if std::env::args().any(|argument| argument == "--list") {
        // What asks for a list wants tests of the usual kind, and this is none.
        return;
    }
    let mut reasons: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (why, what) in skips::take() {
        reasons.entry(why).or_default().insert(what);
    }
    let count: usize = reasons.values().map(BTreeSet::len).sum();
    if count == 0 {
        println!("\nnothing was skipped\n");
        return;
    }
    println!(
        "\nskipped: {count} ({}=1 makes failures of them)",
        skips::REQUIRE_ALL
    );
    for (why, skipped) in reasons {
        println!("\n  {} because {why}", skipped.len());
        for what in skipped {
            println!("    {what}");
        }
    }
    println!();
}

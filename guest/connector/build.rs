//! How large the connector's own stack is: it says so itself, since flags of the compiler for it
//! would have all libraries built once more for each build of the connector.

use std::env;

/// Bytes. A fresh instance pays for every page of its memory, and the rules descend no
/// deeper than JSON may be nested; expressions may recurse.
const STACK: u32 = 128 << 10;
const STACK_FOR_EXPRESSIONS: u32 = 4 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let family = env::var("CARGO_CFG_TARGET_FAMILY").unwrap_or_default();
    if family.split(',').any(|family| family == "wasm") {
        let stack = match env::var_os("CARGO_FEATURE_EXPRESSIONS") {
            Some(_) => STACK_FOR_EXPRESSIONS,
            None => STACK,
        };
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={stack}");
    }
}

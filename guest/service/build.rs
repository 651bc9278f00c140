//! How large the service's own stack is. Its memory stays for as long as it delivers, so
//! nothing is gained by a smaller one.

use std::env;

/// Bytes.
const STACK: u32 = 1 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let family = env::var("CARGO_CFG_TARGET_FAMILY").unwrap_or_default();
    if family.split(',').any(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
    }
}

//! The first step: the lean connector, and the service without a connector.

#[path = "../build/guest.rs"]
mod guest;
#[path = "../build/sources.rs"]
mod sources;

use anyhow::Result;
use std::fs;

fn main() -> Result<()> {
    let out = sources::folder("OUT_DIR")?;
    let root = sources::folder("CARGO_MANIFEST_DIR")?.join("../../..");
    sources::watch(
        &root,
        &["connector", "documents", "json", "rules", "service"],
    );
    println!("cargo::rerun-if-changed=../build");
    println!("cargo::metadata=folder={}", out.display());

    // Who brings both needs none of these.
    if sources::ready(sources::CONNECTOR)?.is_some() && sources::ready(sources::SERVICE)?.is_some()
    {
        return Ok(());
    }
    let build = guest::WITHOUT_EXPRESSIONS;
    let components = guest::components(build, &root, &out.join("guest"), None)?;
    for (guest, component) in build.guests.iter().zip(components) {
        fs::write(out.join(guest.name).with_extension("wasm"), component)?;
    }
    Ok(())
}

//! The second step, with the guests of the first (the crate `lean-guests`): the complete
//! connector, and the service composed with it.
//!
//! `SERVO_WEBHOOKS_COMPONENT` names a ready component file instead, and
//! `SERVO_WEBHOOKS_SERVICE` a ready service.

#[path = "build/composition.rs"]
mod composition;
#[path = "build/embedding.rs"]
mod embedding;
#[path = "build/guest.rs"]
mod guest;
#[path = "build/sources.rs"]
mod sources;

use anyhow::{Context, Result};
use std::fs;

fn main() -> Result<()> {
    let out = sources::folder("OUT_DIR")?;
    let first = sources::folder("DEP_SERVO_WEBHOOKS_LEAN_GUESTS_FOLDER")?;
    let root = sources::folder("CARGO_MANIFEST_DIR")?.join("../..");
    sources::watch(
        &root,
        &["connector", "documents", "expressions", "json", "rules"],
    );
    println!("cargo::rerun-if-changed=build");
    println!("cargo::metadata=folder={}", out.display());

    let of_first = |guest: guest::Guest| {
        let file = first.join(guest.name).with_extension("wasm");
        println!("cargo::rerun-if-changed={}", file.display());
        fs::read(&file).with_context(|| file.display().to_string())
    };
    let (lean, complete) = match sources::ready(sources::CONNECTOR)? {
        Some(ready) => (ready.clone(), ready),
        None => {
            // The libraries of the first step serve this one too.
            let target = first.join("guest");
            let built = guest::components(guest::WITH_EXPRESSIONS, &root, &target, None)?;
            (of_first(guest::LEAN)?, built.concat())
        }
    };
    let service = match sources::ready(sources::SERVICE)? {
        Some(ready) => ready,
        None => {
            let composed = composition::compose(&of_first(guest::SERVICE)?, &complete)
                .context("the service cannot be composed with the connector")?;
            guest::described(guest::SERVICE, &composed)?
        }
    };
    for (guest, component) in [
        (guest::LEAN, &lean),
        (guest::COMPLETE, &complete),
        (guest::SERVICE, &service),
    ] {
        let file = out.join(guest.name).with_extension("wasm");
        fs::write(&file, component).with_context(|| file.display().to_string())?;
    }
    embedding::write(&out, &lean, &complete, &service)
}

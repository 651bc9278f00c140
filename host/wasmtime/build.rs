//! Builds the connector for WebAssembly, makes a component of it, compiles that
//! for this target, and leaves both for the library to embed.
//!
//! `SERVO_WEBHOOKS_COMPONENT` names a ready component file instead.

#[path = "build/guest.rs"]
mod guest;
#[path = "src/connector/tuning.rs"]
mod tuning;

use anyhow::{Context, Result, anyhow};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const READY: &str = "SERVO_WEBHOOKS_COMPONENT";

fn main() -> Result<()> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    for path in [
        "guest/expressions",
        "guest/rules/src",
        "guest/rules/Cargo.toml",
        "guest/connector",
        "wit/connector.wit",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/connector/tuning.rs");
    println!("cargo::rerun-if-env-changed={READY}");

    for build in guest::BUILDS {
        let component = match env::var_os(READY) {
            Some(file) => fs::read(&file)
                .with_context(|| format!("{READY}: {}", Path::new(&file).display()))?,
            None => guest::component(build, &root, &out.join("guest"), None)?,
        };
        fs::write(out.join(build.name).with_extension("wasm"), &component)?;
        fs::write(
            out.join(build.name).with_extension("cwasm"),
            compile(&component)?,
        )?;
    }
    Ok(())
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).with_context(|| format!("cargo did not set {name}"))
}

/// Compiles ahead of time, so that the program starts in milliseconds.
fn compile(component: &[u8]) -> Result<Vec<u8>> {
    let target = env::var("TARGET")?;
    let mut config = tuning::code();
    // Naming the target leaves out what only this machine's processor can do.
    let code = config
        .target(&target)
        .and_then(|config| wasmtime::Engine::new(config))
        .and_then(|engine| engine.precompile_component(component));
    code.map_err(|error| anyhow!("the connector cannot be compiled for {target}: {error:#}"))
}

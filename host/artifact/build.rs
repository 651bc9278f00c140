//! Builds the connector for WebAssembly and makes a component of it; and the service,
//! composed with the complete connector, as a file to pass on.
//!
//! `SERVO_WEBHOOKS_COMPONENT` names a ready component file instead, and
//! `SERVO_WEBHOOKS_SERVICE` a ready service.

#[path = "build/composition.rs"]
mod composition;
#[path = "build/guest.rs"]
mod guest;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const READY: &str = "SERVO_WEBHOOKS_COMPONENT";
const READY_SERVICE: &str = "SERVO_WEBHOOKS_SERVICE";

fn main() -> Result<()> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    for path in [
        "guest/documents",
        "guest/expressions",
        "guest/json",
        "guest/rules/src",
        "guest/rules/Cargo.toml",
        "guest/connector",
        "guest/service/Cargo.toml",
        "guest/service/src",
        "wit/connector.wit",
        "wit/service",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    println!("cargo::rerun-if-changed=build");
    // A file that is named may be replaced under its name.
    for name in [READY, READY_SERVICE] {
        println!("cargo::rerun-if-env-changed={name}");
        if let Some(file) = env::var_os(name) {
            println!("cargo::rerun-if-changed={}", Path::new(&file).display());
        }
    }
    println!("cargo::metadata=folder={}", out.display());

    let mut complete = Vec::new();
    for build in guest::BUILDS {
        let component = match ready(READY)? {
            Some(component) => component,
            None => guest::component(build, &root, &out.join("guest"), None)?,
        };
        write(&out.join(build.name), &component)?;
        complete = component;
    }
    let service = match ready(READY_SERVICE)? {
        Some(service) => service,
        None => {
            let service = guest::component(guest::SERVICE, &root, &out.join("guest"), None)?;
            let composed = composition::compose(&service, &complete)
                .context("the service cannot be composed with the connector")?;
            guest::described(guest::SERVICE, &composed)?
        }
    };
    write(&out.join("service"), &service)
}

/// Writes a component, and its digest.
fn write(file: &Path, component: &[u8]) -> Result<()> {
    fs::write(file.with_extension("wasm"), component)?;
    let digest = hex::encode(Sha256::digest(component));
    fs::write(file.with_extension("sha256"), digest)?;
    Ok(())
}

/// The file that a variable names.
fn ready(name: &str) -> Result<Option<Vec<u8>>> {
    let Some(file) = env::var_os(name) else {
        return Ok(None);
    };
    let read = fs::read(&file);
    read.map(Some)
        .with_context(|| format!("{name}: {}", Path::new(&file).display()))
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).with_context(|| format!("cargo did not set {name}"))
}

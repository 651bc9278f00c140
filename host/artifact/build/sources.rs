//! What a build of guests depends on: their source, and variables that name ready files.

use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Names a ready connector.
pub const CONNECTOR: &str = "SERVO_WEBHOOKS_COMPONENT";

/// Names a ready service.
pub const SERVICE: &str = "SERVO_WEBHOOKS_SERVICE";

/// Has cargo run the build script again when the source of these guests changes.
pub fn watch(root: &Path, guests: &[&str]) {
    for guest in guests {
        for part in ["Cargo.toml", "build.rs", "src"] {
            let path = root.join("guest").join(guest).join(part);
            // One that is not there would always count as changed.
            if path.exists() {
                println!("cargo::rerun-if-changed={}", path.display());
            }
        }
    }
    for path in [
        "wit/connector.wit",
        "wit/service",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
}

/// The file that a variable names.
///
/// # Errors
/// If it cannot be read.
pub fn ready(name: &str) -> Result<Option<Vec<u8>>> {
    println!("cargo::rerun-if-env-changed={name}");
    let Some(file) = env::var_os(name).map(PathBuf::from) else {
        return Ok(None);
    };
    // It may be replaced under its name.
    println!("cargo::rerun-if-changed={}", file.display());
    let read = fs::read(&file);
    read.map(Some)
        .with_context(|| format!("{name}: {}", file.display()))
}

/// A folder that cargo names.
///
/// # Errors
/// If it does not.
pub fn folder(name: &str) -> Result<PathBuf> {
    let folder = env::var_os(name).map(PathBuf::from);
    folder.with_context(|| format!("cargo did not set {name}"))
}

//! Builds the connector for WebAssembly, makes a component of it, compiles that
//! for this target, and leaves both for the library to embed.
//!
//! `SERVO_WEBHOOKS_COMPONENT` names a ready component file instead.

#[path = "src/connector/tuning.rs"]
mod tuning;

use anyhow::{Context, Result, anyhow, bail, ensure};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, plug};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Bytes of a guest's own stack. A fresh instance pays for every page of its memory, and
/// the rules descend no deeper than JSON may be nested; expressions may recurse.
const SMALL_STACK: u32 = 128 << 10;
const DEEP_STACK: u32 = 1 << 20;

const READY: &str = "SERVO_WEBHOOKS_COMPONENT";

fn main() -> Result<()> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..");
    for path in [
        "guest/expressions",
        "guest/rules/src",
        "guest/rules/Cargo.toml",
        "guest/connector",
        "guest/service",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    println!("cargo::rerun-if-changed=src/connector/tuning.rs");
    println!("cargo::rerun-if-env-changed={READY}");

    // Most webhooks have no expressions, and a fresh instance of what has them costs
    // three times as much: there are two builds of the connector.
    for (name, features, stack) in [
        ("connector", &["--no-default-features"][..], SMALL_STACK),
        ("complete", &[], DEEP_STACK),
    ] {
        let component = match env::var_os(READY) {
            Some(file) => fs::read(&file)
                .with_context(|| format!("{READY}: {}", Path::new(&file).display()))?,
            None => componentize(&build_guest(&root, &out, "connector", features, stack)?)?,
        };
        fs::write(out.join(format!("{name}.wasm")), &component)?;
        fs::write(out.join(format!("{name}.cwasm")), compile(&component)?)?;
    }
    // A ready connector may be there because the target is not.
    let service = match env::var_os(READY) {
        Some(_) => Vec::new(),
        None => {
            let service = componentize(&build_guest(&root, &out, "service", &[], DEEP_STACK)?)?;
            compose(service, fs::read(out.join("complete.wasm"))?)?
        }
    };
    fs::write(out.join("service.wasm"), service)?;
    Ok(())
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).with_context(|| format!("cargo did not set {name}"))
}

/// Runs cargo for the guest, in a target folder of its own: the outer cargo holds
/// the lock of the usual one until this script ends.
fn build_guest(
    root: &Path,
    out: &Path,
    package: &str,
    features: &[&str],
    stack: u32,
) -> Result<Vec<u8>> {
    add_target()?;
    let folder = out.join("guest");
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .current_dir(root)
        .args([
            "build",
            "--locked",
            "--package",
            package,
            "--profile",
            "guest",
            "--target",
            WASM_TARGET,
        ])
        .args(features)
        .arg("--target-dir")
        .arg(&folder);
    // Meant for the host's own build: flags, wrappers (clippy's is one), a target.
    for name in [
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_TARGET",
    ] {
        cargo.env_remove(name);
    }
    // The same bytes from whichever folder it is built in.
    cargo.env(
        "RUSTFLAGS",
        format!(
            "--remap-path-prefix={}=/servo-webhooks -C link-arg=-zstack-size={stack}",
            fs::canonicalize(root)?.display()
        ),
    );
    let status = cargo
        .status()
        .context("cargo could not be started for the guests")?;
    ensure!(
        status.success(),
        "the {package} could not be built for {WASM_TARGET}; see cargo's messages above"
    );
    let module = folder
        .join(WASM_TARGET)
        .join(format!("guest/{package}.wasm"));
    fs::read(&module).with_context(|| module.display().to_string())
}

/// Adds the WebAssembly target where rustup is there to do it.
fn add_target() -> Result<()> {
    let rustc = variable("RUSTC")?;
    let query = Command::new(&rustc)
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output()?;
    let folder = PathBuf::from(String::from_utf8_lossy(&query.stdout).trim());
    if query.status.success() && folder.is_dir() {
        return Ok(());
    }
    println!(
        "cargo::warning=adding the Rust target {WASM_TARGET}, which the connector is built for"
    );
    let added = Command::new("rustup")
        .args(["target", "add", WASM_TARGET])
        .output();
    match added {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => bail!(
            "the Rust target {WASM_TARGET} is missing, and `rustup target add {WASM_TARGET}` failed:\n{}\n\
             Add it by hand, or set {READY} to a ready component file.",
            String::from_utf8_lossy(&output.stderr).trim()
        ),
        Err(error) => bail!(
            "the Rust target {WASM_TARGET} is missing, and rustup is not there to add it ({error}). \
             Install it with your system's packages, or set {READY} to a ready component file."
        ),
    }
}

fn componentize(module: &[u8]) -> Result<Vec<u8>> {
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .context("the guest carries no WIT")?
        .encode()
        .context("the guest cannot be made a component")
}

/// Puts the connector, byte for byte, where the service imports it.
fn compose(service: Vec<u8>, connector: Vec<u8>) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, bytes: Vec<u8>| {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut())?;
        Ok::<_, anyhow::Error>(graph.register_package(package)?)
    };
    let connector = register("servo:connector", connector)?;
    let service = register("servo:service", service)?;
    plug(&mut graph, vec![connector], service).context("the connector does not fit the service")?;
    graph
        .encode(EncodeOptions::default())
        .context("the service cannot be composed")
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

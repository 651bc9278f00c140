//! How the connector and the service around it are built: for build scripts, and for
//! the test that builds them once more elsewhere and wants the same bytes.
//!
//! What a build depends on is the source, `Cargo.lock`, and the compiler, whose version
//! stands in the component. Folders, flags and profiles of the one who builds do not count.
#![allow(dead_code, reason = "each step has one of the builds")]

use anyhow::{Context, Result, bail, ensure};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_encoder::{ComponentSection, CustomSection};

/// Imports nothing of itself, unlike those of WASI.
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Vectors of WebAssembly 2.0, which every engine with components has: the code is a
/// twentieth smaller, and quicker where it goes over a body.
const VECTORS: &str = "-Ctarget-feature=+simd128";

/// A component.
#[derive(Clone, Copy)]
pub struct Guest {
    /// Of the file.
    pub name: &'static str,
    package: &'static str,
    description: &'static str,
}

/// Without expressions. Most webhooks have none, and a fresh instance of what has them costs
/// three times as much: there are two builds.
pub const LEAN: Guest = Guest {
    name: "connector",
    package: "connector",
    description: "Decides what webhooks of a servo mean; without expressions",
};

/// With everything.
pub const COMPLETE: Guest = Guest {
    name: "complete",
    package: "connector",
    description: "Decides what webhooks of a servo mean",
};

/// The service, without the connector that it is composed with.
pub const SERVICE: Guest = Guest {
    name: "service",
    package: "service",
    description: "Servo webhooks as a service for WASI engines",
};

/// Components that one call of cargo builds.
#[derive(Clone, Copy)]
pub struct Build {
    /// In the order in which they come out.
    pub guests: &'static [Guest],
    features: &'static [&'static str],
}

/// The linker optimises each of them on a thread of its own.
pub const WITHOUT_EXPRESSIONS: Build = Build {
    guests: &[LEAN, SERVICE],
    features: &["--no-default-features"],
};

/// The libraries that do not depend on expressions are there by then.
pub const WITH_EXPRESSIONS: Build = Build {
    guests: &[COMPLETE],
    features: &[],
};

/// Builds components from the project at `root`, with a target folder of its own: a cargo
/// around this one holds the lock of the usual one. `home` stands for `CARGO_HOME`.
///
/// # Errors
/// If the WebAssembly target is missing and cannot be added, or the source does not build.
pub fn components(
    build: Build,
    root: &Path,
    target: &Path,
    home: Option<&Path>,
) -> Result<Vec<Vec<u8>>> {
    add_target()?;
    run_cargo(build, root, target, home)?;
    let folder = target.join(WASM_TARGET).join("guest");
    build
        .guests
        .iter()
        .map(|guest| component(*guest, &folder))
        .collect()
}

/// Makes a component of the module that cargo left in a folder.
fn component(guest: Guest, folder: &Path) -> Result<Vec<u8>> {
    let module = folder.join(guest.package).with_extension("wasm");
    let module = fs::read(&module).with_context(|| module.display().to_string())?;
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .with_context(|| format!("the {} carries no WIT", guest.package))?
        .encode()
        .with_context(|| format!("the {} cannot be made a component", guest.package))?;
    described(guest, &component)
}

fn run_cargo(build: Build, root: &Path, target: &Path, home: Option<&Path>) -> Result<()> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--locked"]);
    for guest in build.guests {
        cargo.args(["--package", guest.package]);
    }
    cargo.args(["--profile", "guest", "--target", WASM_TARGET]);
    cargo.args(build.features);
    cargo.arg("--target-dir").arg(target);
    for (name, _) in env::vars_os().filter(|(name, _)| is_for_the_host(name)) {
        cargo.env_remove(name);
    }
    if let Some(home) = home {
        cargo.env("CARGO_HOME", home);
    }
    let mut flags = vec![OsString::from(VECTORS)];
    for (folder, name) in folders(root, home)? {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder);
        flag.push("=");
        flag.push(name);
        flags.push(flag);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join(OsStr::new("\x1f")));
    let status = cargo.status().context("cargo could not be started")?;
    let names: Vec<_> = build.guests.iter().map(|guest| guest.name).collect();
    ensure!(
        status.success(),
        "{} could not be built for {WASM_TARGET}; see cargo's messages above",
        names.join(" and ")
    );
    Ok(())
}

/// Flags, wrappers (clippy's is one), targets and profiles that are meant for the build
/// of the host.
fn is_for_the_host(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    let prefixes = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_WASM32_"];
    let names = [
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
    ];
    prefixes.iter().any(|prefix| name.starts_with(prefix)) || names.contains(&&*name)
}

/// Places that messages of panics name, and what stands for them in the component. Of
/// several that fit, the compiler takes the last.
fn folders(root: &Path, home: Option<&Path>) -> Result<Vec<(PathBuf, String)>> {
    let mut folders = vec![(fs::canonicalize(root)?, "/servo-webhooks".to_owned())];
    // One for each registry that crates were taken from; the name tells which.
    let home = home.map(Path::to_owned).or_else(cargo_home);
    let registries = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    for entry in registries.into_iter().flatten() {
        folders.push((entry?.path(), "/registry".to_owned()));
    }
    // Where the standard library's source is installed, the compiler names it in the place
    // of what it was built with.
    let library = printed(&["--print", "sysroot"])?;
    let version = printed(&["--version", "--verbose"])?;
    let commit = version
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "));
    if let Some(commit) = commit {
        let library = Path::new(library.trim()).join("lib/rustlib/src/rust");
        folders.push((library, format!("/rustc/{commit}")));
    }
    Ok(folders)
}

fn cargo_home() -> Option<PathBuf> {
    let own = env::var_os("CARGO_HOME").map(PathBuf::from);
    own.or_else(|| Some(env::home_dir()?.join(".cargo")))
}

fn rustc() -> OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// What the compiler says of itself.
fn printed(arguments: &[&str]) -> Result<String> {
    let output = Command::new(rustc()).args(arguments).output();
    let output = output.context("rustc could not be started")?;
    ensure!(
        output.status.success(),
        "rustc {} failed",
        arguments.join(" ")
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Adds the WebAssembly target where rustup is there to do it.
fn add_target() -> Result<()> {
    let folder = printed(&["--print", "target-libdir", "--target", WASM_TARGET]);
    if folder.is_ok_and(|folder| Path::new(folder.trim()).is_dir()) {
        return Ok(());
    }
    println!(
        "cargo::warning=adding the Rust target {WASM_TARGET}, which the components are built for"
    );
    let added = Command::new("rustup")
        .args(["target", "add", WASM_TARGET])
        .output();
    let otherwise =
        "set SERVO_WEBHOOKS_COMPONENT and SERVO_WEBHOOKS_SERVICE to ready component files";
    match added {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => bail!(
            "the Rust target {WASM_TARGET} is missing, and `rustup target add {WASM_TARGET}` failed:\n{}\n\
             Add it by hand, or {otherwise}.",
            String::from_utf8_lossy(&output.stderr).trim()
        ),
        Err(error) => bail!(
            "the Rust target {WASM_TARGET} is missing, and rustup is not there to add it ({error}). \
             Install it with your system's packages, or {otherwise}."
        ),
    }
}

/// Adds what tools and registries read of a component: the compiler, and custom sections
/// with the names that `wasm-tools metadata` and `wkg` know. Nothing that changes from
/// commit to commit is among them, since the same source shall give the same bytes.
///
/// # Errors
/// If it is no component.
pub fn described(guest: Guest, component: &[u8]) -> Result<Vec<u8>> {
    let compiler = printed(&["--version"])?;
    let compiler = compiler.trim().trim_start_matches("rustc ").to_owned();
    let mut producers = wasm_metadata::AddMetadata::default();
    producers.processed_by = vec![("rustc".to_owned(), compiler)];
    let mut component = producers.to_wasm(component)?;
    for (name, text) in [
        ("version", env!("CARGO_PKG_VERSION")),
        ("description", guest.description),
        ("licenses", env!("CARGO_PKG_LICENSE")),
        ("source", env!("CARGO_PKG_REPOSITORY")),
    ] {
        let section = CustomSection {
            name: name.into(),
            data: text.as_bytes().into(),
        };
        section.append_to_component(&mut component);
    }
    Ok(component)
}

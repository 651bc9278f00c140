//! How the connector and the service around it are built: for the build script, and for
//! the test that builds them once more elsewhere and wants the same bytes.
//!
//! What a build depends on is the source, `Cargo.lock`, and the compiler, whose version
//! stands in the component. Folders, flags and profiles of the one who builds do not count.

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

/// One build of a component.
#[derive(Clone, Copy)]
pub struct Build {
    /// Of the file.
    pub name: &'static str,
    package: &'static str,
    description: &'static str,
    features: &'static [&'static str],
    /// Bytes of its own stack. A fresh instance pays for every page of its memory, and
    /// the rules descend no deeper than JSON may be nested; expressions may recurse.
    stack: u32,
}

/// Most webhooks have no expressions, and a fresh instance of what has them costs three
/// times as much: there are two builds.
pub const BUILDS: [Build; 2] = [
    Build {
        name: "connector",
        package: "connector",
        description: "Decides what webhooks of a servo mean; without expressions",
        features: &["--no-default-features"],
        stack: 128 << 10,
    },
    Build {
        name: "complete",
        package: "connector",
        description: "Decides what webhooks of a servo mean",
        features: &[],
        stack: 4 << 20,
    },
];

/// The service, without the connector that it is composed with. Its memory stays for as
/// long as it delivers, so nothing is gained by a smaller stack.
pub const SERVICE: Build = Build {
    name: "service",
    package: "service",
    description: "Servo webhooks as a service for WASI engines",
    features: &[],
    stack: 1 << 20,
};

/// Builds the component from the project at `root`, with a target folder of its own: a
/// cargo around this one holds the lock of the usual one. `home` stands for `CARGO_HOME`.
///
/// # Errors
/// If the WebAssembly target is missing and cannot be added, or the source does not build.
pub fn component(build: Build, root: &Path, target: &Path, home: Option<&Path>) -> Result<Vec<u8>> {
    add_target()?;
    let module = module(build, root, target, home)?;
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .with_context(|| format!("the {} carries no WIT", build.package))?
        .encode()
        .with_context(|| format!("the {} cannot be made a component", build.package))?;
    described(build, &component)
}

fn module(build: Build, root: &Path, target: &Path, home: Option<&Path>) -> Result<Vec<u8>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--locked"]);
    cargo.args(["--package", build.package, "--profile", "guest"]);
    cargo.args(["--target", WASM_TARGET]).args(build.features);
    cargo.arg("--target-dir").arg(target);
    for (name, _) in env::vars_os().filter(|(name, _)| is_for_the_host(name)) {
        cargo.env_remove(name);
    }
    let stack = format!("-Clink-arg=-zstack-size={}", build.stack);
    if let Some(home) = home {
        cargo.env("CARGO_HOME", home);
    }
    let mut flags = vec![OsString::from(stack), OsString::from(VECTORS)];
    for (folder, name) in folders(root, home)? {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder);
        flag.push("=");
        flag.push(name);
        flags.push(flag);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join(OsStr::new("\x1f")));
    let status = cargo
        .status()
        .with_context(|| format!("cargo could not be started for the {}", build.package))?;
    ensure!(
        status.success(),
        "the {} could not be built for {WASM_TARGET}; see cargo's messages above",
        build.package
    );
    let module = target.join(WASM_TARGET).join("guest").join(build.package);
    let module = module.with_extension("wasm");
    fs::read(&module).with_context(|| module.display().to_string())
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
pub fn described(build: Build, component: &[u8]) -> Result<Vec<u8>> {
    let compiler = printed(&["--version"])?;
    let compiler = compiler.trim().trim_start_matches("rustc ").to_owned();
    let mut producers = wasm_metadata::AddMetadata::default();
    producers.processed_by = vec![("rustc".to_owned(), compiler)];
    let mut component = producers.to_wasm(component)?;
    for (name, text) in [
        ("version", env!("CARGO_PKG_VERSION")),
        ("description", build.description),
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

//! The simulator finds what it is there to find: each of these faults, put into a copy of
//! the core or of the host that is simulated around it, breaks one of its rules.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a test that cannot be set up is to fail"
)]

mod table;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use table::FAULTS;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the core and its simulator in a workspace of its own.
fn workspace(at: &Path) {
    copy(&folder().join("src"), &at.join("core/src"));
    copy(
        &folder().join("tests/simulation"),
        &at.join("core/tests/simulation"),
    );
    // The simulator does without the reader of the vectors.
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    let needed = manifest
        .lines()
        .filter(|line| !line.starts_with("serde_json"));
    let manifest: String = needed.map(|line| line.to_owned() + "\n").collect();
    fs::write(at.join("core/Cargo.toml"), manifest).unwrap();
    let whole = fs::read_to_string(folder().join("../../Cargo.toml")).unwrap();
    let package = whole
        .split("\n[")
        .find(|part| part.starts_with("workspace.package]"));
    let lints = "[workspace.lints.rust]\nunused = \"allow\"\n";
    let workspace = format!(
        "[workspace]\nresolver = \"2\"\nmembers = [\"core\"]\n\n[{}\n{lints}",
        package.unwrap()
    );
    fs::write(at.join("Cargo.toml"), workspace).unwrap();
    fs::copy(folder().join("../../Cargo.lock"), at.join("Cargo.lock")).unwrap();
}

/// Runs the simulator of the copy; what it said, if a rule was broken.
fn simulate(at: &Path, target: &Path) -> Option<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--offline", "--quiet", "--test", "simulation"]);
    cargo.current_dir(at).env("CARGO_TARGET_DIR", target);
    cargo.env("STEPS", "100000").env("RUST_BACKTRACE", "0");
    cargo.env_remove("SEED");
    let output = cargo.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(!said.contains("could not compile"), "{said}");
    (!output.status.success()).then_some(said)
}

#[test]
fn each_fault_is_found() {
    let at = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}", std::process::id()));
    // Not shared with other runs: cargo would take what one of them left for fresh.
    let target = at.join("target");
    workspace(&at);
    assert_eq!(simulate(&at, &target), None, "without a fault");
    for fault in FAULTS {
        let file = at.join("core/src").join(fault.file);
        let right = fs::read_to_string(&file).unwrap();
        assert_eq!(
            right.matches(fault.right).count(),
            1,
            "{}: {}",
            fault.file,
            fault.right
        );
        fs::write(&file, right.replace(fault.right, fault.wrong)).unwrap();
        let found = simulate(&at, &target);
        fs::write(&file, right).unwrap();
        let said = found.unwrap_or_else(|| panic!("not found: {}", fault.name));
        assert!(said.contains("SEED="), "{}: {said}", fault.name);
        println!("found: {}", fault.name);
    }
    fs::remove_dir_all(&at).unwrap();
}

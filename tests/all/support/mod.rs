//! What the tests stand on: the program, responders, and signatures made by other means.

pub mod authority;
pub mod daemon;
pub mod faulty_connector;
pub mod guests;
pub mod program;
pub mod responder;
pub mod schemas;
pub mod skips;
pub mod terminal;
pub mod version;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::path::PathBuf;
use std::process::Command;

/// A folder beside the tests.
pub fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests")
        .join(name)
}

/// The root of the project.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Lower-case hex of HMAC-SHA1, made natively and not by the connector.
pub fn hmac_sha1(key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// Sends a signal (`TERM` and the like) to a process, by the shell's own `kill`: not every
/// machine has a program of that name.
pub fn signal(process: u32, name: &str) {
    let script = format!("kill -{name} {process}");
    let status = Command::new("sh").args(["-c", &script]).status().unwrap();
    assert!(status.success(), "{script}");
}

/// Skips a test where something is missing, which is seen, and fails it where everything
/// is required.
pub fn missing(what: &str) {
    let thread = std::thread::current();
    skip(
        thread.name().unwrap_or("a test"),
        &format!("{what} is missing"),
    );
}

/// Skips something, which is seen, and fails where everything is required.
pub fn skip(what: &str, why: &str) {
    assert!(
        std::env::var_os(skips::REQUIRE_ALL).is_none(),
        "{why}, and {} is set",
        skips::REQUIRE_ALL
    );
    skips::note(what, why);
}

/// Whether a program can be started.
pub fn has(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok()
}

/// Whether Python has a package.
pub fn imports(package: &str) -> bool {
    std::process::Command::new("python3")
        .args(["-c", &format!("import {package}")])
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether Python has all of these packages; says which it has not.
pub fn requires(packages: &[&str]) -> bool {
    let lacking: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !imports(package))
        .collect();
    if !lacking.is_empty() {
        missing(&format!("of Python's packages {}", lacking.join(", ")));
    }
    lacking.is_empty()
}

/// Whether Node.js finds a package.
pub fn node_has(package: &str) -> bool {
    std::process::Command::new("node")
        .args(["-e", &format!("require('{package}')")])
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

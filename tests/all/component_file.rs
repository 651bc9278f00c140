//! The components as files to pass on: what they say of themselves, their digests, what
//! the service has inside, and that the same source gives the same bytes wherever it is
//! built.

// As the build script builds it.
#[path = "../../host/artifact/build/guest.rs"]
mod guest;

use crate::support::program::Program;
use crate::support::{has, missing, root};
use serde_json::Value;
use servo_webhooks::Component;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmparser::{Parser, Payload};

/// A field of the workspace's manifest.
fn field(name: &str) -> String {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let start = format!("{name} = \"");
    let line = manifest.lines().find(|line| line.starts_with(&start));
    line.unwrap().split('"').nth(1).unwrap().to_owned()
}

/// The custom sections of the outermost component, whose names are those of OCI's annotations
/// as `wasm-tools metadata` and `wkg` read them.
fn said(bytes: &[u8]) -> BTreeMap<String, String> {
    let (mut depth, mut said) = (0, BTreeMap::new());
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 0 => {
                let text = String::from_utf8_lossy(section.data()).into_owned();
                let before = said.insert(section.name().to_owned(), text);
                assert!(before.is_none(), "{} is there twice", section.name());
            }
            _ => {}
        }
    }
    said
}

#[test]
fn the_component_says_its_version_licence_and_source() {
    let components = [
        Component::built_in(),
        Component::complete(),
        Component::service(),
    ];
    let [lean, complete, service] = components.map(|component| said(component.bytes()));
    for said in [&lean, &complete, &service] {
        assert_eq!(said["version"], field("version"));
        assert_eq!(said["licenses"], field("license"));
        assert_eq!(said["source"], field("repository"));
        // It would differ from commit to commit.
        assert!(!said.contains_key("revision"));
    }
    assert_ne!(lean["description"], complete["description"]);
}

#[test]
fn the_program_shows_what_a_component_says_of_itself() {
    let program = Program::empty();
    let shown = program.call(&["component", "--json"]).exits(0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["version"], field("version"));
    assert_eq!(shown["licenses"], field("license"));
    assert_eq!(shown["source"], field("repository"));
    if !has("rustc") {
        return missing("a rustc that this user may start");
    }
    let compiler = Command::new("rustc").arg("--version").output().unwrap();
    let compiler = String::from_utf8(compiler.stdout).unwrap();
    let rustc = shown["rustc"].as_str().unwrap();
    assert_eq!(compiler.trim(), format!("rustc {rustc}"));
    let lines = program.call(&["component"]).exits(0).stdout;
    let version = format!("version    {}\n", field("version"));
    assert!(lines.contains(&version), "{lines}");
}

#[test]
fn what_a_component_says_of_itself_cannot_write_on_a_terminal() {
    use wasm_encoder::{ComponentSection, CustomSection};
    let program = Program::empty();
    program
        .call(&["component", "--output", "connector.wasm"])
        .exits(0);
    let original = std::fs::read(program.path("connector.wasm")).unwrap();
    for said in [&b"1\x1b[2J"[..], b"\xff", &[b'1'; 300]] {
        let mut bytes = original.clone();
        let section = CustomSection {
            name: "version".into(),
            data: said.into(),
        };
        section.append_to_component(&mut bytes);
        program.write("other.wasm", bytes);
        let shown = program
            .call(&["component", "--json", "--component", "other.wasm"])
            .exits(0);
        let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
        assert_eq!(shown["version"], Value::Null);
        assert_eq!(shown["licenses"], field("license"));
    }
}

#[test]
fn what_is_written_is_what_the_digest_says() {
    let program = Program::empty();
    for arguments in [
        &["component", "--output", "connector.wasm"][..],
        &["component", "--complete", "--output", "connector.wasm"],
        &["component", "--service", "--output", "connector.wasm"],
    ] {
        let said = program.call(arguments).exits(0).stdout;
        program.write("connector.wasm.sha256", &said);
        let check = || {
            Command::new("sha256sum")
                .args(["--check", "--strict", "connector.wasm.sha256"])
                .current_dir(program.path(""))
                .output()
                .unwrap()
        };
        assert!(check().status.success(), "{said}");
        let mut bytes = std::fs::read(program.path("connector.wasm")).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        program.write("connector.wasm", bytes);
        assert!(!check().status.success());
    }
}

#[test]
fn it_is_published_as_what_it_says_it_is() {
    let page = std::fs::read_to_string(root().join("guest/connector/README.md")).unwrap();
    for (name, value) in [
        ("version", field("version")),
        ("licenses", field("license")),
        ("source", field("repository")),
    ] {
        let annotation = format!("--annotation org.opencontainers.image.{name}={value}");
        assert!(page.contains(&annotation), "{annotation}");
    }
    let reference = format!("webhooks-connector:{} connector.wasm", field("version"));
    assert!(page.contains(&reference), "{reference}");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    holds(bytes, text.as_bytes())
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|found| found == part)
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else {
        std::fs::copy(from, to).unwrap();
    }
}

#[test]
fn the_service_has_the_very_connector_inside_and_asks_for_wasi_alone() {
    let program = Program::empty();
    let shown = program.call(&["component", "--service", "--json"]).exits(0);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["version"], field("version"));
    let imports = shown["imports"].as_array().unwrap();
    assert!(!imports.is_empty());
    for import in imports {
        assert!(import.as_str().unwrap().starts_with("wasi:"), "{import}");
    }
    let exported = "export wasi:http/incoming-handler@0.2";
    assert!(shown["wit"].as_str().unwrap().contains(exported));
    let (service, complete) = (Component::service(), Component::complete());
    assert!(holds(service.bytes(), complete.bytes()));
    // It is no connector, and is not taken for one.
    program
        .call(&["component", "--service", "--output", "service.wasm"])
        .exits(0);
    let refused = program.call(&["component", "--component", "service.wasm"]);
    assert!(refused.exits(2).stderr.contains("it is the service"));
}

/// Another folder for the source, for what is built, and for the crates of others.
#[test]
fn the_same_source_gives_the_same_bytes_elsewhere() {
    if option_env!("SERVO_WEBHOOKS_COMPONENT").is_some() {
        return missing("a component that was built here");
    }
    if !has("cargo") {
        return missing("a cargo that this user may start");
    }
    let folder = tempfile::TempDir::new().unwrap();
    let there = folder.path().join("another place");
    for part in [
        "Cargo.toml",
        "Cargo.lock",
        "guest",
        "wit",
        "host/artifact",
        "host/cli",
        "host/core",
        "host/store",
        "host/wasmtime",
        "tests/all",
        "tests/hostile",
        "tests/skipped",
    ] {
        std::fs::create_dir_all(there.join(part).parent().unwrap()).unwrap();
        copy(&root().join(part), &there.join(part));
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| std::env::home_dir().unwrap().join(".cargo"));
    let crates = folder.path().join("crates of others");
    std::os::unix::fs::symlink(&home, &crates).unwrap();
    let target = folder.path().join("built");
    for build in [guest::WITHOUT_EXPRESSIONS, guest::WITH_EXPRESSIONS] {
        let names: Vec<&str> = build.guests.iter().map(|guest| guest.name).collect();
        if names == ["complete"] && std::env::var_os("REQUIRE_ALL").is_none() {
            crate::support::skip(
                "component_file::the_same_source_gives_the_same_bytes_elsewhere, for the complete build",
                "it takes minutes, and REQUIRE_ALL is not set",
            );
            continue;
        }
        let built = guest::components(build, &there, &target, Some(&crates)).unwrap();
        assert_eq!(built.len(), names.len());
        for (name, bytes) in names.into_iter().zip(built) {
            let embedded = match name {
                "connector" => Component::built_in(),
                "complete" => Component::complete(),
                _ => Component::service(),
            };
            let here = embedded.bytes();
            for place in [std::fs::canonicalize(root()).unwrap(), home.clone()] {
                assert!(
                    !contains(here, place.to_str().unwrap()),
                    "{}",
                    place.display()
                );
            }
            // The service stands beside a connector in what is embedded.
            let same = match name {
                "service" => holds(here, &bytes),
                _ => bytes == here,
            };
            assert!(same, "{name}: built elsewhere, it differs");
        }
    }
}

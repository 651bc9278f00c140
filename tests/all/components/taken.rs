//! Which are taken, and which are refused.

use crate::support::program::{Finished, Program};
use serde_json::Value;
use servo_webhooks::Component;
use sha2::{Digest, Sha256};
use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentTypeRef, InstanceType, Module};
use wasmparser::{Validator, WasmFeatures};
use wit_component::DecodedWasm;

/// The connector, as the program writes it.
fn connector(program: &Program) -> Vec<u8> {
    program
        .call(&["component", "--output", "connector.wasm"])
        .exits(0);
    std::fs::read(program.path("connector.wasm")).unwrap()
}

fn load(program: &Program, bytes: &[u8]) -> Finished {
    program.write("other.wasm", bytes);
    program.call(&["component", "--component", "other.wasm"])
}

fn refused(program: &Program, bytes: &[u8], why: &str) {
    let finished = load(program, bytes).exits(2);
    assert!(finished.stdout.is_empty());
    assert!(
        finished.stderr.contains(why),
        "expected {why:?}: {}",
        finished.stderr
    );
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
}

/// As `guest/connector` promises those who write hosts.
#[test]
fn an_engine_needs_the_component_model_and_webassembly_2_alone() {
    let features = WasmFeatures::WASM2 | WasmFeatures::COMPONENT_MODEL;
    for component in [Component::built_in(), Component::complete()] {
        let checked = Validator::new_with_features(features).validate_all(component.bytes());
        checked.unwrap();
    }
}

#[test]
fn the_digests_are_those_of_the_bytes() {
    let held = [
        Component::built_in(),
        Component::complete(),
        Component::service(),
    ];
    for component in held {
        let digest = hex::encode(Sha256::digest(component.bytes()));
        assert_eq!(component.info().digest, digest);
    }
}

#[test]
fn the_connector_imports_nothing() {
    let program = Program::empty();
    let shown = program.call(&["component"]).exits(0).stdout;
    assert!(shown.contains("imports    none"), "{shown}");
    assert!(
        shown.contains("world root {\n  export servo:webhooks/"),
        "{shown}"
    );
    let bytes = connector(&program);
    let info: Value =
        serde_json::from_str(&program.call(&["component", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(info["imports"], serde_json::json!([]));
    assert_eq!(info["size"], bytes.len());
    let digest = std::process::Command::new("sha256sum")
        .arg(program.path("connector.wasm"))
        .output()
        .unwrap();
    assert!(
        String::from_utf8(digest.stdout)
            .unwrap()
            .starts_with(info["sha256"].as_str().unwrap())
    );

    // Another reader of components says the same.
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else {
        panic!("not a component")
    };
    assert_eq!(resolve.worlds[world].imports.len(), 0);
    let mut depth = 0;
    for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
        use wasmparser::Payload::{ComponentImportSection, ComponentSection, End, ModuleSection};
        match payload.unwrap() {
            ModuleSection { .. } | ComponentSection { .. } => depth += 1,
            End(_) => depth -= 1,
            // Those of inner components are satisfied by the outer one.
            ComponentImportSection(imports) => assert!(depth > 0 || imports.count() == 0),
            _ => {}
        }
    }
    assert!(
        load(&program, &bytes)
            .exits(0)
            .stdout
            .contains("imports    none")
    );
}

#[test]
fn a_truncated_component_is_refused() {
    let program = Program::empty();
    let bytes = connector(&program);
    for length in [0, 3, 7, 8, 9, 100, bytes.len() / 2, bytes.len() - 1] {
        let why = if length == 8 {
            "exports nothing"
        } else {
            "truncated"
        };
        refused(&program, &bytes[..length], why);
    }
}

#[test]
fn a_corrupted_component_is_refused() {
    let program = Program::empty();
    let bytes = connector(&program);
    // The id of the first section, and the first instruction of the last function.
    let mut damaged = bytes.clone();
    damaged[8] = 0x7f;
    refused(&program, &damaged, "corrupted");
    let mut last = None;
    for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
        if let wasmparser::Payload::CodeSectionEntry(body) = payload.unwrap() {
            last = Some(body.get_operators_reader().unwrap().original_position());
        }
    }
    let mut damaged = bytes;
    damaged[last.unwrap()] = 0xff;
    refused(&program, &damaged, "corrupted");
}

/// A component that exports an instance without anything in it.
fn exporting(name: &str) -> Vec<u8> {
    let mut component = ComponentBuilder::default();
    let empty = component.component(None, ComponentBuilder::default());
    let instance = component.instantiate(None, empty, Vec::<(&str, _, _)>::new());
    component.export(name, ComponentExportKind::Instance, instance, None);
    component.finish()
}

/// A component that imports such an instance.
fn importing(name: &str) -> Vec<u8> {
    let mut component = ComponentBuilder::default();
    let kind = component.type_instance(None, &InstanceType::new());
    component.import(name, ComponentTypeRef::Instance(kind));
    component.finish()
}

#[test]
fn what_is_no_connector_is_refused() {
    let program = Program::empty();
    refused(&program, b"webhooks: []\n", "not WebAssembly");
    refused(
        &program,
        &Module::new().finish(),
        "a core module, not a component",
    );
    refused(
        &program,
        &ComponentBuilder::default().finish(),
        "it exports nothing",
    );
    refused(
        &program,
        &exporting("wasi:cli/run@0.2.0"),
        "not of the world servo:webhooks/webhook-connector@0.1.0: it exports wasi:cli/run@0.2.0",
    );
    refused(
        &program,
        &exporting("servo:webhooks/connector@0.1.0"),
        "not of the world servo:webhooks/webhook-connector@0.1.0",
    );
    refused(
        &program,
        &importing("wasi:sockets/tcp@0.2.0"),
        "imports wasi:sockets/tcp@0.2.0; a connector imports nothing",
    );
    let finished = program
        .call(&["component", "--component", "missing.wasm"])
        .exits(2);
    assert!(
        finished.stderr.contains("missing.wasm"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_component_can_be_pinned() {
    let program = Program::empty();
    connector(&program);
    let info: Value =
        serde_json::from_str(&program.call(&["component", "--json"]).exits(0).stdout).unwrap();
    let digest = info["sha256"].as_str().unwrap();
    let pinned = |digest: &str| {
        program.call(&[
            "component",
            "--component",
            "connector.wasm",
            "--component-digest",
            digest,
        ])
    };
    pinned(digest).exits(0);
    pinned(&digest.to_uppercase()).exits(0);
    let other = "0".repeat(64);
    let finished = pinned(&other).exits(2);
    assert!(
        finished.stderr.contains(digest) && finished.stderr.contains(&other),
        "{}",
        finished.stderr
    );
    let finished = pinned("abc").exits(2);
    assert!(
        finished.stderr.contains("64 hexadecimal digits"),
        "{}",
        finished.stderr
    );
}

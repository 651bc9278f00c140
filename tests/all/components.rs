//! Which components are taken: ours, and none that is damaged, of another world, or that
//! wants something from its host.

use crate::support::program::{Finished, Program, binary};
use crate::support::responder::{Reply, Responder};
use crate::support::sabotage::{Fault, sabotage};
use serde_json::Value;
use servo_webhooks::{Compiler, Component, Connector};
use sha2::{Digest, Sha256};
use std::process::{Command, Stdio};
use std::time::Duration;
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

/// A component of which nothing is known but its bytes.
fn foreign() -> Component {
    let bytes = sabotage(Component::built_in().bytes(), "sign", &Fault::Count);
    Component::from_bytes("foreign", bytes)
}

#[test]
fn what_a_component_keeps_is_gone_at_the_next_call() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{events: ['before:adjust', 'after:adjust'], url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    program.write("foreign.wasm", foreign().bytes());
    let events = "{\"event\": \"before:adjust\"}\n{\"event\": \"after:adjust\"}\n".repeat(3);
    program
        .run(&events, &["--component", "foreign.wasm"])
        .exits(0);
    let counted: Vec<_> = responder
        .received()
        .iter()
        .map(|request| request.header("x-servo-signature").to_owned())
        .collect();
    assert_eq!(counted, ["1"; 6]);
}

#[test]
fn an_instance_sees_the_keys_of_one_event_and_no_others() {
    let responder = Responder::start(|_| Reply::status(200));
    let webhooks: String = [
        ("/1", "a"),
        ("/2", "b"),
        ("/3", "a"),
        ("/4", "b"),
        ("/5", "a"),
    ]
    .iter()
    .map(|(path, secret)| {
        let url = responder.url(path);
        format!("- {{events: ['before:adjust', 'after:adjust'], url: '{url}', secret: {secret}}}\n")
    })
    .collect();
    let program = Program::new(&webhooks);
    program.write("foreign.wasm", foreign().bytes());
    let events = "{\"event\": \"before:adjust\"}\n{\"event\": \"after:adjust\"}\n".repeat(2);
    program
        .run(&events, &["--component", "foreign.wasm"])
        .exits(0);
    let mut counted: Vec<_> = responder
        .received()
        .iter()
        .map(|request| {
            (
                request.path.clone(),
                request.header("x-servo-signature").to_owned(),
            )
        })
        .collect();
    counted.sort();
    // Those with the keys of the first sign one after the other in what rendered the event.
    let expected = [
        ("/1", "1"),
        ("/2", "1"),
        ("/3", "2"),
        ("/4", "1"),
        ("/5", "3"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(path, count)| ((*path).to_owned(), (*count).to_owned()))
        .flat_map(|each| std::iter::repeat_n(each, 4))
        .collect();
    assert_eq!(counted, expected);
}

#[test]
fn one_from_elsewhere_is_compiled_in_a_process_of_its_own() {
    let compiler = Compiler::new(binary(), ["compile"]);
    Connector::isolated(&foreign(), &compiler).unwrap();
    let failure_within = |program: &str, script: &str, patience| {
        let compiler = Compiler::new(program, ["-c", script]).with_patience(patience);
        let error = Connector::isolated(&foreign(), &compiler).unwrap_err();
        error.to_string()
    };
    let failure =
        |program: &str, script: &str| failure_within(program, script, Duration::from_secs(60));
    let crashed = failure("sh", "kill -KILL $$");
    assert!(
        crashed.contains("cannot be compiled: signal: 9"),
        "{crashed}"
    );
    assert!(
        crashed.contains("it may take 60 s of a processor"),
        "{crashed}"
    );
    let hung = failure_within("sh", "exec sleep 1000", Duration::from_secs(1));
    assert!(hung.ends_with("it took longer than 1 s"), "{hung}");
    let failed = failure("sh", "echo out of memory >&2; exit 3");
    assert!(failed.contains("exit status: 3: out of memory"), "{failed}");
    let missing = failure("/nowhere/compiler", "");
    assert!(missing.contains("/nowhere/compiler"), "{missing}");
    // The built-in one needs none.
    Connector::isolated(&Component::built_in(), &Compiler::new("/nowhere", ["x"])).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn its_compiler_has_limits_and_sees_no_secrets() {
    let mut child = Command::new(binary())
        .arg("compile")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let file = format!("/proc/{}/limits", child.id());
    let limit = |name: &str| {
        let limits = std::fs::read_to_string(&file).unwrap();
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..]
            .split_whitespace()
            .next()
            .unwrap()
            .to_owned()
    };
    // It waits for its component, and has limited itself before.
    let mut tries = 0;
    while limit("Max core file size") != "0" || limit("Max cpu time") == "unlimited" {
        tries += 1;
        assert!(tries < 6000, "no limits");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(limit("Max address space"), (4_u64 << 30).to_string());
    assert_eq!(limit("Max cpu time"), "60");
    child.kill().unwrap();
    child.wait().unwrap();
    // Whoever runs this test has a PATH, and the process that compiles has not.
    let compiler = Compiler::new(
        "/bin/sh",
        ["-c", "/usr/bin/env | /bin/grep -v PWD >&2; exit 1"],
    );
    let error = Connector::isolated(&foreign(), &compiler).unwrap_err();
    assert!(!error.to_string().contains("PATH=/"), "{error}");
}

//! The conformance vectors, for the rules as they are and for the rules in their sandbox;
//! and a hundred thousand random calls, about which both agree.

mod calls;
mod native;
mod random;
mod sandboxed;
mod vectors;

use crate::support::data;
use calls::UnderTest;
use native::Native;
use sandboxed::Sandboxed;
use serde_json::Value;
use vectors::fits;

const FUNCTIONS: [&str; 7] = [
    "parse-config",
    "select",
    "render",
    "sign",
    "judge",
    "schema",
    "sample",
];

#[test]
fn the_rules_pass_the_vectors() {
    vectors::pass(&Native, &FUNCTIONS, 300);
}

#[test]
fn the_component_passes_the_vectors() {
    vectors::pass(&Sandboxed::new(), &FUNCTIONS, 300);
}

#[test]
fn the_vectors_come_from_their_script() {
    if !crate::support::has("python3") {
        return crate::support::missing("python3");
    }
    let folder = tempfile::tempdir().unwrap();
    let script = data("vectors/vectors.py");
    let status = std::process::Command::new("python3")
        .arg(script)
        .arg(folder.path())
        .status();
    assert!(status.unwrap().success());
    for name in FUNCTIONS.into_iter().chain(["own-headers"]) {
        let name = format!("{name}.json");
        let written = std::fs::read(folder.path().join(&name)).unwrap();
        assert!(
            written == std::fs::read(data("vectors").join(&name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn the_lives_come_from_their_script() {
    if !crate::support::has("python3") {
        return crate::support::missing("python3");
    }
    let script = data("vectors/lifecycle.py");
    let status = std::process::Command::new("python3")
        .arg(script)
        .arg("--check")
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn wrong_expectations_are_found() {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let found = json(r#"{"a": [1, "text"], "b": null}"#);
    for right in [
        r#"{"a": [1, "text"]}"#,
        r#"{"a": [1, "~ex"], "c": null}"#,
        "{}",
    ] {
        assert!(fits(&json(right), &found), "{right}");
    }
    for wrong in [
        r#"{"a": [1]}"#,
        r#"{"a": [2, "text"]}"#,
        r#"{"a": [1, "tex"]}"#,
        r#"{"b": 1}"#,
        r#"{"c": 1}"#,
    ] {
        assert!(!fits(&json(wrong), &found), "{wrong}");
    }
}

#[test]
fn rules_and_component_agree_on_random_calls() {
    const CALLS: usize = 100_000;
    let (native, sandboxed) = (Native, Sandboxed::new());
    let seed = 20_261_123;
    let mut random = random::Random::new(seed);
    let mut kinds = std::collections::BTreeMap::new();
    for call in 0..CALLS {
        let (function, input) = random.call();
        let (one, other) = (
            native.call(function, &input),
            sandboxed.call(function, &input),
        );
        assert_eq!(one, other, "seed {seed}, call {call}: {function} {input}");
        *kinds
            .entry(format!("{function} {}", random::kind(&one)))
            .or_insert(0) += 1;
    }
    // The calls are not all of one kind, or they would show nothing.
    assert!(kinds.len() >= 12, "{kinds:?}");
}

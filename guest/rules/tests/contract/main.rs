//! What is decided for each delivery, held to the conformance vectors and to other data that
//! was not made here. The program and the component play the same data end to end.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod answers;
#[path = "../../../../tests/all/conformance/calls.rs"]
mod calls;
mod envelopes;
#[path = "../../../../tests/all/conformance/native.rs"]
mod native;
mod outcomes;
mod requests;
mod signatures;
#[path = "../../../../tests/all/conformance/vectors.rs"]
mod vectors;

/// A file of the tests that all hosts share.
fn data(name: &str) -> serde_json::Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests");
    let text = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_decision_passes_the_vectors() {
    vectors::pass(
        &native::Native,
        &["select", "render", "sign", "judge"],
        1000,
    );
}

//! What is read and described before a delivery, held to the conformance vectors and to the
//! configurations of the scenarios. The program and the component play the same data end to end.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../../../../tests/all/conformance/calls.rs"]
mod calls;
mod configurations;
#[path = "../../../../tests/all/conformance/native.rs"]
mod native;
#[path = "../../../../tests/all/conformance/vectors.rs"]
mod vectors;

#[test]
fn configurations_schemas_and_samples_pass_the_vectors() {
    let functions = ["parse-config", "schema", "sample"];
    vectors::pass(&native::Native, &functions, 250);
}

//! The conformance vectors of what is read and described before a delivery. `cargo test --test all`
//! plays them all, with the component as well.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../../../tests/all/conformance/calls.rs"]
mod calls;
#[path = "../../../tests/all/conformance/native.rs"]
mod native;
#[path = "../../../tests/all/conformance/vectors.rs"]
mod vectors;

#[test]
fn configurations_schemas_and_samples_pass_the_vectors() {
    vectors::pass(&native::Native, &["parse-config", "schema", "sample"], 250);
}

//! Formats and signatures other than our own, held by their own libraries.

mod cloudevents;
mod signatures;

use crate::support::data;
use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;

const EVENTS: &str = r#"{"event":"after:measure","id":"e 1%é","created_at":"2026-11-23T11:23:42.243402","results":[{"connector":"p","value":{"annotations":{"é":"☃"}}}]}
{"event":"before:adjust","id":"e2","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":2.50}]}}
"#;

/// What a webhook with these fields sends of [`EVENTS`].
fn sent(more: &str) -> Vec<Received> {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: all, events: '*:*', url: '{}', {more}}}\n",
        responder.url("/")
    ));
    program.run(EVENTS, &["--source", "/servos/web"]).exits(0);
    let mut received = responder.received();
    assert_eq!(received.len(), 2);
    // Deliveries have no order.
    received.sort_by_key(|request| request.header("x-servo-event").to_owned());
    received
}

/// As the scripts of other languages read it.
fn as_json(request: &Received) -> Value {
    let headers: BTreeMap<_, _> = request.headers.iter().cloned().collect();
    json!({"headers": headers, "body": String::from_utf8(request.body.to_vec()).unwrap()})
}

/// Runs a script of `tests/verifiers` over requests.
fn script(program: &str, name: &str, requests: &[Value]) -> Value {
    let folder = Program::empty();
    let input = folder.write("requests.json", json!(requests).to_string());
    let script = data("verifiers").join(name);
    let output = Command::new(program)
        .arg(script)
        .arg(input)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

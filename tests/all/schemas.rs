//! What is sent fits what `schema` says, by the word of two validators; what does not fit
//! is found.

use crate::support::data;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::schemas::{fault, fault_in_python, fault_in_rust, schema};
use serde_json::{Value, json};
use std::process::Command;

const EVENTS: [&str; 11] = [
    "attach",
    "detach",
    "startup",
    "shutdown",
    "promote",
    "metrics",
    "components",
    "check",
    "describe",
    "measure",
    "adjust",
];

/// A body of each event, made and sent by `trigger`.
fn samples() -> Vec<Value> {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: all, events: after:measure, url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    for event in EVENTS {
        for side in ["before", "after"] {
            let name = format!("{side}:{event}");
            program
                .call(&[
                    "trigger", &name, "all", "--allow", "loopback", "--source", "servo",
                ])
                .exits(0);
        }
    }
    let samples: Vec<Value> = responder
        .received()
        .iter()
        .map(|request| request.json())
        .collect();
    assert_eq!(samples.len(), 2 * EVENTS.len());
    samples
}

/// Bodies that servox 25.3.0 made, in the form of today: the original had no id, no
/// parameters and no offset.
fn recorded() -> Vec<Value> {
    let text = std::fs::read_to_string(data("captures/original.json")).unwrap();
    let captures: Vec<Value> = serde_json::from_str(&text.replace(": NaN\n", ": null\n")).unwrap();
    let of_today = captures.iter().filter(|capture| {
        capture["connector_and_servox"]
            .as_str()
            .unwrap()
            .ends_with("servox-25.3.0")
    });
    let bodies = of_today.filter_map(|capture| {
        let mut body: Value = serde_json::from_str(capture["request"]["body"].as_str()?).ok()?;
        body["created_at"] = json!(format!("{}+00:00", body["created_at"].as_str()?));
        body["id"] = json!("recorded");
        body["parameters"] = json!({});
        Some(body)
    });
    bodies.collect()
}

/// Each is right but for one thing.
fn wrong() -> Vec<Value> {
    let body = |event: &str, parameters: Value, results: Value| json!({"event": event, "created_at": "2026-11-23T11:23:42+00:00", "results": results, "id": "i", "parameters": parameters});
    let after = |event: &str, value: Value| {
        body(
            event,
            json!({}),
            json!([{"connector": "c", "value": value}]),
        )
    };
    let right = body("after:measure", json!({}), json!([]));
    let without = |key: &str| {
        let mut body = right.clone();
        body.as_object_mut().unwrap().remove(key);
        body
    };
    let with = |key: &str, value: Value| {
        let mut body = right.clone();
        body[key] = value;
        body
    };
    assert_eq!(fault("after:measure", &right), None);
    vec![
        without("event"),
        without("created_at"),
        without("results"),
        without("id"),
        without("parameters"),
        with("id", json!("")),
        with("id", json!(7)),
        with("created_at", json!("2026-11-23T11:23:42")),
        with("created_at", json!("yesterday+00:00")),
        with("source", json!("")),
        with("parameters", json!([])),
        with("results", json!(null)),
        with("results", json!({})),
        with("extra", json!(1)),
        body("before:measure", json!({}), json!([])),
        body("after:measure", json!({"metrics": "throughput"}), json!([])),
        body(
            "before:adjust",
            json!({"adjustments": [{"component_name": "web"}]}),
            json!(null),
        ),
        body("before:adjust", json!({"adjustments": {}}), json!(null)),
        body("before:check", json!({"halt_on": "never"}), json!(null)),
        body(
            "before:measure",
            json!({"control": {"duration": []}}),
            json!(null),
        ),
        body("after:measure", json!({}), json!([{"value": {}}])),
        body("after:measure", json!({}), json!([{"connector": "c"}])),
        body(
            "after:measure",
            json!({}),
            json!([{"connector": "c", "value": {}, "more": 1}]),
        ),
        after("after:startup", json!("done")),
        after("after:metrics", json!([{"unit": "rpm"}])),
        after("after:metrics", json!({"name": "throughput"})),
        after(
            "after:components",
            json!([{"name": "web", "settings": [{"name": "cpu"}]}]),
        ),
        after(
            "after:components",
            json!([{"name": "web", "settings": [{"name": "cpu", "type": "range", "value": 1}]}]),
        ),
        after(
            "after:components",
            json!([{"name": "web", "settings": [{"name": "cpu", "type": "enum", "values": []}]}]),
        ),
        after("after:describe", json!({"components": [{"settings": []}]})),
        after(
            "after:measure",
            json!({"readings": [{"metric": {"name": "m"}, "data_points": [["t", 1]]}]}),
        ),
        after(
            "after:measure",
            json!({"readings": [{"metric": {"name": "m"}, "time": "t", "value": "fast"}]}),
        ),
        after("after:check", json!([{"success": true}])),
        after("after:check", json!([{"name": "c", "severity": "fatal"}])),
        after(
            "after:measure",
            json!({"error": "ValueError", "message": 1, "readings": 7}),
        ),
    ]
}

#[test]
fn what_is_sent_fits() {
    for body in samples().iter().chain(&recorded()) {
        assert_eq!(fault(body["event"].as_str().unwrap(), body), None, "{body}");
    }
    assert!(recorded().len() > 8);
    let failed = json!({"event": "after:measure", "created_at": "2026-11-23T11:23:42+00:00", "id": "i", "parameters": {},
        "results": [{"connector": "a", "value": null}, {"connector": "b", "value": {"error": "ValueError", "message": "no"}}]});
    assert_eq!(fault("after:measure", &failed), None);
}

#[test]
fn what_is_wrong_is_found() {
    for body in wrong() {
        let event = body["event"].as_str().unwrap_or("after:measure");
        assert!(fault_in_rust(event, &body).is_some(), "{body}");
        let second = fault_in_python(event, &body);
        assert!(second.is_none_or(|fault| fault.is_some()), "{body}");
    }
}

const MANY: &str = "webhooks:
- {name: store, description: Stores them., events: [after:measure, before:adjust, after:deploy], url: 'https://example.com/hunter2', secret: s}
- {name: all, events: '*:*', url: 'https://example.com', secret: s, format: cloudevents}
- {events: 'after:*', url: 'https://example.com', secret: s, enabled: false}
- {name: news, channels: news, url: 'https://example.com', secret: s}
";

#[test]
fn openapi_describes_every_webhook() {
    let program = Program::new(MANY);
    program.write(
        "events.json",
        r#"{"events": {"deploy": {"parameters": {"type": "object", "required": ["version"]}}}}"#,
    );
    let arguments = [
        "schema",
        "--openapi",
        "--source",
        "/servo",
        "--catalogue",
        "events.json",
    ];
    let finished = program.call(&arguments).exits(0);
    assert!(!finished.stdout.contains("hunter2"));
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let webhooks = document["webhooks"].as_object().unwrap();
    assert_eq!(webhooks.len(), 3 + 24 + 12 + 1);
    let operation = &webhooks["store before:adjust"]["post"];
    assert!(
        operation["responses"]["200"]["content"]
            .to_string()
            .contains("EventCancelledError")
    );
    // What is referred to is there, and is what `schema` says.
    for operation in webhooks.values() {
        let content = operation["post"]["requestBody"]["content"]
            .as_object()
            .unwrap();
        for body in content.values().filter(|body| body.get("schema").is_some()) {
            let reference = body["schema"]["$ref"].as_str().unwrap();
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
    }
    let body = &document["components"]["schemas"]["1.after.measure"];
    let properties = &schema("after:measure")["properties"];
    assert_eq!(body["properties"]["event"], properties["event"]);
    for reference in finished.stdout.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        let schemas = &document["components"]["schemas"];
        assert!(schemas.get(name).is_some(), "{name}");
    }
    let finished = program
        .call(&["schema", "--openapi", "after:measure"])
        .exits(2);
    assert!(finished.stdout.is_empty());
    program.call(&["schema"]).exits(2);
}

#[test]
fn the_openapi_document_is_one() {
    if !crate::support::requires(&["openapi_spec_validator"]) {
        return;
    }
    let program = Program::new(MANY);
    let document = program
        .call(&["schema", "--openapi", "--source", "/servo"])
        .exits(0)
        .stdout;
    program.write("openapi.json", document);
    let script = "import json, sys, openapi_spec_validator as v; v.validate(json.load(open(sys.argv[1]))); print('valid')";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(program.path("openapi.json"))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "valid\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

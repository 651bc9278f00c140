//! Formats and signatures other than our own, held by their own libraries.

use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use crate::support::{data, hmac_sha1, imports, missing, requires};
use serde_json::{Value, json};
use servo_webhooks::Connector;
use servo_webhooks::connector::wit;
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

/// Runs a script of `tests/independent` over requests.
fn script(program: &str, name: &str, requests: &[Value]) -> Value {
    let folder = Program::empty();
    let input = folder.write("requests.json", json!(requests).to_string());
    let script = data("independent").join(name);
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

fn vectors() -> Vec<Value> {
    let text = std::fs::read_to_string(data("vectors/standard-webhooks.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    vectors["vectors"].as_array().unwrap().clone()
}

#[test]
fn the_sdk_of_cloudevents_reads_every_event() {
    if !imports("cloudevents") {
        return missing("the Python package cloudevents");
    }
    let plain = sent("secret: s");
    for (format, content_type) in [
        ("cloudevents", "application/cloudevents+json"),
        (
            "cloudevents-binary",
            "application/vnd.opsani.servo-webhooks+json",
        ),
    ] {
        let received = sent(&format!("secret: s, format: {format}"));
        for request in &received {
            assert_eq!(request.header("content-type"), content_type);
            assert_eq!(
                request.header("x-servo-signature"),
                hmac_sha1("s", &request.body)
            );
        }
        let requests: Vec<Value> = received.iter().map(as_json).collect();
        let read = script("python3", "cloud_events.py", &requests);
        for (event, plain) in read.as_array().unwrap().iter().zip(&plain) {
            let (body, attributes) = (plain.json(), &event["attributes"]);
            let name = body["event"].as_str().unwrap();
            assert_eq!(attributes["specversion"], "1.0");
            assert_eq!(attributes["source"], "/servos/web");
            assert_eq!(
                attributes["type"],
                format!("com.opsani.servo.{}", name.replace(':', "."))
            );
            assert_eq!(
                attributes["datacontenttype"],
                "application/vnd.opsani.servo-webhooks+json"
            );
            if format == "cloudevents" {
                assert_eq!(attributes["id"], body["id"]);
            }
            for part in ["event", "id", "results", "parameters", "source"] {
                assert_eq!(
                    event["data"][part].to_string().replace("2.50", "2.5"),
                    body[part].to_string().replace("2.50", "2.5"),
                    "{part}"
                );
            }
        }
    }
}

#[test]
fn in_binary_mode_attributes_are_headers() {
    let request = &sent("secret: s, format: cloudevents-binary")[0];
    assert_eq!(request.header("ce-specversion"), "1.0");
    assert_eq!(
        request.header("ce-id"),
        "e%201%25%C3%A9",
        "encoded as the HTTP binding says"
    );
    assert_eq!(request.header("ce-source"), "/servos/web");
    assert_eq!(request.header("ce-type"), "com.opsani.servo.after.measure");
    assert_eq!(
        request.header("ce-time"),
        "2026-11-23T11:23:42.243402+00:00"
    );
}

#[test]
fn a_cloudevent_needs_a_source() {
    let program = Program::new(
        "- {name: ce, events: after:measure, url: 'https://example.com', secret: s, format: cloudevents}\n",
    );
    for source in [&["check"][..], &["check", "--source", "my servo"]] {
        let finished = program.call(source).exits(2);
        assert!(finished.stderr.contains("--source"), "{}", finished.stderr);
    }
    program.call(&["check", "--source", "/servos/web"]).exits(0);
}

/// The keys of a vector, as YAML, and what verifies them.
fn keys() -> (String, Value, Value) {
    let vectors = vectors();
    let keys = [&vectors[0]["v1"], &vectors[1]["v1"], &vectors[0]["v1a"]]
        .map(|of| of["key"].as_str().unwrap());
    let secrets = format!("secret: [plain, {}]", keys.join(", "));
    (
        secrets,
        json!([keys[0], keys[1]]),
        json!([vectors[0]["v1a"]["public"]]),
    )
}

#[test]
fn the_libraries_of_standard_webhooks_verify() {
    let (secrets, hmac, ed25519) = keys();
    let received = sent(&format!("{secrets}, signatures: [servo, standard]"));
    let requests: Vec<Value> = received
        .iter()
        .map(|request| {
            assert_eq!(
                request.header("webhook-id"),
                request.header("x-servo-delivery")
            );
            assert_eq!(
                request.header("x-servo-signature"),
                hmac_sha1("plain", &request.body)
            );
            let mut case = as_json(request);
            case["hmac"] = hmac.clone();
            case["ed25519"] = ed25519.clone();
            case
        })
        .collect();
    for request in &received {
        let mut headers = http::HeaderMap::new();
        for (name, value) in &request.headers {
            let name: http::HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        for key in hmac
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap())
        {
            let body = &request.body;
            let standard = standardwebhooks::Webhook::new(key).unwrap();
            standard.verify(body, &headers).unwrap();
            standard.verify(b"{}", &headers).unwrap_err();
            let svix = svix::webhooks::Webhook::new(key).unwrap();
            svix.verify(body, &headers).unwrap();
            svix.verify(b"{}", &headers).unwrap_err();
        }
    }
    if requires(&["standardwebhooks", "svix", "cryptography"]) {
        assert_eq!(script("python3", "standard_webhooks.py", &requests), 6);
    }
    if crate::support::node_has("standardwebhooks") && crate::support::node_has("svix") {
        assert_eq!(script("node", "standard_webhooks.cjs", &requests), 4);
    } else {
        missing("the Node.js packages standardwebhooks and svix (in NODE_PATH)");
    }
}

#[test]
fn each_attempt_has_its_own_time() {
    let responder = Responder::start(|request| match request.header("x-servo-attempt") {
        "1" => Reply::Answer(
            503,
            vec![("retry-after".to_owned(), "1".to_owned())],
            "".into(),
        ),
        _ => Reply::status(200),
    });
    let (secrets, ..) = keys();
    let program = Program::new(&format!(
        "- {{name: all, events: 'after:measure', url: '{}', {secrets}, signatures: standard}}\n",
        responder.url("/")
    ));
    program.run("{\"event\":\"after:measure\"}\n", &[]).exits(0);
    let received = responder.received();
    let time = |request: &Received| request.header("webhook-timestamp").parse::<u64>().unwrap();
    assert!(time(&received[1]) > time(&received[0]));
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    assert_ne!(
        received[0].header("webhook-signature"),
        received[1].header("webhook-signature")
    );
    assert_eq!(received[0].header("x-servo-signature"), "");
}

#[test]
fn the_published_vectors_are_reproduced() {
    let (connector, vectors) = (Connector::built_in().unwrap(), vectors());
    assert!(vectors.len() >= 50);
    for vector in vectors {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (id, body) = (text(&vector["id"]), text(&vector["body"]));
        let timestamp = vector["timestamp"].as_u64().unwrap();
        for version in ["v1", "v1a"] {
            let key = text(&vector[version]["key"]);
            let stamp = wit::Stamp {
                delivery: &id,
                attempt: 1,
                now: timestamp * 1_000_000_000,
            };
            let headers = connector
                .sign("standard", &[&key], stamp, wit::Content::Text(&body))
                .unwrap()
                .unwrap();
            let found: Vec<_> = headers
                .iter()
                .map(|header| (header.name.as_str(), header.value.clone()))
                .collect();
            assert_eq!(
                found,
                [
                    ("webhook-id", id.clone()),
                    ("webhook-timestamp", timestamp.to_string()),
                    ("webhook-signature", text(&vector[version]["signature"])),
                ]
            );
        }
    }
}

#[test]
fn the_published_vectors_come_from_elsewhere() {
    if requires(&["cryptography"]) {
        let output = Command::new("python3")
            .arg(data("vectors/standard-webhooks.py"))
            .output()
            .unwrap();
        let published = std::fs::read(data("vectors/standard-webhooks.json")).unwrap();
        assert!(
            output.stdout == published,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_key_signs_what_it_is_made_for_and_nothing_else() {
    let (_, hmac, _) = keys();
    let hmac = hmac[0].as_str().unwrap();
    for (more, says) in [
        (format!("secret: {hmac}"), "no key signs X-Servo-Signature"),
        (
            "secret: plain, signatures: standard".to_owned(),
            "no key signs `standard`",
        ),
        (
            format!("secret: {hmac}, signatures: [servo, standard]"),
            "no key signs X-Servo-Signature",
        ),
        (
            "secret: whsec_dG9vIHNob3J0, signatures: standard".to_owned(),
            "24 to 64 bytes",
        ),
        (
            "secret: s, signatures: [servo, v2]".to_owned(),
            "unknown signature scheme",
        ),
    ] {
        let program = Program::new(&format!(
            "- {{name: all, events: 'after:measure', url: 'https://example.com', {more}}}\n"
        ));
        let finished = program.call(&["check"]).exits(2);
        assert!(finished.stderr.contains(says), "{}", finished.stderr);
        assert!(
            !finished.stderr.contains(hmac) && !finished.stderr.contains("dG9v"),
            "{}",
            finished.stderr
        );
    }
}

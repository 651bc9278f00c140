//! Standard Webhooks.

use super::{as_json, script, sent};
use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use crate::support::{data, hmac_sha1, missing, requires};
use serde_json::{Value, json};
use servo_webhooks::__internal::connector::{Contract, wit};
use servo_webhooks::Connector;
use std::process::Command;

fn vectors() -> Vec<Value> {
    let text = std::fs::read_to_string(data("vectors/standard-webhooks.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    vectors["vectors"].as_array().unwrap().clone()
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
            let context = wit::SigningContext {
                delivery: &id,
                attempt: 1,
                now: timestamp * 1_000_000_000,
            };
            let headers = Contract::of(&connector)
                .sign("standard", &[&key], context, wit::Content::Text(&body))
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

//! CloudEvents.

use super::{as_json, script, sent};
use crate::support::program::Program;
use crate::support::{hmac_sha1, imports, missing};
use serde_json::Value;

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

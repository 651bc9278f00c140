//! Webhooks with conditions and payloads.

use crate::documents::block;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};

#[test]
fn a_condition_decides_and_a_payload_is_sent() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: chat, secret: s, events: 'after:deploy', url: '{}', when: '.parameters.n > 1', \
         payload: '{{text: \"\\(.event) \\(.parameters.n)\"}}', content_type: application/vnd.chat+json, \
         payload_schema: {{type: object, required: [text]}}}}\n",
        responder.url("/")
    ));
    let events = r#"{"event":"after:deploy","parameters":{"n":1}}
{"event":"after:deploy","parameters":{"n":2.50}}
"#;
    let lines = program.run(events, &[]).exits(0).of_type("event");
    assert_eq!(lines[0]["outcome"], "accepted");
    assert_eq!(lines[0]["webhooks"][0]["outcome"], "skipped");
    assert_eq!(
        lines[0]["webhooks"][0]["reason"],
        "when is false: .parameters.n > 1"
    );
    assert_eq!(lines[1]["webhooks"][0]["outcome"], "accepted");
    assert!(lines[1]["webhooks"][0].get("reason").is_none());
    let received = responder.received();
    assert_eq!(received.len(), 1);
    assert_eq!(&received[0].body[..], br#"{"text":"after:deploy 2.50"}"#);
    assert_eq!(
        received[0].header("content-type"),
        "application/vnd.chat+json"
    );
    let mut names = received[0].headers.iter().map(|(name, _)| name.as_str());
    assert!(names.all(|name| !name.eq_ignore_ascii_case("x-servo-schema")));
}

#[test]
fn webhooks_of_one_shape_have_one_warning() {
    let responder = Responder::start(|_| Reply::status(200));
    let webhook = |name: &str| {
        let url = responder.url("/");
        format!(
            "- {{name: {name}, secret: s, events: 'before:adjust', url: '{url}', when: error}}\n"
        )
    };
    let program = Program::new(&format!("{}{}", webhook("one"), webhook("two")));
    let ran = program.run("{\"event\":\"before:adjust\"}\n", &[]).exits(0);
    assert_eq!(responder.received().len(), 2);
    assert_eq!(
        ran.stderr.matches("asked anyway").count(),
        1,
        "{}",
        ran.stderr
    );
}

/// The examples of the guide, each sent to a path of its own.
fn examples(responder: &Responder) -> String {
    let yaml = block("yaml", "# A message to a chat room.");
    let mut place = 0;
    let mut lines = Vec::new();
    for line in yaml.lines() {
        if line.trim_start().starts_with("url: ") {
            lines.push(format!("    url: {}", responder.url(&format!("/{place}"))));
            place += 1;
        } else {
            lines.push(line.replace("{env: WEBHOOK_KEY}", "s"));
        }
    }
    assert_eq!(place, 5);
    lines.join("\n")
}

#[test]
fn the_examples_of_the_guide_do_what_they_say() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&examples(&responder));
    let events = r#"{"event":"after:adjust","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":3.0}]},"results":[]}
{"event":"after:measure","id":"m","created_at":"2026-11-23T12:00:00+00:00","results":[{"connector":"p","value":{"readings":[{"id":"web"}]}},{"connector":"q","value":null}]}
{"event":"after:check","id":"good","results":[{"connector":"p","value":[{"name":"a","success":true}]}]}
{"event":"after:check","id":"bad","created_at":"2026-11-23T12:00:00+00:00","results":[{"connector":"p","value":[{"name":"a","success":false}]}]}
{"event":"before:adjust","id":"noon","created_at":"2026-11-23T12:00:00+00:00","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":3.0}]}}
{"event":"before:adjust","id":"night","created_at":"2026-11-23T02:59:59+01:00","parameters":{"adjustments":[{"component_name":"web","setting_name":"mem","value":3.0}]}}
{"event":"before:adjust","id":"morning","created_at":"2026-11-23T03:00:00+01:00","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":2.0}]}}
"#;
    program.run(events, &["--source", "/servos/web"]).exits(0);
    let bodies = |path: &str| -> Vec<Value> {
        let received = responder.at(path);
        received.iter().map(|request| request.json()).collect()
    };
    assert_eq!(
        bodies("/0"),
        [json!({"text": "/servos/web made 1 adjustments"})]
    );
    assert_eq!(
        bodies("/1"),
        [
            json!({"@timestamp": "2026-11-23T12:00:00+00:00", "event": {"action": "after:measure", "id": "m"}, "readings": [{"id": "web"}]})
        ]
    );
    assert_eq!(
        bodies("/2"),
        [
            json!({"routing_key": "R0", "event_action": "trigger", "dedup_key": "bad", "payload": {"summary": "a check failed", "source": "/servos/web", "severity": "error", "timestamp": "2026-11-23T12:00:00+00:00"}})
        ]
    );
    let ids =
        |path: &str| -> Vec<Value> { bodies(path).iter().map(|body| body["id"].clone()).collect() };
    assert_eq!(ids("/3"), ["noon"]);
    assert_eq!(ids("/4"), ["night"]);
}

#[test]
fn one_component_serves_hosts_that_load_no_other() {
    let program = Program::new(
        "- {events: 'after:deploy', url: 'http://127.0.0.1/', secret: s, when: '.parameters.n > 1'}\n",
    );
    let output = ["component", "--complete", "--output", "complete.wasm"];
    program.call(&output).exits(0);
    let event = program.write(
        "events.jsonl",
        r#"{"event":"after:deploy","parameters":{"n":1}}"#,
    );
    let event = event.to_str().unwrap();
    let call = ["explain", "--component", "complete.wasm", "--events", event];
    let explained = program.call(&call).exits(0);
    assert!(
        explained
            .stdout
            .contains("when is false: .parameters.n > 1"),
        "{}",
        explained.stdout
    );
}

#[test]
fn a_webhook_that_is_not_asked_lets_the_event_happen() {
    let program = Program::new(
        "- {events: 'before:deploy', url: 'http://127.0.0.1:1/', secret: s, on_error: cancel, when: '.parameters.n > 1'}\n",
    );
    let events = "{\"event\":\"before:deploy\",\"parameters\":{\"n\":1}}\n";
    let lines = program.run(events, &[]).exits(0).of_type("event");
    assert_eq!(lines[0]["outcome"], "proceed");
    assert_eq!(lines[0]["webhooks"][0]["outcome"], "skipped");
}

#[test]
fn what_is_nested_too_far_has_a_place() {
    // Each bracket has five hundred question marks in another five hundred.
    let nested = |levels: usize| {
        let marks = "?".repeat(500);
        format!(
            "{}.event{}",
            "(".repeat(levels),
            format!("{marks})").repeat(levels)
        )
    };
    for (levels, code) in [(2, 0), (3, 2), (30, 2)] {
        let program = Program::new(&format!(
            "- {{events: after:measure, url: 'https://example.com/', secret: s}}\n\
             - events: after:measure\n  url: https://example.com/\n  secret: s\n  when: '{}'\n",
            nested(levels)
        ));
        let checked = program.call(&["check"]).exits(code);
        if code == 2 {
            for says in [
                "operators stand in one another",
                "servo.yaml:5:",
                "[1].when",
            ] {
                assert!(
                    checked.stderr.contains(says),
                    "{levels}: {}",
                    checked.stderr
                );
            }
        }
    }
}

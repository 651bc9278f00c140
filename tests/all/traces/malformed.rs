//! Contexts that are malformed: no event fails because of them, and none is passed on.

use super::servo;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};

#[test]
fn a_malformed_context_is_left_out_with_a_warning() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: hook, events: 'after:measure', url: '{}', secret: s3cr3t}}\n",
        responder.url("/")
    ));
    let good = servo("01");
    for (parent, state, expected, warning) in [
        (
            json!(good.to_uppercase()),
            json!(""),
            ["", ""],
            "traceparent ignored",
        ),
        (
            json!(format!("ff{}", &good[2..])),
            json!("a=1"),
            ["", ""],
            "there is no version ff",
        ),
        (
            json!(format!("{good}-more")),
            json!(""),
            ["", ""],
            "traceparent ignored",
        ),
        (
            json!("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
            json!(""),
            ["", ""],
            "trace id is zero",
        ),
        (
            json!("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
            json!(""),
            ["", ""],
            "parent id is zero",
        ),
        (json!({"a": 1}), json!(""), ["", ""], "traceparent ignored"),
        (
            json!("a\r\nX-Servo-Event: forged"),
            json!(""),
            ["", ""],
            "traceparent ignored",
        ),
        (Value::Null, json!("a=1"), ["", ""], "tracestate ignored"),
        (
            json!(good),
            json!("A=1"),
            [&*good, ""],
            "tracestate ignored",
        ),
        (json!(good), json!(7), [&*good, ""], "tracestate ignored"),
        (
            json!(good),
            json!("a=1\r\nX-Servo-Event: forged"),
            [&*good, ""],
            "tracestate ignored",
        ),
    ] {
        let before = responder.received().len();
        let event = json!({"event": "after:measure", "traceparent": parent, "tracestate": state});
        let finished = program.run(&format!("{event}\n"), &[]).exits(0);
        assert!(
            finished.stderr.contains(warning),
            "{event}: {}",
            finished.stderr
        );
        assert!(!finished.stderr.contains("forged"), "{}", finished.stderr);
        let request = responder.received().split_off(before).remove(0);
        let found = ["traceparent", "tracestate"].map(|name| request.header(name));
        assert_eq!(found, expected, "{event}");
        assert_eq!(request.header("x-servo-event"), "after:measure");
    }
}

#[test]
fn variables_that_cannot_be_used_keep_nothing_from_being_delivered() {
    let responder = Responder::start(|_| Reply::status(200));
    let configuration = format!(
        "- {{name: hook, events: 'after:measure', url: '{}', secret: s3cr3t}}\n",
        responder.url("/")
    );
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1/hunter2");
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "hunter2"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "hunter2"),
    ] {
        let program = Program::new(&configuration).variable(endpoint.0, endpoint.1);
        let program = program.variable(name, value);
        let finished = program
            .run("{\"event\": \"after:measure\"}\n", &[])
            .exits(0);
        let says = format!("no spans are exported: {name}: ");
        assert!(finished.stderr.contains(&says), "{}", finished.stderr);
        assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
        assert_eq!(finished.of_type("delivery")[0]["outcome"], "delivered");
    }
    for request in responder.received() {
        assert_eq!(request.header("traceparent"), "");
    }
}

//! Contexts that come with events, where no spans are exported and where none is recorded.

use super::collector::Collector;
use super::{SERVO_TRACE, servo};
use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use serde_json::{Value, json};

fn sides(url: &str, more: &str) -> String {
    format!(
        "- {{name: hook, events: ['before:adjust', 'after:measure'], channels: news, url: '{url}', secret: s3cr3t{more}}}\n"
    )
}

fn headers(request: &Received) -> [&str; 2] {
    ["traceparent", "tracestate"].map(|name| request.header(name))
}

/// An input of each kind.
fn inputs(more: &Value) -> String {
    let mut lines = String::new();
    for mut input in [
        json!({"event": "before:adjust"}),
        json!({"event": "after:measure"}),
        json!({"channel": "news", "content_type": "text/plain", "content": "x"}),
    ] {
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        lines += &format!("{input}\n");
    }
    lines
}

#[test]
fn what_came_is_passed_on_unchanged_at_each_attempt() {
    let responder = Responder::start(|request| match request.header("x-servo-attempt") {
        "1" => Reply::status(503),
        _ => Reply::status(200),
    });
    let program = Program::new(&sides(
        &responder.url("/"),
        ", backoff: {max_tries: 2, max_time: 60s}",
    ));
    for (trace, state) in [
        (servo("01"), "a=1, b=2"),
        (servo("00"), ""),
        (format!("fe{}-to-come", &servo("01")[2..]), "a=1"),
    ] {
        let before = responder.received().len();
        let members = json!({"traceparent": trace, "tracestate": state});
        program.run(&inputs(&members), &[]).exits(0);
        let received = responder.received().split_off(before);
        assert_eq!(received.len(), 6);
        for request in received {
            assert_eq!(headers(&request), [&*trace, state]);
        }
    }
    let before = responder.received().len();
    program.run(&inputs(&json!({})), &[]).exits(0);
    for request in responder.received().split_off(before) {
        assert_eq!(headers(&request), ["", ""]);
    }
}

#[test]
fn headers_that_the_configuration_sets_stay() {
    let responder = Responder::start(|_| Reply::status(200));
    let collector = Collector::start();
    for (own, expected) in [
        ("traceparent: fixed", ["fixed", ""]),
        ("traceparent: fixed, tracestate: z=1", ["fixed", "z=1"]),
    ] {
        let more = format!(", headers: {{{own}}}");
        let configuration = sides(&responder.url("/"), &more);
        for program in [
            Program::new(&configuration),
            collector.of(Program::new(&configuration)),
        ] {
            let before = responder.received().len();
            let members = json!({"traceparent": servo("01"), "tracestate": "a=1"});
            program.run(&inputs(&members), &[]).exits(0);
            let received = responder.received().split_off(before);
            assert_eq!(received.len(), 3);
            for request in received {
                assert_eq!(headers(&request), expected);
            }
        }
    }
}

#[test]
fn what_is_kept_to_be_sent_again_stays_in_its_trace() {
    let responder = Responder::start(|_| Reply::status(400));
    let collector = Collector::start();
    let configuration = sides(&responder.url("/"), "");
    for (name, program) in [
        ("without", Program::new(&configuration)),
        ("with", collector.of(Program::new(&configuration))),
    ] {
        let event =
            json!({"event": "after:measure", "traceparent": servo("01"), "tracestate": "a=1"});
        program
            .run(&format!("{event}\n"), &["--failed", "failed"])
            .exits(1);
        let kept = std::fs::read_to_string(program.path("failed")).unwrap();
        let kept: Value = serde_json::from_str(kept.trim()).unwrap();
        assert_eq!(kept["traceparent"], servo("01"), "{name}");
        assert_eq!(kept["tracestate"], "a=1");
        let again = ["run", "--events", "failed", "--allow", "loopback"];
        program.call(&again).exits(1);
        let last = responder.received().pop().unwrap();
        assert_eq!(&last.header("traceparent")[..35], &servo("01")[..35]);
        assert_eq!(last.header("tracestate"), "a=1");
    }
}

#[test]
fn what_is_not_recorded_is_not_exported_and_says_so_to_the_responder() {
    let responder = Responder::start(|request| match request.header("x-servo-attempt") {
        "1" => Reply::status(503),
        _ => Reply::status(200),
    });
    let collector = Collector::start();
    let backoff = ", backoff: {max_tries: 2, max_time: 60s}";
    let program = || collector.of(Program::new(&sides(&responder.url("/"), backoff)));
    // The servo's decision, whatever would be decided here.
    let servos = json!({"traceparent": servo("00")});
    let on = program().variable("OTEL_TRACES_SAMPLER", "parentbased_always_on");
    on.run(&inputs(&servos), &[]).exits(0);
    // Our own decision, of traces that begin here.
    let none = program()
        .variable("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
        .variable("OTEL_TRACES_SAMPLER_ARG", "0");
    none.run(&inputs(&json!({})), &[]).exits(0);
    // Nobody is asked.
    let off = program().variable("OTEL_TRACES_SAMPLER", "always_off");
    off.run(&inputs(&json!({"traceparent": servo("01")})), &[])
        .exits(0);
    assert_eq!(collector.0.received().len(), 0);
    let received = responder.received();
    assert_eq!(received.len(), 18);
    let mut seen = std::collections::HashSet::new();
    for (place, request) in received.iter().enumerate() {
        let [parent, _] = headers(request);
        assert!(parent.ends_with("-00"), "{parent}");
        assert!(
            seen.insert(parent.to_owned()),
            "each attempt has an id of its own"
        );
        let is_servos = parent[3..35] == *SERVO_TRACE;
        assert_eq!(is_servos, !(6..12).contains(&place), "{place}: {parent}");
    }
    // Attempts of one delivery are of one trace.
    let traces: std::collections::HashSet<_> = received[6..12]
        .iter()
        .map(|request| {
            (
                request.header("traceparent")[3..35].to_owned(),
                request.header("x-servo-delivery").to_owned(),
            )
        })
        .collect();
    assert_eq!(traces.len(), 3);
}

#[test]
fn the_log_names_the_trace() {
    let responder = Responder::start(|request| match request.header("x-servo-attempt") {
        "1" => Reply::status(503),
        _ => Reply::status(400),
    });
    let collector = Collector::start();
    let program = Program::new(&sides(
        &responder.url("/"),
        ", backoff: {max_tries: 2, max_time: 60s}",
    ));
    let logged = |program: &Program, members: &Value| -> Vec<Value> {
        let finished = program.run(
            &inputs(members),
            &["--log-format", "json", "--log-level", "info"],
        );
        let lines = finished.stderr.lines();
        let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["webhook"] == "hook").collect()
    };
    let told = logged(&program, &json!({"traceparent": servo("01")}));
    let message = |line: &Value| line["message"].as_str().unwrap().to_owned();
    for text in ["not delivered", "no answer before the event", "retrying in"] {
        assert!(
            told.iter().any(|line| message(line).contains(text)),
            "{text}: {told:#?}"
        );
    }
    for line in &told {
        assert_eq!(line["trace_id"], SERVO_TRACE, "{line}");
    }
    for line in logged(&program, &json!({})) {
        assert_eq!(
            (&line["trace_id"], &line["span_id"]),
            (&Value::Null, &Value::Null)
        );
    }
    // With spans of ours the log names that of the attempt.
    let program = collector.of(program);
    let before = responder.received().len();
    let told = logged(&program, &json!({"traceparent": servo("01")}));
    let retries: Vec<_> = told
        .iter()
        .filter(|line| message(line).contains("retrying in"))
        .collect();
    assert!(!retries.is_empty());
    for line in retries {
        let delivery = line["delivery"].as_str().unwrap();
        let received = responder.received().split_off(before);
        let first = received.iter().find(|request| {
            request.header("x-servo-delivery") == delivery
                && request.header("x-servo-attempt") == "1"
        });
        assert_eq!(
            line["span_id"],
            first.unwrap().header("traceparent")[36..52]
        );
    }
}

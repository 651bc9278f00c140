//! Traces of deliveries that outlive their process, and of those that are replayed.

use super::collector::{Collector, all, decodes, only};
use super::{SERVO_SPAN, SERVO_TRACE, servo};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

/// A responder that answers with a status until it is told to answer with another one.
fn answering(status: u16) -> (Responder, Arc<AtomicU16>, String) {
    let answer = Arc::new(AtomicU16::new(status));
    let shared = Arc::clone(&answer);
    let responder = Responder::start(move |_| Reply::status(shared.load(Ordering::SeqCst)));
    let configuration = format!(
        "- name: hook\n  events: [after:measure]\n  url: '{}'\n  secret: s3cr3t\n  backoff: {{max_tries: 50, max_time: 1h}}\n",
        responder.url("/")
    );
    (responder, answer, configuration)
}

fn event(more: bool) -> String {
    let mut event = json!({"event": "after:measure", "id": "m-1"});
    if more {
        event["traceparent"] = servo("01").into();
        event["tracestate"] = "a=1".into();
    }
    format!("{event}\n")
}

const STORE: [&str; 4] = ["--store", "store", "--breaker-hold", "0s"];

/// A process accepts the event, makes an attempt, and is killed.
fn killed(program: &Program, responder: &Responder, event: &str) {
    let mut running = program.start_run(&STORE);
    running.feed(event);
    running.until("it is accepted", |out| out.contains("accepted"));
    responder.until_received(1);
    running.child.kill().unwrap();
    running.finish();
}

#[test]
fn a_delivery_goes_on_in_its_trace_after_a_restart() {
    if !decodes() {
        return;
    }
    for stated in [true, false] {
        let (responder, answer, configuration) = answering(503);
        let collector = Collector::start();
        let program = collector.of(Program::new(&configuration));
        let program = program.variable("OTEL_BSP_SCHEDULE_DELAY", "3600000");
        killed(&program, &responder, &event(stated));
        answer.store(200, Ordering::SeqCst);
        program.run("", &STORE).exits(0);
        let requests = responder.received();
        let first = requests[0].header("traceparent").to_owned();
        for request in &requests {
            assert_eq!(request.header("traceparent")[..35], first[..35]);
            assert_eq!(
                request.header("tracestate"),
                if stated { "a=1" } else { "" }
            );
        }
        // What the killed process had not exported is lost; the delivery's span is of both.
        let spans = collector.spans();
        let delivery = only(&spans, "PRODUCER", "deliver hook");
        assert_eq!(delivery.text("trace"), &first[3..35]);
        assert_eq!(delivery.attribute("servo_webhooks.outcome"), "delivered");
        if stated {
            assert_eq!(
                (delivery.text("trace"), delivery.text("parent")),
                (SERVO_TRACE, SERVO_SPAN)
            );
        } else {
            assert_eq!(delivery.text("parent"), "");
        }
        let last = requests.last().unwrap().header("traceparent");
        let attempts = all(&spans, "CLIENT", "POST");
        let attempt = attempts.last().unwrap();
        attempt.is_below(delivery);
        assert_eq!(attempt.text("id"), &last[36..52]);
        // It began when it was accepted, by the first process.
        assert!(delivery.0["start"].as_u64() < attempts[0].0["start"].as_u64());
    }
}

#[test]
fn what_came_outlives_a_restart_without_spans_too() {
    let (responder, answer, configuration) = answering(503);
    let program = Program::new(&configuration);
    killed(&program, &responder, &event(true));
    answer.store(200, Ordering::SeqCst);
    program.run("", &STORE).exits(0);
    let requests = responder.received();
    assert!(requests.len() > 1);
    for request in requests {
        assert_eq!(request.header("traceparent"), servo("01"));
        assert_eq!(request.header("tracestate"), "a=1");
    }
}

#[test]
fn a_replay_is_a_trace_of_its_own_with_a_link_to_the_one_of_before() {
    if !decodes() {
        return;
    }
    let (responder, answer, configuration) = answering(400);
    let collector = Collector::start();
    let program = collector.of(Program::new(&configuration));
    program.run(&event(true), &STORE).exits(1);
    let replay = ["replay", "--all", "--store", "store"];
    program.call(&replay).exits(0);
    program.run("", &STORE).exits(1);
    program.call(&replay).exits(0);
    answer.store(200, Ordering::SeqCst);
    program.run("", &STORE).exits(0);
    let spans = collector.spans();
    let deliveries = all(&spans, "PRODUCER", "deliver hook");
    let [first, second, third] = deliveries[..] else {
        panic!("{deliveries:#?}")
    };
    assert_eq!(
        (first.text("trace"), first.text("parent")),
        (SERVO_TRACE, SERVO_SPAN)
    );
    assert_eq!(first.0["links"], json!([]));
    for (replayed, before) in [(second, first), (third, second)] {
        assert_ne!(replayed.text("trace"), before.text("trace"));
        assert_eq!(replayed.text("parent"), "");
        let link = json!([{"trace": before.text("trace"), "id": before.text("id")}]);
        assert_eq!(replayed.0["links"], link);
    }
    let requests = responder.received();
    for (delivery, request) in deliveries.iter().zip(&requests) {
        assert_eq!(
            &request.header("traceparent")[3..35],
            delivery.text("trace")
        );
    }
    // What vendors said of the servo's trace is not said of another one.
    let states: Vec<_> = requests
        .iter()
        .map(|one| one.header("tracestate"))
        .collect();
    assert_eq!(states, ["a=1", "", ""]);
    let marks: Vec<_> = requests
        .iter()
        .map(|one| one.header("x-servo-replay"))
        .collect();
    assert_eq!(marks, ["", "1", "2"]);
}

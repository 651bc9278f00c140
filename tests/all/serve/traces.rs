//! Contexts of traces, at the program's own hooks and at our service: both pass them on.

use super::hosted::{hold, program as held};
use super::{Served, configuration, receive, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};

const ONE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// What the responder is told of the trace.
fn told(responder: &Responder, served: &Served, event: &Value, headers: &str) -> [String; 2] {
    let before = responder.received().len();
    let answer = receive(served.begin(&event.to_string(), headers));
    assert_eq!(answer.status, 200, "{answer:?}");
    let received = responder.received().split_off(before);
    assert_eq!(received.len(), 1);
    ["traceparent", "tracestate"].map(|name| received[0].header(name).to_owned())
}

#[test]
fn headers_of_the_request_count_where_the_event_states_none() {
    let responder = Responder::start(|_| Reply::status(200));
    let own = Program::new(&configuration(&responder.url("/"), "before:adjust"));
    let service = held(&responder.url("/"), "");
    for served in [serve(&own, &[]), hold(&service, &[])] {
        let event = json!({"event": "before:adjust"});
        let stating = json!({"event": "before:adjust", "traceparent": OTHER, "tracestate": "z=1"});
        let malformed = json!({"event": "before:adjust", "traceparent": "?", "tracestate": 1});
        let one = format!("traceparent: {ONE}\r\ntracestate: a=1\r\n");
        let lists = format!("{one}tracestate: b=2\r\n");
        let several = format!("{one}traceparent: {OTHER}\r\n");
        for (event, headers, expected) in [
            (&event, "", ["", ""]),
            (&event, &*one, [ONE, "a=1"]),
            (&event, &*lists, [ONE, "a=1,b=2"]),
            (&stating, &*one, [OTHER, "z=1"]),
            (&malformed, &*one, [ONE, "a=1"]),
            // None of several is the right one.
            (&event, &*several, ["", ""]),
            (&event, "traceparent: 1\r\n", ["", ""]),
        ] {
            let told = told(&responder, &served, event, headers);
            assert_eq!(told, expected, "{event} {headers}");
        }
        let said = served.end(0).stderr;
        assert!(said.contains("traceparent ignored"), "{said}");
    }
}

#[test]
fn what_a_webhook_sets_of_a_trace_stays() {
    let responder = Responder::start(|_| Reply::status(200));
    for (own, expected) in [
        (json!({"traceparent": "fixed"}), ["fixed", ""]),
        (json!({"tracestate": "z=1"}), [ONE, "z=1"]),
    ] {
        let more = format!(",\"headers\":{own}");
        let program = held(&responder.url("/"), &more);
        let served = hold(&program, &[]);
        let event = json!({"event": "before:adjust", "traceparent": ONE, "tracestate": "a=1"});
        assert_eq!(told(&responder, &served, &event, ""), expected);
        served.end(0);
    }
}

//! Receivers of spans that are away, slow, or at fault: nothing else changes.

use super::collector::Collector;
use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use std::collections::BTreeMap;

/// More than may wait at a time, with its attempts.
const EVENTS: usize = 300;

fn events() -> String {
    let event = |number| match number % 100 {
        0 => format!("{{\"event\": \"before:adjust\", \"id\": \"e{number}\"}}\n"),
        _ => format!("{{\"event\": \"after:measure\", \"id\": \"e{number}\"}}\n"),
    };
    (0..EVENTS).map(event).collect()
}

/// What came of each event, whatever ids and times are.
fn outcomes(finished: &Finished) -> BTreeMap<(String, String), String> {
    let lines = finished.lines().into_iter();
    let pairs = lines.map(|line| {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        ((text("type"), text("id")), text("outcome"))
    });
    pairs.collect()
}

fn program() -> (Responder, Program) {
    let responder = Responder::start(|request| match request.header("x-servo-event") {
        "before:adjust" => Reply::cancel("no"),
        _ => Reply::status(200),
    });
    let program = Program::new(&format!(
        "- {{name: hook, events: ['before:adjust', 'after:measure'], url: '{}', secret: s3cr3t}}\n",
        responder.url("/")
    ));
    let program = program.variable("OTEL_BSP_MAX_QUEUE_SIZE", "64");
    (responder, program)
}

/// What `run` came to is what it comes to without any receiver.
fn changes_nothing(finished: &Finished) {
    let (_responder, program) = program();
    let without = program.run(&events(), &[]).exits(0);
    assert_eq!(outcomes(finished), outcomes(&without));
    assert_eq!(outcomes(finished).len(), 2 * EVENTS - EVENTS / 100);
    // Once for its cause, and how many it were at the end.
    let warnings = finished
        .stderr
        .matches("spans cannot be exported to")
        .count()
        + finished.stderr.matches("spans are dropped").count();
    assert_eq!(warnings, 1, "{}", finished.stderr);
    let dropped = finished.stderr.matches("spans were not exported").count();
    assert_eq!(dropped, 1, "{}", finished.stderr);
}

fn run(endpoint: &str) -> Finished {
    let (_responder, program) = program();
    let program = program
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .variable("OTEL_BSP_SCHEDULE_DELAY", "10");
    program.run(&events(), &[]).exits(0)
}

#[test]
fn one_that_is_away() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    changes_nothing(&run(&format!("http://{address}/hunter2")));
}

#[test]
fn one_that_never_answers() {
    let collector = Collector::answering(|| Reply::Hang);
    let finished = run(&collector.0.url(""));
    changes_nothing(&finished);
    assert!(collector.0.connections() > 0);
}

#[test]
fn one_that_is_at_fault() {
    let collector = Collector::answering(|| Reply::status(500));
    let finished = run(&collector.0.url(""));
    changes_nothing(&finished);
    let origin = collector.0.url("");
    let says = format!("to {origin}: answered 500");
    assert!(
        finished.stderr.contains(&says) || finished.stderr.contains("spans are dropped"),
        "{}",
        finished.stderr
    );
}

#[test]
fn one_that_closes_its_connections() {
    let collector = Collector::answering(|| Reply::Close);
    changes_nothing(&run(&collector.0.url("")));
}

/// The rule about addresses is for webhooks: a receiver on this machine needs no `--allow`.
#[test]
fn a_receiver_needs_not_be_allowed() {
    let collector = Collector::start();
    let program = Program::new(
        "- {name: hook, events: 'after:measure', url: 'http://127.0.0.1:1/', secret: s3cr3t}\n",
    );
    let program = collector.of(program);
    program.write("events", "{\"event\": \"after:measure\"}\n");
    let finished = program.call(&["run", "--events", "events"]).exits(1);
    assert!(finished.stderr.contains("loopback"), "{}", finished.stderr);
    assert_eq!(collector.0.received().len(), 1);
}

#[test]
fn headers_of_the_variables_reach_it() {
    let collector = Collector::start();
    let (_responder, program) = program();
    let program = collector.of(program).variable(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "authorization=Bearer%20hunter2,x-tenant=a",
    );
    let finished = program.run(
        "{\"event\": \"after:measure\"}\n",
        &["--log-level", "trace"],
    );
    assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
    let request = collector.0.received().remove(0);
    assert_eq!(request.header("authorization"), "Bearer hunter2");
    assert_eq!(request.header("x-tenant"), "a");
}

#[test]
fn one_that_rejects_spans_and_takes_the_request() {
    // In protobuf: partial_success { rejected_spans: 2, error_message: "no room" }.
    const PARTLY: &[u8] = b"\x0a\x0b\x08\x02\x12\x07no room";
    let collector = Collector::answering(|| {
        let kind = (
            "content-type".to_owned(),
            "application/x-protobuf".to_owned(),
        );
        Reply::Answer(200, vec![kind], PARTLY.into())
    });
    let (_responder, program) = program();
    let program = collector.of(program);
    let finished = program
        .run("{\"event\": \"after:measure\"}\n", &[])
        .exits(0);
    let says = format!("spans were rejected by {}: no room", collector.0.url(""));
    for text in [&*says, "spans were not exported"] {
        assert_eq!(
            finished.stderr.matches(text).count(),
            1,
            "{}",
            finished.stderr
        );
    }
}

#[test]
fn more_room_than_there_is_memory_is_refused_before_anything_starts() {
    let collector = Collector::start();
    let (_responder, program) = program();
    let program = collector
        .of(program)
        .variable("OTEL_BSP_MAX_QUEUE_SIZE", "1000000000000000");
    let finished = program
        .run("{\"event\": \"after:measure\"}\n", &[])
        .exits(0);
    assert!(
        finished.stderr.contains("OTEL_BSP_MAX_QUEUE_SIZE"),
        "{}",
        finished.stderr
    );
    assert!(collector.0.received().is_empty());
}

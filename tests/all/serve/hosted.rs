//! Our own service, held as a component: the same events over the same HTTP.

use super::{EVENT, Served, receive, serve};
use crate::support::hmac_sha1;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};
use servo_webhooks::Component;
use std::time::{Duration, Instant};
use tokio::sync::watch;

const EVENTS: &str = "[\"before:adjust\",\"after:measure\"]";
pub const BEFORE: &str = "{\"event\":\"before:adjust\"}";

/// The service, as the program writes it, and one webhook.
pub fn program(url: &str, more: &str) -> Program {
    let program = Program::empty();
    program.write("service.wasm", Component::service().bytes());
    let webhook = format!(
        "{{\"name\":\"hook\",\"events\":{EVENTS},\"url\":\"{url}\",\"secret\":{{\"env\":\"KEY\"}}{more}}}"
    );
    program
        .variable("SERVO_WEBHOOKS_CONFIG", &format!("[{webhook}]"))
        .variable("KEY", "s3cr3t")
        .variable("ANOTHER", "n0t-n4med")
}

pub fn hold(program: &Program, more: &[&str]) -> Served {
    let always = [
        "--component",
        "service.wasm",
        "--env",
        "SERVO_WEBHOOKS_CONFIG",
        "--env",
        "KEY",
    ];
    serve(program, &[&always, more].concat())
}

/// Until an instance has ended, and an event is taken in its place.
fn until_taken(served: &Served) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match served.post(EVENT).status {
            202 => return,
            status => assert_eq!(status, 503),
        }
        assert!(Instant::now() < deadline, "no instance ends");
    }
}

#[test]
fn it_asks_before_events_and_tells_after_them() {
    let sink = Responder::start(|request| match request.json()["id"].as_str() {
        Some("no") => Reply::cancel("not now"),
        _ => Reply::status(200),
    });
    let program = program(&sink.url("/"), "");
    let served = hold(&program, &[]);
    for (id, outcome, reason) in [
        ("yes", "proceed", Value::Null),
        ("no", "cancelled", json!("not now")),
    ] {
        let answer = served.post(&format!("{{\"event\":\"before:adjust\",\"id\":\"{id}\"}}"));
        assert_eq!(
            (
                answer.status,
                &answer.body["outcome"],
                &answer.body["reason"]
            ),
            (200, &outcome.into(), &reason)
        );
    }
    let answer = served.post(EVENT);
    assert_eq!(
        (answer.status, &answer.body["outcome"]),
        (202, &"accepted".into())
    );
    sink.until_received(3);
    served.running.until("it is delivered", |out| {
        out.contains("\"outcome\":\"delivered\"")
    });
    for request in sink.received() {
        assert_eq!(
            request.header("x-servo-signature"),
            hmac_sha1("s3cr3t", &request.body)
        );
    }
    let finished = served.end(0);
    assert_eq!(
        (
            finished.of_type("event").len(),
            finished.of_type("delivery").len()
        ),
        (3, 1)
    );
}

#[test]
fn an_instance_lives_until_its_retries_are_over() {
    let sink = Responder::start(|request| match request.header("x-servo-attempt") {
        "1" => Reply::status(503),
        _ => Reply::status(204),
    });
    let program = program(&sink.url("/"), "");
    let served = hold(&program, &["--drain-timeout", "1m"]);
    assert_eq!(served.post(EVENT).status, 202);
    sink.until_received(1);
    // The signal comes while it waits: it is given its time.
    let finished = served.end(0);
    assert_eq!(finished.of_type("delivery")[0]["attempts"], 2);
    let ids: Vec<_> = sink
        .received()
        .iter()
        .map(|request| request.header("x-servo-delivery").to_owned())
        .collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
}

#[test]
fn a_forbidden_address_is_not_connected_to() {
    let sink = Responder::start(|_| Reply::status(200));
    let program = program(&sink.url("/pr1vate?t0p=1"), ",\"backoff\":false");
    let always = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--component",
        "service.wasm",
        "--env",
        "SERVO_WEBHOOKS_CONFIG",
        "--env",
        "KEY",
    ];
    let running = program.start(&always);
    let served = super::listening(running);
    let answer = served.post(BEFORE);
    let webhook = &answer.body["webhooks"][0];
    assert_eq!(webhook["outcome"], "no_answer", "{answer:?}");
    let error = webhook["error"].as_str().unwrap_or_default();
    assert!(
        error.contains("does not let requests go there"),
        "{answer:?}"
    );
    let finished = served.end(0);
    assert_eq!(sink.connections(), 0);
    assert!(
        finished
            .stderr
            .contains("is a loopback address; allow it with --allow loopback"),
        "{}",
        finished.stderr
    );
    for said in [&finished.stdout, &finished.stderr] {
        for secret in ["pr1vate", "t0p", "s3cr3t", "n0t-n4med"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[test]
fn the_door_asks_for_the_token_and_the_component_does_not_see_it() {
    let sink = Responder::start(|_| Reply::status(204));
    let program = program(&sink.url("/"), "").variable("SERVO_WEBHOOKS_TOKEN", "t0ken");
    let served = hold(&program, &[]);
    for headers in ["", "Authorization: Bearer t0kem\r\n"] {
        assert_eq!(receive(served.begin(EVENT, headers)).status, 401);
    }
    let page = "Authorization: Bearer t0ken\r\nOrigin: https://example.com\r\n";
    assert_eq!(receive(served.begin(EVENT, page)).status, 202);
    sink.until_received(1);
    let finished = served.end(0);
    assert!(!finished.stderr.contains("t0ke"), "{}", finished.stderr);
}

#[test]
fn what_is_no_event_is_refused_as_elsewhere() {
    let program = program("http://127.0.0.1:9", "");
    let served = hold(&program, &[]);
    let long = format!("Content-Length: {}\r\n", (2 << 20) + 1);
    let json = "Content-Type: application/json\r\n";
    for (head, body, status) in [
        ("GET /health HTTP/1.1\r\n".to_owned(), "", 200),
        ("GET /events HTTP/1.1\r\n".to_owned(), "", 405),
        ("POST / HTTP/1.1\r\n".to_owned(), "", 404),
        (
            "POST /events HTTP/1.1\r\nContent-Length: 2\r\n".to_owned(),
            "{}",
            415,
        ),
        (
            format!("POST /events HTTP/1.1\r\n{json}Content-Length: 2\r\n"),
            "{}",
            400,
        ),
        (format!("POST /events HTTP/1.1\r\n{json}{long}"), "", 413),
        (
            format!(
                "POST /events HTTP/1.1\r\n{json}Content-Length: 1\r\nOrigin: https://example.com\r\n"
            ),
            "1",
            403,
        ),
    ] {
        let answer = served.ask(&head, body.as_bytes());
        assert_eq!(answer.status, status, "{head}{answer:?}");
    }
    served.end(0);
}

#[test]
fn whoever_goes_leaves_the_question_which_is_settled() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start(move |_| Reply::Gated(gate.clone(), 200));
    let program = program(&sink.url("/"), ",\"timeout\":\"1h\"");
    let served = hold(&program, &["--max-instances", "1"]);
    let asked = served.begin(BEFORE, "");
    sink.until_received(1);
    assert_eq!(served.post(EVENT).status, 503);
    drop(asked);
    open.send(true).unwrap();
    served
        .running
        .until("it is settled", |out| out.contains("\"proceed\""));
    until_taken(&served);
    sink.until_received(2);
    served.end(0);
}

#[test]
fn no_more_instances_live_than_may_and_none_longer() {
    let (_open, gate) = watch::channel(false);
    let sink = Responder::start(move |_| Reply::Gated(gate.clone(), 200));
    let program = program(&sink.url("/"), ",\"timeout\":\"1h\"");
    let served = hold(&program, &["--max-instances", "1", "--instance-life", "2s"]);
    assert_eq!(served.post(EVENT).status, 202);
    let answer = served.post(EVENT);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.head.contains("retry-after: 1"), "{answer:?}");
    served.running.until_logged("lived longer than 2 s");
    until_taken(&served);
    served.end(0);
}

#[test]
fn what_has_not_ended_within_the_drain_timeout_is_ended_and_reported() {
    let sink = Responder::start(|_| Reply::Hang);
    let program = program(&sink.url("/"), "");
    let served = hold(&program, &["--drain-timeout", "100ms"]);
    assert_eq!(served.post(EVENT).status, 202);
    let _asked = served.begin(BEFORE, "");
    sink.until_received(2);
    let finished = served.end(1);
    assert!(
        finished
            .stderr
            .contains("2 instances of the handler were ended with work left"),
        "{}",
        finished.stderr
    );
}

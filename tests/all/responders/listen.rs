//! `listen`.

use super::{responder_program, servo};
use crate::support::program::{Program, Running};
use serde_json::Value;

/// `listen` on a free port, and its URL.
fn listen(program: &Program, more: &[&str]) -> (Running, String) {
    let running = program.start(
        &[
            &[
                "listen",
                "--port",
                "0",
                "--secret",
                "env:SECRET",
                "--secret",
                "env:KEY",
            ],
            more,
        ]
        .concat(),
    );
    running.until_logged("(Ctrl-C to end)");
    let said = running.said();
    let url = said
        .split_once("listening on ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap();
    (running, url.to_owned())
}

#[test]
fn listen_verifies_shows_and_answers_as_told() {
    let program = responder_program();
    let (running, url) = listen(
        &program,
        &[
            "--answer",
            "503,cancel:not now,200",
            "--count",
            "3",
            "--json",
        ],
    );
    let servo = servo(&url, "s3cr3t", ", backoff: {max_tries: 2}");
    let finished = servo.run("{\"event\":\"before:adjust\",\"id\":\"a\"}\n{\"event\":\"after:measure\",\"id\":\"m\"}\n", &[]).exits(0);
    let events = finished.of_type("event");
    assert_eq!(
        (&events[0]["outcome"], &events[0]["reason"]),
        (&Value::from("cancelled"), &Value::from("not now"))
    );
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "delivered");
    let finished = running.finish().exits(0);
    let shown = finished.of_type("request");
    let attempts: Vec<_> = shown
        .iter()
        .map(|line| {
            (
                line["event"].as_str().unwrap(),
                line["attempt"].as_str().unwrap(),
                line["answer"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        attempts,
        [
            ("before:adjust", "1", "503"),
            ("before:adjust", "2", "200 cancel: not now"),
            ("after:measure", "1", "200")
        ]
    );
    for line in &shown {
        assert_eq!(line["verified"], true, "{line}");
        assert_eq!(
            line["schemes"],
            serde_json::json!(["X-Servo-Signature", "webhook-signature v1"])
        );
        assert_eq!(line["path"], "/hook");
    }
    assert_eq!(
        serde_json::from_str::<Value>(shown[2]["body"].as_str().unwrap()).unwrap()["id"],
        "m"
    );
}

#[test]
fn listen_refuses_what_it_cannot_verify() {
    let program = responder_program();
    let (running, url) = listen(&program, &["--count", "1", "--verbose"]);
    let finished = servo(&url, "wrong", "")
        .run("{\"event\":\"after:measure\"}\n", &[])
        .exits(1);
    assert_eq!(finished.of_type("delivery")[0]["status"], 401);
    let shown = running.finish().exits(1).stdout;
    assert!(
        shown.contains("POST /hook  after:measure")
            && shown.contains(
                "not verified: X-Servo-Signature does not match: signed with a different secret"
            ),
        "{shown}"
    );
    assert!(
        shown.contains("-> 401") && !shown.contains("s3cr3t"),
        "{shown}"
    );
}

#[test]
fn listen_can_be_late_or_say_nothing() {
    let program = responder_program();
    let (running, url) = listen(&program, &["--answer", "hang,200@60s,200", "--verbose"]);
    let servo = servo(&url, "s3cr3t", ", timeout: 300ms, backoff: {max_tries: 3}");
    let finished = servo.run("{\"event\":\"after:measure\"}\n", &[]).exits(0);
    assert_eq!(finished.of_type("delivery")[0]["attempts"], 3);
    running.until("three requests", |out| {
        out.matches("POST /hook").count() == 3
    });
    running.signal("INT");
    let finished = running.finish().exits(0);
    assert!(
        finished
            .stdout
            .contains("verified: X-Servo-Signature, webhook-signature v1"),
        "{}",
        finished.stdout
    );
}

#[test]
fn listen_without_a_secret_says_that_it_verifies_nothing() {
    let program = Program::empty();
    let running = program.start(&["listen", "--port", "0", "--count", "1", "-v"]);
    running.until_logged("(Ctrl-C to end)");
    let url = running
        .said()
        .split_once("listening on ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    servo(&url, "any", "")
        .run("{\"event\":\"after:measure\"}\n", &[])
        .exits(0);
    let shown = running.finish().exits(0).stdout;
    assert!(
        shown.contains("not verified: no --secret was given"),
        "{shown}"
    );
}

#[test]
fn wrong_arguments_of_listen() {
    let program = Program::empty();
    for arguments in [
        &["listen", "--answer", "maybe"][..],
        &["listen", "--secret", "hunter2"],
        &["listen", "--secret", "env:NOT_SET"],
        &["listen", "--secret", "file:not-there"],
        &["listen", "--port", "99999"],
    ] {
        let finished = program.call(arguments).exits(2);
        assert!(finished.stdout.is_empty(), "{}", finished.stdout);
    }
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let finished = program.call(&["listen", "--port", &port]).exits(2);
    assert!(finished.stderr.contains(&port), "{}", finished.stderr);
}

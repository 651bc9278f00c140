//! What is not taken, and from whom.

use super::{EVENT, configuration, receive, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::net::Shutdown;

#[test]
fn what_is_no_event_is_refused_precisely() {
    let program = Program::new(&configuration("http://127.0.0.1:9", "after:measure"));
    let served = serve(&program, &[]);
    let json = "Content-Type: application/json\r\n";
    let long = format!("Content-Length: {}\r\n", (2 << 20) + 1);
    let refusals = [
        ("GET /events HTTP/1.1\r\n".to_owned(), "", 405, "use POST"),
        ("DELETE /health HTTP/1.1\r\n".to_owned(), "", 405, "use GET"),
        ("POST / HTTP/1.1\r\n".to_owned(), "", 404, "POST /events"),
        (
            "POST /events HTTP/1.1\r\nContent-Length: 2\r\n".to_owned(),
            "{}",
            415,
            "application/json",
        ),
        (
            format!("POST /events HTTP/1.1\r\n{json}Content-Length: 2\r\n"),
            "{}",
            400,
            "neither",
        ),
        (
            format!("POST /events HTTP/1.1\r\n{json}Content-Length: 4\r\n"),
            "{\n1}",
            400,
            "line 2, column 1",
        ),
        (
            format!("POST /events HTTP/1.1\r\n{json}Content-Length: 20\r\n"),
            "{\"event\":\"measure\"} ",
            400,
            "before: or after:",
        ),
        (
            format!(
                "POST /events HTTP/1.1\r\n{json}Content-Length: 1\r\nOrigin: https://example.com\r\n"
            ),
            "1",
            403,
            "web page",
        ),
        (
            format!("POST /events HTTP/1.1\r\n{json}{long}"),
            "",
            413,
            "2097152",
        ),
    ];
    for (head, body, status, says) in refusals {
        let answer = served.ask(&head, body.as_bytes());
        assert_eq!(
            (answer.status, &answer.body["status"]),
            (status, &status.into()),
            "{head}{answer:?}"
        );
        assert!(
            answer.head.contains("application/problem+json"),
            "{answer:?}"
        );
        assert!(
            answer.body["detail"].as_str().unwrap().contains(says),
            "{answer:?}"
        );
    }
    let event = format!(
        "{{\"event\":\"after:measure\",\"parameters\":{{\"x\":\"{}\"}}}}",
        "x".repeat(1 << 20)
    );
    assert_eq!(served.post(&event).status, 413);
    let answer = served.ask(
        &format!("POST /events HTTP/1.1\r\n{json}Content-Length: 3\r\n"),
        b"\"\xff\"",
    );
    assert!(answer.status == 400 && answer.body["detail"].as_str().unwrap().contains("UTF-8"));
    let cut = served.send(
        &format!("POST /events HTTP/1.1\r\n{json}Content-Length: 9\r\n"),
        b"{",
    );
    cut.shutdown(Shutdown::Write).unwrap();
    drop(cut);
    let answer = served.ask("GET /health HTTP/1.1\r\n", b"");
    assert_eq!((answer.status, &answer.body["status"]), (200, &"ok".into()));
    // Who hands in nonsense is not the program's failure.
    assert!(served.end(0).stdout.is_empty());
}

#[test]
fn a_token_is_asked_for_wherever_there_is_one() {
    let sink = Responder::start(|_| Reply::status(204));
    let configuration = configuration(&sink.url("/"), "after:measure");
    let in_file = Program::new(&configuration);
    in_file.write("token", "t0ken\n");
    let in_variable = Program::new(&configuration).variable("SERVO_WEBHOOKS_TOKEN", "t0ken");
    for (program, more) in [
        (&in_file, &["--token-file", "token"][..]),
        (&in_variable, &[]),
    ] {
        let served = serve(program, more);
        for headers in [
            "",
            "Authorization: Bearer t0kem\r\n",
            "Authorization: Basic t0ken\r\n",
        ] {
            let answer = receive(served.begin(EVENT, headers));
            assert_eq!(answer.status, 401, "{answer:?}");
            assert!(
                answer.head.contains("www-authenticate: bearer"),
                "{answer:?}"
            );
        }
        let answer = receive(served.begin(EVENT, "Authorization: Bearer t0ken\r\n"));
        assert_eq!(answer.status, 202, "{answer:?}");
        let finished = served.end(0);
        assert_eq!(finished.of_type("event").len(), 1);
        assert!(!finished.stderr.contains("t0ke"), "{}", finished.stderr);
    }
    assert_eq!(sink.received().len(), 2);
}

#[test]
fn without_a_token_it_listens_on_loopback_only() {
    let program = Program::new(&configuration("http://127.0.0.1:9", "after:measure"));
    program.write("empty", "\n");
    for (arguments, says) in [
        (
            &["--bind", "0.0.0.0:0"][..],
            "--token-file or SERVO_WEBHOOKS_TOKEN",
        ),
        (
            &["--bind", "[::]:0"],
            "--token-file or SERVO_WEBHOOKS_TOKEN",
        ),
        (
            &["--bind", "127.0.0.1:0", "--token-file", "missing"],
            "--token-file missing",
        ),
        (
            &["--bind", "127.0.0.1:0", "--token-file", "empty"],
            "is empty",
        ),
    ] {
        let finished = program.call(&[&["serve"], arguments].concat()).exits(2);
        assert!(finished.stderr.contains(says), "{}", finished.stderr);
    }
}

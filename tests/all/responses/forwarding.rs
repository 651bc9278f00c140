//! What `listen` passes on to others.

use super::{BIG, MEASURE, ended, listen, responder, servo};
use crate::support::responder::{Reply, Responder};

#[test]
fn verified_requests_are_forwarded_unchanged_and_answers_relayed() {
    let behind = Responder::start(|request| match request.json()["event"].as_str() {
        Some("before:adjust") => Reply::cancel("the other one says no"),
        _ => Reply::status(503),
    });
    let program = responder();
    let (running, url) = listen(
        &program,
        &[
            "--forward-to",
            &behind.url("/"),
            "--answer",
            "forward,forward,204",
        ],
    );
    let finished = servo(&url, "s3cr3t", ", backoff: {max_tries: 2}")
        .run(&[BIG, MEASURE].concat(), &[])
        .exits(0);
    assert_eq!(
        finished.of_type("event")[0]["reason"],
        "the other one says no"
    );
    servo(&url, "wrong", ", backoff: false")
        .run(MEASURE, &[])
        .exits(1);
    let received = behind.received();
    assert_eq!(received.len(), 2, "what does not verify is not forwarded");
    assert_eq!(received[0].path, "/hook");
    assert_eq!(
        received[0].header("x-servo-signature"),
        crate::support::hmac_sha1("s3cr3t", &received[0].body)
    );
    assert_eq!(received[0].header("x-servo-attempt"), "1");
    let shown = ended(running, 1).stdout;
    let origin = behind.url("");
    assert!(
        shown.contains(&format!("verified -> 200 from {origin}")),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("verified -> 503 from {origin}")),
        "{shown}"
    );
    // Nobody is there: the servo is told to come again.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let nobody = format!("http://{}/elsewhere", free.local_addr().unwrap());
    drop(free);
    let (running, url) = listen(&program, &["--forward-to", &nobody]);
    let finished = servo(&url, "s3cr3t", ", backoff: false")
        .run(MEASURE, &[])
        .exits(1);
    assert_eq!(finished.of_type("delivery")[0]["status"], 502);
    let shown = ended(running, 0).stdout;
    assert!(
        shown.contains("warning: not forwarded to http://127.0.0.1:"),
        "{shown}"
    );
    assert!(!shown.contains("elsewhere"), "{shown}");
    program
        .call(&["listen", "--forward-to", "ftp://a/"])
        .exits(2);
    program.call(&["listen", "--answer", "forward"]).exits(2);
}

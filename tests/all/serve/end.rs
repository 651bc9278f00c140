//! How it ends: what was taken is settled, for a time.

use super::{EVENT, configuration, receive, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::net::TcpStream;
use std::time::Duration;
use tokio::sync::watch;

#[test]
fn a_signal_drains_what_was_taken_and_takes_no_more() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start(move |_| Reply::Gated(gate.clone(), 200));
    let program = Program::new(&configuration(
        &sink.url("/"),
        "[before:adjust, after:measure]",
    ));
    let served = serve(&program, &["--drain-timeout", "1m"]);
    assert_eq!(served.post(EVENT).status, 202);
    let asked = served.begin("{\"event\":\"before:adjust\"}", "");
    sink.until_received(2);
    served.running.signal("TERM");
    served
        .running
        .until_logged("SIGTERM: taking no more events");
    // The port is given back at once: another one may take over.
    let another = || TcpStream::connect(&served.address);
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while another().is_ok() {
        assert!(
            std::time::Instant::now() < deadline,
            "it is still listening"
        );
    }
    open.send(true).unwrap();
    let answer = receive(asked);
    assert_eq!(
        (answer.status, &answer.body["outcome"]),
        (200, &"proceed".into())
    );
    let finished = served.running.finish().exits(0);
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "delivered");
}

#[test]
fn what_is_not_settled_within_the_drain_timeout_is_reported() {
    let sink = Responder::start(|_| Reply::Hang);
    let program = Program::new(&configuration(
        &sink.url("/"),
        "[before:adjust, after:measure]",
    ));
    let served = serve(&program, &["--drain-timeout", "100ms"]);
    assert_eq!(served.post(EVENT).status, 202);
    let _asked = served.begin("{\"event\":\"before:adjust\"}", "");
    sink.until_received(2);
    let finished = served.end(1);
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "undelivered");
    assert!(
        finished
            .stderr
            .contains("1 requests were not answered in time"),
        "{}",
        finished.stderr
    );
}

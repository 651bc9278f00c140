//! Clients that have said all, or that have gone: what was read of them is taken.

use super::{Served, configuration, receive, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use socket2::SockRef;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use tokio::sync::watch;

const BEFORE: &str = "{\"event\":\"before:adjust\",\"id\":\"b\"}";
const AFTER: &str = "{\"event\":\"after:measure\",\"id\":\"m\"}";

/// A responder that answers when it may, and the program that asks it.
fn gated() -> (watch::Sender<bool>, Responder, Program) {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start(move |_| Reply::Gated(gate.clone(), 200));
    let program = Program::new(&configuration(
        &sink.url("/"),
        "[before:adjust, after:measure]",
    ));
    (open, sink, program)
}

/// Without `Connection: close`, as clients of HTTP/1.1 are.
fn send(served: &Served, event: &str) -> TcpStream {
    use std::io::Write;
    let mut stream = TcpStream::connect(&served.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(120)))
        .unwrap();
    let head = format!(
        "POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        event.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(event.as_bytes()).unwrap();
    stream
}

#[test]
fn who_half_closes_is_answered() {
    let (open, sink, program) = gated();
    let served = serve(&program, &[]);
    let asked = send(&served, BEFORE);
    asked.shutdown(Shutdown::Write).unwrap();
    sink.until_received(1);
    let told = send(&served, AFTER);
    told.shutdown(Shutdown::Write).unwrap();
    assert_eq!(receive(told).status, 202);
    open.send(true).unwrap();
    let answer = receive(asked);
    assert_eq!(
        (answer.status, &answer.body["outcome"]),
        (200, &"proceed".into())
    );
    let finished = served.end(0);
    assert_eq!(finished.of_type("event").len(), 2);
    assert_eq!(finished.of_type("delivery").len(), 1);
}

#[test]
fn what_was_read_is_taken_whoever_has_gone() {
    for resets in [false, true] {
        let (open, sink, program) = gated();
        let served = serve(&program, &[]);
        let asked = send(&served, BEFORE);
        sink.until_received(1);
        if resets {
            let reset = Some(Duration::ZERO);
            SockRef::from(&asked).set_linger(reset).unwrap();
        }
        drop(asked);
        // By now the program has seen it go, and answers others.
        let other = send(&served, "{}");
        other.shutdown(Shutdown::Write).unwrap();
        assert_eq!(receive(other).status, 400);
        open.send(true).unwrap();
        served
            .running
            .until("it is settled", |out| out.contains("\"proceed\""));
        let finished = served.end(0);
        let event = &finished.of_type("event")[0];
        assert_eq!(
            (&event["id"], &event["webhooks"][0]["status"]),
            (&"b".into(), &200.into()),
            "resets: {resets}"
        );
    }
}

#[test]
fn at_the_end_what_nobody_waits_for_is_settled_too() {
    let (open, sink, program) = gated();
    let served = serve(&program, &["--drain-timeout", "1m"]);
    drop(send(&served, BEFORE));
    sink.until_received(1);
    served.running.signal("TERM");
    served.running.until_logged("taking no more events");
    open.send(true).unwrap();
    let finished = served.running.finish().exits(0);
    assert_eq!(finished.of_type("event")[0]["outcome"], "proceed");
}

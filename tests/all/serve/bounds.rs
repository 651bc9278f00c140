//! How much `serve` takes at a time.

use super::{EVENT, configuration, receive, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::io::Read;
use tokio::sync::watch;

/// As the program has them.
const REQUESTS: usize = 256;

#[test]
fn a_body_in_pieces_is_no_longer_than_one_at_once() {
    let program = Program::new(&configuration("http://127.0.0.1:9", "after:measure"));
    let served = serve(&program, &["--drain-timeout", "0s"]);
    let head =
        "POST /events HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let mut body = Vec::new();
    for _ in 0..33 {
        body.extend_from_slice(b"10000\r\n");
        body.extend_from_slice(&vec![b' '; 1 << 16]);
        body.extend_from_slice(b"\r\n");
    }
    let mut stream = served.send(head, &body);
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    let event = format!("{:x}\r\n{EVENT}\r\n0\r\n\r\n", EVENT.len());
    assert_eq!(served.ask(head, event.as_bytes()).status, 202);
    served.running.signal("TERM");
    served.running.finish();
}

#[test]
fn more_requests_than_there_is_room_for_are_sent_away() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start(move |_| Reply::Gated(gate.clone(), 200));
    let program = Program::new(&configuration(&sink.url("/"), "[before:adjust]"));
    let served = serve(&program, &[]);
    let event = "{\"event\":\"before:adjust\"}";
    let asked: Vec<_> = (0..REQUESTS).map(|_| served.begin(event, "")).collect();
    sink.until_received(REQUESTS);
    let answer = served.post(event);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.head.contains("retry-after: 1"), "{answer:?}");
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("too many requests")
    );
    open.send(true).unwrap();
    for stream in asked {
        assert_eq!(receive(stream).status, 200);
    }
    assert_eq!(served.post(event).status, 200);
    served.end(0);
}

#[test]
fn a_head_has_64_kib_and_not_a_byte_more() {
    let program = Program::new(&configuration("http://127.0.0.1:9", "after:measure"));
    let served = serve(&program, &[]);
    let ask = |size: usize| {
        let line = "GET /health HTTP/1.1\r\n";
        // What every request of these tests has beside it.
        let always = "Host: localhost\r\nConnection: close\r\n\r\n";
        let name = "X-Long: ";
        let filler = size - line.len() - always.len() - name.len() - "\r\n".len();
        served.ask(&format!("{line}{name}{}\r\n", "x".repeat(filler)), b"")
    };
    assert_eq!(ask(64 << 10).status, 200);
    for size in [(64 << 10) + 1, 80 << 10, 100 << 10] {
        assert_eq!(ask(size).status, 431, "{size}");
    }
    served.end(0);
}

//! How much `serve` takes at a time.

use super::{EVENT, configuration, receive, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tokio::sync::watch;

/// As the program has them.
const CONNECTIONS: usize = 1024;
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
fn more_connections_than_there_is_room_for_wait() {
    let program = Program::new(&configuration("http://127.0.0.1:9", "after:measure"));
    let served = serve(&program, &[]);
    let connect = || TcpStream::connect(&served.address).unwrap();
    let ask = |mut stream: &TcpStream| {
        stream
            .write_all(b"GET /health HTTP/1.1\r\nHost: servo\r\n\r\n")
            .unwrap();
    };
    let answered = |mut stream: &TcpStream, within: Duration| {
        stream.set_read_timeout(Some(within)).unwrap();
        let mut answer = [0; 12];
        match stream.read_exact(&mut answer) {
            Ok(()) => answer == *b"HTTP/1.1 200",
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                false
            }
            Err(error) => panic!("{error}"),
        }
    };
    let minute = Duration::from_secs(60);
    let mut held: Vec<_> = (0..CONNECTIONS).map(|_| connect()).collect();
    // That the last is answered tells that all are accepted.
    ask(&held[CONNECTIONS - 1]);
    assert!(answered(&held[CONNECTIONS - 1], minute));
    let waits = connect();
    ask(&waits);
    assert!(!answered(&waits, Duration::from_millis(200)));
    drop(held.remove(0));
    assert!(answered(&waits, minute));
    drop((held, waits));
    served.end(0);
}

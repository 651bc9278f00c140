//! A disk that is full.

use super::{ANSWERS, PATIENCE, ends, program, read_aside, signal};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{ChildStderr, Stdio};

fn full() -> Stdio {
    let full = OpenOptions::new().write(true).open("/dev/full");
    full.unwrap().into()
}

/// Reads where `serve` listens; the rest is still to be read.
pub fn address(stderr: ChildStderr) -> (String, BufReader<ChildStderr>) {
    let mut lines = BufReader::new(stderr);
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let (_, rest) = line.split_once("http://").expect(&line);
    (rest.split(' ').next().unwrap().to_owned(), lines)
}

/// The whole answer to an event.
pub fn post(address: &str, event: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        event.len()
    );
    stream.write_all((head + event).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let program = program();
    for arguments in ANSWERS {
        let mut command = program.command(arguments);
        let mut child = command.stdout(full()).spawn().unwrap();
        let said = read_aside(child.stderr.take().unwrap());
        let status = ends(&mut child, PATIENCE).unwrap();
        let said = said.join().unwrap();
        assert_eq!(status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.contains("standard output: No space left on device"),
            "{arguments:?}: {said}"
        );
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn run_tells_a_full_disk_from_a_closed_pipe() {
    let program = program();
    let mut command = program.command(&["run", "--events", "events"]);
    let mut child = command.stdout(full()).spawn().unwrap();
    let said = read_aside(child.stderr.take().unwrap());
    let status = ends(&mut child, PATIENCE).unwrap();
    let said = said.join().unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    assert!(!said.contains("is closed"), "{said}");
    assert!(said.contains("lines were not written"), "{said}");
}

#[test]
fn serve_takes_no_events_while_its_disk_is_full_and_goes_on() {
    let program = program();
    let mut command = program.command(&["serve", "--bind", "127.0.0.1:0"]);
    let mut child = command.stdout(full()).spawn().unwrap();
    let (address, mut stderr) = address(child.stderr.take().unwrap());
    let event = "{\"event\":\"after:describe\"}";
    // Nothing was to be written yet.
    let answer = post(&address, event);
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    let mut line = String::new();
    while !line.contains("No space left on device") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0);
    }
    for _ in 0..2 {
        let answer = post(&address, event).to_lowercase();
        assert!(answer.starts_with("http/1.1 503"), "{answer}");
        assert!(answer.contains("retry-after: 1"), "{answer}");
        assert!(answer.contains("no space left on device"), "{answer}");
    }
    signal(&child, "TERM");
    let said = read_aside(stderr);
    let status = ends(&mut child, PATIENCE).unwrap();
    let said = said.join().unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("1 lines were not written"), "{said}");
}

/// The whole answer of its health.
pub fn health(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(head).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

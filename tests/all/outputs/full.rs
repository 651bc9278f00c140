//! A disk that is full.

use super::{ANSWERS, PATIENCE, ends, program, read_aside, signal};
use crate::support::missing;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

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
    signal(child.id(), "TERM");
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

#[test]
fn serve_loses_nothing_when_its_disk_has_room_again() {
    let namespaces = ["--user", "--map-root-user", "--mount"];
    let possible = Command::new("unshare")
        .args(namespaces)
        .args(["sh", "-c", "mount -t tmpfs -o size=64k none /mnt"])
        .output();
    if !possible.is_ok_and(|output| output.status.success()) {
        return missing("unshare, or a namespace to mount a small disk in");
    }
    let program = program();
    let ready = program.command(&["serve", "--bind", "127.0.0.1:0"]);
    let script = "mount -t tmpfs -o size=64k none /mnt
        head -c 57344 /dev/zero >/mnt/filler
        exec \"$0\" \"$@\" >/mnt/lines";
    let mut command = Command::new("unshare");
    command
        .args(namespaces)
        .args(["sh", "-c", script])
        .arg(ready.get_program())
        .args(ready.get_args())
        .current_dir(program.path(""))
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (address, mut stderr) = address(child.stderr.take().unwrap());
    let mut taken = Vec::new();
    let hand_in = |id: usize| {
        let event = format!("{{\"event\":\"after:describe\",\"id\":\"{id}\"}}");
        post(&address, &event).starts_with("HTTP/1.1 202")
    };
    let mut ids = 0..;
    // Each is taken until one could not be written down.
    for id in ids.by_ref().take(1000) {
        if !hand_in(id) {
            break;
        }
        taken.push(id.to_string());
    }
    assert!((1..1000).contains(&taken.len()), "{}", taken.len());
    let disk = format!("/proc/{}/root/mnt", child.id());
    std::fs::remove_file(format!("{disk}/filler")).unwrap();
    let mut line = String::new();
    while !line.contains("there is room again") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0);
    }
    let last = ids.next().unwrap();
    assert!(hand_in(last));
    taken.push(last.to_string());
    let deadline = Instant::now() + PATIENCE;
    let lines = loop {
        let text = std::fs::read_to_string(format!("{disk}/lines")).unwrap();
        if text.ends_with('\n') && text.lines().count() >= taken.len() {
            break text;
        }
        assert!(Instant::now() < deadline, "{text}");
        std::thread::sleep(Duration::from_millis(5));
    };
    let written: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(written, taken);
    signal(child.id(), "TERM");
    assert_eq!(ends(&mut child, PATIENCE).unwrap().code(), Some(0));
}

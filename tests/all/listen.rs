//! How much `listen` takes at a time, and that nothing of it ends it.

use crate::support::missing;
use crate::support::program::{Program, Running};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

/// As the program has them.
const CONNECTIONS: usize = 128;

const REQUEST: &[u8] = b"POST /here HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";

fn address(said: &str) -> String {
    let (_, rest) = said.split_once("listening on http://").expect(said);
    rest.split(' ').next().unwrap().to_owned()
}

fn listen(program: &Program, more: &[&str]) -> (Running, String) {
    let running = program.start(&[&["listen", "--port", "0"], more].concat());
    running.until_logged("(Ctrl-C to end)");
    let address = address(&running.said());
    (running, address)
}

/// Whether a request on this connection is answered in time.
fn is_answered(mut stream: &TcpStream, within: Duration) -> bool {
    stream.set_read_timeout(Some(within)).unwrap();
    let mut answer = [0; 12];
    match stream.read_exact(&mut answer) {
        Ok(()) => answer == *b"HTTP/1.1 200",
        Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_connection_that_cannot_be_accepted_does_not_end_it() {
    let program = Program::empty();
    let ready = program.command(&["listen", "--port", "0"]);
    let mut shell = Command::new("sh");
    // As many descriptors as it has itself, and a few.
    let script = "ulimit -n 20; exec \"$0\" \"$@\"";
    shell
        .args(["-c", script])
        .arg(ready.get_program())
        .args(ready.get_args())
        .current_dir(program.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut line).unwrap();
    let address = address(&line);
    let held: Vec<_> = (0..30)
        .map(|_| TcpStream::connect(&address).unwrap())
        .collect();
    while !line.contains("could not be accepted") {
        line.clear();
        let read = std::io::BufRead::read_line(&mut stderr, &mut line).unwrap();
        assert_ne!(read, 0, "it has ended");
    }
    drop(held);
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(REQUEST).unwrap();
    assert!(is_answered(&stream, Duration::from_secs(60)));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn more_connections_than_it_has_room_for_wait() {
    let program = Program::empty();
    let (running, address) = listen(&program, &["--json"]);
    let connect = || TcpStream::connect(&address).unwrap();
    let mut held: Vec<_> = (0..CONNECTIONS).map(|_| connect()).collect();
    // That the last is answered tells that all are accepted.
    let mut last = &held[CONNECTIONS - 1];
    last.write_all(REQUEST).unwrap();
    assert!(is_answered(last, Duration::from_secs(20)));
    let mut waits = connect();
    waits.write_all(REQUEST).unwrap();
    assert!(!is_answered(&waits, Duration::from_millis(200)));
    drop(held.remove(0));
    assert!(is_answered(&waits, Duration::from_secs(20)));
    running.signal("TERM");
    let finished = running.finish().exits(0);
    assert_eq!(finished.of_type("request").len(), 2);
}

#[test]
fn bodies_that_do_not_come_to_an_end_take_a_bounded_memory() {
    let program = Program::empty();
    let (running, address) = listen(&program, &[]);
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        17 << 20
    );
    // Each sends 16 MiB and keeps the last byte back: 960 MiB, if all were read.
    let senders: Vec<_> = (0..60)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).unwrap();
            let head = head.clone();
            std::thread::spawn(move || {
                let timeout = Some(Duration::from_secs(3));
                stream.set_write_timeout(timeout).unwrap();
                stream.write_all(head.as_bytes()).unwrap();
                // Whoever is not read from gives up.
                let _ = stream.write_all(&vec![b' '; 16 << 20]);
                stream
            })
        })
        .collect();
    let streams: Vec<_> = senders
        .into_iter()
        .map(|sender| sender.join().unwrap())
        .collect();
    running.signal("TERM");
    let finished = running.finish().exits(0);
    drop(streams);
    assert!(finished.peak < 500 << 20, "{} MiB", finished.peak >> 20);
}

#[test]
fn it_ends_with_its_terminal() {
    // Under nohup it would rightly go on.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    if u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap() & 1 == 1 {
        return missing("a SIGHUP that is not ignored");
    }
    let program = Program::empty();
    let (mut running, _) = listen(&program, &[]);
    running.signal("HUP");
    let status = running.child.wait().unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    assert_eq!(signal, Some(1));
}

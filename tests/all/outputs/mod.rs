//! What becomes of the program where its output cannot be written: pipes that nobody
//! reads, that are closed or do not block, and disks that are full.

mod full;
mod stuck;

use crate::support::program::Program;
use crate::support::signal;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::io::{ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What has a bound of a second, on a machine that has other things to do.
const SOON: Duration = Duration::from_secs(4);

/// However busy it is.
const PATIENCE: Duration = Duration::from_secs(180);

/// Webhooks that all commands can do something with, and that reach nothing.
const WEBHOOKS: &str = "- {name: hook, events: [after:measure, before:adjust], url: 'http://127.0.0.1:9/', secret: s}\n";

/// Every command that prints something and ends, with arguments for these webhooks.
const ANSWERS: &[&[&str]] = &[
    &["check"],
    &["check", "--json"],
    &["list"],
    &["list", "--json"],
    &["schema", "measure"],
    &["schema", "measure", "--json"],
    &["schema", "--openapi"],
    &["explain", "after:measure"],
    &["explain", "after:measure", "--json"],
    &["trigger", "after:measure", "--allow", "loopback"],
    &["trigger", "after:measure", "--print", "curl"],
    &["run", "--events", "events", "--dry-run"],
    &[
        "verify",
        "--headers",
        "head",
        "--body",
        "events",
        "--secret",
        "env:KEY",
    ],
    &["generate"],
    &["component"],
    &["completions", "bash"],
    &["demo"],
    &["--help"],
    &["--version"],
];

fn program() -> Program {
    let program = Program::new(WEBHOOKS).variable("KEY", "s");
    program.write("events", "{\"event\":\"after:measure\"}\n");
    program.write("head", "X-Servo-Signature: 00\n");
    program
}

/// Whether writing to the pipe waits for a reader.
fn set_blocking(end: impl AsFd, blocks: bool) {
    let flags = fcntl_getfl(&end).unwrap();
    fcntl_setfl(
        &end,
        flags.difference(OFlags::NONBLOCK)
            | if blocks {
                OFlags::empty()
            } else {
                OFlags::NONBLOCK
            },
    )
    .unwrap();
}

/// A pipe with no room left, and nobody who reads.
fn stuck() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    set_blocking(&writer, false);
    loop {
        match writer.write(&[b'.'; 4096]) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    set_blocking(&writer, true);
    (reader, writer)
}

/// Waits until a thread of the process waits for a reader of a pipe.
fn until_it_waits_for_a_reader(child: &Child) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
        let mut places =
            tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("wchan")));
        if places.any(|place| place.is_ok_and(|place| place.contains("pipe_write"))) {
            return;
        }
        assert!(Instant::now() < deadline, "it never waits for a reader");
        sleep(Duration::from_millis(2));
    }
}

/// Waits for the end of a process, at most for so long.
fn ends(child: &mut Child, within: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        sleep(Duration::from_millis(2));
    }
}

/// Reads a pipe of a process to its end, aside.
fn read_aside(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[test]
fn nothing_is_lost_where_output_does_not_block() {
    let program = program();
    for arguments in ANSWERS {
        let expected = program.call(arguments);
        let (mut reader, writer) = std::io::pipe().unwrap();
        set_blocking(&writer, false);
        let mut command = program.command(arguments);
        let mut child = command
            .stdout(writer)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(command);
        // A reader that is slower than the program, so that the pipe is full meanwhile.
        let (mut read, mut piece) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut piece) {
            read.extend_from_slice(&piece[..count]);
            std::thread::yield_now();
        }
        let status = ends(&mut child, PATIENCE).unwrap();
        assert_eq!(status.code(), expected.code, "{arguments:?}");
        // Ids, times and ports are others each time.
        let lines = String::from_utf8_lossy(&read).lines().count();
        assert_eq!(lines, expected.stdout.lines().count(), "{arguments:?}");
    }
}

#[test]
fn run_writes_all_of_thousands_of_events_to_a_pipe_that_does_not_block() {
    let program = program();
    let events = "{\"event\":\"after:describe\"}\n".repeat(20_000);
    program.write("many", &events);
    let (mut reader, writer) = std::io::pipe().unwrap();
    set_blocking(&writer, false);
    let mut command = program.command(&["run", "--events", "many"]);
    let mut child = command.stdout(writer).spawn().unwrap();
    drop(command);
    // Nothing is read until there is more than the pipe takes.
    until_full(&reader);
    let mut lines = String::new();
    reader.read_to_string(&mut lines).unwrap();
    assert_eq!(lines.lines().count(), 20_000);
    assert_eq!(ends(&mut child, PATIENCE).unwrap().code(), Some(0));
}

/// Waits until a pipe is full, or nearly: its pages need not be.
fn until_full(reader: &PipeReader) {
    let deadline = Instant::now() + PATIENCE;
    while rustix::io::ioctl_fionread(reader).unwrap() < 30 << 10 {
        assert!(Instant::now() < deadline, "the pipe is never full");
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_closed_pipe_is_no_success_and_no_panic() {
    let program = program();
    for arguments in ANSWERS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = program.command(arguments);
        let mut child = command.stdout(writer).spawn().unwrap();
        let said = read_aside(child.stderr.take().unwrap());
        assert_eq!(
            ends(&mut child, PATIENCE).unwrap().code(),
            Some(1),
            "{arguments:?}"
        );
        let said = said.join().unwrap();
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn run_and_serve_say_that_their_output_is_closed() {
    let program = program();
    for arguments in [
        &["run", "--events", "-"][..],
        &["serve", "--bind", "127.0.0.1:0"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = program.command(arguments);
        let mut child = command.stdout(writer).spawn().unwrap();
        drop(command);
        let stderr = child.stderr.take().unwrap();
        if arguments[0] == "run" {
            let input = child.stdin.as_mut().unwrap();
            input
                .write_all(b"{\"event\":\"after:describe\"}\n")
                .unwrap();
        } else {
            let (address, stderr) = full::address(stderr);
            full::post(&address, "{\"event\":\"after:describe\"}");
            let said = read_aside(stderr);
            assert_eq!(ends(&mut child, PATIENCE).unwrap().code(), Some(1));
            let said = said.join().unwrap();
            assert!(said.contains("standard output is closed"), "{said}");
            continue;
        }
        // Standard input is still open: it is not the end of that.
        let said = read_aside(stderr);
        assert_eq!(ends(&mut child, PATIENCE).unwrap().code(), Some(1));
        let said = said.join().unwrap();
        assert!(said.contains("standard output is closed"), "{said}");
    }
}

/// Waits until the process has a socket that listens.
fn until_it_listens(child: &Child) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", child.id())).unwrap();
        let listening: Vec<&str> = table
            .lines()
            .filter_map(|line| {
                let fields: Vec<&str> = line.split_whitespace().collect();
                (fields.get(3) == Some(&"0A")).then(|| fields[9])
            })
            .collect();
        let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
        let mut targets = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        let is_its_own = |target: std::path::PathBuf| {
            listening
                .iter()
                .any(|inode| target.to_string_lossy() == format!("socket:[{inode}]"))
        };
        if targets.any(is_its_own) {
            return;
        }
        assert!(Instant::now() < deadline, "it does not listen");
        sleep(Duration::from_millis(2));
    }
}

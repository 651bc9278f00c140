//! Pipes that nobody writes to, or that are late.

use super::{WEBHOOKS, fifo};
use crate::support::program::Program;
use crate::support::{missing, signal};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// However busy the machine is.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until a thread of a process opens a FIFO.
fn until_it_opens_a_fifo(pid: u32) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let mut places =
            tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("wchan")).ok());
        if places.any(|place| place.contains("wait_for_partner") || place.contains("fifo_open")) {
            return;
        }
        assert!(Instant::now() < deadline, "it never opens its input");
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn run_hears_signals_while_nobody_writes_to_its_fifo() {
    let program = Program::new(WEBHOOKS);
    fifo(&program, "events");
    for name in ["TERM", "INT"] {
        let running = program.start(&["run", "--events", "events"]);
        until_it_opens_a_fifo(running.child.id());
        running.signal(name);
        let finished = running.finish().exits(1);
        assert!(finished.stderr.contains(name), "{}", finished.stderr);
    }
}

#[test]
fn a_hangup_does_not_end_run_while_nobody_writes_to_its_fifo() {
    let program = Program::new(WEBHOOKS);
    fifo(&program, "events");
    let running = program.start(&["run", "--events", "events"]);
    until_it_opens_a_fifo(running.child.id());
    running.signal("HUP");
    let mut events = std::fs::OpenOptions::new()
        .write(true)
        .open(program.path("events"))
        .unwrap();
    events
        .write_all(b"{\"event\":\"after:describe\"}\n")
        .unwrap();
    running.until_logged("configuration reloaded");
    drop(events);
    assert_eq!(running.finish().exits(0).of_type("event").len(), 1);
}

#[test]
fn the_first_process_of_a_container_hears_signals() {
    let namespaces = [
        "--user",
        "--map-root-user",
        "--pid",
        "--fork",
        "--kill-child",
    ];
    let possible = Command::new("unshare")
        .args(namespaces)
        .arg("true")
        .output();
    if !possible.is_ok_and(|output| output.status.success()) {
        return missing("unshare, or a namespace of processes");
    }
    let program = Program::new(WEBHOOKS);
    fifo(&program, "events");
    fifo(&program, "servo.fifo");
    let (_reader, writer) = stuck();
    // One that has something to finish, and one that waits for whoever reads.
    for (arguments, code) in [
        (&["run", "--events", "events"][..], 1),
        (&["generate"], 128 + 15),
    ] {
        let ready = program.command(arguments);
        let mut command = Command::new("unshare");
        command
            .args(namespaces)
            .arg(ready.get_program())
            .args(ready.get_args())
            .current_dir(program.path(""))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .stdout(writer.try_clone().unwrap());
        let mut child = command.spawn().unwrap();
        let path = format!("/proc/{0}/task/{0}/children", child.id());
        let deadline = Instant::now() + PATIENCE;
        let first: u32 = loop {
            let children = std::fs::read_to_string(&path).unwrap();
            if let Ok(first) = children.trim().parse() {
                break first;
            }
            assert!(Instant::now() < deadline, "it does not start");
            sleep(Duration::from_millis(2));
        };
        if arguments[0] == "run" {
            until_it_opens_a_fifo(first);
        } else {
            until_it_waits_for_a_reader(first);
        }
        signal(first, "TERM");
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("{arguments:?} does not hear SIGTERM");
            }
            sleep(Duration::from_millis(2));
        };
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

fn stuck() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let flags = fcntl_getfl(&writer).unwrap();
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'.'; 4096]).is_ok() {}
    fcntl_setfl(&writer, flags).unwrap();
    (reader, writer)
}

fn until_it_waits_for_a_reader(pid: u32) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let mut places =
            tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("wchan")).ok());
        if places.any(|place| place.contains("pipe_write")) {
            return;
        }
        assert!(Instant::now() < deadline, "it never waits for a reader");
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn input_that_is_late_on_a_pipe_that_does_not_block_is_not_its_end() {
    let program = Program::new(WEBHOOKS);
    for arguments in [
        &["run", "--events", "-"][..],
        &["run", "--events", "-", "--dry-run"],
        &["run", "--events", "/dev/stdin"],
        &["explain", "--events", "-", "--json"],
    ] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let flags = fcntl_getfl(&reader).unwrap();
        fcntl_setfl(&reader, flags | OFlags::NONBLOCK).unwrap();
        let mut command = program.command(arguments);
        let child = command.stdin(reader).spawn().unwrap();
        drop(command);
        // To be late is what this is about.
        sleep(Duration::from_secs(2));
        let written = writer.write_all(b"{\"event\":\"after:describe\"}\n");
        drop(writer);
        let output = child.wait_with_output().unwrap();
        assert!(written.is_ok(), "{arguments:?}");
        assert!(output.status.success(), "{arguments:?}");
        let lines = String::from_utf8(output.stdout).unwrap();
        assert_eq!(lines.lines().count(), 1, "{arguments:?}: {lines}");
    }
}

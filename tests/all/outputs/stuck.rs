//! Pipes that nobody reads.

use super::{
    ANSWERS, PATIENCE, SOON, ends, program, read_aside, signal, stuck, until_it_listens,
    until_it_waits_for_a_reader,
};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::io::{ErrorKind, Write};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Which of the two nobody reads.
#[derive(Clone, Copy, Debug)]
enum Which {
    Output,
    Error,
    Both,
}

const ALL: [Which; 3] = [Which::Output, Which::Error, Which::Both];

/// Starts a command with stuck pipes; their other ends are kept open by what comes back.
fn start(program: &Program, arguments: &[&str], which: Which) -> (Child, Vec<std::io::PipeReader>) {
    let mut command = program.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut kept = Vec::new();
    if matches!(which, Which::Output | Which::Both) {
        let (reader, writer) = stuck();
        command.stdout(writer);
        kept.push(reader);
    }
    if matches!(which, Which::Error | Which::Both) {
        let (reader, writer) = stuck();
        command.stderr(writer);
        kept.push(reader);
    }
    (command.spawn().unwrap(), kept)
}

#[test]
fn a_command_that_answers_is_ended_by_a_signal() {
    let program = program();
    for arguments in ANSWERS {
        for name in ["TERM", "INT"] {
            let (mut child, _kept) = start(&program, arguments, Which::Output);
            until_it_waits_for_a_reader(&child);
            signal(child.id(), name);
            assert!(
                ends(&mut child, SOON).is_some(),
                "{arguments:?} does not hear SIG{name}"
            );
        }
    }
}

#[test]
fn a_command_that_complains_is_ended_by_a_signal() {
    let program = program();
    for arguments in [
        &["list", "-c", "missing"][..],
        &["nonsense"],
        &["explain", "after:mesure"],
    ] {
        let (mut child, _kept) = start(&program, arguments, Which::Error);
        until_it_waits_for_a_reader(&child);
        signal(child.id(), "TERM");
        assert!(ends(&mut child, SOON).is_some(), "{arguments:?}");
    }
}

/// Feeds events for as long as they are taken; how many were.
fn feed(child: &mut Child, event: &str) -> usize {
    let mut input = child.stdin.take().unwrap();
    super::set_blocking(&input, false);
    let (mut fed, mut still) = (0, Instant::now());
    while still.elapsed() < Duration::from_millis(500) {
        match input.write(event.as_bytes()) {
            Ok(_) => (fed, still) = (fed + 1, Instant::now()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(Duration::from_millis(2)),
            Err(error) => panic!("{error}"),
        }
        assert!(fed < 200_000, "there is no end of what is taken");
    }
    // Still open: the end of its input is not what ends it.
    std::mem::forget(input);
    fed
}

#[test]
fn run_is_ended_by_one_signal_where_nothing_is_to_be_delivered() {
    for which in ALL {
        for name in ["TERM", "INT"] {
            let program = program();
            let (mut child, _kept) = start(&program, &["run", "--events", "-"], which);
            let event = format!(
                "{{\"event\":\"after:describe\",\"id\":\"{}\"}}\n",
                "x".repeat(250)
            );
            if matches!(which, Which::Error) {
                // Nonsense is what it says something about.
                let input = child.stdin.as_mut().unwrap();
                input.write_all(&b"nonsense\n".repeat(100)).unwrap();
                until_it_waits_for_a_reader(&child);
            } else {
                assert!(feed(&mut child, &event) > 100);
            }
            signal(child.id(), name);
            let status = ends(&mut child, SOON);
            let status = status.unwrap_or_else(|| panic!("{which:?} SIG{name}"));
            assert_eq!(status.code(), Some(1), "{which:?} SIG{name}");
        }
    }
}

#[test]
fn a_second_signal_ends_run_serve_and_listen_whatever_is_stuck() {
    let sink = Responder::start(|_| Reply::Hang);
    let program = Program::new(&format!(
        "- {{name: hook, events: after:measure, url: '{}', secret: s, timeout: 1h}}\n",
        sink.url("/")
    ));
    program.write("events", "{\"event\":\"after:measure\"}\n".repeat(20));
    for which in ALL {
        for arguments in [
            &[
                "run",
                "--events",
                "events",
                "--allow",
                "loopback",
                "--drain-timeout",
                "1h",
            ][..],
            &[
                "serve",
                "--bind",
                "127.0.0.1:0",
                "--allow",
                "loopback",
                "--drain-timeout",
                "1h",
            ],
            &["listen", "--port", "0"],
        ] {
            let before = sink.received().len();
            let (mut child, _kept) = start(&program, arguments, which);
            if arguments[0] == "run" {
                sink.until_received(before + 16);
            } else if matches!(which, Which::Error | Which::Both) {
                // It says where it listens.
                until_it_waits_for_a_reader(&child);
            } else {
                until_it_listens(&child);
            }
            signal(child.id(), "TERM");
            signal(child.id(), "INT");
            let status = ends(&mut child, SOON);
            let status = status.unwrap_or_else(|| panic!("{arguments:?} {which:?}"));
            let nothing_lost = arguments[0] != "run";
            assert_eq!(
                status.code(),
                Some(i32::from(!nothing_lost)),
                "{arguments:?} {which:?}"
            );
        }
    }
}

#[test]
fn run_stops_reading_and_the_log_has_what_was_not_delivered() {
    let sink = Responder::start(|_| Reply::Hang);
    let program = Program::new(&format!(
        "- {{name: hook, events: after:measure, url: '{}', secret: s, timeout: 1h}}\n",
        sink.url("/")
    ));
    let (_reader, writer) = stuck();
    let mut command = program.command(&["run", "--events", "-", "--allow", "loopback"]);
    let mut child = command.stdout(writer).spawn().unwrap();
    drop(command);
    let said = read_aside(child.stderr.take().unwrap());
    let first = "{\"event\":\"after:measure\",\"id\":\"the first\"}\n";
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(first.as_bytes())
        .unwrap();
    sink.until_received(1);
    let idle = format!(
        "{{\"event\":\"after:describe\",\"id\":\"{}\"}}\n",
        "x".repeat(250)
    );
    // A megabyte of lines waits, and no more is read than a little ahead.
    let fed = feed(&mut child, &idle);
    assert!(fed < 20_000, "{fed}");
    signal(child.id(), "TERM");
    // Another one: two alike become one where the first has not been heard yet.
    signal(child.id(), "INT");
    let status = ends(&mut child, SOON).expect("it ends");
    let said = said.join().unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("standard output is not being read"), "{said}");
    let undelivered: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("undelivered") && line.contains("the first"))
        .collect();
    assert_eq!(undelivered.len(), 1, "{said}");
}

#[test]
fn serve_says_that_nobody_reads_and_its_health_does_not_hang() {
    let program = program();
    let (_reader, writer) = stuck();
    let mut command = program.command(&["serve", "--bind", "127.0.0.1:0"]);
    let mut child = command.stdout(writer).spawn().unwrap();
    drop(command);
    let (address, stderr) = super::full::address(child.stderr.take().unwrap());
    let said = read_aside(stderr);
    let event = format!(
        "{{\"event\":\"after:describe\",\"id\":\"{}\"}}",
        "x".repeat(250)
    );
    let mut taken = 0;
    let refused = loop {
        let answer = super::full::post(&address, &event);
        if !answer.starts_with("HTTP/1.1 202") {
            break answer;
        }
        taken += 1;
        assert!(taken < 20_000, "there is no end of what is taken");
    };
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(
        refused.contains("standard output is not being read"),
        "{refused}"
    );
    let health = super::full::health(&address);
    assert!(health.starts_with("HTTP/1.1 503"), "{health}");
    signal(child.id(), "TERM");
    let status = ends(&mut child, SOON).expect("it ends");
    let said = said.join().unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("lines were not written"), "{said}");
}

#[test]
fn what_a_stuck_log_cannot_take_is_dropped_and_counted() {
    let program = program();
    let (mut reader, writer) = stuck();
    let mut command = program.command(&["run", "--events", "-"]);
    let mut child = command
        .stderr(writer)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    drop(command);
    // Three megabytes of log: all is read, whoever reads of it.
    let mut input = child.stdin.take().unwrap();
    let nonsense = format!("{{\"{}\": 1}}\n", "k".repeat(900));
    input.write_all(nonsense.repeat(3000).as_bytes()).unwrap();
    drop(input);
    // Once somebody reads, it says how much is missing.
    let mut said = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut said).unwrap();
    assert_eq!(ends(&mut child, PATIENCE).unwrap().code(), Some(1));
    let said = String::from_utf8_lossy(&said);
    let notices = said
        .lines()
        .filter(|line| line.contains("lines of the log were dropped"));
    let count = |line: &str| {
        line.split_whitespace()
            .find_map(|word| word.parse::<usize>().ok())
    };
    let dropped: usize = notices.map(|line| count(line).unwrap()).sum();
    assert!(dropped > 0, "three megabytes do not wait");
    let kept = said.matches("unknown field").count();
    assert_eq!(kept + dropped, 3000, "{kept} and {dropped}");
}

//! Components that `serve` holds, and that do what nobody may.

use super::{EVENT, serve};
use crate::support::guests::{Does, Hoard, guest, wants};
use crate::support::program::Program;
use std::time::Instant;

const LEAST: [&str; 4] = ["--component", "guest.wasm", "--instance-processor", "200ms"];

fn holding(bytes: &[u8]) -> Program {
    let program = Program::empty();
    program.write("guest.wasm", bytes);
    program
}

#[test]
fn what_a_service_is_not_given_is_refused_by_name() {
    for (bytes, says) in [
        (
            wants("wasi:filesystem/preopens@0.2.12"),
            "imports wasi:filesystem/preopens@0.2.12;",
        ),
        (
            wants("wasi:sockets/tcp@0.2.12"),
            "imports wasi:sockets/tcp@0.2.12;",
        ),
        (
            wants("wasi:cli/stdin@0.2.12"),
            "imports wasi:cli/stdin@0.2.12;",
        ),
        (
            wants("wasi:clocks/wall-clock@0.3.0"),
            "imports wasi:clocks/wall-clock@0.3.0;",
        ),
        (wants("wasi:clocks/wall-clock@0.2.12"), "no service"),
        (b"\0asm\x01\0\0\0".to_vec(), "a core module"),
        (b"hello".to_vec(), "not WebAssembly"),
        (b"\0asm\x0d\0\x01\0\x07\x01".to_vec(), "guest.wasm"),
    ] {
        let program = holding(&bytes);
        let finished = program
            .call(&[
                "serve",
                "--component",
                "guest.wasm",
                "--bind",
                "127.0.0.1:0",
            ])
            .exits(2);
        assert!(
            finished.stderr.contains(says),
            "{says}: {}",
            finished.stderr
        );
        assert!(
            finished.stderr.contains("guest.wasm"),
            "{}",
            finished.stderr
        );
        assert!(
            !finished.stderr.contains("listening"),
            "{}",
            finished.stderr
        );
    }
}

#[test]
fn an_endless_loop_is_stopped_and_holds_up_nobody() {
    let program = holding(&guest(&Does::Loops));
    let served = serve(&program, &LEAST);
    let asked: Vec<_> = (0..8).map(|_| served.begin(EVENT, "")).collect();
    // It gives way: whoever else comes has an answer.
    assert_eq!(served.ask("PUT /health HTTP/1.1\r\n", b"").status, 405);
    for stream in asked {
        let answer = super::receive(stream);
        assert_eq!(answer.status, 502, "{answer:?}");
    }
    let finished = served.end(0);
    let stopped = finished
        .stderr
        .matches("computed longer than 200 ms")
        .count();
    // One more was asked how it is, at the start.
    assert_eq!(stopped, 9, "{}", finished.stderr);
}

#[test]
fn memory_is_bounded() {
    let program = holding(&guest(&Does::Grows));
    let served = serve(&program, &[&LEAST[..], &["--instance-mib", "16"]].concat());
    for _ in 0..4 {
        assert_eq!(served.post(EVENT).status, 502);
    }
    let finished = served.end(0);
    let wanted = finished.stderr.matches("wanted more than 16 MiB of memory");
    assert_eq!(wanted.count(), 5, "{}", finished.stderr);
}

/// The most memory that a process ever had, in KiB.
fn peak(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.unwrap().split_whitespace().nth(1);
    number.unwrap().parse().unwrap()
}

#[test]
fn what_is_kept_for_a_guest_is_within_its_memory() {
    const INSTANCES: usize = 4;
    for kept in [
        Hoard::Method(250_000),
        Hoard::Authority,
        Hoard::Path,
        Hoard::Headers,
        Hoard::Body,
    ] {
        let program = holding(&guest(&Does::Keeps(kept)));
        let arguments = ["--component", "guest.wasm", "--instance-mib", "16"];
        let served = serve(&program, &arguments);
        let before = peak(served.running.child.id());
        let asked: Vec<_> = (0..INSTANCES).map(|_| served.begin(EVENT, "")).collect();
        for stream in asked {
            assert_eq!(super::receive(stream).status, 502, "{kept:?}");
        }
        let more = peak(served.running.child.id()) - before;
        let finished = served.end(0);
        let wanted = finished.stderr.matches("wanted more than 16 MiB of memory");
        assert_eq!(
            wanted.count(),
            INSTANCES + 1,
            "{kept:?}: {}",
            finished.stderr
        );
        // As much again for what allocators and counting cost.
        assert!(more < INSTANCES * (32 << 10), "{kept:?}: {more} KiB");
    }
}

#[test]
fn a_method_longer_than_may_cross_at_once_is_refused() {
    let program = holding(&guest(&Does::Keeps(Hoard::Method(300_000))));
    let served = serve(&program, &LEAST);
    assert_eq!(served.post(EVENT).status, 502);
    let finished = served.end(0);
    assert!(finished.stderr.contains("trapped"), "{}", finished.stderr);
}

#[test]
fn whoever_asks_for_health_costs_one_instance_a_second() {
    let program = holding(&guest(&Does::Loops));
    let began = Instant::now();
    let served = serve(&program, &LEAST);
    let asked: Vec<_> = (0..64)
        .map(|_| served.send("GET /health HTTP/1.1\r\n", b""))
        .collect();
    for stream in asked {
        assert_eq!(super::receive(stream).status, 503);
    }
    let finished = served.end(0);
    let stopped = finished
        .stderr
        .matches("computed longer than 200 ms")
        .count();
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    // At the start, at the first question, and once for each second since.
    assert!(
        (2..=3 + seconds).contains(&stopped),
        "{stopped}: {}",
        finished.stderr
    );
}

#[test]
fn a_guest_sees_the_variables_that_are_named() {
    let program = holding(&guest(&Does::TellsVariables))
        .variable("SERVO_WEBHOOKS_TOKEN", "t0ken")
        .variable("AWS_SECRET_ACCESS_KEY", "s3cr3t")
        .variable("NAMED", "here");
    let arguments = [&LEAST[..], &["--env", "NAMED", "--env", "STATED=a=b"]].concat();
    let served = serve(&program, &arguments);
    assert_eq!(served.post(EVENT).status, 401);
    let answer = super::receive(served.begin(EVENT, "Authorization: Bearer t0ken\r\n"));
    assert_eq!(answer.status, 502);
    let finished = served.end(0);
    let told = finished
        .stderr
        .lines()
        .find(|line| line.contains("component: "));
    let told = told
        .and_then(|line| line.split("component: ").nth(1))
        .expect(&finished.stderr);
    let told = told.split(" instance=").next().unwrap();
    assert_eq!(
        told,
        "SERVO_WEBHOOKS_BOUND=loopback;SERVO_WEBHOOKS_MAX_EVENT_MIB=1;NAMED=here;STATED=a=b;"
    );
    assert!(finished.stderr.contains("ended without an answer"));
    for secret in ["t0ken", "s3cr3t"] {
        assert!(!finished.stderr.contains(secret), "{}", finished.stderr);
    }
}

#[test]
fn variables_are_named_as_they_must_be() {
    let program = holding(b"hello").variable("SERVO_WEBHOOKS_TOKEN", "t0ken");
    let held = ["serve", "--component", "guest.wasm"];
    for (more, says) in [
        (&["--env", "MISSING"][..], "--env MISSING: is not set"),
        (&["--env", "SERVO_WEBHOOKS_TOKEN"], "leave this out"),
        (&["--source", "s"], "--env SERVO_WEBHOOKS_SOURCE=NAME"),
        (&["--connector", "c.wasm"], "a connector of its own"),
        (&["--config", "c.yaml"], "cannot be used with"),
        (&["--component-digest", "00"], "64 hexadecimal digits"),
    ] {
        let finished = program.call(&[&held, more].concat()).exits(2);
        assert!(
            finished.stderr.contains(says),
            "{says}: {}",
            finished.stderr
        );
        assert!(!finished.stderr.contains("t0ken"), "{}", finished.stderr);
    }
}

#[test]
fn standard_output_stays_lines_of_json_and_the_log_is_bounded() {
    let program = holding(&guest(&Does::Writes("{\"a\":1}\n", 3)));
    let served = serve(&program, &LEAST);
    assert_eq!(served.post(EVENT).status, 502);
    let finished = served.end(0);
    assert_eq!(finished.stdout, "{\"a\":1}\n".repeat(6));

    let program = holding(&guest(&Does::Writes("\u{1b}[31mred\n", 5_000)));
    let began = Instant::now();
    let served = serve(&program, &["--component", "guest.wasm"]);
    for _ in 0..4 {
        assert_eq!(served.post(EVENT).status, 502);
    }
    let finished = served.end(0);
    assert!(finished.stdout.is_empty(), "{}", finished.stdout);
    assert!(!finished.stderr.contains('\u{1b}'));
    // Of each instance a hundred lines, and a hundred in a second.
    let lines = finished.stderr.matches("no JSON object").count();
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    assert!(
        (1..=500.min(100 * (seconds + 2))).contains(&lines),
        "{lines} lines"
    );
}

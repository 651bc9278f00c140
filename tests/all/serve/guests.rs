//! Components that `serve` holds, and that do what nobody may.

use super::{EVENT, serve};
use crate::support::guests::{Does, guest, wants};
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
    let finished = served.end(1);
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
    let finished = served.end(1);
    let wanted = finished.stderr.matches("wanted more than 16 MiB of memory");
    assert_eq!(wanted.count(), 5, "{}", finished.stderr);
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
    let finished = served.end(1);
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
        (&["--env", "MISSING"][..], "--env MISSING: set it"),
        (&["--env", "SERVO_WEBHOOKS_TOKEN"], "leave this out"),
        (&["--source", "s"], "--env SERVO_WEBHOOKS_SOURCE=NAME"),
        (&["--connector", "c.wasm"], "its own connector"),
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
    let finished = served.end(1);
    assert_eq!(finished.stdout, "{\"a\":1}\n".repeat(6));

    let program = holding(&guest(&Does::Writes("\u{1b}[31mred\n", 5_000)));
    let began = Instant::now();
    let served = serve(&program, &["--component", "guest.wasm"]);
    for _ in 0..4 {
        assert_eq!(served.post(EVENT).status, 502);
    }
    let finished = served.end(1);
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

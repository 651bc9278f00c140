//! What instances and the compiler see and keep.

use crate::support::faulty_connector::{Fault, sabotage};
use crate::support::program::{Program, binary};
use crate::support::responder::{Reply, Responder};
use servo_webhooks::{Compiler, Component, Connector};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A component of which nothing is known but its bytes.
fn foreign() -> Component {
    let bytes = sabotage(Component::built_in().bytes(), "sign", &Fault::Count);
    Component::from_bytes("foreign", bytes)
}

#[test]
fn what_a_component_keeps_is_gone_at_the_next_call() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{events: ['before:adjust', 'after:adjust'], url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    program.write("foreign.wasm", foreign().bytes());
    let events = "{\"event\": \"before:adjust\"}\n{\"event\": \"after:adjust\"}\n".repeat(3);
    program
        .run(&events, &["--component", "foreign.wasm"])
        .exits(0);
    let counted: Vec<_> = responder
        .received()
        .iter()
        .map(|request| request.header("x-servo-signature").to_owned())
        .collect();
    assert_eq!(counted, ["1"; 6]);
}

#[test]
fn an_instance_sees_the_keys_of_one_event_and_no_others() {
    let responder = Responder::start(|_| Reply::status(200));
    let webhooks: String = [
        ("/1", "a"),
        ("/2", "b"),
        ("/3", "a"),
        ("/4", "b"),
        ("/5", "a"),
    ]
    .iter()
    .map(|(path, secret)| {
        let url = responder.url(path);
        format!("- {{events: ['before:adjust', 'after:adjust'], url: '{url}', secret: {secret}}}\n")
    })
    .collect();
    let program = Program::new(&webhooks);
    program.write("foreign.wasm", foreign().bytes());
    let events = "{\"event\": \"before:adjust\"}\n{\"event\": \"after:adjust\"}\n".repeat(2);
    program
        .run(&events, &["--component", "foreign.wasm"])
        .exits(0);
    let mut counted: Vec<_> = responder
        .received()
        .iter()
        .map(|request| {
            (
                request.path.clone(),
                request.header("x-servo-signature").to_owned(),
            )
        })
        .collect();
    counted.sort();
    // Those with the keys of the first sign one after the other in what rendered the event.
    let expected = [
        ("/1", "1"),
        ("/2", "1"),
        ("/3", "2"),
        ("/4", "1"),
        ("/5", "3"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(path, count)| ((*path).to_owned(), (*count).to_owned()))
        .flat_map(|each| std::iter::repeat_n(each, 4))
        .collect();
    assert_eq!(counted, expected);
}

#[test]
fn one_from_elsewhere_is_compiled_in_a_process_of_its_own() {
    let compiler = Compiler::new(binary(), ["compile"]);
    Connector::isolated(&foreign(), &compiler).unwrap();
    let failure_within = |program: &str, script: &str, patience| {
        let compiler = Compiler::new(program, ["-c", script]).with_patience(patience);
        let error = Connector::isolated(&foreign(), &compiler).unwrap_err();
        error.to_string()
    };
    let failure =
        |program: &str, script: &str| failure_within(program, script, Duration::from_secs(60));
    let crashed = failure("sh", "kill -KILL $$");
    assert!(
        crashed.contains("cannot be compiled: signal: 9"),
        "{crashed}"
    );
    assert!(
        crashed.contains("it may take 60 s of a processor"),
        "{crashed}"
    );
    let hung = failure_within("sh", "exec sleep 1000", Duration::from_secs(1));
    assert!(hung.ends_with("it took longer than 1s"), "{hung}");
    let failed = failure("sh", "echo out of memory >&2; exit 3");
    assert!(failed.contains("exit status: 3: out of memory"), "{failed}");
    let missing = failure("/nowhere/compiler", "");
    assert!(missing.contains("/nowhere/compiler"), "{missing}");
    // The built-in one needs none.
    Connector::isolated(&Component::built_in(), &Compiler::new("/nowhere", ["x"])).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn its_compiler_has_limits_and_sees_no_secrets() {
    let mut child = Command::new(binary())
        .arg("compile")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let file = format!("/proc/{}/limits", child.id());
    let limit = |name: &str| {
        let limits = std::fs::read_to_string(&file).unwrap();
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..]
            .split_whitespace()
            .next()
            .unwrap()
            .to_owned()
    };
    // It waits for its component, and has limited itself before.
    let mut tries = 0;
    while limit("Max core file size") != "0" || limit("Max cpu time") == "unlimited" {
        tries += 1;
        assert!(tries < 6000, "no limits");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(limit("Max address space"), (4_u64 << 30).to_string());
    assert_eq!(limit("Max cpu time"), "60");
    child.kill().unwrap();
    child.wait().unwrap();
    // Whoever runs this test has a PATH, and the process that compiles has not.
    let compiler = Compiler::new(
        "/bin/sh",
        ["-c", "/usr/bin/env | /bin/grep -v PWD >&2; exit 1"],
    );
    let error = Connector::isolated(&foreign(), &compiler).unwrap_err();
    assert!(!error.to_string().contains("PATH=/"), "{error}");
}

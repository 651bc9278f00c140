//! Texts of others on terminals and in logs: nothing in them is done, and none is endless.

use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use rules::sanitize::is_unseen;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;

/// A line end, controls of both kinds, a turn of direction, and what is not seen.
const TRICKS: &str = "x\n2026-01-01 ERROR forged\r\u{1b}[2J\u{9b}2J\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}\u{e0041}y";

fn webhook(url: &str) -> String {
    format!("- {{name: hook, events: [after:measure, before:adjust], url: '{url}', secret: s}}\n")
}

/// Nothing of it is anything but text and ends of lines.
fn is_harmless(text: &str) {
    let found = text.chars().find(|char| *char != '\n' && is_unseen(*char));
    assert!(found.is_none(), "{found:?} in {text:?}");
    assert!(!text.contains("\n2026-01-01 ERROR forged"), "{text:?}");
    let longest = text.lines().map(str::len).max().unwrap_or_default();
    assert!(longest < 10_000, "a line of {longest} bytes");
}

fn are_harmless(finished: &Finished) {
    is_harmless(&finished.stdout);
    is_harmless(&finished.stderr);
}

#[test]
fn a_key_of_an_event_neither_forges_a_line_of_the_log_nor_makes_it_endless() {
    let program = Program::new(&webhook("http://127.0.0.1:9/"));
    let keys = [TRICKS.to_owned(), "k".repeat(900_000)];
    for key in &keys {
        let event = json!({"event": "after:describe", (key): 1}).to_string() + "\n";
        for more in [&[][..], &["--log-format", "json"], &["--dry-run"]] {
            let finished = program.run(&event, more).exits(1);
            are_harmless(&finished);
            // Beside the one that counts, at the end of a run.
            let lines = finished.stderr.lines();
            let lines = lines.filter(|line| !line.contains("0 events: 0 delivered, 1 bad line"));
            assert_eq!(lines.count(), 1, "{}", finished.stderr);
            assert!(finished.stderr.contains("unknown field"));
        }
        program.write("events", &event);
        let finished = program.call(&["explain", "--events", "events"]).exits(1);
        are_harmless(&finished);
    }
}

#[test]
fn an_answer_does_nothing_to_the_terminal_of_trigger() {
    let responder = Responder::start(|request| match request.path.as_str() {
        "/cancel" => Reply::cancel(TRICKS),
        _ => Reply::typed(200, "text/plain", TRICKS),
    });
    for path in ["/ok", "/cancel"] {
        let program = Program::new(&webhook(&responder.url(path)));
        for more in [&[][..], &["--json"]] {
            let arguments = ["trigger", "before:adjust", "--allow", "loopback"];
            let finished = program.call(&[&arguments, more].concat()).exits(0);
            are_harmless(&finished);
            assert!(finished.stdout.contains("forged"), "{}", finished.stdout);
        }
    }
}

#[test]
fn a_cancel_s_reason_is_escaped_in_what_run_writes_and_means_the_same() {
    let responder = Responder::start(|_| Reply::cancel("no\u{9b}2J\u{202e}\u{2028}!"));
    let program = Program::new(&webhook(&responder.url("/")));
    let finished = program.run("{\"event\":\"before:adjust\",\"id\":\"a\u{202e}b\"}\n", &[]);
    let finished = finished.exits(0);
    are_harmless(&finished);
    let event = &finished.of_type("event")[0];
    assert_eq!(event["id"], "a\u{202e}b");
    assert_eq!(event["reason"], "no\u{fffd}2J\u{fffd}\u{fffd}!");
}

#[test]
fn a_request_does_nothing_to_the_terminal_of_listen() {
    let program = Program::empty().variable("KEY", "s");
    for more in [
        &[][..],
        &["--secret", "env:KEY"],
        &["--json"],
        &["--verbose"],
        &["--verbose", "--secret", "env:KEY"],
    ] {
        let arguments = ["listen", "--port", "0", "--count", "1"];
        let running = program.start(&[&arguments, more].concat());
        running.until_logged("(Ctrl-C to end)");
        let said = running.said();
        let (_, rest) = said.split_once("http://").unwrap();
        let mut stream = TcpStream::connect(rest.split(' ').next().unwrap()).unwrap();
        let body = json!({"a": TRICKS, "k": "k".repeat(100)}).to_string();
        let head = format!(
            "POST /\u{9b}2J HTTP/1.1\r\nHost: a\r\nX-Servo-Event: \u{9b}2J\u{202e}\r\nX-Servo-Signature: \u{9b}\u{2028}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // A path has no such bytes: the one with them is refused before it is shown.
        let head = head.replace("/\u{9b}2J", "/path");
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        let finished = running.finish();
        are_harmless(&finished);
        let has_body = more.iter().any(|one| ["--json", "--verbose"].contains(one));
        assert_eq!(
            finished.stdout.contains("forged"),
            has_body,
            "{}",
            finished.stdout
        );
    }
}

#[test]
fn arguments_and_files_do_nothing_to_the_terminal() {
    let program = Program::new(&webhook("http://127.0.0.1:9/")).variable("KEY", "s");
    let long = "k".repeat(100_000);
    program.write("head", format!("X-Servo-Signature: {}\n", "k".repeat(5000)));
    program.write("events.json", json!({"events": {(TRICKS): {}}}).to_string());
    program.write("keys.json", json!({"events": {}, (TRICKS): {}}).to_string());
    program.write(
        "odd.yaml",
        format!("- {}\n", json!({(TRICKS): 1, "url": TRICKS})),
    );
    for (arguments, code) in [
        (&[TRICKS][..], 2),
        (&[&long], 2),
        (&["list", TRICKS], 2),
        (&["run", "--events", "-", "--drain-timeout", TRICKS], 2),
        (&["list", "-c", TRICKS], 2),
        (&["schema", TRICKS], 2),
        (&["explain", TRICKS], 2),
        (&["trigger", TRICKS], 2),
        (&["trigger", "after:measure", TRICKS], 2),
        (&["trigger", "after:measure", &long], 2),
        (&["check", "--catalogue", "events.json"], 2),
        (&["check", "--catalogue", "keys.json"], 2),
        (&["check", "-c", "odd.yaml"], 2),
        (&["check", "-c", "odd.yaml", "--json"], 2),
        (
            &[
                "verify",
                "--headers",
                "head",
                "--body",
                "head",
                "--secret",
                "env:KEY",
            ],
            1,
        ),
    ] {
        are_harmless(&program.call(arguments).exits(code));
    }
}

#[test]
fn characters_that_are_not_seen_are_those_of_unicode() {
    // Of each category an assigned one, from UnicodeData.txt.
    for (char, unseen) in [
        ('\u{1f}', true),
        ('\u{9f}', true),
        ('\u{ad}', true),
        ('\u{600}', true),
        ('\u{70f}', true),
        ('\u{8e2}', true),
        ('\u{180e}', true),
        ('\u{200d}', true),
        ('\u{2029}', true),
        ('\u{206f}', true),
        ('\u{fff9}', true),
        ('\u{110bd}', true),
        ('\u{1343f}', true),
        ('\u{1bca0}', true),
        ('\u{1d17a}', true),
        ('\u{e007f}', true),
        ('\u{a0}', false),
        ('\u{34f}', false),
        ('\u{2010}', false),
        ('\u{202f}', false),
        ('\u{3000}', false),
        ('\u{fe0f}', false),
        ('\u{e0100}', false),
    ] {
        assert_eq!(is_unseen(char), unseen, "{char:?}");
    }
}

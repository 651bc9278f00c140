//! What `check` points out.

use super::{contains_all, json_of, place, with};
use crate::support::program::Program;
use serde_json::{Value, json};

const RIGHT: &str = "- {events: after:measure, url: 'https://example.com/', secret: s3cr3t}\n";

#[test]
fn check_takes_a_file_and_can_be_strict() {
    let program = Program::empty();
    program.write("other.yaml", RIGHT);
    assert_eq!(
        program.call(&["check", "other.yaml"]).exits(0).stdout,
        "ok: 1 webhook, no problems\n"
    );
    program.call(&["check", "other.yaml", "--strict"]).exits(0);
    program
        .call(&["check", "other.yaml", "--config", "other.yaml"])
        .exits(2);
    program.call(&["check", "nothing.yaml"]).exits(2);
    program.write("other.yaml", RIGHT.replace("measure", "mesure"));
    program.call(&["check", "other.yaml"]).exits(0);
    let strict = program.call(&["check", "other.yaml", "--strict"]).exits(2);
    assert!(
        strict.stdout.is_empty() && strict.stderr.contains("error: no known event"),
        "{}",
        strict.stderr
    );
    assert!(strict.stderr.contains("--strict"), "{}", strict.stderr);
    let report = program
        .call(&["check", "other.yaml", "--strict", "--json"])
        .exits(2);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(
        (&report["valid"], &report["problems"][0]["severity"]),
        (&json!(false), &json!("error"))
    );
}

#[test]
fn an_address_that_is_refused_is_pointed_out() {
    for (url, allow) in [
        ("http://127.0.0.1:8080/hunter2", "loopback"),
        ("https://localhost/hunter2", "loopback"),
        ("https://192.168.1.7/hunter2", "private"),
        ("https://[fd00::1]/hunter2", "private"),
        ("http://169.254.169.254/hunter2", "169.254.169.254"),
    ] {
        let text = with("").replace("https://example.com/", url);
        let (line, _, shown) = place(&text);
        assert_eq!(line, 2);
        contains_all(&shown, &["would be refused", &format!("--allow {allow}")]);
        let program = Program::new(&text);
        let allowed = program.call(&["check", "--allow", allow]).exits(0);
        assert!(
            allowed.stdout.ends_with("no problems\n"),
            "{}",
            allowed.stderr
        );
        let explained = program.call(&["explain", "after:measure"]).exits(0).stdout;
        contains_all(
            &explained,
            &["fires", "but refused", &format!("--allow {allow}")],
        );
        let explained = program
            .call(&["explain", "after:measure", "--allow", allow])
            .exits(0)
            .stdout;
        assert!(!explained.contains("refused"), "{explained}");
        let explained = program
            .call(&["explain", "after:measure", "--json"])
            .exits(0);
        let lines = explained.lines();
        let webhook = &lines[0]["webhooks"][0];
        assert_eq!(webhook["fires"], true);
        assert!(
            webhook["refused"].as_str().unwrap().contains(allow),
            "{webhook}"
        );
    }
}

#[test]
fn equal_problems_are_said_once() {
    let webhook =
        "- events: after:measure\n  url: https://example.com/\n  secret: {env: NOT_SET}\n";
    let program = Program::new(&webhook.repeat(3));
    let checked = program.call(&["check"]).exits(0);
    assert_eq!(checked.stdout, "ok: 3 webhooks, 1 warning\n");
    assert_eq!(
        checked.stderr.matches("`NOT_SET` is not set").count(),
        1,
        "{}",
        checked.stderr
    );
    contains_all(
        &checked.stderr,
        &["servo.yaml:3:11", "servo.yaml:6:11", "servo.yaml:9:11"],
    );
    let report = json_of(program.call(&["check", "--json"]));
    assert_eq!(
        report["problems"].as_array().unwrap().len(),
        3,
        "each has its place"
    );
}

#[test]
fn a_placeholder_never_signs() {
    for (secret, write) in [
        ("${SECRET}", "{env: SECRET}"),
        ("$SECRET", "{env: SECRET}"),
        ("$(SECRET)", "{env: SECRET}"),
        ("'{{ SECRET }}'", "{env: SECRET}"),
        ("env:SECRET", "{env: SECRET}"),
        ("file:secrets/key", "{file: PATH}"),
    ] {
        let text = with("").replace("s3cr3t", secret);
        let program = Program::new(&text).variable("SECRET", "s3cr3t");
        let refused = program
            .run("{\"event\": \"after:measure\"}\n", &[])
            .exits(2);
        contains_all(
            &refused.stderr,
            &[
                "servo.yaml:3:11",
                "looks like a placeholder",
                &format!("write {write} "),
            ],
        );
        assert!(
            !refused.stderr.contains("secrets/key"),
            "{}",
            refused.stderr
        );
    }
    let url = with("").replace("https://example.com/", "${URL}");
    contains_all(
        &Program::new(&url).call(&["check"]).exits(2).stderr,
        &["write {env: NAME}"],
    );
    let header = with("  headers: {Authorization: 'Bearer ${TOKEN}'}");
    contains_all(
        &Program::new(&header).call(&["check"]).exits(2).stderr,
        &["holds a placeholder"],
    );
}

#[test]
fn a_line_end_in_a_secret_is_pointed_out() {
    let literal = with("").replace("s3cr3t", "|\n    s3cr3t");
    let (line, _, shown) = place(&literal);
    assert_eq!(line, 4);
    contains_all(&shown, &["warning: holds a line end"]);
    let program =
        Program::new(&with("").replace("s3cr3t", "{env: KEY}")).variable("KEY", "s3cr3t\n");
    let warned = program.call(&["check"]).exits(0).stderr;
    contains_all(
        &warned,
        &[
            "the environment variable `KEY` holds a line end",
            "servo.yaml:3:11",
        ],
    );
    let program = Program::new(&with("").replace("s3cr3t", "{file: key}"));
    program.write("key", "s3cr3t\n");
    assert_eq!(
        program.call(&["check"]).exits(0).stdout,
        "ok: 1 webhook, no problems\n"
    );
    program.write("key", "s3cr3t\n\n");
    contains_all(
        &program.call(&["check"]).exits(0).stderr,
        &["the file `key` holds a line end"],
    );
}

#[test]
fn the_last_line_counts_what_was_said() {
    let wrong = RIGHT.replace("https://example.com/", "nowhere");
    let doubtful = RIGHT.replace("measure", "mesure");
    let program = Program::new(&[RIGHT, &wrong, &doubtful, &wrong].concat());
    let checked = program.call(&["check"]).exits(2);
    assert!(
        checked.stderr.ends_with("\n\n1 error, 1 warning\n"),
        "{}",
        checked.stderr
    );
    let strict = program.call(&["check", "--strict"]).exits(2);
    contains_all(&strict.stderr, &["\n\n2 errors\n", "hint: with --strict"]);
    let program = Program::new(&doubtful);
    let checked = program.call(&["check"]).exits(0);
    assert_eq!(checked.stdout, "ok: 1 webhook, 1 warning\n");
}

#[test]
fn who_an_event_is_for_alone_is_explained() {
    let named = |name: &str| RIGHT.replace("{events", &format!("{{name: {name}, events"));
    let program = Program::new(&[named("store"), named("other"), RIGHT.to_owned()].concat());
    for (webhook, fires) in [("\"store\"", 0), ("2", 2)] {
        let line = format!("{{\"event\":\"after:measure\",\"webhook\":{webhook}}}\n");
        program.write("events", line);
        let explained = program.call(&["explain", "--events", "events"]).exits(0);
        let why = format!("does not fire: the event is for webhook {webhook} alone");
        assert_eq!(
            explained.stdout.matches(&why).count(),
            2,
            "{}",
            explained.stdout
        );
        let explained = program
            .call(&["explain", "--events", "events", "--json"])
            .exits(0);
        let webhooks = explained.lines()[0]["webhooks"].clone();
        assert_eq!(webhooks[fires]["fires"], true, "{webhooks}");
        assert_eq!(webhooks[fires]["why"], "it listens to after:measure");
    }
}

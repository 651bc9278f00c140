//! Tests of the whole way, from a file's bytes to what is shown.

#![allow(clippy::panic, clippy::unwrap_used)]

mod masking;
mod references;

use std::{fmt::Write, path::Path};

use super::{Document, Problem, Problems, Secret, Severity};

fn parse(text: &str) -> Document {
    Document::parse("servo.yaml", Path::new("/"), text.as_bytes())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

fn refused(text: impl AsRef<[u8]>) -> Problems {
    Document::parse("servo.yaml", Path::new("/"), text.as_ref())
        .err()
        .unwrap()
}

/// Place and path of what a pointer leads to.
fn located(document: &Document, pointer: &str, at_key: bool) -> String {
    let problem = document.locate(Severity::Error, pointer, at_key, "m".to_owned());
    problem
        .to_string()
        .replace(": error", "")
        .replace(": m", "")
}

const SERVO: &str = "\
# A servo.
connector: {private: [1, 1.0, .nan], 1: a, <<: {}}
webhooks:
- name: one
  url: https://example.com/T0/B0?token=abc
  secret: hunter2
  events: [before:adjust, 'after:measure']
  backoff:
    max_time: 10x
- url: {env: URL}   # hunter2
  secret: [{file: key}, hunter3]
  headers: {X-Foo: hunter2, a/b: x}
  bäckoff: no
";

#[test]
fn the_list_alone_is_handed_on() {
    let document = parse(SERVO);
    assert_eq!(
        document.json(),
        concat!(
            r#"[{"name":"one","url":"https://example.com/T0/B0?token=abc","secret":{"handle":0},"#,
            r#""events":["before:adjust","after:measure"],"backoff":{"max_time":"10x"}},"#,
            r#"{"url":{"handle":1},"secret":[{"handle":2},{"handle":3}],"#,
            r#""headers":{"X-Foo":"hunter2","a/b":"x"},"bäckoff":"no"}]"#
        )
    );
    assert!(document.problems().is_empty());
    assert_eq!(document.webhook_handles(0), 0..1);
    assert_eq!(document.webhook_handles(1), 1..4);
    assert!(document.webhook_handles(2).is_empty());
    assert!(document.webhook_handles(usize::MAX).is_empty());
}

#[test]
fn pointers_lead_to_places() {
    let document = parse(SERVO);
    for (pointer, at_key, place) in [
        ("", false, "servo.yaml:3:1: webhooks"),
        ("/0", false, "servo.yaml:4:3: webhooks[0]"),
        (
            "/0/backoff/max_time",
            false,
            "servo.yaml:9:15: webhooks[0].backoff.max_time",
        ),
        (
            "/0/backoff/max_time",
            true,
            "servo.yaml:9:5: webhooks[0].backoff.max_time",
        ),
        ("/0/backoff", false, "servo.yaml:8:3: webhooks[0].backoff"),
        (
            "/0/backoff/max_tries",
            false,
            "servo.yaml:8:3: webhooks[0].backoff.max_tries",
        ),
        (
            "/0/events/1",
            false,
            "servo.yaml:7:27: webhooks[0].events[1]",
        ),
        ("/0/events/7", false, "servo.yaml:7:11: webhooks[0].events"),
        (
            "/0/secret/handle",
            false,
            "servo.yaml:6:11: webhooks[0].secret",
        ),
        ("/1/url", false, "servo.yaml:10:8: webhooks[1].url"),
        ("/1/url/handle", false, "servo.yaml:10:8: webhooks[1].url"),
        (
            "/1/secret/1",
            false,
            "servo.yaml:11:25: webhooks[1].secret[1]",
        ),
        (
            "/1/headers/a~1b",
            true,
            "servo.yaml:12:29: webhooks[1].headers[\"…\"]",
        ),
        (
            "/1/bäckoff",
            false,
            "servo.yaml:13:12: webhooks[1][\"bäckoff\"]",
        ),
        ("/1/missing", true, "servo.yaml:10:3: webhooks[1].missing"),
        ("/9/url", false, "servo.yaml:3:1: webhooks"),
        ("nonsense", false, "servo.yaml:3:1: webhooks"),
    ] {
        assert_eq!(located(&document, pointer, at_key), place, "{pointer}");
    }
}

#[test]
fn a_bare_list_and_json_are_configurations_too() {
    let bare = parse("\u{feff}- url: x\r\n- backoff:\r\n    max_time: é 1\r\n");
    assert_eq!(
        bare.json(),
        r#"[{"url":"x"},{"backoff":{"max_time":"é 1"}}]"#
    );
    assert_eq!(
        located(&bare, "/1/backoff/max_time", false),
        "servo.yaml:3:15: [1].backoff.max_time"
    );
    let json = parse("{\n\t\"webhooks\": [{\"url\": \"\\u0041\"}]\n}");
    assert_eq!(json.json(), r#"[{"url":"A"}]"#);
    assert_eq!(
        located(&json, "/0/url", false),
        "servo.yaml:2:23: webhooks[0].url"
    );
    assert_eq!(parse("[]").json(), "[]");
    assert_eq!(parse("webhooks: []").json(), "[]");
}

#[test]
fn anchors_of_others_may_be_used() {
    let document = parse("theirs: &b {max_time: 1}\nwebhooks:\n- backoff: *b\n- {backoff: *b}\n");
    assert_eq!(
        document.json(),
        r#"[{"backoff":{"max_time":1}},{"backoff":{"max_time":1}}]"#
    );
    assert_eq!(
        located(&document, "/1/backoff", false),
        "servo.yaml:4:13: webhooks[1].backoff"
    );
    let inside = located(&document, "/1/backoff/max_time", false);
    assert_eq!(inside, "servo.yaml:1:23: webhooks[1].backoff.max_time");
}

#[test]
fn no_list_is_an_error_that_says_what_to_write() {
    for (text, line, part) in [
        ("", 1, "empty: the documentation"),
        ("# only this\n", 1, "empty: the documentation"),
        ("---\n", 1, "empty: the documentation"),
        ("just text", 1, "a mapping with the key `webhooks`"),
        ("# x\na: 1\n", 2, "`webhooks` is missing"),
        ("a: 1\nwebhooks:\n", 2, "`webhooks` is empty"),
        ("webhooks: ~\n", 1, "`webhooks` is empty"),
        ("webhooks:\n  url: hunter2\n", 1, "not a list"),
        ("webhooks: {secret: hunter2}\n", 1, "not a list"),
        ("webhooks: hunter2\n", 1, "not a list"),
    ] {
        let problems = refused(text);
        assert_eq!(problems.len(), 1, "{text}");
        let problem = problems.iter().next().unwrap();
        assert_eq!(problem.line, line, "{text}");
        assert!(problem.message.contains(part), "{problem}");
        assert!(
            problems.has_errors() && !problems.render(false).contains("hunter2"),
            "{text}"
        );
    }
}

#[test]
fn duplicates_and_second_documents_do_not_stop_the_reading() {
    let text = "a: 1\nwebhooks: [{b: 1, b: 2}]\na: 2\nwebhooks: []\n---\nc: 3\n";
    let document = parse(text);
    assert_eq!(document.json(), r#"[{"b":1}]"#);
    let report = document.report(document.problems().to_vec());
    assert!(report.has_errors());
    let lines: Vec<_> = report
        .iter()
        .map(|problem| (problem.line, problem.column))
        .collect();
    assert_eq!(lines, [(2, 19), (3, 1), (4, 1), (5, 1)]);
    let messages = report.to_string();
    for part in [
        "`b` is given twice, first on line 2",
        "`a` is given twice, first on line 1",
    ] {
        assert!(messages.contains(part), "{messages}");
    }
    assert!(
        messages.contains("`webhooks` is given twice, first on line 2"),
        "{messages}"
    );
    assert!(messages.contains("a second document"), "{messages}");
}

#[test]
fn unreadable_files_have_a_place_and_leak_nothing() {
    for text in [
        "webhooks:\n- secret: hunter2: x\n",
        "webhooks:\n- {url: https://h/hunter2, secret: hunter2\n",
        "webhooks:\n- secret: \"hunter2\n",
        "webhooks:\n- secret: %hunter2\n",
        "webhooks:\n- secret: @hunter2\n",
        "webhooks:\n- secret: *hunter2\n",
        "webhooks:\n- secret: |hunter2\n",
        "webhooks:\n- url: x\n  secret:hunter2\n",
        "webhooks:\n- secret: hunter2\n\t- x\n",
        "webhooks:\n- secret: \"\\qhunter2\"\n",
        "webhooks:\n- secret: hunter2\n   hunter2: 1\n",
        "webhooks:\n- headers:\n   X: 'hunter2' hunter2\n",
    ] {
        let problems = refused(text);
        let problem = problems.iter().next().unwrap();
        assert!(problem.line >= 1 && problem.column >= 1);
        let shown = problems.render(true) + &problems.to_string() + &format!("{problems:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    assert!(
        refused(b"a: \xff")
            .to_string()
            .starts_with("servo.yaml:1:4: error: byte 4")
    );
}

#[test]
fn a_value_that_was_not_handed_on_is_reported_once() {
    let document = parse("- timeout: .nan\n");
    let mut problems = document.problems().to_vec();
    problems.push(document.locate(Severity::Error, "/0/timeout", false, "null".to_owned()));
    problems.push(document.locate(Severity::Error, "/0", false, "no url".to_owned()));
    let report = document.report(problems).to_string();
    assert!(
        report.contains("finite number") && report.contains("no url"),
        "{report}"
    );
    assert!(!report.contains("null"), "{report}");
}

#[test]
fn ten_thousand_webhooks_are_read() {
    let mut text = "webhooks:\n".to_owned();
    for index in 0..10_000 {
        let _ = write!(
            text,
            "- name: w{index}\n  url: https://h/{index}\n  secret: {{env: S}}\n"
        );
    }
    let document = parse(&text);
    let list: Vec<serde_json::Value> = serde_json::from_str(document.json()).unwrap();
    assert_eq!(list.len(), 10_000);
    assert_eq!(document.webhook_handles(9_999), 9_999..10_000);
    let place = located(&document, "/9999/url", false);
    assert_eq!(place, "servo.yaml:30000:8: webhooks[9999].url");
}

#[test]
fn hostile_files_give_few_problems() {
    let text = format!("- {{{}}}", "a: 1, ".repeat(100_000));
    let document = parse(&text);
    assert_eq!(document.problems().len(), 1000);
    assert!(
        document
            .report(document.problems().to_vec())
            .render(false)
            .len()
            < 1_000_000
    );
}

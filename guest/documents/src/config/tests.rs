#![allow(clippy::unwrap_used)]

use super::test_webhook::{LEFT_OUT, good, only, read, refuses, warns, with};
use super::*;
use serde_json::json;

#[test]
fn defaults() {
    let webhook = good(&json!({}));
    assert_eq!(
        (webhook.name, webhook.description, webhook.enabled),
        (None, None, true)
    );
    assert_eq!(
        (webhook.timeout, webhook.response_channel),
        (5 * SECOND, None)
    );
    assert_eq!(
        (webhook.http_version, webhook.on_error),
        (HttpVersion::Auto, OnError::Proceed)
    );
    assert_eq!(
        (
            webhook.shape.as_str(),
            webhook.scheme.as_str(),
            webhook.warm
        ),
        ("", "", false)
    );
    assert_eq!((webhook.settings, webhook.channels), (vec![], vec![]));
    assert_eq!(
        read(&[]).answer_headers,
        ["content-type", "retry-after", "date"]
    );
}

#[test]
fn documents() {
    assert_eq!(only(parse("[]", &[], "")).severity, Severity::Warning);
    for (document, says) in [
        ("{}", "not a mapping"),
        ("null", "not null"),
        ("1", "not a number"),
        ("[", "JSON"),
        ("", "JSON"),
    ] {
        let problem = only(parse(document, &[], ""));
        assert_eq!(
            (problem.severity, problem.path.as_str()),
            (Severity::Error, ""),
            "{document}"
        );
        assert!(problem.message.contains(says), "{}", problem.message);
    }
    let problem = only(read(&[with(&json!({})), json!("x")]));
    assert_eq!(problem.path, "/1");
    assert!(
        problem.message.contains("must be a mapping, not a string"),
        "{}",
        problem.message
    );
}

#[test]
fn a_source_shapes_the_bodies() {
    let document = json!([with(&json!({}))]).to_string();
    let webhook = parse(&document, &[], "servo \"1\"").webhooks.remove(0);
    assert_eq!(webhook.shape, r#"{"source":"servo \"1\""}"#);
}

#[test]
fn names() {
    assert_eq!(good(&json!({"name": "a b"})).name.as_deref(), Some("a b"));
    assert_eq!(
        good(&json!({"description": "what\nfor"}))
            .description
            .as_deref(),
        Some("what\nfor")
    );
    refuses(&json!({"name": 123}), "/0/name", "put quotes around it");
    refuses(&json!({"name": true}), "/0/name", "put quotes around it");
    refuses(&json!({"name": ["a"]}), "/0/name", "not a list");
    refuses(&json!({"name": null}), "/0/name", "not null");
    for name in ["", " ", "a\nb"] {
        refuses(&json!({ "name": name }), "/0/name", "empty");
    }
    refuses(
        &json!({"description": 1}),
        "/0/description",
        "put quotes around it",
    );
    let two = |second: &str| {
        read(&[
            with(&json!({"name": "a"})),
            with(&json!({})),
            with(&json!({"name": second})),
        ])
    };
    assert_eq!(two("A").problems, []);
    let twice = only(two("a"));
    assert_eq!(
        (twice.severity, twice.path.as_str()),
        (Severity::Error, "/2/name")
    );
    assert!(twice.message.contains("webhooks[0]"), "{}", twice.message);
}

#[test]
fn switches() {
    assert!(!good(&json!({"enabled": false})).enabled);
    for (text, says) in [
        ("no", "write false"),
        ("Off", "write false"),
        ("yes", "write true"),
        ("on", "write true"),
    ] {
        refuses(&json!({ "enabled": text }), "/0/enabled", says);
        let message = only(read(&[with(&json!({ "enabled": text }))])).message;
        assert!(message.ends_with(says), "{message}");
    }
    refuses(&json!({"enabled": "maybe"}), "/0/enabled", "true or false");
    refuses(&json!({"enabled": 1}), "/0/enabled", "not a number");
    refuses(&json!({"enabled": null}), "/0/enabled", "not null");
}

#[test]
fn a_webhook_listens_to_something() {
    refuses(&json!({"events": LEFT_OUT}), "/0", "listens to nothing");
    refuses(&json!({"events": []}), "/0/events", "listens to nothing");
    refuses(
        &json!({"events": LEFT_OUT, "channels": []}),
        "/0/channels",
        "listens to nothing",
    );
    assert_eq!(
        good(&json!({"events": [], "channels": ["a"]})).channels,
        ["a"]
    );
}

#[test]
fn timeouts() {
    for (timeout, expected) in [
        (json!(2.5), 2_500),
        (json!("250ms"), 250),
        (json!("7"), 7_000),
        (json!("1h"), 3_600_000),
    ] {
        assert_eq!(
            good(&json!({ "timeout": timeout })).timeout,
            expected * 1_000_000,
            "{timeout}"
        );
    }
    for timeout in [json!(0), json!("0s"), json!("2h"), json!(5000)] {
        refuses(&json!({ "timeout": timeout }), "/0/timeout", "at most 1h");
    }
    for (timeout, says) in [
        (json!(-1), "negative"),
        (json!("5 s"), "1h30m"),
        (json!("5S"), "1h30m"),
        (json!("1:30"), "write 90s"),
        (json!("1:00:01"), "write 3601s"),
        (json!("+5"), "1h30m"),
        (json!("1:x"), "1h30m"),
        (json!(true), "not a boolean"),
        (json!(null), "not null"),
    ] {
        refuses(&json!({ "timeout": timeout }), "/0/timeout", says);
    }
    let exponent =
        r#"[{"events":"after:measure","url":"http://a","secret":{"handle":0},"timeout":1e0}]"#;
    assert_eq!(only(parse(exponent, &[], "")).path, "/0/timeout");
}

#[test]
fn http_versions() {
    for (version, expected) in [
        (json!("auto"), HttpVersion::Auto),
        (json!("1.1"), HttpVersion::Http1),
        (json!(1.1), HttpVersion::Http1),
        (json!(2), HttpVersion::Http2),
        (json!("2"), HttpVersion::Http2),
    ] {
        assert_eq!(
            good(&json!({ "http_version": version })).http_version,
            expected
        );
    }
    for version in [
        json!(3),
        json!(1.0),
        json!("2.0"),
        json!("Auto"),
        json!(null),
        json!(true),
        json!([2]),
    ] {
        refuses(
            &json!({ "http_version": version }),
            "/0/http_version",
            "must be one of auto, 1.1, 2",
        );
    }
}

#[test]
fn what_happens_without_an_answer() {
    let on_error = |text: &str| json!({"events": "before:adjust", "on_error": text});
    assert_eq!(good(&on_error("cancel")).on_error, OnError::Cancel);
    assert_eq!(good(&on_error("proceed")).on_error, OnError::Proceed);
    refuses(&on_error("abort"), "/0/on_error", "proceed, cancel");
    refuses(&on_error("Cancel"), "/0/on_error", "for example cancel");
    warns(
        &json!({"on_error": "cancel"}),
        "/0/on_error",
        "before event",
    );
    warns(
        &json!({"events": LEFT_OUT, "channels": "a", "on_error": "cancel"}),
        "/0/on_error",
        "before event",
    );
}

#[test]
fn unknown_keys() {
    let problem = only(read(&[with(&json!({"backof": false}))]));
    assert_eq!((problem.path.as_str(), problem.at_key), ("/0/backof", true));
    assert_eq!(
        problem.message,
        "unknown key \"backof\"; did you mean \"backoff\"?"
    );
    refuses(&json!({"colour": 1}), "/0/colour", "known keys are name, ");
    refuses(&json!({"a/b": 1}), "/0/a~1b", "known keys are");
    let swallowed = only(read(&[with(&json!({"secret:hunter2": null}))]));
    assert!(
        !swallowed.message.contains("hunter2"),
        "{}",
        swallowed.message
    );
}

#[test]
fn all_problems_at_once_and_in_order() {
    let bad = with(
        &json!({"timeout": 0, "enabled": "no", "backoff": {"max_time": "x", "max_tries": 0, "y": 1}}),
    );
    let read = read(&[
        json!({"url": "x", "colour": 1}),
        bad,
        json!([]),
        with(&json!({"events": "after:mesure"})),
    ]);
    let paths: Vec<_> = read
        .problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "/0",
            "/0",
            "/0/url",
            "/0/colour",
            "/1/timeout",
            "/1/enabled",
            "/1/backoff/max_time",
            "/1/backoff/max_tries",
            "/1/backoff/y",
            "/2",
            "/3/events"
        ]
    );
    assert_eq!(read.webhooks, []);
}

/// What is refused elsewhere is not told twice.
#[test]
fn a_webhook_that_listens_to_nothing_has_one_problem() {
    refuses(
        &json!({"events": [], "on_error": "cancel"}),
        "/0/events",
        "listens to nothing",
    );
    refuses(&json!({"events": "measure"}), "/0/events", "write before:");
    refuses(
        &json!({"events": LEFT_OUT, "channels": "-"}),
        "/0/channels",
        "a channel name has",
    );
}

#[test]
fn values_are_not_shown_and_handles_are() {
    let text = Value::Text("hunter2".to_owned());
    assert_eq!(format!("{text:?}"), "Text(..)");
    assert_eq!(format!("{:?}", Value::Handle(3)), "Handle(3)");
}

#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

/// One webhook that is as it should be, with some fields replaced; null leaves one out.
fn with(changes: &Json) -> Json {
    let mut webhook = json!({"events": "after:measure", "url": "https://example.com/a?b=c", "secret": {"handle": 0}});
    let members = webhook.as_object_mut().unwrap();
    for (key, value) in changes.as_object().unwrap() {
        if value == &json!("left out") {
            members.remove(key);
        } else {
            members.insert(key.clone(), value.clone());
        }
    }
    webhook
}

fn all(webhooks: &[Json]) -> Configuration {
    parse(&json!(webhooks).to_string(), &["deploy".to_owned()], "")
}

fn good(changes: &Json) -> Webhook {
    let read = all(&[with(changes)]);
    assert_eq!(read.problems, [], "{changes}");
    read.webhooks.into_iter().next().unwrap()
}

fn only(read: Configuration) -> Problem {
    assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
    read.problems.into_iter().next().unwrap()
}

#[track_caller]
fn refuses(changes: &Json, path: &str, says: &str) {
    let read = all(&[with(changes)]);
    assert!(read.webhooks.is_empty(), "{changes}");
    let problem = only(read);
    assert_eq!(
        (problem.severity, problem.path.as_str()),
        (Severity::Error, path),
        "{changes}: {}",
        problem.message
    );
    assert!(
        problem.message.contains(says),
        "{changes}: {}",
        problem.message
    );
}

#[track_caller]
fn warns(changes: &Json, path: &str, says: &str) {
    let read = all(&[with(changes)]);
    assert_eq!(read.webhooks.len(), 1, "{changes}");
    let problem = only(read);
    assert_eq!(
        (problem.severity, problem.path.as_str()),
        (Severity::Warning, path),
        "{changes}"
    );
    assert!(
        problem.message.contains(says),
        "{changes}: {}",
        problem.message
    );
}

#[test]
fn defaults() {
    let webhook = good(&json!({}));
    assert_eq!(
        (webhook.name, webhook.enabled, webhook.timeout),
        (None, true, 5 * SECOND)
    );
    assert_eq!((webhook.before.max_tries, webhook.after.max_tries), (1, 12));
    assert_eq!(webhook.after.max_time, 180 * SECOND);
    assert_eq!(
        (webhook.http_version, webhook.on_error),
        (HttpVersion::Auto, OnError::Proceed)
    );
    assert_eq!(webhook.headers.len(), 1);
    assert_eq!(webhook.headers[0].name, "User-Agent");
    assert!(
        matches!(&webhook.headers[0].value, Value::Text(text) if text.starts_with("servo-webhooks/0."))
    );
    assert_eq!(
        (
            webhook.shape.as_str(),
            webhook.scheme.as_str(),
            webhook.warm
        ),
        ("", "", false)
    );
    assert_eq!(
        all(&[]).answer_headers,
        ["content-type", "retry-after", "date"]
    );
}

#[test]
fn documents() {
    assert_eq!(only(parse("[]", &[], "")).severity, Severity::Warning);
    for document in ["{}", "null", "1", "[", ""] {
        assert_eq!(
            only(parse(document, &[], "")).severity,
            Severity::Error,
            "{document}"
        );
    }
    let problem = only(all(&[with(&json!({})), json!("x")]));
    assert_eq!(problem.path, "/1");
    let shaped = parse(&json!([with(&json!({}))]).to_string(), &[], "servo-1");
    assert_eq!(
        Shape::from_token(&shaped.webhooks[0].shape).unwrap().source,
        "servo-1"
    );
}

#[test]
fn names() {
    assert_eq!(good(&json!({"name": "a b"})).name.as_deref(), Some("a b"));
    refuses(&json!({"name": 123}), "/0/name", "quotes");
    refuses(&json!({"name": true}), "/0/name", "quotes");
    refuses(&json!({"name": ""}), "/0/name", "empty");
    refuses(&json!({"name": ["a"]}), "/0/name", "list");
    let twice = only(all(&[
        with(&json!({"name": "a"})),
        with(&json!({})),
        with(&json!({"name": "a"})),
    ]));
    assert_eq!(
        (twice.path.as_str(), twice.message.contains("webhook 0")),
        ("/2/name", true)
    );
    refuses(&json!({"description": 1}), "/0/description", "quotes");
}

#[test]
fn switches() {
    assert!(!good(&json!({"enabled": false})).enabled);
    refuses(&json!({"enabled": "no"}), "/0/enabled", "write false");
    refuses(&json!({"enabled": "maybe"}), "/0/enabled", "true or false");
    refuses(&json!({"enabled": 1}), "/0/enabled", "true or false");
}

#[test]
fn events() {
    let webhook = good(&json!({"events": ["before:adjust", "after:deploy"]}));
    assert_eq!(webhook.events, ["before:adjust", "after:deploy"]);
    for (text, says) in [
        ("measure", "before:measure or after:measure"),
        ("on:measure", "before:measure or after:measure"),
        ("measure:before", "before:measure"),
        ("AFTER:measure", "after:measure"),
        ("after: measure", "after:measure"),
        (" after:measure", "after:measure"),
        ("*", "by name"),
        ("after:*", "by name"),
        ("after:", "named by"),
        ("after:1st", "named by"),
        ("", "before:EVENT"),
    ] {
        refuses(&json!({"events": text}), "/0/events", says);
        refuses(
            &json!({"events": ["after:measure", text]}),
            "/0/events/1",
            says,
        );
    }
    refuses(&json!({"events": []}), "/0/events", "empty");
    refuses(&json!({"events": [1]}), "/0/events/0", "text");
    refuses(&json!({"events": {}}), "/0/events", "text");
    refuses(&json!({"events": "left out"}), "/0", "listens to nothing");
    warns(
        &json!({"events": ["after:measure", "after:measure"]}),
        "/0/events/1",
        "once",
    );
    warns(&json!({"events": "after:mesure"}), "/0/events", "measure?");
    warns(
        &json!({"events": "after:something_else"}),
        "/0/events",
        "adds it",
    );
}

#[test]
fn channels() {
    let webhook =
        good(&json!({"events": "left out", "channels": ["a", "b.c"], "response_channel": "d"}));
    assert_eq!(
        (webhook.channels.len(), webhook.response_channel.as_deref()),
        (2, Some("d"))
    );
    assert!(webhook.after.policy.ends_with("publish"));
    let bad = |name: &str| json!({"events": "left out", "channels": name});
    for name in ["-a", "a_", "a b", "", "é", &"a".repeat(254)] {
        refuses(&bad(name), "/0/channels", "named by");
        refuses(
            &json!({"response_channel": name}),
            "/0/response_channel",
            "named by",
        );
    }
    warns(&json!({"channels": "a"}), "/0/channels", "another secret");
    let lone = |listens: &str, answers: &str| {
        with(&json!({"events": "left out", "channels": listens, "response_channel": answers}))
    };
    assert_eq!(all(&[lone("a", "b"), lone("b", "c")]).problems, []);
    let itself = only(all(&[lone("a", "a")]));
    assert!(itself.message.contains("a -> a"), "{}", itself.message);
    let round = only(all(&[
        lone("a", "b"),
        lone("x", "y"),
        lone("b", "c"),
        lone("c", "a"),
    ]));
    assert_eq!(round.path, "/0/response_channel");
    assert!(
        round.message.contains("a -> b -> c -> a"),
        "{}",
        round.message
    );
}

#[test]
fn long_chains_of_channels_are_walked_once() {
    let chain: Vec<Json> = (0..2000)
        .map(|index| with(&json!({"events": "left out", "channels": format!("c{index}"), "response_channel": format!("c{}", index + 1)})))
        .collect();
    assert_eq!(all(&chain).problems, []);
}

#[test]
fn urls() {
    for url in [
        "http://a",
        "HTTPS://example.com:8443/x?y=z",
        "https://[::1]:80/",
        "https://[::1]/",
        "https://example.com?x=http://a@b",
        "https://example.com/a@b",
    ] {
        assert_eq!(good(&json!({"url": url})).url, Value::Text(url.to_owned()));
    }
    assert_eq!(good(&json!({"url": {"handle": 7}})).url, Value::Handle(7));
    for (url, says) in [
        ("", "http://"),
        ("example.com", "http://"),
        ("ftp://example.com", "http://"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://:80/", "host"),
        ("https://user:hunter2@example.com/", "header"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:/", "port"),
        ("https://example.com:http/", "port"),
        ("https://exam ple.com/", "spaces"),
        ("https://example.com/\n", "spaces"),
        ("https:\\\\example.com\\", "backslashes"),
    ] {
        refuses(&json!({"url": url}), "/0/url", says);
    }
    refuses(&json!({"url": 1}), "/0/url", "number");
    refuses(&json!({"url": "left out"}), "/0", "url");
    warns(&json!({"url": "https://example.com/#token"}), "/0/url", "#");
    let read = all(&[with(&json!({"url": "https://example.com/#token"}))]);
    assert_eq!(
        read.webhooks[0].url,
        Value::Text("https://example.com/".to_owned())
    );
    assert!(!format!("{read:?}").contains("token"));
}

#[test]
fn secrets() {
    assert_eq!(
        good(&json!({"secret": [{"handle": 3}, {"handle": 1}]})).secrets,
        [3, 1]
    );
    refuses(&json!({"secret": "left out"}), "/0", "{env: NAME}");
    refuses(&json!({"secret": 0}), "/0/secret", "quotes");
    refuses(&json!({"secret": false}), "/0/secret", "quotes");
    refuses(&json!({"secret": null}), "/0/secret", "{env: NAME}");
    refuses(&json!({"secret": []}), "/0/secret", "empty");
    refuses(
        &json!({"secret": [{"handle": 0}, 0]}),
        "/0/secret/1",
        "quotes",
    );
    refuses(&json!({"secret": {"handle": -1}}), "/0/secret", "mapping");
}

#[test]
fn headers_in_both_forms() {
    let mapping = good(&json!({"headers": {"X-A": "1", "Authorization": {"handle": 4}}}));
    let list = good(
        &json!({"headers": [{"name": "X-A", "value": "1"}, {"name": "Authorization", "value": {"handle": 4}}]}),
    );
    assert_eq!(mapping, list);
    assert_eq!(mapping.headers.len(), 3);
    let agent = good(&json!({"headers": {"user-agent": "mine"}}));
    assert_eq!(agent.headers.len(), 1);
    assert_eq!(agent.headers[0].value, Value::Text("mine".to_owned()));
}

#[test]
fn headers_that_are_refused() {
    for name in [
        "Host",
        "Content-Type",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "HTTP2-Settings",
        "Proxy-Authorization",
        "Accept-Encoding",
        "Date",
        "Cookie",
        "Via",
        "Forwarded",
        "X-Forwarded-For",
        "X-Servo-Signature",
        "Webhook-Id",
        "ce-id",
    ] {
        refuses(
            &json!({"headers": {name: "x"}}),
            &format!("/0/headers/{name}"),
            "belongs to",
        );
        refuses(
            &json!({"headers": [{"name": name, "value": "x"}]}),
            "/0/headers/0/name",
            "belongs to",
        );
    }
    refuses(
        &json!({"headers": {"X A": "x"}}),
        "/0/headers/X A",
        "header name",
    );
    refuses(&json!({"headers": {"": "x"}}), "/0/headers/", "header name");
    refuses(
        &json!({"headers": {"X/A": "x"}}),
        "/0/headers/X~1A",
        "header name",
    );
    refuses(
        &json!({"headers": {"X-A": "a\nb"}}),
        "/0/headers/X-A",
        "control",
    );
    refuses(
        &json!({"headers": {"X-A": " a"}}),
        "/0/headers/X-A",
        "spaces",
    );
    refuses(&json!({"headers": {"X-A": 1}}), "/0/headers/X-A", "quotes");
    refuses(
        &json!({"headers": {"X-A": true}}),
        "/0/headers/X-A",
        "quotes",
    );
    refuses(
        &json!({"headers": {"X-A": null}}),
        "/0/headers/X-A",
        "{env: NAME}",
    );
    refuses(
        &json!({"headers": {"X-A": "1", "x-a": "2"}}),
        "/0/headers/x-a",
        "twice",
    );
    refuses(
        &json!({"headers": [{"name": "X-A"}]}),
        "/0/headers/0",
        "value",
    );
    refuses(
        &json!({"headers": [{"value": "a"}]}),
        "/0/headers/0",
        "name",
    );
    refuses(
        &json!({"headers": [{"name": "X-A", "value": "a", "when": "b"}]}),
        "/0/headers/0/when",
        "unknown key",
    );
    refuses(&json!({"headers": ["X-A: a"]}), "/0/headers/0", "mapping");
    refuses(&json!({"headers": "X-A: a"}), "/0/headers", "mapping");
}

#[test]
fn backoffs() {
    let tries = |backoff: Json| {
        let webhook = good(&json!({ "backoff": backoff }));
        (
            webhook.before.max_tries,
            webhook.after.max_tries,
            webhook.after.max_time / SECOND,
        )
    };
    assert_eq!(tries(json!(false)), (1, 1, 180));
    assert_eq!(
        tries(json!({"max_tries": 3, "max_time": "5m"})),
        (3, 3, 300)
    );
    assert_eq!(tries(json!({"max_tries": 1})), (1, 1, 180));
    assert_eq!(tries(json!({"max_time": 60})), (12, 12, 60));
    assert_eq!(tries(json!({})), (12, 12, 180));
    refuses(&json!({"backoff": true}), "/0/backoff", "leave it out");
    refuses(&json!({"backoff": null}), "/0/backoff", "false");
    refuses(&json!({"backoff": "no"}), "/0/backoff", "backoff: false");
    refuses(&json!({"backoff": 3}), "/0/backoff", "mapping");
    refuses(
        &json!({"backoff": {"max_tries": 0}}),
        "/0/backoff/max_tries",
        "from 1",
    );
    refuses(
        &json!({"backoff": {"max_tries": 1.5}}),
        "/0/backoff/max_tries",
        "whole",
    );
    refuses(
        &json!({"backoff": {"max_tries": "3"}}),
        "/0/backoff/max_tries",
        "whole",
    );
    refuses(
        &json!({"backoff": {"tries": 3}}),
        "/0/backoff/tries",
        "max_tries",
    );
    refuses(
        &json!({"backoff": {"max_time": "1:30"}}),
        "/0/backoff/max_time",
        "write 90",
    );
    refuses(
        &json!({"backoff": {"max_time": -1}}),
        "/0/backoff/max_time",
        "negative",
    );
}

#[test]
fn timeouts_and_choices() {
    assert_eq!(good(&json!({"timeout": 2.5})).timeout, 2_500_000_000);
    assert_eq!(good(&json!({"timeout": "250ms"})).timeout, 250_000_000);
    for timeout in [json!(0), json!("2h")] {
        refuses(&json!({ "timeout": timeout }), "/0/timeout", "at most 1h");
    }
    refuses(&json!({"timeout": "5 s"}), "/0/timeout", "1h30m");
    refuses(&json!({"timeout": true}), "/0/timeout", "boolean");
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
    for version in [json!(3), json!("2.0"), json!(null), json!(true)] {
        refuses(
            &json!({ "http_version": version }),
            "/0/http_version",
            "auto, 1.1, 2",
        );
    }
    assert_eq!(
        good(&json!({"events": "before:adjust", "on_error": "cancel"})).on_error,
        OnError::Cancel
    );
    refuses(
        &json!({"events": "before:adjust", "on_error": "abort"}),
        "/0/on_error",
        "proceed, cancel",
    );
    warns(&json!({"on_error": "cancel"}), "/0/on_error", "before");
}

#[test]
fn unknown_keys() {
    let problem = only(all(&[with(&json!({"backof": false}))]));
    assert_eq!((problem.path.as_str(), problem.at_key), ("/0/backof", true));
    assert!(
        problem.message.contains("did you mean backoff?"),
        "{}",
        problem.message
    );
    refuses(&json!({"colour": 1}), "/0/colour", "known are");
    let secret = only(all(&[with(&json!({"secret:hunter2": null}))]));
    assert!(!secret.message.contains("hunter2"));
}

#[test]
fn all_problems_at_once_and_in_order() {
    let read = all(&[
        json!({"url": "x"}),
        with(&json!({"timeout": 0, "enabled": "no"})),
        json!([]),
    ]);
    let paths: Vec<_> = read
        .problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        paths,
        ["/0/url", "/0", "/0", "/1/enabled", "/1/timeout", "/2"]
    );
}

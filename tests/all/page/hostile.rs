//! Texts of others, in every field: they are text, and none is endless.

use super::{NOW, configuration, encoded, serve, store};
use crate::support::program::Program;
use rules::sanitize::is_unseen;
use servo_webhooks_store::{
    Answer, AttemptEnd, Decision, DeliveryEnd, NewDelivery, State, StoredBody, Uuid,
};
use std::sync::Arc;
use std::time::Duration;

/// Markup, ends of attributes and of elements, controls, and turns of direction.
const TRICKS: &str = "</textarea></title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'><b a='\u{1b}[2J\u{9b}\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}\u{e0041}\0\r\n&lt;&#x3c;{{7*7}}javascript:alert(1)";

/// Nothing of it became a part of the page.
fn is_harmless(answer: &super::Answer) {
    let page = &answer.body;
    for tag in [
        "<script",
        "<img",
        "<b ",
        "<b>",
        "onerror=alert(1)>\"",
        "\"'>",
    ] {
        assert!(!page.contains(tag), "{tag}: {page}");
    }
    for tag in ["</textarea>", "</title>", "</style>", "</main>", "<h1>"] {
        assert!(page.matches(tag).count() <= 1, "{tag}: {page}");
    }
    // What is hidden in a form goes back as it came.
    let hidden = page.split("<input type=\"hidden\"").enumerate();
    let shown: String = hidden
        .map(|(nth, part)| match (nth, part.split_once("\">")) {
            (1.., Some((_, rest))) => rest,
            _ => part,
        })
        .collect();
    let unseen = shown
        .chars()
        .find(|char| !['\n', '\t', '\r'].contains(char) && is_unseen(*char));
    assert_eq!(unseen, None);
    assert!(page.len() < 600_000, "{} bytes", page.len());
}

#[test]
fn what_visitors_send_is_text() {
    let program = Program::new(&configuration("http://127.0.0.1:9/"));
    let served = serve(&program, &["--store", "store"]);
    let trick = encoded(TRICKS);
    for path in [
        "/",
        "/webhook",
        "/deliveries",
        "/dead-letters",
        "/decisions",
        "/replay",
        "/forget",
        "/explain",
        "/nothing",
    ] {
        for name in [
            "name",
            "webhook",
            "event",
            "id",
            "since",
            "until",
            "state",
            "before",
            "from",
            "notice",
            "count",
            "refresh",
            "sample",
            trick.as_str(),
        ] {
            let answer = served.get(&format!("{path}?{name}={trick}"));
            assert!([200, 400, 404].contains(&answer.status), "{path} {name}");
            is_harmless(&answer);
        }
    }
    let token = served.get("/explain").token("/explain");
    let event =
        serde_json::json!({"event": "after:measure", "id": TRICKS, (TRICKS): 1}).to_string();
    let surrogate = "{\"event\":\"after:measure\",\"id\":\"\\ud800\"}";
    let long = format!(
        "{{\"event\":\"after:measure\",\"id\":\"{}\"}}",
        "x".repeat(1 << 20)
    );
    for event in [TRICKS, &event, surrogate] {
        let answer = served.post(
            "/explain",
            "",
            &format!("token={token}&event={}", encoded(event)),
        );
        assert_eq!(answer.status, 200, "{answer:?}");
        // What was filled in stands there again as it was, without controls.
        is_harmless(&answer);
    }
    let answer = served.post("/explain", "", &format!("token={token}&event={long}"));
    assert_eq!(answer.status, 200);
    for path in ["/pause", "/replay"] {
        let answer = served.post(
            path,
            "",
            &format!("token={trick}&webhook={trick}&id={trick}"),
        );
        assert_eq!(answer.status, 403);
        is_harmless(&answer);
    }
    served.end(0);
}

#[test]
fn what_is_stored_is_text() {
    let name: String = TRICKS.chars().filter(|char| !char.is_control()).collect();
    let webhook = serde_json::json!([{
        "name": name, "description": TRICKS.replace('\0', ""), "events": ["after:measure"],
        "url": "http://127.0.0.1:9/", "secret": "s",
    }]);
    let program = Program::new(&webhook.to_string());
    let long = "y".repeat(1 << 20);
    let now = crate::page::NOW;
    {
        let store = store(&program.path("store"));
        for (number, text) in [TRICKS, &long].into_iter().enumerate() {
            let id = Uuid::from_u64_pair(7, number as u64 | 1 << 63);
            let body = StoredBody {
                content: text.as_bytes().into(),
                content_type: text.into(),
                ..StoredBody::default()
            };
            let new = NewDelivery {
                trace: None,
                id,
                webhook: text.into(),
                event: text.into(),
                event_id: text.into(),
                body: Arc::new(body),
                accepted: now,
            };
            store.accept(vec![new]).unwrap();
            store.began(id, 1, 0);
            store.attempted(
                id,
                AttemptEnd {
                    number: 1,
                    began: now,
                    elapsed: 1,
                    status: Some(500),
                    error: Some(text.into()),
                    answer: Some(text.as_bytes().into()),
                },
            );
            store.settled(
                id,
                DeliveryEnd {
                    state: State::Failed,
                    attempts: 1,
                    elapsed: 1,
                    status: Some(500),
                    error: Some(text.into()),
                    at: NOW,
                },
            );
            store.decided(Decision {
                event: text.into(),
                event_id: text.into(),
                at: now + number as i64,
                elapsed: 1,
                cancelled: true,
                reason: Some(text.into()),
                answers: vec![Answer {
                    webhook: text.into(),
                    delivery: None,
                    result: text.into(),
                    failed_open: false,
                    attempts: 1,
                    status: Some(200),
                    error: Some(text.into()),
                    elapsed: 1,
                }],
            });
        }
        store.close(Duration::from_secs(60)).unwrap();
    }
    let served = serve(&program, &["--store", "store", "--keep", "90d"]);
    for path in [
        "/".to_owned(),
        format!("/webhook?name={}", encoded(&name)),
        "/deliveries".to_owned(),
        "/dead-letters".to_owned(),
        "/decisions".to_owned(),
        format!("/decision?at={NOW}.1"),
        format!("/decision?at={}.2", NOW + 1),
        format!("/delivery?id={}", Uuid::from_u64_pair(7, 1 << 63)),
        format!("/delivery?id={}", Uuid::from_u64_pair(7, 1 | 1 << 63)),
        "/replay".to_owned(),
        "/configuration".to_owned(),
    ] {
        let answer = served.get(&path).exits(200);
        is_harmless(&answer);
    }
    // What is long is cut, and says so.
    let long = format!("/delivery?id={}", Uuid::from_u64_pair(7, 1 | 1 << 63));
    served
        .get(&long)
        .exits(200)
        .has("the first 64 KiB are shown");
    served.end(0);
}

//! Expectations that are spoilt, one at a time: the runner has to find each.

use super::story::Story;
use super::{stories, tell};
use serde_json::{Value, json};

/// One in so many scenarios is spoilt, each at another place.
const ONE_IN: usize = 3;

/// Kinds of places, each of which is spoilt somewhere.
const PARTS: [&str; 7] = [
    "/requests/",
    "/outcomes/",
    "/deliveries/",
    "/publications/",
    "/refused/",
    "/headers/",
    "/body",
];

/// A key of Standard Webhooks that nobody uses.
const STRANGER: &str = "whsec_YW5vdGhlci1vbmUtb2YtMjQtYnl0ZXMhIQ==";

/// Places of all values below a place, as JSON pointers.
fn leaves(place: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                leaves(&format!("{place}/{key}"), value, found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                leaves(&format!("{place}/{at}"), value, found);
            }
        }
        _ => found.push(place.to_owned()),
    }
}

/// Something else that is as good to read.
fn other(place: &str, value: &Value) -> Value {
    if place.contains("/absent/") {
        return json!("content-type");
    }
    if place.contains("/standard/") {
        return json!(STRANGER);
    }
    match value {
        _ if place.ends_with("/body_base64") => json!("b3RoZXI="),
        Value::String(text) if text == "*" => json!("~\u{1}"),
        Value::String(text) => json!(format!("{text}\u{1}")),
        Value::Number(_) => json!(4_711),
        _ => json!("\u{1}"),
    }
}

#[test]
fn any_spoilt_expectation_is_found() {
    let (mut spoilt, mut places) = (Vec::new(), Vec::new());
    for (number, story) in stories().into_iter().step_by(ONE_IN).enumerate() {
        let mut told = story.into_told();
        let mut found = Vec::new();
        leaves("/expect", &told["expect"], &mut found);
        // A step that is refused has no outcome that could be waited for.
        let is_step = |place: &String| {
            place.starts_with("/expect/outcomes") && place.matches('/').count() == 3
        };
        found.retain(|place| !is_step(place));
        // Far from each other; a kind of place that has not come up goes first.
        let is_new = |place: &String| {
            let mut lacking = PARTS.iter().filter(|part| place.contains(**part));
            lacking.any(|part| !places.iter().any(|known: &String| known.contains(part)))
        };
        let new = found.iter().position(is_new);
        let place = found.swap_remove(new.unwrap_or(number * 7 % found.len()));
        let value = told.pointer_mut(&place).unwrap();
        *value = other(&place, value);
        told["name"] = json!(format!("{number} at {place}"));
        places.push(place);
        spoilt.push(Story::from(told));
    }
    for part in PARTS {
        assert!(
            places.iter().any(|place| place.contains(part)),
            "none is spoilt at {part}"
        );
    }
    let found = tell(&spoilt);
    let missed = |story: &&Story| {
        !found
            .iter()
            .any(|report| report.starts_with(&story.to_string()))
    };
    let missed: Vec<_> = spoilt.iter().filter(missed).collect();
    assert!(missed.is_empty(), "not found: {missed:#?}");
}

/// A story that is told right, with one expectation exchanged for a wrong one.
fn changed(pointer: &str, wrong: Value) -> Story {
    let secret = "YS1zZWNyZXQtb2YtMjQtYnl0ZXMtbG9uZw==";
    let mut told = json!({
        "name": format!("{pointer}: {wrong}"),
        "why": "a runner that cannot fail shows nothing",
        "webhooks": [{
            "name": "store", "events": "after:measure", "url": "{responder}/store", "response_channel": "answers",
            "secret": ["s3cr3t", format!("whsec_{secret}")], "signatures": ["servo", "standard"],
        }],
        "steps": [{"event": "after:measure", "id": "m"}, {"event": "measure"}],
        "answers": {"/store": [{"status": 200, "headers": {"Content-Type": "text/plain"}, "body": "thanks"}]},
        "expect": {
            "requests": {"/store": [{
                "headers": {"X-Servo-Event": "after:measure", "x-servo-delivery": "*"}, "absent": ["x-servo-timeout"],
                "version": "1.1", "signed_with": "s3cr3t", "standard": [format!("whsec_{secret}")],
            }]},
            "outcomes": [{"id": "m", "outcome": "accepted", "reason": null, "webhooks": [{"name": "store"}]}, null],
            "deliveries": [{"outcome": "delivered", "status": 200, "error": null}],
            "publications": [{"channel": "answers", "content": "~than"}],
        },
    });
    *told.pointer_mut(pointer).unwrap() = wrong;
    Story::from(told)
}

#[test]
fn wrong_expectations_are_found() {
    assert_eq!(
        tell(&[changed("/name", json!("right"))]),
        Vec::<String>::new()
    );
    let request = "/expect/requests/~1store/0";
    let wrong = [
        (
            format!("{request}/headers/X-Servo-Event"),
            json!("before:measure"),
        ),
        (format!("{request}/headers/x-servo-delivery"), json!(null)),
        (format!("{request}/absent/0"), json!("user-agent")),
        (format!("{request}/version"), json!("2")),
        (format!("{request}/signed_with"), json!("another")),
        (
            format!("{request}/standard/0"),
            json!("whsec_YW5vdGhlci1vbmUtb2YtMjQtYnl0ZXMhIQ=="),
        ),
        (format!("{request}/standard"), json!([])),
        (request.to_owned(), json!({"body": "{}"})),
        ("/expect/requests/~1store".to_owned(), json!([{}, {}])),
        ("/expect/requests".to_owned(), json!({})),
        (
            "/expect/requests".to_owned(),
            json!({"/store": [{}], "/other": [{}]}),
        ),
        ("/expect/outcomes/0/outcome".to_owned(), json!("rejected")),
        ("/expect/outcomes/0/webhooks".to_owned(), json!([])),
        ("/expect/outcomes/0".to_owned(), json!(null)),
        ("/expect/deliveries/0/status".to_owned(), json!(201)),
        ("/expect/deliveries/0/error".to_owned(), json!("*")),
        ("/expect/deliveries".to_owned(), json!([])),
        (
            "/expect/publications/0/content".to_owned(),
            json!("~thank you"),
        ),
        ("/expect/publications".to_owned(), json!([])),
        (
            "/expect".to_owned(),
            json!({"refused": [{"path": "webhooks[0].url", "contains": "http"}]}),
        ),
        ("/answers/~1store/0/status".to_owned(), json!(400)),
        ("/webhooks/0/url".to_owned(), json!("{responder}/elsewhere")),
    ];
    for (pointer, wrong) in wrong {
        let found = tell(&[changed(&pointer, wrong.clone())]);
        assert_eq!(found.len(), 1, "not found: {pointer}: {wrong}");
    }
    let refused = json!({"name": "n", "webhooks": [{"url": 1}], "steps": [], "expect": {
        "refused": [{"path": "webhooks[0].url", "contains": "text"}],
    }});
    assert_eq!(
        tell(&[Story::from(refused)]).len(),
        1,
        "a problem that nobody expects"
    );
}

//! Lines that are sent again.

use super::{EVENTS, configuration, lines};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Answers 400 until it is told that it is well, but for one that always is.
fn ailing() -> (Responder, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(false));
    let known = Arc::clone(&well);
    let responder = Responder::start(move |request| {
        let is_well = request.path == "/well" || known.load(Ordering::SeqCst);
        Reply::status(if is_well { 200 } else { 400 })
    });
    (responder, well)
}

#[test]
fn what_failed_is_sent_again_to_whom_it_failed_for() {
    let (responder, well) = ailing();
    let program = Program::new(&configuration(&responder));
    let finished = program.run(EVENTS, &["--failed", "failed"]).exits(1);
    let failed = |finished: &[Value]| {
        let of = finished.iter().filter(|line| line["outcome"] == "failed");
        of.count()
    };
    assert_eq!(failed(&finished.of_type("delivery")), 3);
    let mut kept = lines(&program, "failed");
    kept.sort_by_key(|line| line["id"].to_string());
    assert_eq!(kept.len(), 3, "{kept:?}");
    let created = kept[2].as_object_mut().unwrap().remove("created_at");
    assert!(created.is_some_and(|time| time.is_string()));
    let created = kept[1].as_object_mut().unwrap().remove("created_at");
    assert!(created.is_some_and(|time| time.is_string()));
    let text = std::fs::read_to_string(program.path("failed")).unwrap();
    assert!(text.contains("12345678901234567890.10"), "{text}");
    assert_eq!(
        kept[1..],
        [
            json!({"channel": "news", "id": "three", "content_type": "image/png", "content_base64": "/w==", "webhook": 2}),
            json!({"event": "after:adjust", "id": "two", "parameters": {}, "results": [{"connector": "p", "value": {"a": 1.0}}], "webhook": "store"}),
        ]
    );
    assert_eq!(
        (&kept[0]["id"], &kept[0]["created_at"], &kept[0]["webhook"]),
        (
            &json!("one"),
            &json!("2026-11-23T11:23:42.500000+05:30"),
            &json!("store")
        )
    );
    let mode = std::fs::metadata(program.path("failed")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);

    let before = responder.received();
    let again = ["run", "--events", "failed", "--allow", "loopback"];
    // Once more in vain: the second file has the same lines.
    let still = [&again[..], &["--failed", "still"]].concat();
    program.call(&still).exits(1);
    assert_eq!(
        std::fs::read_to_string(program.path("still"))
            .unwrap()
            .lines()
            .count(),
        3
    );
    program.call(&still).exits(1);
    assert_eq!(lines(&program, "still").len(), 3, "each is there once");

    well.store(true, Ordering::SeqCst);
    let seen = responder.received().len();
    program.call(&again).exits(0);
    let received = &responder.received()[seen..];
    assert_eq!(received.len(), 3);
    for request in received {
        assert_ne!(request.path, "/well", "it had its own already");
        let first = before
            .iter()
            .find(|first| first.path == "/ill" && first.body == request.body);
        let first = first.expect("the same bytes as the first time");
        assert_ne!(
            first.header("x-servo-delivery"),
            request.header("x-servo-delivery")
        );
    }
}

#[test]
fn one_webhook_alone_is_sent_to() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&configuration(&responder));
    let finished = program.run(EVENTS, &["--webhook", "well"]).exits(0);
    assert_eq!(responder.received().len(), 2);
    assert_eq!(responder.at("/well").len(), 2);
    let asked = &finished.of_type("event")[1];
    assert_eq!(
        (&asked["outcome"], &asked["webhooks"]),
        (&json!("proceed"), &json!([]))
    );
    let both = ["--webhook", "well", "--webhook", "2"];
    program.run(EVENTS, &both).exits(0);
    assert_eq!(responder.received().len(), 2 + 3);
    let finished = program.run(EVENTS, &["--webhook", "nobody"]).exits(2);
    assert!(finished.stderr.contains("nobody"), "{}", finished.stderr);
    // What is for another one is passed over.
    let line = "{\"event\":\"after:measure\",\"webhook\":\"store\"}\n";
    program.run(line, &["--webhook", "well"]).exits(0);
    assert_eq!(responder.received().len(), 5);
    program.run(line, &["--webhook", "store"]).exits(0);
    assert_eq!(responder.received().len(), 6);
}

#[test]
fn a_line_for_a_webhook_that_cannot_be_told_is_bad() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "{}- {{name: off, events: 'after:*', url: '{}', secret: s, enabled: false}}\n",
        configuration(&responder),
        responder.url("/off")
    ));
    for (line, says) in [
        (
            r#"{"event":"after:measure","webhook":"nobody"}"#,
            "no webhook \"nobody\" is configured",
        ),
        (
            r#"{"event":"after:measure","webhook":9}"#,
            "no webhook 9 is configured",
        ),
        (
            r#"{"event":"after:measure","webhook":"off"}"#,
            "is disabled",
        ),
        (
            r#"{"event":"after:measure","webhook":2}"#,
            "webhook 2 does not listen to after:measure",
        ),
        (
            r#"{"event":"after:measure","webhook":"store","webhook":"well"}"#,
            "duplicate field",
        ),
        (
            r#"{"event":"after:measure","webhook":["store"]}"#,
            "name of a webhook, or its index",
        ),
        (
            r#"{"event":"before:adjust","webhook":"store"}"#,
            "leave out \"webhook\"",
        ),
        (
            r#"{"event":"after:measure","source":"web"}"#,
            "use --source \"web\"",
        ),
    ] {
        let finished = program.run(&format!("{line}\n"), &[]).exits(1);
        assert!(finished.stderr.contains("line 1: "), "{}", finished.stderr);
        assert!(
            finished.stderr.contains(says),
            "{line}: {}",
            finished.stderr
        );
        assert!(finished.stdout.is_empty());
    }
    assert_eq!(responder.connections(), 0);
}

#[test]
fn a_delivery_s_body_is_an_event_line() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&configuration(&responder));
    let named = ["--source", "web"];
    program.run(EVENTS, &named).exits(0);
    let first = responder.received();
    let bodies = first
        .iter()
        .filter(|request| {
            request.path == "/ill" && request.header("x-servo-event") != "channel:news"
        })
        .map(|request| String::from_utf8(request.body.to_vec()).unwrap() + "\n");
    let bodies: String = bodies.collect();
    assert_eq!(bodies.lines().count(), 3, "one of them of before:adjust");
    let seen = first.len();
    program.run(&bodies, &named).exits(0);
    let again = responder.received();
    for request in again[seen..]
        .iter()
        .filter(|request| request.path == "/ill")
    {
        let known = first.iter().any(|first| first.body == request.body);
        assert!(known, "{:?}", request.body);
    }
    let finished = program.run(&bodies, &["--source", "api"]).exits(1);
    assert!(
        finished
            .stderr
            .contains("source is \"web\", but this servo is \"api\""),
        "{}",
        finished.stderr
    );
    assert_eq!(responder.received().len(), again.len());
}

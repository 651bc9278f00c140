//! The records of the commands: each has its time, and all call things by the same names.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use jiff::Timestamp;
use serde_json::Value;

/// Every record has a time between two, in UTC, and names its webhooks alike.
pub fn are_stamped(records: &[Value], began: Timestamp) {
    let mut last = began;
    for record in records {
        let text = record["time"]
            .as_str()
            .unwrap_or_else(|| panic!("{record}"));
        assert!(text.ends_with("+00:00"), "{text}");
        let fraction = text.split_once('.').unwrap().1;
        assert!(
            fraction.len() >= "123+00:00".len(),
            "milliseconds or better: {text}"
        );
        let time: Timestamp = text.parse().unwrap();
        assert!(time >= last && time <= Timestamp::now(), "{last} {text}");
        last = time;
        let within = record["webhooks"].as_array().into_iter().flatten();
        for one in within {
            assert_eq!(one["webhook"], one["name"], "{record}");
            assert!(
                one.get("webhook").is_some() && one.get("index").is_some(),
                "{record}"
            );
        }
    }
}

#[test]
fn each_has_its_time() {
    let responder = Responder::start(|request| match &*request.path {
        "/answers" => Reply::typed(200, "text/plain", "hello"),
        "/fails" => Reply::status(500),
        _ => Reply::status(200),
    });
    let program = Program::new(&format!(
        "- {{name: answers, events: [after:measure, before:adjust], url: '{0}/answers', secret: s, response_channel: news}}\n- {{name: fails, events: after:describe, url: '{0}/fails', secret: s, backoff: false}}\n- {{channels: other, url: '{0}/', secret: s}}\n",
        responder.url("")
    ))
    .variable("SERVO_WEBHOOKS_ALLOW", "loopback");
    // Far enough back for a clock that is set meanwhile.
    let began = Timestamp::now();
    let events = "{\"event\":\"after:measure\"}\n{\"event\":\"before:adjust\"}\n{\"channel\":\"other\",\"content_type\":\"text/plain\",\"content\":\"\"}\n".to_owned()
        + &"{\"event\":\"after:describe\"}\n".repeat(5);
    let finished = program.run(&events, &["--breaker-after", "0s"]).exits(1);
    for kind in ["event", "delivery", "publish", "breaker"] {
        assert!(!finished.of_type(kind).is_empty(), "{}", finished.stdout);
    }
    // Those of other threads may be written a moment before or after each other.
    for kind in ["event", "delivery", "publish", "breaker"] {
        are_stamped(&finished.of_type(kind), began);
    }
    let began = Timestamp::now();
    let rehearsed = program.run(&events, &["--dry-run"]).exits(0).lines();
    assert!(rehearsed.iter().any(|record| record["type"] == "request"));
    are_stamped(&rehearsed, began);
    let began = Timestamp::now();
    let tried = program
        .call(&["trigger", "after:measure", "--json"])
        .exits(0);
    are_stamped(&tried.lines(), began);
    assert_eq!(tried.lines()[0]["webhook"], "answers");
}

#[test]
fn explanations_of_one_s_own_events_name_them() {
    let program = Program::new(
        "- {name: hook, events: 'after:measure', url: 'https://example.com', secret: s}\n",
    );
    program.write(
        "events",
        "{\"event\":\"after:measure\",\"id\":\"first\"}\n{\"event\":\"after:adjust\",\"id\":\"second\"}\n",
    );
    let began = Timestamp::now();
    let explained = program
        .call(&["explain", "--events", "events", "--json"])
        .exits(0)
        .lines();
    are_stamped(&explained, began);
    assert_eq!(
        (&explained[0]["id"], &explained[1]["id"]),
        (&"first".into(), &"second".into())
    );
    let shown = program
        .call(&["explain", "--events", "events"])
        .exits(0)
        .stdout;
    assert!(shown.starts_with("after:measure first\n"), "{shown}");
    assert!(shown.contains("\nafter:adjust second\n"), "{shown}");
}

#[test]
fn a_run_that_lost_something_ends_with_how_much() {
    let responder = Responder::start(|request| match &*request.path {
        "/well" => Reply::status(200),
        _ => Reply::status(400),
    });
    let hook = |name: &str| {
        format!(
            "- {{name: {name}, events: 'after:measure', url: '{}', secret: s}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let events = "{\"event\":\"after:measure\"}\n{\"event\":\"after:measure\"}\n";
    let program = Program::new(&(hook("well") + &hook("ill")));
    let finished = program.run(&format!("{events}[]\n"), &[]).exits(1);
    let last = finished.stderr.lines().last().unwrap();
    let said = "2 events: 2 delivered, 2 failed, 1 bad line in ";
    assert!(last.contains("WARN") && last.contains(said), "{last}");
    let quiet = program.run(events, &["--log-level", "error"]).exits(1);
    assert!(quiet.stderr.is_empty(), "{}", quiet.stderr);
    // Nothing went wrong: nothing is said.
    let program = Program::new(&hook("well"));
    let finished = program.run(events, &[]).exits(0);
    assert!(finished.stderr.is_empty(), "{}", finished.stderr);
}

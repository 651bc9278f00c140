//! `trigger`.

use crate::support::hmac_sha1;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::Value;

#[test]
fn trigger_makes_one_marked_attempt_and_shows_what_it_would_do() {
    let responder = Responder::start(|request| match request.path.as_str() {
        "/ok" => Reply::typed(200, "text/plain", "thank you"),
        "/cancel" => Reply::cancel("not now"),
        "/busy" => Reply::status(503),
        "/gone" => Reply::status(410),
        _ => Reply::status(400),
    });
    let hook = |name: &str| {
        format!(
            "- {{name: {name}, events: [before:adjust, after:measure], url: '{}', secret: s}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let names = ["ok", "cancel", "busy", "gone", "bad"];
    let program =
        Program::new(&names.map(hook).concat()).variable("SERVO_WEBHOOKS_ALLOW", "loopback");
    for (name, event, code, effect, shown) in [
        ("ok", "after:measure", 0, "delivered", "delivered"),
        (
            "ok",
            "before:adjust",
            0,
            "proceed",
            "the event would happen",
        ),
        (
            "cancel",
            "before:adjust",
            0,
            "cancel",
            "the event would be cancelled: not now",
        ),
        ("busy", "after:measure", 1, "retry", "would be retried"),
        (
            "gone",
            "after:measure",
            1,
            "switch_off",
            "would be switched off",
        ),
        ("bad", "before:adjust", 1, "failed", "would fail"),
    ] {
        let finished = program.call(&["trigger", event, name]).exits(code);
        assert!(
            finished.stdout.contains(shown),
            "{name}: {}",
            finished.stdout
        );
        let trial = program
            .call(&["trigger", event, name, "--json"])
            .exits(code)
            .lines()
            .remove(0);
        assert_eq!(trial["effect"], effect, "{trial}");
        assert_eq!(trial["name"], name);
        let received = responder.at(&format!("/{name}"));
        let request = received.last().unwrap();
        assert_eq!(request.header("x-servo-trigger"), "manual");
        assert_eq!(request.header("x-servo-attempt"), "1");
        assert_eq!(request.header("x-servo-delivery"), trial["delivery"]);
        assert_eq!(
            request.header("x-servo-signature"),
            hmac_sha1("s", &request.body)
        );
        assert_eq!(request.json()["event"], event);
    }
    assert_eq!(
        responder.received().len(),
        12,
        "never more than one attempt"
    );
    // All that listen, in order; one by its URL; a webhook that does not listen, by name.
    let finished = program
        .call(&["trigger", "after:measure", "--json"])
        .exits(1);
    let triggered: Vec<Value> = finished
        .lines()
        .iter()
        .map(|trial| trial["name"].clone())
        .collect();
    assert_eq!(triggered, names);
    let trial = program
        .call(&["trigger", "after:measure", &responder.url("/ok"), "--json"])
        .exits(0)
        .lines()
        .remove(0);
    assert_eq!(trial["name"], "ok");
    assert_eq!(
        program
            .call(&["trigger", "after:measure", "0", "--json"])
            .exits(0)
            .lines()[0]["name"],
        "ok"
    );
    program.call(&["trigger", "after:describe", "ok"]).exits(0);

    let before = responder.received().len();
    for wrong in [
        &["trigger", "after:describe"][..],
        &["trigger", "after:measure", "nobody"],
        &["trigger", "after:measure", &responder.url("/other")],
        &["trigger", "measure"],
    ] {
        program.call(wrong).exits(2);
    }
    assert_eq!(
        responder.received().len(),
        before,
        "only what is configured is sent to"
    );
}

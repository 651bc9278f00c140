//! Answers of several webhooks, and of one that is gone.

use super::{Row, responder, table};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};

#[test]
fn gone_switches_the_webhook_off() {
    let rows: Vec<Row> = table().into_iter().filter(|row| row.switched_off).collect();
    assert_eq!(rows.len(), 1);
    let responder = responder(&rows);
    let program = Program::new(&format!(
        "- {{name: gone, url: '{}', events: [before:adjust, after:adjust], secret: s3cr3t}}\n",
        responder.url("/0")
    ));
    let before = "{\"event\": \"before:adjust\"}\n";
    let after = "{\"event\": \"after:adjust\"}\n";
    let finished = program.run(&[before, before, after].concat(), &[]).exits(1);
    assert_eq!(
        responder.received().len(),
        1,
        "nothing is sent after the 410"
    );
    let events = finished.of_type("event");
    let outcomes: Vec<_> = events
        .iter()
        .map(|event| event["webhooks"][0]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["no_answer", "switched_off", "switched_off"]);
    let decisions: Vec<_> = events
        .iter()
        .map(|event| event["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(decisions, ["proceed", "proceed", "rejected"]);
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "failed");
    assert!(
        finished.stderr.contains("switched off"),
        "{}",
        finished.stderr
    );
}

#[test]
fn the_first_cancel_wins_while_another_hangs() {
    let responder = Responder::start(|request| match request.path.as_str() {
        "/cancel" => Reply::cancel("not on a Friday"),
        "/proceed" => Reply::status(200),
        _ => Reply::Hang,
    });
    let webhook = |name: &str| {
        format!(
            "- {{name: {name}, url: '{}', events: before:adjust, secret: s, timeout: 1h}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let program = Program::new(&["hang", "cancel", "hang2"].map(webhook).concat());
    let finished = program
        .run("{\"event\": \"before:adjust\"}\n", &[])
        .exits(0);
    let event = &finished.of_type("event")[0];
    assert_eq!(event["outcome"], "cancelled");
    assert_eq!(event["reason"], "not on a Friday");
    let outcomes: Vec<_> = event["webhooks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|webhook| webhook["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["not_awaited", "cancelled", "not_awaited"]);
}

#[test]
fn the_budget_bounds_all_webhooks_together() {
    let responder = Responder::start(|request| match request.path.as_str() {
        "/busy" => Reply::Answer(
            503,
            vec![("retry-after".to_owned(), "40".to_owned())],
            "".into(),
        ),
        "/quick" => Reply::status(200),
        _ => Reply::Hang,
    });
    let webhook = |(name, on_error): (&str, &str)| {
        format!(
            "- {{name: {name}, url: '{}', events: before:adjust, secret: s, timeout: 1h, on_error: {on_error}, backoff: {{max_time: 1h}}}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let hooks = [
        ("hang", "proceed"),
        ("busy", "proceed"),
        ("quick", "cancel"),
    ];
    let program = Program::new(&hooks.map(webhook).concat());
    let finished = program
        .run(
            "{\"event\": \"before:adjust\"}\n",
            &["--before-budget", "500ms"],
        )
        .exits(0);
    let event = &finished.of_type("event")[0];
    assert_eq!(event["outcome"], "proceed");
    let webhooks = &event["webhooks"];
    assert_eq!(webhooks[0]["outcome"], "no_answer");
    assert!(
        webhooks[0]["error"]
            .as_str()
            .unwrap()
            .contains("no answer within"),
        "{event}"
    );
    assert_eq!(webhooks[1]["outcome"], "no_answer");
    assert_eq!(
        webhooks[1]["attempts"], 1,
        "a wait that does not fit settles at once: {event}"
    );
    assert_eq!(webhooks[2]["outcome"], "proceeded");
    let timeout: u64 = responder.at("/quick")[0]
        .header("x-servo-timeout")
        .parse()
        .unwrap();
    assert!((1..=500).contains(&timeout), "{timeout}");

    let program = Program::new(&webhook(("hang", "cancel")));
    let finished = program
        .run(
            "{\"event\": \"before:adjust\"}\n",
            &["--before-budget", "200ms"],
        )
        .exits(0);
    assert_eq!(finished.of_type("event")[0]["outcome"], "cancelled");
}

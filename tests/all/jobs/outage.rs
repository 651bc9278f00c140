//! Last night's outage: what was lost is found, sent again, and told apart by who receives it.

use super::{Operator, Responder, lines, shows};
use crate::support::terminal::Terminal;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A delivery that was not made: the event's id and the webhook.
type Losses = BTreeSet<(String, String)>;

const SECRET: &str = "--secret env:SERVO_WEBHOOKS_SECRET";

/// In ten of its answers it is ill: to five events, which are tried twice.
const ILL: &str = "200,503,503,503,503,503,503,503,503,503,503,200";

fn configuration(store: &str, archive: &str) -> String {
    let hook = |name: &str, event: &str, url: &str, backoff: &str| {
        format!(
            "- {{name: {name}, events: 'after:{event}', url: '{url}', secret: {{env: SERVO_WEBHOOKS_SECRET}}, backoff: {backoff}}}\n"
        )
    };
    [
        hook("store", "measure", store, "{max_tries: 2, max_time: 1h}"),
        hook("archive", "adjust", archive, "false"),
        // Nobody is there, and nobody will be.
        hook("copy", "adjust", "http://127.0.0.1:9/", "false"),
    ]
    .concat()
}

fn types_event(shell: &mut Terminal, event: &str, id: &str) {
    shell.press(&format!(
        "echo '{{\"event\":\"after:{event}\",\"id\":\"{id}\"}}' >&3\r"
    ));
}

/// The night: one endpoint ails, one is gone for good, one is not there, and in the morning
/// the servo is restarted.
fn night(operator: &Operator) {
    let mut shell = operator.setup().start(&["sh"]);
    shell.press("mkfifo events; servo-webhooks run --events events --allow loopback --failed failed.jsonl --breaker-after 0s --breaker-hold 1h --drain-timeout 0s >records.jsonl 2>log & exec 3>events\r");
    types_event(&mut shell, "measure", "m0");
    operator.until("records.jsonl", "a delivery", |text| {
        text.contains("\"outcome\":\"delivered\"")
    });
    for number in 1..=5 {
        types_event(&mut shell, "measure", &format!("m{number}"));
    }
    operator.until("records.jsonl", "a breaker that opens", |text| {
        text.contains("\"state\":\"open\"")
    });
    types_event(&mut shell, "measure", "m6");
    types_event(&mut shell, "measure", "m7");
    types_event(&mut shell, "adjust", "a1");
    operator.until("log", "a 410", |text| text.contains("switched off"));
    types_event(&mut shell, "adjust", "a2");
    operator.until("records.jsonl", "all to be taken", |text| {
        text.matches("\"type\":\"event\"").count() == 10
            && text.matches("\"webhook\":\"copy\",\"index\":2").count() == 2
    });
    shell.press("kill $!; wait $!; echo \"it ended with $?\"; exit\r");
    shell.until_shown("it ended with 1");
    shell.finish().exits(0);
}

fn of_records(text: &str) -> Losses {
    let is_lost = |line: &Value| line["type"] == "delivery" && line["outcome"] != "delivered";
    of(lines(text).into_iter().filter(is_lost))
}

fn of_log(text: &str) -> Losses {
    let value = |line: &str, key: &str| {
        let (_, rest) = line.split_once(&format!(" {key}=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let lost = text.lines().filter(|line| line.contains("not delivered"));
    lost.map(|line| (value(line, "id"), value(line, "webhook")))
        .collect()
}

fn of(lines: impl Iterator<Item = Value>) -> Losses {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines
        .map(|line| (text(&line["id"]), text(&line["webhook"])))
        .collect()
}

#[test]
fn what_was_lost_last_night_is_found_and_sent_again() {
    let Some(operator) = Operator::new() else {
        return;
    };
    let store = operator.listens(&format!("{SECRET} --answer {ILL} --save store"));
    let gone = operator.listens(&format!("{SECRET} --answer 410"));
    operator.configures(&configuration(&store.url, &gone.url));
    night(&operator);

    // The log says what happened, and to whom.
    shows(
        &operator.types("grep -e 'breaker opened' -e 'switched off' log | head -n 2"),
        &[
            "breaker opened: 5 events in a row failed",
            "webhook=\"store\"",
            "switched off until a reload or restart: answered 410",
            "webhook=\"archive\"",
        ],
    );
    // Each loss is in the log, in the records and in the file, once.
    let expected: Losses =
        (1..=7)
            .map(|number| (format!("m{number}"), "store".to_owned()))
            .chain(["a1", "a2"].into_iter().flat_map(|id| {
                ["archive", "copy"].map(|webhook| (id.to_owned(), webhook.to_owned()))
            }))
            .collect();
    assert_eq!(of_log(&operator.reads("log")), expected);
    assert_eq!(of_records(&operator.reads("records.jsonl")), expected);
    assert_eq!(
        of(lines(&operator.reads("failed.jsonl")).into_iter()),
        expected
    );
    for (pattern, count) in [(".", "11"), ("'\"webhook\":\"store\"'", "7")] {
        let counted = operator.types(&format!("grep -c {pattern} failed.jsonl"));
        assert_eq!(counted.exits(0).screen, count);
    }

    // The store is well again.
    let again = "servo-webhooks run --events failed.jsonl --allow loopback";
    let resent = operator.types(&format!("{again} --webhook store >resent.jsonl"));
    resent.exits(0);
    assert!(of_records(&operator.reads("resent.jsonl")).is_empty());
    received_again(&operator, store);

    // The archive has moved. The copy is as it was, and stays in a file.
    gone.stops().exits(0);
    let moved = operator.listens(SECRET);
    operator.configures(&configuration("http://127.0.0.1:9/", &moved.url));
    operator
        .types(&format!("{again} --webhook archive"))
        .exits(0);
    shows(
        &moved.stops().exits(0),
        &["2 requests: 2 verified", "after:adjust 2"],
    );
    shows(
        &operator
            .types(&format!(
                "{again} --webhook copy --failed still-failed.jsonl"
            ))
            .exits(1),
        &["connection refused by 127.0.0.1:9"],
    );
    let still = of(lines(&operator.reads("still-failed.jsonl")).into_iter());
    let copies = |(_, webhook): &&(String, String)| webhook == "copy";
    assert_eq!(still, expected.iter().filter(copies).cloned().collect());
}

/// What the store saved: attempts have one delivery's id, what is sent again has one of its
/// own, and the bodies with the event's id are the same.
fn received_again(operator: &Operator, store: Responder) {
    shows(
        &store.stops().exits(0),
        &["attempt 2 verified -> 503", "18 requests: 18 verified"],
    );
    operator
        .types(&format!("servo-webhooks verify store/*.http {SECRET}"))
        .exits(0);
    let mut received: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for file in std::fs::read_dir(operator.0.path("store")).unwrap() {
        let request = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let (head, body) = request
            .split_once("\r\n\r\n")
            .or_else(|| request.split_once("\n\n"))
            .unwrap();
        let delivery = head
            .lines()
            .find_map(|line| line.strip_prefix("x-servo-delivery: "))
            .unwrap();
        let event: Value = serde_json::from_str(body).unwrap();
        received
            .entry(event["id"].as_str().unwrap().to_owned())
            .or_default()
            .push((delivery.to_owned(), body.to_owned()));
    }
    assert_eq!(received.len(), 8);
    for (id, requests) in received {
        let deliveries: BTreeSet<_> = requests.iter().map(|(delivery, _)| delivery).collect();
        let bodies: BTreeSet<_> = requests.iter().map(|(_, body)| body).collect();
        let counts = match &*id {
            // Before the outage, and those that the breaker held: nobody saw them twice.
            "m0" | "m6" | "m7" => (1, 1, 1),
            _ => (3, 2, 1),
        };
        let seen = (requests.len(), deliveries.len(), bodies.len());
        assert_eq!(seen, counts, "{id}: {requests:?}");
    }
}

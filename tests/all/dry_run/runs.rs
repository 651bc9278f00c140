//! `run --dry-run` and `explain`.

use super::{EVENTS, configuration};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};

#[test]
fn a_dry_run_prints_every_request_and_sends_none() {
    let responder = Responder::start(|_| Reply::cancel("never asked"));
    let program = Program::new(&configuration(&responder));
    let finished = program.run(EVENTS, &["--dry-run"]).exits(0);
    assert_eq!(responder.connections(), 0);
    assert!(!finished.stdout.contains("hunter2"), "{}", finished.stdout);
    let outcomes: Vec<Value> = finished
        .of_type("event")
        .iter()
        .map(|event| {
            json!([
                event["event"],
                event["outcome"],
                event["webhooks"][0]["outcome"]
            ])
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            json!(["after:measure", "accepted", "accepted"]),
            json!(["before:adjust", "proceed", "proceeded"]),
            json!(["channel:news", "accepted", "accepted"]),
        ]
    );
    let requests = finished.of_type("request");
    let names: Vec<&Value> = requests.iter().map(|request| &request["webhook"]).collect();
    assert_eq!(names, ["first", "first", "news"]);
    assert_eq!(requests[0]["url"], format!("{}/***", responder.url("")));
    assert_eq!(requests[0]["headers"]["authorization"], "***");
    assert_eq!(requests[2]["body"], "hello");
}

#[test]
fn a_dry_run_tells_the_truth() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&configuration(&responder));
    let told = program
        .run(EVENTS, &["--dry-run", "--reveal"])
        .exits(0)
        .of_type("request");
    program.run(EVENTS, &[]).exits(0);
    for sent in responder.received() {
        let same = |told: &&Value| told["headers"]["x-servo-event"] == sent.header("x-servo-event");
        let told = told.iter().find(same).unwrap();
        assert_eq!(told["url"], responder.url(&sent.path));
        assert_eq!(told["body"].as_str().unwrap().as_bytes(), sent.body);
        for (name, value) in told["headers"].as_object().unwrap() {
            if name != "x-servo-delivery" && name != "x-servo-timeout" {
                assert_eq!(value, sent.header(name), "{name}");
            }
        }
    }
}

#[test]
fn a_dry_run_reports_bad_lines() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&configuration(&responder));
    let finished = program
        .run("nonsense\n{\"event\":\"after:measure\"}\n", &["--dry-run"])
        .exits(1);
    assert!(finished.stderr.contains("line 1:"), "{}", finished.stderr);
    assert_eq!(finished.of_type("request").len(), 1);
    program.run("", &["--reveal"]).exits(2);
}

#[test]
fn explain_says_of_each_webhook_why() {
    let responder = Responder::start(|_| Reply::status(200));
    let program =
        Program::new(&configuration(&responder)).variable("SERVO_WEBHOOKS_ALLOW", "loopback");
    let shown = program.call(&["explain", "after:measure"]).exits(0).stdout;
    assert_eq!(
        shown,
        "after:measure\n  first: fires: it listens to after:measure, before:adjust\n  other: does not fire: it listens to after:describe\n  silent: does not fire: `enabled` is false\n  news: does not fire: it listens to channel:news\n"
    );
    program.write("events", EVENTS);
    let lines = program
        .call(&["explain", "--events", "events", "--json"])
        .exits(0)
        .lines();
    let firing: Vec<Value> = lines
        .iter()
        .map(|line| {
            let firing = line["webhooks"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|webhook| webhook["fires"] == true);
            json!([
                line["event"],
                firing
                    .map(|webhook| webhook["name"].clone())
                    .collect::<Vec<_>>()
            ])
        })
        .collect();
    assert_eq!(
        firing,
        [
            json!(["after:measure", ["first"]]),
            json!(["before:adjust", ["first"]]),
            json!(["channel:news", ["news"]])
        ]
    );
    assert_eq!(responder.connections(), 0);
    program.call(&["explain"]).exits(2);
    program.call(&["explain", "measure"]).exits(2);
}

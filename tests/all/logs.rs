//! The log: no loss goes without a line, each line says of which event, and with
//! `--log-format json` everything on standard error is JSON.

use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;

const JSON: [&str; 2] = ["--log-format", "json"];

fn logged(finished: &Finished) -> Vec<Value> {
    finished
        .stderr
        .lines()
        .map(|line| {
            let record: Value =
                serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            for name in ["timestamp", "level", "message"] {
                assert!(record[name].is_string(), "{name}: {line}");
            }
            assert!(!line.contains("Some(") && !line.contains("None"), "{line}");
            record
        })
        .collect()
}

#[test]
fn every_delivery_that_is_lost_is_logged() {
    // One that is open when the others come, and holds them until their time is over.
    let responder = Responder::start(|request| match &*request.path {
        "/gone" => Reply::status(410),
        "/hangs" => Reply::Hang,
        _ => Reply::status(503),
    });
    let hook = |name: &str, more: &str| {
        format!(
            "- {{name: {name}, events: 'after:measure', url: '{}', secret: s, timeout: 1h{more}}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    // A breaker's hold within which a retry's time ends.
    let configuration = [
        hook("ails", ", backoff: {max_tries: 1, max_time: 2s}"),
        hook(
            "short",
            ", timeout: 1s, backoff: {max_tries: 2, max_time: 1s}",
        )
        .replacen(", timeout: 1h", "", 1),
        hook("gone", ""),
        hook("hangs", ""),
        hook("wrong", ", payload: '.results[0].value.n + 1'"),
    ]
    .concat();
    let program = Program::new(&configuration);
    let mut arguments = vec![
        "--max-waiting",
        "50",
        "--on-full",
        "reject",
        "--breaker-after",
        "0s",
        "--breaker-hold",
        "1h",
        "--drain-timeout",
        "1s",
    ];
    arguments.extend(JSON);
    let mut running = program.start_run(&arguments);
    let line = |id: usize| {
        format!(
            "{{\"event\":\"after:measure\",\"id\":\"e{id}\",\"results\":[{{\"connector\":\"p\",\"value\":{{\"n\":\"text\"}}}}]}}\n"
        )
    };
    running.feed(&(0..6).map(line).collect::<String>());
    running.until("both breakers are open", |out| {
        out.matches("\"open\"").count() == 2
    });
    running.feed(&(6..9).map(line).collect::<String>());
    running.until("the time of those in the hold is over", |out| {
        out.matches("while the breaker was open").count() >= 3
    });
    running.feed(&(9..40).map(line).collect::<String>());
    running.until("all are told of", |out| {
        out.matches("\"type\":\"event\"").count() == 40
    });
    running.signal("TERM");
    let finished = running.finish().exits(1);
    let mut lost = BTreeSet::new();
    for delivery in finished.of_type("delivery") {
        if delivery["outcome"] != "delivered" {
            lost.insert((
                delivery["id"].to_string(),
                delivery["index"].to_string(),
                delivery["delivery"].to_string(),
            ));
        }
    }
    for event in finished.of_type("event") {
        for webhook in event["webhooks"].as_array().unwrap() {
            if webhook["outcome"] == "rejected" {
                lost.insert((
                    event["id"].to_string(),
                    webhook["index"].to_string(),
                    "null".to_owned(),
                ));
            }
        }
    }
    let records = logged(&finished);
    let warned: BTreeSet<_> = records
        .iter()
        .filter(|record| {
            let message = record["message"].as_str().unwrap();
            message == "not delivered" || message.starts_with("rejected: ")
        })
        .map(|record| {
            assert_eq!(record["level"], "WARN");
            assert_eq!(record["event"], "after:measure");
            assert!(record["webhook"].is_string());
            (
                record["id"].to_string(),
                record["index"].to_string(),
                record["delivery"].to_string(),
            )
        })
        .collect();
    assert!(lost.len() >= 100, "{}", lost.len());
    assert_eq!(warned, lost);
    for word in ["rejected", "switched_off", "undelivered", "\"failed\""] {
        assert!(finished.stdout.contains(word), "{word}");
    }
    // A breaker that is open for a while is not what a 410 does.
    let off = records
        .iter()
        .filter(|record| record["message"].to_string().contains("switched off"));
    assert!(off.into_iter().all(|record| record["webhook"] == "gone"));
}

#[test]
fn ten_thousand_events_that_do_not_fit_their_types_take_a_handful_of_lines() {
    let responder = Responder::start_sink(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: told, events: 'after:*', url: '{0}', secret: s}}\n- {{name: asks, events: 'before:*', url: '{0}', secret: s, when: '.parameters.adjustments | error'}}\n",
        responder.url("/")
    ));
    let mut events = String::new();
    for id in 0..10_000 {
        events += &format!(
            "{{\"event\":\"after:measure\",\"id\":\"e{id}\",\"results\":[{{\"connector\":\"p\",\"value\":\"text\"}}]}}\n"
        );
    }
    for id in 0..100 {
        events += &format!(
            "{{\"event\":\"before:adjust\",\"id\":\"q{id}\",\"parameters\":{{\"adjustments\":[]}}}}\n"
        );
    }
    for name in 0..500 {
        events += &format!("{{\"event\":\"after:made_up_{name}\"}}\n");
    }
    let began = Instant::now();
    let finished = program.run(&events, &JSON).exits(0);
    // What repeats for longer is said again.
    let minutes = began.elapsed().as_secs() / 60;
    assert_eq!(finished.of_type("event").len(), 10_600);
    assert_eq!(finished.of_type("delivery").len(), 10_500);
    let records = logged(&finished);
    let with = |field: &str, text: &str| {
        let found = records.iter().filter(|record| {
            let text_of = record[field].as_str();
            text_of.is_some_and(|found| found.contains(text))
        });
        found.collect::<Vec<_>>()
    };
    let mismatches = with("message", "does not match its declared types");
    let conditions = with("message", "the webhook is asked anyway");
    let names = with("event", "made_up");
    for (lines, id) in [(&mismatches, "e0"), (&conditions, "q0")] {
        assert_eq!(lines[0]["id"], id);
        assert!(lines[0]["repeated"].is_null());
        assert!(lines.len() as u64 <= 1 + minutes, "{lines:?}");
    }
    assert!(names.len() as u64 <= 32 * (1 + minutes), "{}", names.len());
    // Each is a line, or in the number of a later one.
    let held = records.iter().filter_map(|record| {
        let lines = record["lines"].as_u64();
        lines.or(record["repeated"].as_u64())
    });
    let said = (mismatches.len() + conditions.len() + names.len()) as u64 + held.sum::<u64>();
    let rest = with("message", "repeated log lines were held back");
    assert_eq!(rest.len(), 1, "{}", finished.stderr);
    assert!(rest[0]["message"].to_string().contains("event_type"));
    // Of events that do not fit some are looked at, and all others are none.
    let known = 100 + 500;
    assert!(said > known + 1, "{}", finished.stderr);
    assert!(said <= known + 10_000, "{}", finished.stderr);
}

#[test]
fn warnings_before_an_event_name_it() {
    let responder = Responder::start(|request| match &*request.path {
        "/fails" => Reply::status(500),
        _ => Reply::typed(
            200,
            "application/vnd.opsani.servo.errors.EventCancelledError+json",
            "",
        ),
    });
    let program = Program::new(&format!(
        "- {{name: fails, events: 'before:adjust', url: '{0}/fails', secret: s}}\n- {{name: late, events: 'after:adjust', url: '{0}/late', secret: s}}\n- {{name: asks, events: 'before:adjust', url: '{0}/fails', secret: s, when: '.parameters.n | error'}}\n",
        responder.url("")
    ));
    let events = "{\"event\":\"before:adjust\",\"id\":\"asked\",\"parameters\":{\"n\":1}}\n{\"event\":\"after:adjust\",\"id\":\"told\"}\n";
    let finished = program.run(events, &JSON).exits(0);
    let records = logged(&finished);
    assert!(records.len() >= 4, "{}", finished.stderr);
    for record in &records {
        let expected = match record["webhook"].as_str().unwrap() {
            "late" => ("told", "after:adjust"),
            _ => ("asked", "before:adjust"),
        };
        assert_eq!(
            (
                record["id"].as_str().unwrap(),
                record["event"].as_str().unwrap()
            ),
            expected,
            "{record}"
        );
    }
}

#[test]
fn everything_on_standard_error_is_json() {
    let responder = Responder::start(|_| Reply::status(200));
    let fine = format!(
        "- {{name: hook, events: 'after:measure', url: '{}', secret: s}}\n",
        responder.url("/")
    );
    let program = Program::new(&fine);
    program.write(
        "wrong.yaml",
        "- {events: 'after:measure', url: 'ftp://example.com', secret: s}\n- {nonsense: 1}\n",
    );
    program.write(
        "odd.yaml",
        "- {events: ['after:mesure', 'after:mesure'], url: 'https://example.com', secret: s}\n",
    );
    let call = |arguments: &[&str], code: i32| {
        let finished = program.call(&[arguments, &JSON].concat()).exits(code);
        logged(&finished)
    };
    let with = |records: &[Value], level: &str, text: &str| {
        let found = records.iter().find(|record| {
            record["level"] == level && record["message"].to_string().contains(text)
        });
        found
            .cloned()
            .unwrap_or_else(|| panic!("{level} {text}: {records:?}"))
    };
    // Problems of a configuration, each with its place.
    let problems = call(&["check", "-c", "wrong.yaml"], 2);
    assert!(problems.len() >= 2, "{problems:?}");
    let problem = problems
        .iter()
        .find(|problem| problem["path"] == "[0].url")
        .unwrap();
    assert_eq!(
        (&problem["level"], &problem["line"], &problem["file"]),
        (&json!("ERROR"), &json!(1), &json!("wrong.yaml"))
    );
    let warnings = call(&["run", "--events", "/dev/null", "-c", "odd.yaml"], 0);
    with(&warnings, "WARN", "mesure");
    // One that is missing, with its hint, and a file of events that is.
    let missing = call(&["list", "-c", "missing.yaml"], 2);
    with(&missing, "ERROR", "missing.yaml");
    with(&missing, "INFO", "hint: ");
    with(
        &call(&["run", "--events", "missing"], 2),
        "ERROR",
        "missing",
    );
    // Arguments that are none.
    let usage = with(&call(&["run", "--nonsense"], 2), "ERROR", "--nonsense");
    assert!(usage["usage"].to_string().contains("Usage"), "{usage}");
    let finished = program
        .call(&["list", "--log-format=json", "--nonsense"])
        .exits(2);
    assert_eq!(logged(&finished).len(), 1);
    for (variable, value) in [
        ("SERVO_WEBHOOKS_DRAIN_TIMEOUT", "soon"),
        ("SERVO_WEBHOOKS_REVEAL", "maybe"),
    ] {
        let program = Program::new(&fine)
            .variable(variable, value)
            .variable("SERVO_WEBHOOKS_LOG_FORMAT", "json");
        let finished = program.call(&["run", "--events", "/dev/null"]).exits(2);
        with(&logged(&finished), "ERROR", variable);
    }
    with(
        &call(
            &["trigger", "after:mesure", "hook", "--allow", "loopback"],
            0,
        ),
        "WARN",
        "mesure",
    );
    // Bad lines, and the end.
    let finished = program
        .run(
            "nonsense\n",
            &[&JSON[..], &["--log-level", "info"]].concat(),
        )
        .exits(1);
    let records = logged(&finished);
    assert_eq!(with(&records, "ERROR", "line 1: ")["line"], 1);
    assert_eq!(with(&records, "INFO", "done")["bad_lines"], 1);
    with(&records, "WARN", "0 events: 0 delivered, 1 bad line in ");
    // Where it listens, and what signals do.
    let mut serving = program.start(&["serve", "--bind", "127.0.0.1:0", "--log-format", "json"]);
    serving.close();
    serving.until_logged("listening on http://");
    program.write("servo.yaml", "- {nonsense: 1}\n");
    serving.signal("HUP");
    serving.until_logged("not reloaded");
    serving.signal("TERM");
    let records = logged(&serving.finish().exits(0));
    let listening = with(&records, "INFO", "listening on http://127.0.0.1:");
    let address = listening["address"].as_str().unwrap();
    assert_eq!(
        listening["message"],
        format!("listening on http://{address}")
    );
    with(&records, "ERROR", "nonsense");
    with(&records, "WARN", "SIGTERM");
}

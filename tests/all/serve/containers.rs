//! `serve` where there is no command line to speak of: all is in the environment.

use super::{EVENT, configuration, listening, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};

fn free(program: Program) -> Program {
    program
        .variable("SERVO_WEBHOOKS_BIND", "127.0.0.1:0")
        .variable("SERVO_WEBHOOKS_ALLOW", " Loopback ,")
}

#[test]
fn variables_alone_are_enough() {
    let sink = Responder::start(|_| Reply::status(204));
    let webhook = json!({"name": "hook", "events": "after:measure", "url": sink.url("/"), "secret": {"env": "KEY"}});
    let servo = json!({"webhooks": [webhook], "others": 1});
    for text in [
        json!([webhook]).to_string(),
        format!(" \n{servo}\n"),
        format!("webhooks:\n- {webhook}\n"),
    ] {
        let program = free(Program::empty())
            .variable("SERVO_WEBHOOKS_CONFIG", &text)
            .variable("SERVO_WEBHOOKS_LOG", "INFO")
            .variable("SERVO_WEBHOOKS_LOG_FORMAT", "JSON")
            .variable("SERVO_WEBHOOKS_SOURCE", "checkout")
            .variable("SERVO_WEBHOOKS_MAX_WAITING", "")
            .variable("SERVO_WEBHOOKS_CATALOGUE", "{\"events\": {\"deploy\": {}}}")
            .variable("KEY", "hunter2");
        let served = listening(program.start(&["serve"]));
        assert_eq!(served.post(EVENT).status, 202);
        let deploy = served.post("{\"event\":\"after:deploy\"}");
        assert_eq!(deploy.body["warnings"], Value::Null);
        // References are resolved anew from the same text.
        served.running.signal("HUP");
        served.running.until_logged("configuration reloaded");
        assert_eq!(served.post(EVENT).status, 202);
        let finished = served.end(0);
        assert!(finished.stderr.contains("\"message\":\"done\""));
        assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
    }
    let received = sink.received();
    assert_eq!(received.len(), 6);
    assert_eq!(received[0].json()["source"], "checkout");
}

#[test]
fn what_is_wrong_in_the_variable_is_shown_without_its_secrets() {
    let text =
        "webhooks:\n- {events: measure, url: 'https://example.com/hunter2', secret: hunter2}\n";
    let program = Program::empty().variable("SERVO_WEBHOOKS_CONFIG", text);
    for command in ["check", "serve", "list"] {
        let finished = program.call(&[command]).exits(2);
        assert!(
            finished.stderr.contains("SERVO_WEBHOOKS_CONFIG:2:12"),
            "{}",
            finished.stderr
        );
        assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
    }
    // A path is a path, in a variable as on the command line.
    let program = Program::empty().variable("SERVO_WEBHOOKS_CONFIG", "elsewhere.yaml");
    let finished = program.call(&["check"]).exits(2);
    assert!(finished.stderr.contains("elsewhere.yaml"));
    program.write(
        "servo.yaml",
        configuration("https://example.com/", "after:measure"),
    );
    program.call(&["check", "-c", "servo.yaml"]).exits(0);
}

#[test]
fn a_configuration_comes_over_standard_input() {
    let sink = Responder::start(|_| Reply::status(204));
    let program = free(Program::empty());
    let mut running = program.start(&["serve", "-c", "-"]);
    running.feed(&configuration(&sink.url("/"), "after:measure"));
    running.close();
    let served = listening(running);
    assert_eq!(served.post(EVENT).status, 202);
    served.running.signal("HUP");
    served.running.until_logged("configuration reloaded");
    assert_eq!(served.post(EVENT).status, 202);
    sink.until_received(2);
    served.end(0);
    let mut running = program.start(&["check", "-c", "-"]);
    running.feed("- {}\n");
    running.close();
    let finished = running.finish().exits(2);
    assert!(
        finished.stderr.contains("standard input:1:3"),
        "{}",
        finished.stderr
    );
    let finished = program.call(&["run", "-c", "-", "--events", "-"]).exits(2);
    assert!(
        finished.stderr.contains("cannot both be standard input"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_variable_that_nobody_reads_is_named() {
    let text = configuration("https://example.com/", "after:measure")
        .replace("secret: s3cr3t", "secret: {env: SERVO_WEBHOOKS_KEY}");
    let program = Program::new(&text)
        .variable("SERVO_WEBHOOKS_KEY", "hunter2")
        .variable("SERVO_WEBHOOKS_BNID", "hunter2");
    let finished = program.call(&["check"]).exits(0);
    let said = &finished.stderr;
    assert_eq!(
        said.matches("is unknown and has no effect").count(),
        1,
        "{said}"
    );
    assert!(said.contains("SERVO_WEBHOOKS_BNID"), "{said}");
    assert!(said.contains("did you mean SERVO_WEBHOOKS_BIND?"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    // One that stands for the configuration is what is missing then.
    let program = Program::empty().variable("SERVO_WEBHOOKS_CONFGI", "[]");
    let finished = program.call(&["check"]).exits(2);
    assert!(
        finished
            .stderr
            .contains("did you mean SERVO_WEBHOOKS_CONFIG?")
    );
    let finished = program.call(&["generate"]).exits(0);
    assert!(
        finished
            .stderr
            .contains("did you mean SERVO_WEBHOOKS_CONFIG?")
    );
}

#[test]
fn a_misspelt_event_is_taken_and_pointed_out() {
    let text = configuration("http://127.0.0.1:9/", "after:deploy");
    let program = Program::new(&text);
    let served = serve(&program, &["--log-format", "json"]);
    for _ in 0..3 {
        let answer = served.post("{\"event\":\"after:mesure\"}");
        let warnings = answer.body["warnings"].as_array().unwrap();
        assert_eq!((answer.status, warnings.len()), (202, 1));
        let warning = warnings[0].as_str().unwrap();
        assert!(warning.contains("did you mean \"measure\"?"), "{warning}");
    }
    // Webhooks name events of their own, which are known then: on either side.
    for event in ["after:measure", "before:deploy", "before:deplyo"] {
        let answer = served.post(&format!("{{\"event\":\"{event}\"}}"));
        let is_misspelt = event == "before:deplyo";
        assert_eq!(
            answer.body["warnings"].is_array(),
            is_misspelt,
            "{answer:?}"
        );
    }
    let message = "{\"channel\":\"mesure\",\"content_type\":\"a/b\",\"content\":\"\"}";
    assert_eq!(served.post(message).body["warnings"], Value::Null);
    let finished = served.end(0);
    let lines = finished.of_type("event");
    assert!(lines[0]["warnings"].is_array() && lines[3]["warnings"].is_null());
    let logged = |name: &str| {
        finished
            .stderr
            .matches(&format!("the name \\\"{name}\\\""))
            .count()
    };
    assert_eq!(
        (logged("mesure"), logged("deplyo"), logged("measure")),
        (1, 1, 0)
    );
    // The same in the lines of `run`.
    let events = "{\"event\":\"before:ajust\"}\n{\"event\":\"after:ajust\"}\n";
    let finished = program.run(events, &[]).exits(0);
    for line in finished.of_type("event") {
        assert!(
            line["warnings"][0].as_str().unwrap().contains("\"adjust\""),
            "{line}"
        );
    }
    assert_eq!(
        finished.stderr.matches("the name \"ajust\"").count(),
        1,
        "{}",
        finished.stderr
    );
}

/// What looks like a path is named in messages, and this is none.
#[test]
fn a_configuration_in_one_line_is_no_path() {
    let sink = Responder::start(|_| Reply::status(204));
    let url = sink.url("/hunter2");
    for text in [
        format!("webhooks: [{{events: 'after:measure', url: '{url}', secret: hunter2}}]"),
        format!("- {{events: 'after:measure', url: '{url}', secret: hunter2}}"),
    ] {
        let program = free(Program::empty()).variable("SERVO_WEBHOOKS_CONFIG", &text);
        let served = listening(program.start(&["serve"]));
        assert_eq!(served.post(EVENT).status, 202);
        let finished = served.end(0);
        assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
    }
    assert_eq!(sink.received().len(), 2);
    // On the command line it is a file, whatever its name is.
    let program = Program::new("").variable("KEY", "k");
    program.write(
        "[prod].yaml",
        "- {events: 'after:measure', url: 'https://example.com/', secret: {env: KEY}}\n",
    );
    program.call(&["list", "-c", "[prod].yaml"]).exits(0);
}

#[test]
fn what_serve_could_not_deliver_is_kept() {
    let sink = Responder::start(|_| Reply::status(400));
    let program = Program::new(&configuration(&sink.url("/"), "after:measure"));
    let served = serve(&program, &["--failed", "failed"]);
    assert_eq!(served.post(EVENT).status, 202);
    served.running.until_logged("not delivered");
    // An outage is no failure of `serve`.
    served.end(0);
    let kept = std::fs::read_to_string(program.path("failed")).unwrap();
    let line: Value = serde_json::from_str(kept.trim_end()).expect(&kept);
    let stated: Value = serde_json::from_str(EVENT).unwrap();
    assert_eq!(line["event"], stated["event"]);
    // `run` takes it as it is.
    let finished = program.call(&["run", "--allow", "loopback", "--events", "failed"]);
    finished.exits(1);
    assert_eq!(sink.received().len(), 2);
    assert_eq!(
        sink.received()[0].json()["id"],
        sink.received()[1].json()["id"]
    );
}

#[test]
fn a_webhook_that_will_be_refused_is_pointed_out_at_the_start_and_at_a_reload() {
    let program = Program::new(&configuration("http://127.0.0.1:9/", "after:measure"));
    let served = listening(program.start(&["serve", "--bind", "127.0.0.1:0"]));
    served.running.until_logged("will be refused: ");
    served.running.signal("HUP");
    served.running.until_logged("configuration reloaded");
    let finished = served.end(0);
    let said = finished.stderr.matches("will be refused: ").count();
    assert_eq!(said, 2, "{}", finished.stderr);
    assert!(finished.stderr.contains("--allow loopback"));
}

//! Expressions that fail.

use crate::support::faulty_connector::{Fault, sabotage};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::Value;
use servo_webhooks::Component;

/// `before:adjust` and `after:adjust`, both with an adjustment.
const BOTH: &str = r#"{"event":"before:adjust","id":"a-1","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":1}]}}
{"event":"after:adjust","id":"a-2","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":1}]}}
"#;

#[test]
fn a_condition_that_fails_asks_before_an_event_and_tells_nobody_after_it() {
    for when in [
        ".parameters.adjustments[0] + 1",
        ".parameters.none | test(\"web\")",
        ".id | tonumber",
        "empty",
        "error",
    ] {
        let responder = Responder::start(|_| Reply::cancel("no"));
        let program = Program::new(&format!(
            "- {{name: strict, secret: s, events: ['before:adjust', 'after:adjust'], url: '{}', when: '{when}'}}\n",
            responder.url("/")
        ));
        let ran = program.run(BOTH, &[]).exits(1);
        let lines: Vec<Value> = ran.lines();
        assert_eq!(lines[0]["outcome"], "cancelled", "{when}: {lines:?}");
        assert_eq!(lines[0]["reason"], "no", "{when}");
        assert_eq!(responder.received().len(), 1, "{when}");
        let delivery = lines
            .iter()
            .find(|line| line["type"] == "delivery")
            .unwrap();
        assert_eq!(delivery["outcome"], "failed", "{when}");
        let error = delivery["error"].as_str().unwrap();
        assert!(error.starts_with("when "), "{when}: {error}");
        let mut warnings = ran
            .stderr
            .lines()
            .filter(|line| line.contains("asked anyway"));
        let warning = warnings.next().expect(&ran.stderr);
        for said in [
            "strict",
            "before:adjust",
            "a-1",
            "when ",
            "fix the expression",
        ] {
            assert!(warning.contains(said), "{when}: {warning}");
        }
        assert_eq!(warnings.next(), None, "{when}");
    }
}

#[test]
fn a_payload_that_fails_is_settled_by_on_error() {
    let responder = Responder::start(|_| Reply::status(200));
    for (on_error, outcome) in [("cancel", "cancelled"), ("proceed", "proceed")] {
        let program = Program::new(&format!(
            "- {{name: strict, secret: s, events: ['before:adjust', 'after:adjust'], url: '{}', on_error: {on_error}, \
             when: error, payload: '.parameters.adjustments[0] + 1'}}\n",
            responder.url("/")
        ));
        let lines: Vec<Value> = program.run(BOTH, &[]).exits(1).lines();
        assert_eq!(lines[0]["outcome"], outcome);
        assert_eq!(lines[0]["webhooks"][0]["outcome"], "no_answer");
        let error = lines[0]["webhooks"][0]["error"].as_str().unwrap();
        assert!(error.starts_with("payload failed: object ("), "{error}");
        let delivery = lines
            .iter()
            .find(|line| line["type"] == "delivery")
            .unwrap();
        assert_eq!(delivery["outcome"], "failed");
    }
    assert!(responder.received().is_empty());
}

/// There is no body then to ask with.
#[test]
fn a_condition_whose_instance_fails_is_settled_by_on_error() {
    let responder = Responder::start(|_| Reply::cancel("no"));
    let ours = Component::complete();
    for (fault, says) in [
        (Fault::Trap, "the connector's render trapped"),
        (Fault::Loop, "the connector's render ran longer than"),
        (Fault::Grow, "the connector's render"),
    ] {
        let program = Program::empty();
        program.write("broken.wasm", sabotage(ours.bytes(), "render", &fault));
        for (on_error, outcome) in [("cancel", "cancelled"), ("proceed", "proceed")] {
            program.write(
                "servo.yaml",
                format!(
                    "webhooks:\n- {{name: strict, secret: s, events: 'before:adjust', url: '{}', on_error: {on_error}, when: 'true'}}\n",
                    responder.url("/")
                ),
            );
            let ran = program.run(
                "{\"event\":\"before:adjust\"}\n",
                &["--component", "broken.wasm"],
            );
            let ran = ran.exits(0);
            let lines: Vec<Value> = ran.lines();
            assert_eq!(lines[0]["outcome"], outcome, "{fault:?}: {lines:?}");
            let webhook = &lines[0]["webhooks"][0];
            assert_eq!(webhook["outcome"], "no_answer", "{fault:?}: {lines:?}");
            let error = webhook["error"].as_str().unwrap();
            assert!(error.contains(says), "{fault:?}: {error}");
            // The log has it in plain words, and who decided.
            let stopped = format!("its expressions were stopped: {says}");
            let decided = format!("on_error={on_error}");
            let logged = ran.stderr.lines().find(|line| line.contains(&stopped));
            let logged = logged.expect(&ran.stderr);
            assert!(logged.contains(&decided), "{logged}");
        }
    }
    assert!(responder.received().is_empty());
}

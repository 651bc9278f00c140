//! Conditions and payloads in jq, in the sandbox: what the real jq says, what hostile ones
//! may cost, and what the guide offers.

use crate::documents::block;
use crate::support::data;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::sabotage::{Fault, sabotage};
use serde_json::{Value, json};
use servo_webhooks::connector::{Shape, wit};
use servo_webhooks::{Component, Connector};
use std::collections::BTreeMap;

/// Where the answers differ from jq's, each with its kind; `docs/concepts/expressions.md` names the kinds.
const DIFFERENCES: &str = "differences.json";

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(data("expressions").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The shape of a webhook with these fields; none if they are refused.
fn shape(connector: &Connector, fields: Value, source: &str) -> Option<Shape> {
    let mut webhook = json!({"events": "*:*", "url": "http://a/", "secret": {"handle": 0}});
    let members = webhook.as_object_mut().unwrap();
    members.extend(fields.as_object().unwrap().clone());
    let document = json!([webhook]).to_string();
    let read = connector.parse_config(&document, &["deploy".to_owned()], source);
    let webhook = read.unwrap().webhooks.into_iter().next()?;
    assert!(webhook.warm);
    Some(Shape {
        token: webhook.shape,
        warm: true,
    })
}

/// What a shape makes of an event in the form of the servo's body.
fn render(connector: &Connector, shape: &Shape, event: &Value) -> Result<String, String> {
    let text = |key: &str| event[key].as_str().unwrap();
    let parameters = event["parameters"].to_string();
    let results = event["results"]
        .as_array()
        .map(|_| event["results"].to_string());
    let occasion = wit::Occasion::Event(wit::EventParam {
        name: text("event"),
        id: text("id"),
        created: text("created_at"),
        parameters: &parameters,
        results: results.as_deref(),
    });
    match connector.render(shape, occasion, 4096) {
        Ok(Ok(wit::Rendering::Send(request))) => Ok(request.body.unwrap()),
        Ok(Ok(wit::Rendering::Skip(why))) => Err(why),
        Ok(Err(wit::RenderError::Expression(why))) => Err(why),
        Ok(Err(other)) => panic!("{other:?}"),
        Err(error) => Err(error.to_string()),
    }
}

/// Equal but for how numbers are written.
fn alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64().unwrap() == right.as_f64().unwrap()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| alike(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|right| alike(value, right)))
        }
        _ => left == right,
    }
}

fn agrees(connector: &Connector, case: &Value, event: &Value) -> Result<(), String> {
    let expression = case["expression"].as_str().unwrap();
    let source = event["source"].as_str().unwrap_or("");
    let fields = json!({"payload": format!("[{expression}]")});
    let Some(shape) = shape(connector, fields, source) else {
        // What can only fail is refused before it does.
        let fails = case["outputs"].is_null();
        return if fails {
            Ok(())
        } else {
            Err("refused".to_owned())
        };
    };
    let found = render(connector, &shape, event);
    match (found, case["outputs"].as_array()) {
        (Err(_), None) => Ok(()),
        (Ok(found), Some(expected)) => {
            let expected = expected.iter().map(|text| text.as_str().unwrap());
            let expected = format!("[{}]", expected.collect::<Vec<_>>().join(","));
            let values: (Value, Value) = (
                serde_json::from_str(&found).unwrap(),
                serde_json::from_str(&expected).unwrap(),
            );
            if alike(&values.0, &values.1) {
                Ok(())
            } else {
                Err(found)
            }
        }
        (Ok(found), None) => Err(found),
        (Err(why), Some(_)) => Err(why),
    }
}

#[test]
fn agree_with_the_real_jq() {
    let (events, cases) = (read("events.json"), read("expressions.json"));
    let known: BTreeMap<String, String> = serde_json::from_value(read(DIFFERENCES)).unwrap();
    let connector = Connector::built_in().unwrap();
    let mut agreed = 0;
    let mut differ = BTreeMap::new();
    for case in cases.as_array().unwrap() {
        let event = &events[case["event"].as_str().unwrap()];
        match agrees(&connector, case, event) {
            Ok(()) => agreed += 1,
            Err(found) => {
                differ.insert(case["expression"].as_str().unwrap().to_owned(), found);
            }
        }
    }
    let new: Vec<_> = differ
        .iter()
        .filter(|(text, _)| !known.contains_key(*text))
        .collect();
    assert!(new.is_empty(), "{}", json!(differ));
    let gone: Vec<_> = known
        .keys()
        .filter(|text| !differ.contains_key(*text))
        .collect();
    assert!(gone.is_empty(), "no longer different: {gone:#?}");
    assert!(agreed >= 2_000, "{agreed}");
}

#[test]
fn hostile_ones_end_and_the_next_event_works() {
    let cases = read("hostile.json");
    let cases = cases.as_array().unwrap();
    assert!(cases.len() >= 100);
    let connector = Connector::built_in().unwrap();
    let deploy = &read("events.json")["deploy"];
    for case in cases {
        // Hostile for an event that says so, and harmless for any other.
        let expression = case["expression"].as_str().unwrap();
        let payload = format!("if .id == \"hostile\" then ({expression}) else .event end");
        let Some(shape) = shape(&connector, json!({ "payload": payload }), "") else {
            // What is literal and too large never runs.
            assert_eq!(case["kind"], "regular expression", "{expression}");
            continue;
        };
        let mut event = deploy.clone();
        event["id"] = json!("hostile");
        // One that went on would never come back from here.
        let found = render(&connector, &shape, &event);
        assert!(
            found.is_err(),
            "{expression}: {} bytes",
            found.unwrap().len()
        );
        let next = render(&connector, &shape, deploy);
        assert_eq!(next.as_deref(), Ok("\"after:deploy\""), "{expression}");
    }
}

#[test]
fn recursion_ends_as_in_jq_or_says_that_it_is_too_deep() {
    let connector = Connector::built_in().unwrap();
    let deploy = &read("events.json")["deploy"];
    let run = |payload: &str| {
        let shape = shape(&connector, json!({ "payload": payload }), "").unwrap();
        render(&connector, &shape, deploy)
    };
    for (payload, output) in [
        (
            "def f: if . > 100000 then . else . + 1 | f end; 0 | f",
            "100001",
        ),
        (
            "[0 | recurse(if . < 10000 then . + 1 else empty end)] | length",
            "10001",
        ),
        ("0 | until(. > 100000; . + 1)", "100001"),
        ("last(limit(100000; repeat(1)))", "1"),
        ("reduce range(100000) as $i (0; . + 1)", "100000"),
        (
            "def sum: if . == 0 then 0 else . + (. - 1 | sum) end; 300 | sum",
            "45150",
        ),
        (
            "[range(100)] | def sum: if length == 0 then 0 else .[0] + (.[1:] | sum) end; sum",
            "4950",
        ),
        ("reduce range(2000) as $i (0; [.]) | [..] | length", "2001"),
        ("reduce range(100000) as $i (0; [.]) | length", "1"),
        (
            "reduce range(1000) as $i (0; [.]) | . == (tojson | fromjson)",
            "true",
        ),
    ] {
        assert_eq!(run(payload).as_deref(), Ok(output), "{payload}");
    }
    let failed = run("def sum: if . == 0 then 0 else . + (. - 1 | sum) end; 1000000 | sum");
    let failed = failed.unwrap_err();
    assert!(
        failed.contains("render recursed deeper than its stack"),
        "{failed}"
    );
}

#[test]
fn numbers_keep_their_digits() {
    let connector = Connector::built_in().unwrap();
    let shape = shape(&connector, json!({"payload": ".parameters"}), "").unwrap();
    let text = r#"{"a":12345678901234567890123,"b":1.0,"c":2.50,"d":1e+400,"e":-0.10}"#;
    let event = json!({"event": "after:deploy", "id": "i", "created_at": "2026-11-23T00:00:00+00:00", "results": [], "parameters": serde_json::from_str::<Value>(text).unwrap()});
    assert_eq!(render(&connector, &shape, &event).as_deref(), Ok(text));
}

#[test]
fn a_condition_decides_and_a_payload_is_sent() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: chat, secret: s, events: 'after:deploy', url: '{}', when: '.parameters.n > 1', \
         payload: '{{text: \"\\(.event) \\(.parameters.n)\"}}', content_type: application/vnd.chat+json, \
         payload_schema: {{type: object, required: [text]}}}}\n",
        responder.url("/")
    ));
    let events = r#"{"event":"after:deploy","parameters":{"n":1}}
{"event":"after:deploy","parameters":{"n":2.50}}
"#;
    let lines = program.run(events, &[]).exits(0).of_type("event");
    assert_eq!(lines[0]["outcome"], "accepted");
    assert_eq!(lines[0]["webhooks"][0]["outcome"], "skipped");
    assert_eq!(
        lines[0]["webhooks"][0]["reason"],
        "when is false: .parameters.n > 1"
    );
    assert_eq!(lines[1]["webhooks"][0]["outcome"], "accepted");
    assert!(lines[1]["webhooks"][0].get("reason").is_none());
    let received = responder.received();
    assert_eq!(received.len(), 1);
    assert_eq!(&received[0].body[..], br#"{"text":"after:deploy 2.50"}"#);
    assert_eq!(
        received[0].header("content-type"),
        "application/vnd.chat+json"
    );
    let mut names = received[0].headers.iter().map(|(name, _)| name.as_str());
    assert!(names.all(|name| !name.eq_ignore_ascii_case("x-servo-schema")));
}

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
fn webhooks_of_one_shape_have_one_warning() {
    let responder = Responder::start(|_| Reply::status(200));
    let webhook = |name: &str| {
        let url = responder.url("/");
        format!(
            "- {{name: {name}, secret: s, events: 'before:adjust', url: '{url}', when: error}}\n"
        )
    };
    let program = Program::new(&format!("{}{}", webhook("one"), webhook("two")));
    let ran = program.run("{\"event\":\"before:adjust\"}\n", &[]).exits(0);
    assert_eq!(responder.received().len(), 2);
    assert_eq!(
        ran.stderr.matches("asked anyway").count(),
        1,
        "{}",
        ran.stderr
    );
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
            let lines: Vec<Value> = ran.exits(0).lines();
            assert_eq!(lines[0]["outcome"], outcome, "{fault:?}: {lines:?}");
            let webhook = &lines[0]["webhooks"][0];
            assert_eq!(webhook["outcome"], "no_answer", "{fault:?}: {lines:?}");
            let error = webhook["error"].as_str().unwrap();
            assert!(error.contains(says), "{fault:?}: {error}");
        }
    }
    assert!(responder.received().is_empty());
}

/// The examples of the guide, each sent to a path of its own.
fn examples(responder: &Responder) -> String {
    let yaml = block("yaml", "# A message to a chat room.");
    let mut place = 0;
    let mut lines = Vec::new();
    for line in yaml.lines() {
        if line.trim_start().starts_with("url: ") {
            lines.push(format!("    url: {}", responder.url(&format!("/{place}"))));
            place += 1;
        } else {
            lines.push(line.replace("{env: WEBHOOK_KEY}", "s"));
        }
    }
    assert_eq!(place, 5);
    lines.join("\n")
}

#[test]
fn the_examples_of_the_guide_do_what_they_say() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&examples(&responder));
    let events = r#"{"event":"after:adjust","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":3.0}]},"results":[]}
{"event":"after:measure","id":"m","created_at":"2026-11-23T12:00:00+00:00","results":[{"connector":"p","value":{"readings":[{"id":"web"}]}},{"connector":"q","value":null}]}
{"event":"after:check","id":"good","results":[{"connector":"p","value":[{"name":"a","success":true}]}]}
{"event":"after:check","id":"bad","created_at":"2026-11-23T12:00:00+00:00","results":[{"connector":"p","value":[{"name":"a","success":false}]}]}
{"event":"before:adjust","id":"noon","created_at":"2026-11-23T12:00:00+00:00","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":3.0}]}}
{"event":"before:adjust","id":"night","created_at":"2026-11-23T02:59:59+01:00","parameters":{"adjustments":[{"component_name":"web","setting_name":"mem","value":3.0}]}}
{"event":"before:adjust","id":"morning","created_at":"2026-11-23T03:00:00+01:00","parameters":{"adjustments":[{"component_name":"web","setting_name":"cpu","value":2.0}]}}
"#;
    program.run(events, &["--source", "/servos/web"]).exits(0);
    let bodies = |path: &str| -> Vec<Value> {
        let received = responder.at(path);
        received.iter().map(|request| request.json()).collect()
    };
    assert_eq!(
        bodies("/0"),
        [json!({"text": "/servos/web made 1 adjustments"})]
    );
    assert_eq!(
        bodies("/1"),
        [
            json!({"@timestamp": "2026-11-23T12:00:00+00:00", "event": {"action": "after:measure", "id": "m"}, "readings": [{"id": "web"}]})
        ]
    );
    assert_eq!(
        bodies("/2"),
        [
            json!({"routing_key": "R0", "event_action": "trigger", "dedup_key": "bad", "payload": {"summary": "a check failed", "source": "/servos/web", "severity": "error", "timestamp": "2026-11-23T12:00:00+00:00"}})
        ]
    );
    let ids =
        |path: &str| -> Vec<Value> { bodies(path).iter().map(|body| body["id"].clone()).collect() };
    assert_eq!(ids("/3"), ["noon"]);
    assert_eq!(ids("/4"), ["night"]);
}

#[test]
fn one_component_serves_hosts_that_load_no_other() {
    let program = Program::new(
        "- {events: 'after:deploy', url: 'http://127.0.0.1/', secret: s, when: '.parameters.n > 1'}\n",
    );
    let output = ["component", "--complete", "--output", "complete.wasm"];
    program.call(&output).exits(0);
    let event = program.write(
        "events.jsonl",
        r#"{"event":"after:deploy","parameters":{"n":1}}"#,
    );
    let event = event.to_str().unwrap();
    let call = ["explain", "--component", "complete.wasm", "--events", event];
    let explained = program.call(&call).exits(0);
    assert!(
        explained
            .stdout
            .contains("when is false: .parameters.n > 1"),
        "{}",
        explained.stdout
    );
}

#[test]
fn a_webhook_that_is_not_asked_lets_the_event_happen() {
    let program = Program::new(
        "- {events: 'before:deploy', url: 'http://127.0.0.1:1/', secret: s, on_error: cancel, when: '.parameters.n > 1'}\n",
    );
    let events = "{\"event\":\"before:deploy\",\"parameters\":{\"n\":1}}\n";
    let lines = program.run(events, &[]).exits(0).of_type("event");
    assert_eq!(lines[0]["outcome"], "proceed");
    assert_eq!(lines[0]["webhooks"][0]["outcome"], "skipped");
}

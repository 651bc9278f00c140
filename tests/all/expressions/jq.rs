//! What the real jq says, and what hostile expressions may cost.

use crate::support::data;
use serde_json::{Value, json};
use servo_webhooks::__internal::connector::{Contract, Shape, wit};
use servo_webhooks::Connector;
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
    let read = Contract::of(connector).parse_config(&document, &["deploy".to_owned()], source);
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
    let notification = wit::Notification::Event(wit::EventParam {
        name: text("event"),
        id: text("id"),
        created: text("created_at"),
        parameters: &parameters,
        results: results.as_deref(),
    });
    match Contract::of(connector).render(shape, notification, 4096) {
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

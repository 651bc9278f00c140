//! Plausible events, to try a webhook with.

use crate::embedded_json::embedded_json;
use crate::schema::EventType;
use rules::notification::{Event, Side, split_name};
use serde_json::{Value, json};

/// Of each event of servox, parameters and the value of one result.
const STANDARD: &str = embedded_json!("sample.json");

/// A plausible event of a name such as `after:measure`.
///
/// # Errors
/// If the name is no event's, or a schema of the host's own is not JSON.
pub fn sample(event_type: &EventType<'_>, id: &str, created: &str) -> Result<Event, String> {
    let (side, event) = split_name(event_type.name)?;
    let (parameters, value) = match standard(event) {
        Some(known) => known,
        None => (
            instance(event_type.parameters, json!({}))?,
            instance(event_type.value, Value::Null)?,
        ),
    };
    let results = match side {
        Side::Before => None,
        Side::After => Some(json!([{"connector": "sample", "value": value}]).to_string()),
    };
    Ok(Event {
        name: event_type.name.to_owned(),
        id: id.to_owned(),
        created: created.to_owned(),
        parameters: parameters.to_string(),
        results,
    })
}

/// Parameters and one result of an event of servox.
fn standard(event: &str) -> Option<(Value, Value)> {
    let samples: Value = STANDARD.parse().ok()?;
    let sample = samples.get(event)?;
    Some((sample["parameters"].clone(), sample["value"].clone()))
}

/// The least that a schema's own examples offer.
fn instance(schema: Option<&str>, otherwise: Value) -> Result<Value, String> {
    let Some(schema) = schema else {
        return Ok(otherwise);
    };
    let schema: Value = schema
        .parse()
        .map_err(|error| format!("the schema is not JSON: {error}"))?;
    let first = |key: &str| schema.get(key).and_then(|list| list.get(0)).cloned();
    Ok(first("examples")
        .or_else(|| schema.get("default").cloned())
        .or_else(|| schema.get("const").cloned())
        .or_else(|| first("enum"))
        .unwrap_or(otherwise))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::schema::STANDARD_EVENTS;
    use rules::notification::Notification;
    use rules::render::render;

    fn event_type(name: &str) -> EventType<'_> {
        EventType {
            name,
            parameters: None,
            value: None,
        }
    }

    #[test]
    fn every_standard_event_can_be_rendered() {
        for event in STANDARD_EVENTS {
            for side in ["before", "after"] {
                let name = format!("{side}:{event}");
                let event = sample(&event_type(&name), "i", "2026-01-01T00:00:00+00:00").unwrap();
                assert_eq!(event.results.is_none(), side == "before");
                assert!(render("", &Notification::Event(event)).is_ok(), "{name}");
            }
        }
    }

    /// The catalogue of servox: what an event is about, and what comes of it.
    #[test]
    fn a_standard_event_has_what_the_catalogue_says() {
        type Is = fn(&Value) -> bool;
        let (none, list, one): (Is, Is, Is) = (Value::is_null, Value::is_array, Value::is_object);
        for (event, parameter, fits) in [
            ("attach", None, none),
            ("promote", None, none),
            ("metrics", None, list),
            ("components", None, list),
            ("check", None, list),
            ("describe", None, one),
            ("measure", Some("metrics"), one),
            ("adjust", Some("adjustments"), one),
        ] {
            let name = format!("after:{event}");
            let event = sample(&event_type(&name), "i", "c").unwrap();
            let parameters: Value = event.parameters.parse().unwrap();
            let names = parameters.as_object().unwrap().keys().map(String::as_str);
            assert!(names.eq(parameter), "{name}: {parameters}");
            let results: Value = event.results.unwrap().parse().unwrap();
            assert!(fits(&results[0]["value"]), "{name}: {results}");
        }
    }

    /// JSON Schema Validation, sections 6.1 and 9: each of these names a value that fits.
    #[test]
    fn the_values_that_a_schema_names_are_taken_and_examples_before_all() {
        for (schema, value) in [
            (
                r#"{"examples": [1], "default": 2, "const": 3, "enum": [4]}"#,
                "1",
            ),
            (r#"{"default": 2, "const": 3, "enum": [4]}"#, "2"),
            (r#"{"const": 3, "enum": [4]}"#, "3"),
            (r#"{"enum": [4, 5]}"#, "4"),
            (r#"{"type": "number"}"#, "null"),
            ("true", "null"),
        ] {
            let own = EventType {
                value: Some(schema),
                ..event_type("after:deploy")
            };
            let event = sample(&own, "i", "c").unwrap();
            assert_eq!(event.parameters, "{}");
            let expected = format!(r#"[{{"connector":"sample","value":{value}}}]"#);
            assert_eq!(event.results, Some(expected), "{schema}");
        }
        let own = EventType {
            parameters: Some("{"),
            ..event_type("after:deploy")
        };
        assert!(sample(&own, "i", "c").is_err());
    }

    #[test]
    fn events_of_the_hosts_own() {
        let own = EventType {
            name: "after:deploy",
            parameters: Some(r#"{"examples": [{"tag": "v1"}]}"#),
            value: Some(r#"{"enum": [7]}"#),
        };
        let event = sample(&own, "i", "c").unwrap();
        assert_eq!(event.parameters, r#"{"tag":"v1"}"#);
        assert!(event.results.unwrap().contains("\"value\":7"));
        assert!(sample(&event_type("deploy"), "i", "c").is_err());
        assert!(
            sample(
                &EventType {
                    value: Some("{"),
                    ..own
                },
                "i",
                "c"
            )
            .is_err()
        );
    }
}

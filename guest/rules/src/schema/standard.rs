//! The shapes of servox's own events, those of its release 25.3.0.
//!
//! Its models pass over what they do not know, and so do these schemas: further members
//! are allowed. A number may be null, since that is what a host sends for one that JSON
//! cannot hold.

use serde_json::{Map, Value, json};

/// The events of servox.
pub const STANDARD_EVENTS: [&str; 11] = [
    "attach",
    "detach",
    "startup",
    "shutdown",
    "promote",
    "metrics",
    "components",
    "check",
    "describe",
    "measure",
    "adjust",
];

/// The definitions `parameters` and `value` of an event, and all that they refer to. Of
/// an event that is none of servox's nothing is known.
pub fn definitions(event: &str) -> Map<String, Value> {
    let (parameters, value) = match event {
        "attach" | "detach" | "startup" | "shutdown" | "promote" => {
            (json!({}), json!({"type": "null"}))
        }
        "metrics" => (json!({}), list_of("metric")),
        "components" => (json!({}), list_of("component")),
        "check" => (
            json!({"matching": or_null("check_filter"), "halt_on": or_null("severity")}),
            list_of("check"),
        ),
        "describe" => (json!({"control": or_null("control")}), to("description")),
        "measure" => (
            json!({
                "metrics": {"type": ["array", "null"], "items": {"type": "string"}},
                "control": or_null("control"),
            }),
            to("measurement"),
        ),
        "adjust" => (
            json!({"adjustments": list_of("adjustment"), "control": or_null("control")}),
            to("description"),
        ),
        _ => (json!({}), json!(true)),
    };
    let parameters = json!({"type": "object", "properties": parameters});
    let mut found = Map::new();
    add_referred(&parameters, &mut found);
    add_referred(&value, &mut found);
    found.insert("parameters".to_owned(), parameters);
    found.insert("value".to_owned(), value);
    found
}

/// Adds each definition that a schema refers to, and what it refers to in turn.
fn add_referred(schema: &Value, found: &mut Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|name| name.strip_prefix("#/$defs/"))
                && !found.contains_key(name)
            {
                let definition = definition(name);
                found.insert(name.to_owned(), definition.clone());
                add_referred(&definition, found);
            }
            members
                .values()
                .for_each(|inner| add_referred(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| add_referred(inner, found)),
        _ => {}
    }
}

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn list_of(name: &str) -> Value {
    json!({"type": "array", "items": to(name)})
}

fn or_null(name: &str) -> Value {
    json!({"anyOf": [to(name), {"type": "null"}]})
}

/// One of servox's models.
fn definition(name: &str) -> Value {
    let text = json!({"type": ["string", "null"]});
    let number = json!({"type": ["number", "null"]});
    let scalar = json!({"type": ["number", "string", "null"]});
    // `5m30s`, or a number of seconds.
    let duration = json!({"type": ["string", "number", "null"]});
    let texts = json!({"type": ["object", "null"], "additionalProperties": {"type": "string"}});
    let object = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required});
    match name {
        "metric" => object(
            json!({"name": {"type": "string"}, "unit": text}),
            json!(["name"]),
        ),
        "component" => object(
            json!({"name": {"type": "string"}, "settings": list_of("setting")}),
            json!(["name", "settings"]),
        ),
        "setting" => json!({
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "type": {"type": "string"},
                "pinned": {"type": "boolean"},
                "unit": text,
                "value": scalar,
                "min": number,
                "max": number,
                "step": number,
                "values": {"type": "array", "items": scalar, "minItems": 1},
            },
            "required": ["name", "type"],
            "allOf": [
                {
                    "if": {"properties": {"type": {"const": "range"}}, "required": ["type"]},
                    "then": {"required": ["min", "max", "step"], "properties": {"value": number}},
                },
                {
                    "if": {"properties": {"type": {"const": "enum"}}, "required": ["type"]},
                    "then": {"required": ["values"]},
                },
            ],
        }),
        "description" => object(
            json!({"components": list_of("component"), "metrics": list_of("metric")}),
            json!([]),
        ),
        "measurement" => object(
            json!({
                "readings": {"type": "array", "items": {"anyOf": [to("data_point"), to("time_series")]}},
                "annotations": texts,
            }),
            json!([]),
        ),
        "data_point" => object(
            json!({"metric": to("metric"), "time": {"type": "string"}, "value": number}),
            json!(["metric", "time", "value"]),
        ),
        "time_series" => object(
            json!({
                "metric": to("metric"),
                "data_points": list_of("data_point"),
                "id": text,
                "annotation": text,
                "metadata": texts,
            }),
            json!(["metric", "data_points"]),
        ),
        "check" => object(
            json!({
                "name": {"type": "string"},
                "id": text,
                "description": text,
                "severity": to("severity"),
                "tags": {"type": ["array", "null"], "items": {"type": "string"}},
                "success": {"type": ["boolean", "null"]},
                "message": text,
                "hint": text,
                "created_at": text,
                "run_at": text,
                "runtime": duration,
            }),
            json!(["name"]),
        ),
        "severity" => json!({"enum": ["warning", "common", "critical"]}),
        "check_filter" => {
            let names = json!({"type": ["string", "array", "null"], "items": {"type": "string"}});
            let tags = json!({"type": ["array", "null"], "items": {"type": "string"}});
            object(
                json!({"name": names, "id": names, "tags": tags, "exclusive": {"type": "boolean"}}),
                json!([]),
            )
        }
        "adjustment" => object(
            json!({"component_name": {"type": "string"}, "setting_name": {"type": "string"}, "value": scalar}),
            json!(["component_name", "setting_name", "value"]),
        ),
        "control" => object(
            json!({
                "duration": duration,
                "delay": duration,
                "warmup": duration,
                "settlement": duration,
                "load": {"type": ["object", "null"]},
                "userdata": {"type": ["object", "null"]},
                "environment": {"type": ["object", "null"]},
            }),
            json!([]),
        ),
        _ => json!(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_to_a_definition() {
        for event in STANDARD_EVENTS {
            let definitions = definitions(event);
            let text = Value::Object(definitions.clone()).to_string();
            for name in text.split("\"#/$defs/").skip(1) {
                let name = name.split('"').next().unwrap();
                let definition = definitions.get(name).unwrap();
                assert!(definition.is_object(), "{event}: {name}");
            }
        }
        assert_eq!(definitions("measure").len(), 7);
    }
}

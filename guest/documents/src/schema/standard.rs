//! The shapes of servox's own events, those of its release 25.3.0, as `standard.json`
//! states them: as data, which costs the component a tenth of what code would.
//!
//! Its models pass over what they do not know, and so do these schemas: further members
//! are allowed. A number may be null, since that is what a host sends for one that JSON
//! cannot hold.

use crate::embedded_json::{self, embedded_json};
use serde_json::{Map, Value, json};

/// `events`: parameters and value of each; `models`: what these refer to.
const STANDARD: &str = embedded_json!("standard.json");

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
    let standard = embedded_json::value(STANDARD);
    let known = &standard["events"][event];
    let (parameters, value) = if known.is_null() {
        (
            json!({"type": "object", "properties": {}}),
            Value::Bool(true),
        )
    } else {
        (known["parameters"].clone(), known["value"].clone())
    };
    let mut found = Map::new();
    add_referred(&parameters, &standard["models"], &mut found);
    add_referred(&value, &standard["models"], &mut found);
    found.insert("parameters".to_owned(), parameters);
    found.insert("value".to_owned(), value);
    found
}

/// Adds each model that a schema refers to, and what it refers to in turn.
fn add_referred(schema: &Value, models: &Value, found: &mut Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|name| name.strip_prefix("#/$defs/"))
                && !found.contains_key(name)
            {
                found.insert(name.to_owned(), models[name].clone());
                add_referred(&models[name], models, found);
            }
            members
                .values()
                .for_each(|inner| add_referred(inner, models, found));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|inner| add_referred(inner, models, found)),
        _ => {}
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

//! `--set PATH=VALUE`: one value of an event, named by the way to it.

use serde_json::{Map, Value};
use std::str::FromStr;

/// A value, and where it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    path: Vec<String>,
    value: Value,
}

impl FromStr for Assignment {
    type Err = String;

    /// `parameters.adjustments.0.value=4`, or with `[0]`. What is no JSON is a text.
    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text
            .split_once('=')
            .ok_or("must be PATH=VALUE, such as parameters.adjustments.0.value=4")?;
        let path: Vec<String> = path
            .replace('[', ".")
            .replace(']', "")
            .split('.')
            .map(|step| step.trim().to_owned())
            .collect();
        if path.iter().any(String::is_empty) {
            return Err(
                "must have a name or an index at each step of its path, such as parameters.adjustments.0.value"
                    .to_owned(),
            );
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { path, value })
    }
}

impl Assignment {
    /// Puts the value there. Members that are missing are made, and an item after the last.
    ///
    /// # Errors
    /// Says which step leads nowhere.
    pub fn apply(&self, document: &mut Value) -> Result<(), String> {
        let mut place = document;
        for (depth, step) in self.path.iter().enumerate() {
            let at = || self.path[..depth].join(".");
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            place = match place {
                Value::Object(members) => members.entry(step.as_str()).or_insert(Value::Null),
                Value::Array(items) => {
                    let count = items.len();
                    let index = step.parse::<usize>().map_err(|_| {
                        format!("{} is an array: write an index, not \"{step}\"", at())
                    })?;
                    if index == count {
                        items.push(Value::Null);
                    }
                    items.get_mut(index).ok_or_else(|| {
                        format!(
                            "{} has {count} items: index {index} is out of range ({count} appends)",
                            at()
                        )
                    })?
                }
                other => {
                    return Err(format!("{} is {}: it has no \"{step}\"", at(), kind(other)));
                }
            };
        }
        *place = self.value.clone();
        Ok(())
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn set(document: Value, assignment: &str) -> Result<Value, String> {
        let mut document = document;
        assignment.parse::<Assignment>()?.apply(&mut document)?;
        Ok(document)
    }

    #[test]
    fn values_and_places() {
        let document = || json!({"id": "i", "parameters": {"list": [{"value": 1}]}});
        for (assignment, pointer, expected) in [
            (
                "parameters.list.0.value=4",
                "/parameters/list/0/value",
                json!(4),
            ),
            (
                "parameters.list[0].value=4",
                "/parameters/list/0/value",
                json!(4),
            ),
            (
                "parameters.list.1={\"a\": []}",
                "/parameters/list/1",
                json!({"a": []}),
            ),
            (
                "parameters.new.deep=true",
                "/parameters/new/deep",
                json!(true),
            ),
            ("id=a=b", "/id", json!("a=b")),
            ("id=\"4\"", "/id", json!("4")),
            ("id=", "/id", json!("")),
            ("id=not json", "/id", json!("not json")),
        ] {
            let set = set(document(), assignment).unwrap();
            assert_eq!(set.pointer(pointer), Some(&expected), "{assignment}");
        }
        // Digit for digit.
        let set = set(document(), "n=12345678901234567890.10").unwrap();
        assert!(set.to_string().contains("12345678901234567890.10"));
    }

    #[test]
    fn places_that_are_none() {
        let document = || json!({"id": "i", "list": [1]});
        for (assignment, says) in [
            ("id", "PATH=VALUE"),
            ("=1", "each step"),
            ("a..b=1", "each step"),
            ("id.x=1", "id is a text"),
            ("list.x=1", "list is an array: write an index"),
            ("list.3=1", "list has 1 items: index 3 is out of range"),
        ] {
            let error = set(document(), assignment).unwrap_err();
            assert!(error.contains(says), "{assignment}: {error}");
        }
    }
}

//! The secrets of a webhook. The host keeps them; here are only their handles.

use super::fields::Fields;
use super::values::{handle, kind};
use serde_json::Value as Json;

const FORMS: &str = "write `secret: {env: NAME}`, `secret: {file: PATH}` or a text in quotes";

/// Reads the field `secret`: one, or a list of which the first is the current one.
pub fn read(fields: &mut Fields<'_>) -> Vec<u32> {
    match fields.get("secret") {
        None => {
            fields.error("", format!("needs a secret to sign with; {FORMS}"));
            Vec::new()
        }
        Some(Json::Array(items)) if items.is_empty() => {
            fields.error("secret", format!("must not be empty; {FORMS}"));
            Vec::new()
        }
        Some(Json::Array(items)) => items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| read_one(fields, &format!("secret/{index}"), item))
            .collect(),
        Some(item) => read_one(fields, "secret", item).into_iter().collect(),
    }
}

fn read_one(fields: &mut Fields<'_>, path: &str, item: &Json) -> Option<u32> {
    let handle = handle(item);
    if handle.is_none() {
        fields.error(
            path,
            match item {
                Json::Number(_) => {
                    "is a number; put quotes around it to make it a secret".to_owned()
                }
                Json::Bool(_) => {
                    "is a boolean; put quotes around it to make it a secret".to_owned()
                }
                other => format!("must be a secret, not {}; {FORMS}", kind(other)),
            },
        );
    }
    handle
}

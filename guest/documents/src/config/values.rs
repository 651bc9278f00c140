//! JSON values, in the words of people who write YAML.

use serde_json::Value as Json;

/// What a value is.
pub fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    }
}

/// The handle that stands in place of a secret or a reference.
pub fn handle(value: &Json) -> Option<u32> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    u32::try_from(members.get("handle")?.as_u64()?).ok()
}

/// What YAML 1.1 took for a boolean, and 1.2 does not.
pub fn old_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "no" | "off" | "n" | "false" => Some(false),
        "yes" | "on" | "y" | "true" => Some(true),
        _ => None,
    }
}

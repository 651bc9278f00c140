//! Headers of a webhook's own: what they may be, and which names are not theirs.

use super::fields::{Fields, escape};
use super::suggestion::quoted;
use super::values::{handle, kind};
use super::{CustomHeader, Value};
use serde_json::{Map, Value as Json};

/// Names that belong to the transport.
const TRANSPORT: [&str; 14] = [
    "host",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "http2-settings",
    "accept-encoding",
    "date",
    "cookie",
    "via",
    "forwarded",
];

/// Beginnings of names, and to whom they belong.
const FAMILIES: [(&str, &str); 6] = [
    ("content-", "the body's format"),
    ("proxy-", "the transport"),
    ("x-forwarded-", "the transport"),
    ("x-servo-", "the webhook's own protocol and signature"),
    ("webhook-", "the signature"),
    ("ce-", "the body's format"),
];

const USER_AGENT: &str = concat!("servo-webhooks/", env!("CARGO_PKG_VERSION"));

/// Reads the field `headers`: a mapping of name to value, or a list of `{name, value}`.
pub fn read(fields: &mut Fields<'_>) -> Vec<CustomHeader> {
    let mut headers: Vec<CustomHeader> = Vec::new();
    match fields.get("headers") {
        None => {}
        Some(Json::Object(members)) => {
            for (name, value) in members {
                let path = format!("headers/{}", escape(name));
                let value = read_value(fields, &path, value);
                add(fields, &mut headers, name, (&path, true), value);
            }
        }
        Some(Json::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("headers/{index}");
                match item {
                    Json::Object(members) => read_item(fields, &mut headers, &path, members),
                    other => fields.error(
                        &path,
                        format!("must be a mapping with name and value, not {}", kind(other)),
                    ),
                }
            }
        }
        Some(other) => {
            fields.error(
                "headers",
                format!("must be a mapping of name to value, not {}", kind(other)),
            );
        }
    }
    if !headers
        .iter()
        .any(|header| header.name.eq_ignore_ascii_case("user-agent"))
    {
        let value = Value::Text(USER_AGENT.to_owned());
        headers.push(CustomHeader {
            name: "User-Agent".to_owned(),
            value,
        });
    }
    headers
}

fn read_item(
    fields: &mut Fields<'_>,
    headers: &mut Vec<CustomHeader>,
    path: &str,
    members: &Map<String, Json>,
) {
    let mut item = fields.below(path, members);
    item.refuse_unknown(&["name", "value"]);
    let name = item.text("name");
    for key in ["name", "value"] {
        if !item.has(key) {
            item.error("", format!("a header needs a {key}"));
        }
    }
    let value = members
        .get("value")
        .and_then(|value| read_value(fields, &format!("{path}/value"), value));
    if let Some(name) = name {
        add(
            fields,
            headers,
            &name,
            (&format!("{path}/name"), false),
            value,
        );
    }
}

/// Adds a header unless its name is refused; the problem stands at the name.
fn add(
    fields: &mut Fields<'_>,
    headers: &mut Vec<CustomHeader>,
    name: &str,
    (path, at_key): (&str, bool),
    value: Option<Value>,
) {
    let twice = headers
        .iter()
        .any(|header| header.name.eq_ignore_ascii_case(name));
    let why = match refusal(name) {
        Some(why) => why,
        None if twice => format!(
            "header {} is given twice; names are equal but for case",
            quoted(name)
        ),
        None => {
            // Without a value there is a problem already; the name still counts as given.
            let value = value.unwrap_or_else(|| Value::Text(String::new()));
            headers.push(CustomHeader {
                name: name.to_owned(),
                value,
            });
            return;
        }
    };
    if at_key {
        fields.key_error(path, why);
    } else {
        fields.error(path, why);
    }
}

/// Why a name is refused.
fn refusal(name: &str) -> Option<String> {
    // RFC 9110, section 5.6.2.
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Some("is no header name; write letters, digits and -".to_owned());
    }
    let lower = name.to_ascii_lowercase();
    let owner = FAMILIES
        .iter()
        .find(|(start, _)| lower.starts_with(start))
        .map(|(_, owner)| *owner);
    let owner = owner.or_else(|| {
        TRANSPORT
            .contains(&lower.as_str())
            .then_some("the transport")
    })?;
    Some(format!(
        "header {} belongs to {owner} and cannot be set",
        quoted(name)
    ))
}

/// A header's value; it is never repeated in a message.
fn read_value(fields: &mut Fields<'_>, path: &str, value: &Json) -> Option<Value> {
    if let Some(handle) = handle(value) {
        return Some(Value::Handle(handle));
    }
    match value {
        Json::String(text) => {
            // RFC 9110, section 5.5.
            if text.chars().any(char::is_control) {
                fields.error(
                    path,
                    "must not hold control characters or line breaks".to_owned(),
                );
            } else if text.trim() != text {
                fields.error(path, "must not start or end with spaces".to_owned());
            } else {
                return Some(Value::Text(text.clone()));
            }
        }
        Json::Number(_) | Json::Bool(_) => {
            fields.error(path, "must be a text; put quotes around it".to_owned());
        }
        other => {
            fields.error(
                path,
                format!(
                    "must be a text, {{env: NAME}} or {{file: PATH}}, not {}",
                    kind(other)
                ),
            );
        }
    }
    None
}

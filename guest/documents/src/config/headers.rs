//! Headers of a webhook's own. They come as a mapping or as a list, and either form means
//! the same.

use super::fields::{Fields, not_text};
use super::header_name;
use super::placeholder;
use super::pointer::escape;
use super::values::{handle, kind};
use super::{CustomHeader, Value};
use rules::suggestion::quoted;
use serde_json::{Map, Value as Json};

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
                        format!(
                            "must be a mapping, not {}; write {{name: NAME, value: VALUE}}",
                            kind(other)
                        ),
                    ),
                }
            }
        }
        Some(other) => {
            fields.error(
                "headers",
                format!(
                    "must be a mapping, not {}; for example {{X-Team: web}}",
                    kind(other)
                ),
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
            item.error(
                "",
                format!("has no {key}; write {{name: NAME, value: VALUE}}"),
            );
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
    let why = match header_name::refusal(name) {
        Some(why) => why,
        None if twice => {
            format!(
                "header {} is given twice (case is ignored); remove one",
                quoted(name)
            )
        }
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
                    "must not contain control characters or line breaks; write it on one line"
                        .to_owned(),
                );
            } else if text.trim() != text {
                fields.error(
                    path,
                    "must not begin or end with spaces; remove them".to_owned(),
                );
            } else if let Some(why) = placeholder::in_header(text) {
                fields.error(path, why);
            } else {
                return Some(Value::Text(text.clone()));
            }
        }
        other => fields.error(
            path,
            not_text(other, "write one, or {env: NAME} or {file: PATH}"),
        ),
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::config::Value;
    use crate::config::test_webhook::{good, read, refuses, with};
    use serde_json::json;

    #[test]
    fn both_forms_are_one() {
        let mapping = good(&json!({"headers": {"X-A": "1", "Authorization": {"handle": 4}}}));
        let list = json!([{"name": "X-A", "value": "1"}, {"name": "Authorization", "value": {"handle": 4}}]);
        assert_eq!(mapping, good(&json!({ "headers": list })));
        assert_eq!(
            (
                mapping.headers[0].name.as_str(),
                mapping.headers[1].name.as_str()
            ),
            ("X-A", "Authorization")
        );
        assert_eq!(mapping.headers[0].value, Value::Text("1".to_owned()));
        assert_eq!(mapping.headers[1].value, Value::Handle(4));
    }

    #[test]
    fn a_user_agent_is_always_there() {
        for none in [json!({}), json!({"headers": {}}), json!({"headers": []})] {
            let headers = good(&none).headers;
            assert_eq!((headers.len(), headers[0].name.as_str()), (1, "User-Agent"));
            assert_eq!(
                headers[0].value,
                Value::Text(format!("servo-webhooks/{}", env!("CARGO_PKG_VERSION")))
            );
        }
        let own = good(&json!({"headers": {"user-agent": "mine"}})).headers;
        assert_eq!(
            (own.len(), &own[0].value),
            (1, &Value::Text("mine".to_owned()))
        );
    }

    #[test]
    fn values() {
        for value in [
            "",
            "a b",
            "ä",
            "\"q\"",
            "env:prod",
            "file:a",
            "$a",
            "Bearer $TOKEN",
        ] {
            assert_eq!(
                good(&json!({"headers": {"X-A": value}})).headers[0].value,
                Value::Text(value.to_owned())
            );
        }
        for (value, says) in [
            (json!("a\nb"), "line breaks"),
            (json!("a\r"), "line breaks"),
            (json!("a\u{0}"), "control"),
            (json!("a\u{7f}"), "control"),
            (json!(" a"), "spaces"),
            (json!("a "), "spaces"),
            (json!("${TOKEN}"), "write {env: NAME}"),
            (json!("$TOKEN"), "write {env: NAME}"),
            (json!("{{ TOKEN }}"), "write {env: NAME}"),
            (json!("Bearer ${token}"), "holds a placeholder"),
            (json!(1), "put quotes around it"),
            (json!(true), "put quotes around it"),
            (json!(null), "{env: NAME}"),
            (json!(["a"]), "not a list"),
            (json!({"handle": 1.5}), "not a mapping"),
        ] {
            refuses(&json!({"headers": {"X-A": value}}), "/0/headers/X-A", says);
            refuses(
                &json!({"headers": [{"name": "X-A", "value": value}]}),
                "/0/headers/0/value",
                says,
            );
        }
        let shown = format!(
            "{:?}",
            read(&[with(
                &json!({"headers": {"X-A": "hunter2\n", "X-B": "hunter2"}})
            )])
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn names_differ_in_more_than_case() {
        refuses(
            &json!({"headers": {"X-A": "1", "x-a": "2"}}),
            "/0/headers/x-a",
            "twice",
        );
        let list = json!([{"name": "X-A", "value": "1"}, {"name": "X-A", "value": "1"}]);
        refuses(&json!({ "headers": list }), "/0/headers/1/name", "twice");
        refuses(
            &json!({"headers": {"User-Agent": "1", "user-agent": "2"}}),
            "/0/headers/user-agent",
            "twice",
        );
    }

    #[test]
    fn items() {
        refuses(
            &json!({"headers": [{"name": "X-A"}]}),
            "/0/headers/0",
            "no value",
        );
        refuses(
            &json!({"headers": [{"value": "a"}]}),
            "/0/headers/0",
            "no name",
        );
        refuses(
            &json!({"headers": [{"name": 1, "value": "a"}]}),
            "/0/headers/0/name",
            "quotes",
        );
        refuses(
            &json!({"headers": [{"name": "X-A", "value": "a", "valeu": "b"}]}),
            "/0/headers/0/valeu",
            "\"value\"?",
        );
        refuses(
            &json!({"headers": ["X-A: a"]}),
            "/0/headers/0",
            "not a string",
        );
        refuses(&json!({"headers": "X-A: a"}), "/0/headers", "not a string");
        refuses(&json!({"headers": null}), "/0/headers", "not null");
    }
}

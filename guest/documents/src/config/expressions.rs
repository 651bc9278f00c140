//! Conditions and payloads in jq.

use super::fields::Fields;
use super::values::kind;
use rules::expression;
use rules::shape::Payload;
use serde_json::Value as Json;

/// The content type of a payload that names none.
const CONTENT_TYPE: &str = "application/json";

/// Reads the field `when`.
pub fn condition(fields: &mut Fields<'_>, events: &[String]) -> String {
    let example = "for example .parameters.control != null";
    expression(fields, "when", example, events)
}

/// Reads the fields `payload`, `content_type` and `payload_schema`.
pub fn payload(fields: &mut Fields<'_>, events: &[String]) -> Option<Payload> {
    let example = "for example {text: .event}";
    let expression = expression(fields, "payload", example, events);
    if !fields.has("payload") {
        for key in ["content_type", "payload_schema"] {
            if fields.has(key) {
                fields.key_error(
                    key,
                    "has no effect without a payload; add a payload, or remove this".to_owned(),
                );
            }
        }
        return None;
    }
    Some(Payload {
        expression,
        content_type: content_type(fields),
        schema: schema(fields),
    })
}

#[cfg_attr(
    not(feature = "expressions"),
    allow(unused_variables, reason = "nothing is read here")
)]
fn expression(fields: &mut Fields<'_>, key: &str, example: &str, events: &[String]) -> String {
    let Some(text) = fields.text(key) else {
        return String::new();
    };
    if text.trim().is_empty() {
        fields.error(key, format!("must not be empty; {example}"));
    } else {
        for fault in expression::faults(&text) {
            fields.error(key, fault);
        }
        #[cfg(feature = "expressions")]
        super::reads::check(fields, key, &text, events);
        if fields.get("channels").is_some() {
            fields.error(
                key,
                "applies to events, and messages are sent unchanged; use a separate webhook for the channels"
                    .to_owned(),
            );
        }
    }
    text
}

fn content_type(fields: &mut Fields<'_>) -> String {
    let Some(text) = fields.text("content_type") else {
        return CONTENT_TYPE.to_owned();
    };
    let (essence, parameters) = text.split_once(';').unwrap_or((&text, ""));
    let essence = essence.trim_end();
    let token = |text: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !text.is_empty() && text.bytes().all(known)
    };
    let parts = essence.split_once('/');
    let printable = parameters.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !printable || !parts.is_some_and(|(kind, subtype)| token(kind) && token(subtype)) {
        fields.error(
            "content_type",
            "is not a media type; for example application/json".to_owned(),
        );
    } else if !parts.is_some_and(|(_, subtype)| {
        let subtype = subtype.to_ascii_lowercase();
        subtype == "json" || subtype.ends_with("+json")
    }) {
        fields.warning(
            "content_type",
            "is not a JSON type, and a payload is always JSON; write application/json, or a type that ends in +json"
                .to_owned(),
        );
    }
    text
}

fn schema(fields: &mut Fields<'_>) -> String {
    match fields.get("payload_schema") {
        None => String::new(),
        Some(schema @ (Json::Object(_) | Json::Bool(_))) => schema.to_string(),
        Some(other) => {
            let message = format!(
                "must be a JSON Schema, a mapping or a boolean, not {}; for example {{type: object}}",
                kind(other)
            );
            fields.error("payload_schema", message);
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::test_webhook::{good, refuses, warns};
    use rules::shape::Shape;
    use serde_json::json;

    #[test]
    fn good_ones() {
        let webhook = good(&json!({"when": ".parameters.a > 1", "payload": "{text: .event}"}));
        assert!(webhook.warm);
        let shape = Shape::from_token(&webhook.shape).unwrap_or_default();
        assert_eq!(shape.when, ".parameters.a > 1");
        let payload = shape.payload.map(|payload| payload.content_type);
        assert_eq!(payload.as_deref(), Some("application/json"));
        let types = [
            "application/vnd.chat+json; charset=utf-8",
            "application/JSON",
        ];
        for content_type in types {
            good(
                &json!({"payload": ".", "content_type": content_type, "payload_schema": {"type": "object"}}),
            );
        }
        assert!(!good(&json!({})).warm);
    }

    #[test]
    fn expressions() {
        refuses(&json!({"when": ""}), "/0/when", "must not be empty");
        refuses(&json!({"when": true}), "/0/when", "not a boolean");
        refuses(
            &json!({"when": ".a |"}),
            "/0/when",
            "column 5: expected a value",
        );
        refuses(
            &json!({"payload": "{a: selct(.b)}"}),
            "/0/payload",
            "did you mean select?",
        );
        refuses(
            &json!({"payload": "xyzzyx"}),
            "/0/payload",
            "define it with def",
        );
        refuses(
            &json!({"payload": "select"}),
            "/0/payload",
            "a different number",
        );
        refuses(
            &json!({"payload": "env"}),
            "/0/payload",
            "outside the event",
        );
        refuses(
            &json!({"when": ".", "events": crate::config::test_webhook::LEFT_OUT, "channels": "news"}),
            "/0/when",
            "separate webhook",
        );
    }

    #[test]
    fn what_belongs_to_a_payload() {
        let refused = |changes, path| refuses(&changes, path, "without a payload");
        refused(
            json!({"content_type": "application/json"}),
            "/0/content_type",
        );
        refused(json!({"payload_schema": {}}), "/0/payload_schema");
        for content_type in [
            "json",
            "a/b/c",
            "a b/c",
            "application/json\r\nx: y",
            "é/json",
            "/",
            "application/",
            "/json",
            "application/json; a=é",
        ] {
            refuses(
                &json!({"payload": ".", "content_type": content_type}),
                "/0/content_type",
                "not a media type",
            );
        }
        for content_type in ["text/plain", "application/jsonx", "application/vnd.json"] {
            warns(
                &json!({"payload": ".", "content_type": content_type}),
                "/0/content_type",
                "always JSON",
            );
        }
        refuses(
            &json!({"payload": ".", "payload_schema": 1}),
            "/0/payload_schema",
            "not a number",
        );
    }
}

//! The secrets of a webhook. The host keeps them; here are only their handles.

use super::fields::Fields;
use super::values::{handle, kind};
use serde_json::Value as Json;

const FORMS: &str = "write secret: {env: NAME}, secret: {file: PATH}, or a list of these";

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
        let why = match item {
            Json::Number(_) => "must be a string, not a number; put quotes around it".to_owned(),
            Json::Bool(_) => "must be a string, not a boolean; put quotes around it".to_owned(),
            other => format!("must be a secret, not {}; {FORMS}", kind(other)),
        };
        fields.error(path, why);
    }
    handle
}

#[cfg(test)]
mod tests {
    use crate::config::test_webhook::{LEFT_OUT, good, refuses};
    use serde_json::json;

    #[test]
    fn one_or_a_list() {
        assert_eq!(good(&json!({"secret": {"handle": 7}})).secrets, [7]);
        assert_eq!(
            good(&json!({"secret": [{"handle": 3}, {"handle": 1}]})).secrets,
            [3, 1]
        );
        assert_eq!(
            good(&json!({"secret": {"handle": u32::MAX}})).secrets,
            [u32::MAX]
        );
    }

    #[test]
    fn missing() {
        refuses(&json!({"secret": LEFT_OUT}), "/0", "secret: {env: NAME}");
        refuses(&json!({"secret": null}), "/0/secret", "secret: {env: NAME}");
        refuses(&json!({"secret": []}), "/0/secret", "empty");
        refuses(
            &json!({"secret": [null]}),
            "/0/secret/0",
            "secret: {env: NAME}",
        );
    }

    #[test]
    fn what_is_not_a_text_wants_quotes() {
        refuses(&json!({"secret": 0}), "/0/secret", "put quotes around it");
        refuses(
            &json!({"secret": false}),
            "/0/secret",
            "put quotes around it",
        );
        refuses(
            &json!({"secret": [{"handle": 0}, 0]}),
            "/0/secret/1",
            "put quotes around it",
        );
    }

    #[test]
    fn what_is_not_a_handle() {
        for secret in [
            json!({}),
            json!({"handle": -1}),
            json!({"handle": 4_294_967_296_u64}),
            json!({"handle": "1"}),
            json!({"handle": 1, "env": "A"}),
            json!({"env": "A"}),
        ] {
            refuses(&json!({ "secret": secret }), "/0/secret", "not a mapping");
        }
        refuses(
            &json!({"secret": [[{"handle": 1}]]}),
            "/0/secret/0",
            "not a list",
        );
    }
}

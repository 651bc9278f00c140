//! How requests are signed.

use super::fields::Fields;
use rules::scheme::Scheme;
use serde_json::Value as Json;

const EXAMPLE: &str = "use servo, standard, or a list of both";

/// Reads the field `signatures`.
pub fn read(fields: &mut Fields<'_>) -> Scheme {
    if !fields.has("signatures") {
        return Scheme::DEFAULT;
    }
    let mut scheme = Scheme {
        servo: false,
        standard: false,
    };
    let named = fields.texts("signatures", EXAMPLE);
    let none = fields.get("signatures").and_then(Json::as_array);
    if none.is_some_and(Vec::is_empty) {
        fields.error("signatures", format!("must not be empty; {EXAMPLE}"));
    }
    for (path, text) in named {
        let chosen = match text.as_str() {
            "servo" => &mut scheme.servo,
            "standard" => &mut scheme.standard,
            _ => {
                fields.error(&path, format!("unknown signature scheme; {EXAMPLE}"));
                continue;
            }
        };
        if std::mem::replace(chosen, true) {
            fields.warning(&path, format!("\"{text}\" is listed twice; remove one"));
        }
    }
    scheme
}

#[cfg(test)]
mod tests {
    use crate::config::test_webhook::{good, refuses, warns};
    use serde_json::json;

    #[test]
    fn one_or_both() {
        for (signatures, token) in [
            (json!("servo"), ""),
            (json!(["servo"]), ""),
            (json!("standard"), "standard"),
            (json!(["standard", "servo"]), "servo standard"),
        ] {
            assert_eq!(good(&json!({ "signatures": signatures })).scheme, token);
        }
        assert_eq!(good(&json!({})).scheme, "");
    }

    #[test]
    fn nothing_else() {
        refuses(
            &json!({"signatures": []}),
            "/0/signatures",
            "must not be empty",
        );
        refuses(
            &json!({"signatures": "v1"}),
            "/0/signatures",
            "servo, standard",
        );
        refuses(
            &json!({"signatures": ["servo", "v1"]}),
            "/0/signatures/1",
            "servo, standard",
        );
        refuses(
            &json!({"signatures": [1]}),
            "/0/signatures/0",
            "not a number",
        );
        warns(
            &json!({"signatures": ["standard", "standard"]}),
            "/0/signatures/1",
            "twice",
        );
    }
}

//! A webhook as its configuration has it, for people who look: which fields are set, and to what.

use std::fmt;

use serde_json::{Map, Value, json};

use super::handle::{Handle, Target};

/// The fields of a webhook that the configuration sets.
///
/// URL and headers are confidential. What was given by reference is `{"env": NAME}` or
/// `{"file": PATH}`; a secret that was written out is `{"literal": true}`.
#[derive(Clone, Default)]
pub struct Written(Map<String, Value>);

impl Written {
    /// Puts what the handles stand for back into one item of the list.
    pub(super) fn new(item: Value, handles: &[Handle]) -> Self {
        let Value::Object(mut fields) = item else {
            return Self::default();
        };
        let named = |value: &mut Value| {
            let handle = value.get("handle").and_then(Value::as_u64);
            let handle = handle.and_then(|handle| handles.get(usize::try_from(handle).ok()?));
            if let Some(handle) = handle {
                *value = match &handle.target {
                    Target::Env(name) => json!({"env": name}),
                    Target::File(path) => json!({"file": path}),
                    Target::Literal(_) | Target::Invalid => json!({"literal": true}),
                };
            }
        };
        if let Some(url) = fields.get_mut("url") {
            named(url);
        }
        match fields.get_mut("secret") {
            Some(Value::Array(secrets)) => secrets.iter_mut().for_each(named),
            Some(secret) => named(secret),
            None => {}
        }
        match fields.get_mut("headers") {
            Some(Value::Object(headers)) => headers.values_mut().for_each(named),
            Some(Value::Array(headers)) => {
                let values = headers
                    .iter_mut()
                    .filter_map(|header| header.get_mut("value"));
                values.for_each(named);
            }
            _ => {}
        }
        Self(fields)
    }

    /// The value of a field; none if it is left out.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// Where the secrets come from, the current one first.
    #[must_use]
    pub fn secrets(&self) -> Vec<&Value> {
        match self.get("secret") {
            Some(Value::Array(secrets)) => secrets.iter().collect(),
            secret => secret.into_iter().collect(),
        }
    }

    /// The names of its own headers, and their values or where they come from.
    #[must_use]
    pub fn headers(&self) -> Vec<(&str, &Value)> {
        match self.get("headers") {
            Some(Value::Object(headers)) => headers
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
            Some(Value::Array(headers)) => headers
                .iter()
                .filter_map(|header| Some((header.get("name")?.as_str()?, header.get("value")?)))
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Debug for Written {
    /// The names of the fields alone.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used)]
    use crate::config::Document;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn references_are_named_and_secrets_are_not() {
        let text = "\
- url: {env: URL}
  secret: [hunter2, {file: key}]
  headers: {X-A: {env: A}, X-B: b}
  payload_schema: {handle: 0}
- secret: {env: S}
  headers: [{name: X-C, value: {file: c}}]
";
        let document = Document::parse("f", Path::new(""), text.as_bytes()).unwrap();
        let written = document.written();
        let [first, second] = written.as_slice() else {
            panic!("{written:?}")
        };
        assert_eq!(first.get("url"), Some(&json!({"env": "URL"})));
        assert_eq!(
            first.secrets(),
            [&json!({"literal": true}), &json!({"file": "key"})]
        );
        assert_eq!(
            first.headers(),
            [("X-A", &json!({"env": "A"})), ("X-B", &json!("b"))]
        );
        assert_eq!(first.get("payload_schema"), Some(&json!({"handle": 0})));
        assert_eq!(first.get("timeout"), None);
        assert_eq!(second.secrets(), [&json!({"env": "S"})]);
        assert_eq!(second.headers(), [("X-C", &json!({"file": "c"}))]);
        assert!(!format!("{first:?}").contains("hunter2"));
    }
}

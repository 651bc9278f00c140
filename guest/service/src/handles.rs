//! Takes secrets and references out of the configuration: the connector gets handles.

use serde_json::{Map, Value, json};

/// What the handles stand for. A text is confidential.
pub struct Handles<'a> {
    variables: &'a [(String, String)],
    /// By handle.
    pub values: Vec<String>,
    /// What is wrong, without any value.
    pub problems: Vec<String>,
}

impl<'a> Handles<'a> {
    /// None yet.
    pub fn new(variables: &'a [(String, String)]) -> Self {
        Self {
            variables,
            values: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Puts handles into the list of webhooks.
    pub fn hide(&mut self, webhooks: &mut [Value]) {
        for (index, webhook) in webhooks.iter_mut().enumerate() {
            let Some(webhook) = webhook.as_object_mut() else {
                continue;
            };
            self.hide_one(index, webhook);
        }
    }

    fn hide_one(&mut self, index: usize, webhook: &mut Map<String, Value>) {
        match webhook.get_mut("secret") {
            Some(Value::Array(secrets)) => {
                for secret in secrets {
                    self.secret(&format!("webhooks[{index}].secret"), secret);
                }
            }
            Some(secret) => self.secret(&format!("webhooks[{index}].secret"), secret),
            None => {}
        }
        if let Some(url) = webhook.get_mut("url") {
            self.reference(&format!("webhooks[{index}].url"), url);
        }
        match webhook.get_mut("headers") {
            Some(Value::Object(headers)) => {
                for value in headers.values_mut() {
                    self.reference(&format!("webhooks[{index}].headers"), value);
                }
            }
            Some(Value::Array(headers)) => {
                for value in headers
                    .iter_mut()
                    .filter_map(|header| header.get_mut("value"))
                {
                    self.reference(&format!("webhooks[{index}].headers"), value);
                }
            }
            _ => {}
        }
    }

    fn secret(&mut self, path: &str, value: &mut Value) {
        match value {
            Value::String(text) if text.is_empty() => {
                self.problems.push(format!("{path}: the secret is empty"));
            }
            Value::String(text) => {
                let text = std::mem::take(text);
                *value = self.handle(text);
            }
            Value::Number(_) => *value = json!(0),
            Value::Bool(_) => *value = json!(false),
            // Whatever it holds could be secret; a list is refused here as elsewhere.
            Value::Array(_) => *value = json!([]),
            _ => self.reference(path, value),
        }
    }

    fn reference(&mut self, path: &str, value: &mut Value) {
        let Value::Object(reference) = value else {
            return;
        };
        let name = match (reference.len(), reference.get("env")) {
            (1, Some(Value::String(name))) => name.clone(),
            _ => {
                let why = "a reference is {\"env\": NAME} here: a service has no files";
                self.problems.push(format!("{path}: {why}"));
                *value = self.handle(String::new());
                return;
            }
        };
        let found = self.variables.iter().find(|(known, _)| *known == name);
        let text = match found {
            Some((_, text)) if !text.is_empty() => text.clone(),
            _ => {
                let why = format!("the environment variable `{name}` is not set, or empty");
                self.problems.push(format!("{path}: {why}"));
                String::new()
            }
        };
        *value = self.handle(text);
    }

    fn handle(&mut self, value: String) -> Value {
        self.values.push(value);
        json!({"handle": self.values.len() - 1})
    }
}

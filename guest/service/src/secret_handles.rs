//! Takes secrets and references out of the configuration: the connector gets handles.

use crate::path::readable;
use crate::settings::Settings;
use documents::config::placeholder;
use serde_json::{Map, Value, json};

/// What the handles stand for. A text is confidential.
pub struct SecretHandles<'a> {
    settings: &'a Settings,
    /// By handle: the webhook that it belongs to, and what it stands for.
    pub values: Vec<(usize, String)>,
    /// What is wrong, with its path, and without any value.
    pub problems: Vec<String>,
    /// What is odd and may be meant.
    pub warnings: Vec<String>,
}

impl<'a> SecretHandles<'a> {
    /// None yet.
    pub fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            values: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Puts handles into the list of webhooks.
    pub fn hide(&mut self, webhooks: &mut [Value]) {
        for (index, webhook) in webhooks.iter_mut().enumerate() {
            if let Some(webhook) = webhook.as_object_mut() {
                self.hide_one(index, webhook);
            }
        }
    }

    fn hide_one(&mut self, index: usize, webhook: &mut Map<String, Value>) {
        match webhook.get_mut("secret") {
            Some(Value::Array(secrets)) => {
                for (nth, secret) in secrets.iter_mut().enumerate() {
                    self.secret(index, &format!("/{index}/secret/{nth}"), secret);
                }
            }
            Some(secret) => self.secret(index, &format!("/{index}/secret"), secret),
            None => {}
        }
        if let Some(url) = webhook.get_mut("url") {
            self.reference(index, &format!("/{index}/url"), url);
        }
        match webhook.get_mut("headers") {
            Some(Value::Object(headers)) => {
                for (name, value) in headers {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    self.reference(index, &format!("/{index}/headers/{name}"), value);
                }
            }
            Some(Value::Array(headers)) => {
                for (nth, header) in headers.iter_mut().enumerate() {
                    if let Some(value) = header.get_mut("value") {
                        self.reference(index, &format!("/{index}/headers/{nth}/value"), value);
                    }
                }
            }
            _ => {}
        }
    }

    fn secret(&mut self, index: usize, pointer: &str, value: &mut Value) {
        let before = self.values.len();
        self.hide_secret(index, pointer, value);
        let found = self.values.get(before);
        if found.is_some_and(|(_, text)| text.contains(['\n', '\r'])) {
            let why = "holds a line end, which is part of the secret; set it without one";
            self.warnings.push(format!("{}: {why}", readable(pointer)));
        }
    }

    fn hide_secret(&mut self, index: usize, pointer: &str, value: &mut Value) {
        match value {
            Value::String(text) if text.is_empty() => {
                self.problem(pointer, "the secret is empty");
                *value = self.handle(index, String::new());
            }
            Value::String(text) => {
                let text = std::mem::take(text);
                if let Some(write) = placeholder::instead(&text) {
                    let why = format!(
                        "looks like a placeholder, which is not expanded; write {write} \
                         (if the secret really is this text, put it into a variable)"
                    );
                    self.problem(pointer, &why);
                }
                *value = self.handle(index, text);
            }
            Value::Number(_) => *value = json!(0),
            Value::Bool(_) => *value = json!(false),
            // Whatever it holds could be secret; a list is refused here as elsewhere.
            Value::Array(_) => *value = json!([]),
            _ => self.reference(index, pointer, value),
        }
    }

    fn reference(&mut self, index: usize, pointer: &str, value: &mut Value) {
        let Value::Object(reference) = value else {
            return;
        };
        let text = match resolve(self.settings, reference) {
            Ok(text) => text,
            Err(why) => {
                self.problem(pointer, &why);
                String::new()
            }
        };
        *value = self.handle(index, text);
    }

    fn problem(&mut self, pointer: &str, why: &str) {
        self.problems.push(format!("{}: {why}", readable(pointer)));
    }

    fn handle(&mut self, index: usize, value: String) -> Value {
        self.values.push((index, value));
        json!({"handle": self.values.len() - 1})
    }
}

/// What a reference stands for.
fn resolve(settings: &Settings, reference: &Map<String, Value>) -> Result<String, String> {
    let field = |name| match (reference.len(), reference.get(name)) {
        (1, Some(Value::String(text))) => Some(text),
        _ => None,
    };
    if let Some(name) = field("env") {
        return match settings.get(name) {
            Some("") => Err(format!("the environment variable {name} is empty")),
            Some(text) => Ok(text.to_owned()),
            None => Err(format!("the environment variable {name} is not set")),
        };
    }
    Err(match field("file") {
        Some(path) => {
            format!("the file {path} cannot be read: a service has no files; write {{env: NAME}}")
        }
        None => "must be a text or {env: NAME}".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn secrets_and_references_are_hidden() {
        let settings = Settings::of(&[("KEY", "k3y"), ("URL", "https://a/t0ken")]);
        let mut handles = SecretHandles::new(&settings);
        let mut webhooks = [json!({
            "url": {"env": "URL"},
            "secret": ["literal", {"env": "KEY"}],
            "headers": {"Authorization": {"env": "KEY"}, "X-Plain": "plain"},
        })];
        handles.hide(&mut webhooks);
        assert_eq!(
            webhooks[0],
            json!({
                "url": {"handle": 2},
                "secret": [{"handle": 0}, {"handle": 1}],
                "headers": {"Authorization": {"handle": 3}, "X-Plain": "plain"},
            })
        );
        let values: Vec<_> = handles
            .values
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        assert_eq!(values, ["literal", "k3y", "https://a/t0ken", "k3y"]);
        assert!(handles.problems.is_empty() && handles.warnings.is_empty());
    }

    #[test]
    fn a_line_end_in_a_secret_is_pointed_out() {
        let settings = Settings::of(&[("KEY", "k3y\n")]);
        let mut handles = SecretHandles::new(&settings);
        handles.hide(&mut [json!({"secret": ["a\r", {"env": "KEY"}, "b"], "url": {"env": "KEY"}})]);
        let [first, second] = handles.warnings.as_slice() else {
            panic!("{:?}", handles.warnings)
        };
        assert!(
            first.starts_with("webhooks[0].secret[0]: holds a line end"),
            "{first}"
        );
        assert!(
            second.starts_with("webhooks[0].secret[1]: holds a line end"),
            "{second}"
        );
    }

    #[test]
    fn what_cannot_be_resolved_is_said_at_once() {
        let settings = Settings::of(&[("EMPTY", "")]);
        let mut handles = SecretHandles::new(&settings);
        let mut webhooks = [json!({
            "secret": [{"env": "EMPTY"}, {"env": "UNSET"}, "", 12, true, ["hunter2"], "${KEY}"],
            "url": {"file": "url.txt"},
            "headers": [{"name": "A", "value": {"env": "A", "file": "B"}}],
        })];
        handles.hide(&mut webhooks);
        for (problem, (path, says)) in handles.problems.iter().zip([
            ("webhooks[0].secret[0]", "EMPTY is empty"),
            ("webhooks[0].secret[1]", "UNSET is not set"),
            ("webhooks[0].secret[2]", "empty"),
            ("webhooks[0].secret[6]", "write {env: KEY}"),
            ("webhooks[0].url", "url.txt"),
            ("webhooks[0].headers[0].value", "{env: NAME}"),
        ]) {
            assert!(
                problem.starts_with(&format!("{path}: ")) && problem.contains(says),
                "{problem}"
            );
        }
        assert_eq!(handles.problems.len(), 6);
        assert!(!webhooks[0].to_string().contains("hunter2"));
    }
}

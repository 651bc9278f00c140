//! Calls of the connector as JSON: what the vectors state, in any language.

use serde_json::{Value, json};

/// Something that answers calls as a connector does.
pub trait UnderTest {
    /// The webhooks and problems of `{"document": [..], "events": [..], "source": ".."}`.
    fn parse_config(&self, document: &str, events: &[String], source: &str) -> Value;
    fn select(&self, listeners: &[Vec<String>], event: &str) -> Value;
    fn render(&self, shape: &str, notification: &Value) -> Value;
    fn sign(&self, scheme: &str, secrets: &[String], context: &Value, body: &str) -> Value;
    fn judge(&self, policy: &str, attempt: &Value) -> Value;
    fn schema(&self, shape: &str, event_type: &Value) -> Value;
    fn sample(&self, event_type: &Value, id: &str, created: &str) -> Value;

    /// One call by its name. Tokens are opaque: a call that needs one states the webhook
    /// that it comes from.
    fn call(&self, function: &str, input: &Value) -> Value {
        let source = input["source"].as_str().unwrap_or_default();
        let token = |path: &str| {
            let document = json!([input["webhook"]]).to_string();
            let read = self.parse_config(&document, &[], source);
            let token = read
                .pointer(&format!("/webhooks/0{path}"))
                .and_then(Value::as_str);
            token
                .map(str::to_owned)
                .unwrap_or_else(|| panic!("no webhook: {read}"))
        };
        match function {
            "parse-config" => self.parse_config(
                &input["document"].to_string(),
                &texts(&input["events"]),
                source,
            ),
            "select" => {
                let listeners: Vec<_> = input["listeners"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(texts)
                    .collect();
                self.select(&listeners, text(&input["event"]))
            }
            "render" => self.render(&token("/shape"), &input["notification"]),
            "sign" => self.sign(
                &token("/scheme"),
                &texts(&input["secrets"]),
                &input["context"],
                text(&input["body"]),
            ),
            "judge" => self.judge(
                &token(&format!("/{}/policy", text(&input["side"]))),
                &input["attempt"],
            ),
            "schema" => self.schema(&token("/shape"), &input["event_type"]),
            "sample" => self.sample(
                &input["event_type"],
                text(&input["id"]),
                text(&input["created"]),
            ),
            other => panic!("no function is called {other}"),
        }
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

pub fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

pub fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.map(|item| text(item).to_owned()).collect()
}

/// Pairs of name and value.
pub fn pairs(value: &Value) -> Vec<(String, String)> {
    let items = value.as_array().into_iter().flatten();
    items
        .map(|pair| (text(&pair[0]).to_owned(), text(&pair[1]).to_owned()))
        .collect()
}

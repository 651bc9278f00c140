//! How bodies are shaped: the token between `parse-config` and `render`.

use serde::{Deserialize, Serialize};

/// The form of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// The body of the original connector, and more.
    #[default]
    Servo,
    /// A CloudEvent in structured mode: the servo's body is its data.
    Cloudevents,
    /// A CloudEvent in binary mode: the servo's body, and headers beside it.
    CloudeventsBinary,
}

/// What a body depends on beside the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Names the servo.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The form of the body.
    #[serde(default, skip_serializing_if = "is_default")]
    pub format: Format,
    /// The condition, in jq; empty: it always fires.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub when: String,
    /// What stands in place of the servo's own body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
}

/// A body that an operator shapes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// Its first output is the body, in jq.
    pub expression: String,
    /// Of the body.
    pub content_type: String,
    /// The operator's JSON Schema of the body, as text; empty: anything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schema: String,
}

fn is_default(format: &Format) -> bool {
    *format == Format::default()
}

impl Shape {
    /// Whether it has an expression.
    #[must_use]
    pub fn has_expressions(&self) -> bool {
        !self.when.is_empty() || self.payload.is_some()
    }

    /// The token: empty for the default shape, which then costs nothing to read.
    #[must_use]
    pub fn token(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a token back; none if it is not ours.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        if token.is_empty() {
            return Some(Self::default());
        }
        serde_json::from_str(token).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_back() {
        for source in ["", "web/prod"] {
            for format in [
                Format::Servo,
                Format::Cloudevents,
                Format::CloudeventsBinary,
            ] {
                let shape = Shape {
                    source: source.to_owned(),
                    format,
                    ..Shape::default()
                };
                assert!(!shape.has_expressions());
                let expressive = Shape {
                    when: ".parameters.a == 1".to_owned(),
                    payload: Some(Payload {
                        expression: "{}".to_owned(),
                        content_type: "application/json".to_owned(),
                        schema: "true".to_owned(),
                    }),
                    ..shape.clone()
                };
                assert!(expressive.has_expressions());
                for shape in [shape, expressive] {
                    assert_eq!(Shape::from_token(&shape.token()), Some(shape));
                }
            }
        }
        assert_eq!(Shape::default().token(), "");
        assert_eq!(Shape::from_token("{\"payload\":1}"), None);
    }

    /// It is handed over with every event: what is as always need not be in it.
    #[test]
    fn a_token_holds_only_what_is_not_the_default() {
        let named = Shape {
            source: "web".to_owned(),
            ..Shape::default()
        };
        let token = named.token();
        for absent in ["format", "when", "payload"] {
            assert!(!token.contains(absent), "{token}");
        }
        let formed = Shape {
            format: Format::Cloudevents,
            ..Shape::default()
        };
        assert!(!formed.token().is_empty() && !formed.token().contains("source"));
    }
}

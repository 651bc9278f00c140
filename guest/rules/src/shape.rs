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
}

fn is_default(format: &Format) -> bool {
    *format == Format::default()
}

impl Shape {
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
                };
                assert_eq!(Shape::from_token(&shape.token()), Some(shape));
            }
        }
        assert_eq!(Shape::default().token(), "");
        assert_eq!(Shape::from_token("{\"payload\":1}"), None);
    }
}

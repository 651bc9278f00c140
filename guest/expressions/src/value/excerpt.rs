//! Values in messages.

use super::write::{beginning, to_json};
use super::{Error, Val, fail};
use std::fmt;

/// The most bytes of a value that a message quotes.
const QUOTED: usize = 29;

impl Val {
    /// The beginning of its JSON, for messages.
    #[must_use]
    pub fn excerpt(&self) -> String {
        let json = match self {
            Self::Str(text) if text.len() > QUOTED + 1 => {
                let cut: String = text.chars().take(QUOTED + 1).collect();
                beginning(&Self::from(cut), 4 * QUOTED)
            }
            other => beginning(other, 4 * QUOTED),
        };
        if json.len() <= QUOTED {
            return json;
        }
        let close = match json.as_bytes().first() {
            Some(b'"') => "\"",
            Some(b'[') => "]",
            Some(b'{') => "}",
            _ => "",
        };
        let mut end = QUOTED - 3 - close.len();
        while !json.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}...{close}", &json[..end])
    }

    /// An error about it: `number (1) cannot be parsed as a boolean`.
    #[must_use]
    pub fn error(&self, message: &str) -> Error {
        fail(format!("{} ({}) {message}", self.kind(), self.excerpt()))
    }

    /// An error about it and another one.
    #[must_use]
    pub fn error_with(&self, other: &Self, message: &str) -> Error {
        fail(format!(
            "{} ({}) and {} ({}) {message}",
            self.kind(),
            self.excerpt(),
            other.kind(),
            other.excerpt()
        ))
    }
}

impl fmt::Display for Val {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&to_json(self))
    }
}

//! Reads a cancel's reason out of the answer's body.
//!
//! A responder that raised its hand is never overheard: whatever the body is, the
//! event is cancelled, and a reason that cannot be read says so.

use crate::sanitize::sanitize;
use serde_json::Value;

/// The most bytes of a reason that are kept.
pub const LIMIT: usize = 1024;

/// How the reading of an answer's body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// To its end.
    Whole,
    /// Longer than the host's cap.
    Oversized,
    /// Timed out, reset, or of the wrong length.
    Broken,
}

/// An answer's body, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// UTF-8, bad sequences replaced.
    pub text: String,
    /// How it ended.
    pub ending: Ending,
}

/// The reason in a cancel's body, or why there is none.
#[must_use]
pub fn read(body: Option<&Body>) -> String {
    let given = match body {
        None => Err("its answer was not read"),
        Some(Body {
            ending: Ending::Oversized,
            ..
        }) => Err("its answer is too long to read"),
        Some(Body {
            ending: Ending::Broken,
            ..
        }) => Err("its answer broke off or came too late"),
        Some(Body { text, .. }) => parse(text),
    };
    match given {
        Ok(reason) => clean(&reason),
        Err(why) => format!("cancelled without a reason: {why}"),
    }
}

fn parse(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("its answer has no body");
    }
    match text.parse() {
        Ok(Value::Object(members)) => match members.get("reason") {
            Some(Value::String(reason)) if !reason.trim().is_empty() => Ok(reason.clone()),
            Some(Value::String(_)) => Err("the reason in its answer is empty"),
            Some(_) => Err("the reason in its answer is not a string"),
            None => Err("its answer has no member \"reason\""),
        },
        Ok(_) => Err("its answer is not a JSON object"),
        Err(_) => Err("its answer is not JSON"),
    }
}

/// Reasons end up in logs and on terminals: nothing that is not seen, no novels.
fn clean(reason: &str) -> String {
    sanitize(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> String {
        read(Some(&Body {
            text: text.to_owned(),
            ending: Ending::Whole,
        }))
    }

    #[test]
    fn given() {
        assert_eq!(
            whole(r#"{"reason": "maintenance window"}"#),
            "maintenance window"
        );
        assert_eq!(whole(r#"{"more": [1], "reason": "é😀"}"#), "é😀");
        assert_eq!(
            whole(r#"{"reason": "a\u0000b\nc\u001b[31m\u0085"}"#),
            "a\u{fffd}b\u{fffd}c\u{fffd}[31m\u{fffd}"
        );
    }

    #[test]
    fn cut_on_a_character() {
        let long = format!("{{\"reason\": \"{}\"}}", "é".repeat(600));
        assert_eq!(whole(&long), "é".repeat(512));
        let odd = format!("{{\"reason\": \"x{}\"}}", "é".repeat(600));
        assert_eq!(whole(&odd), format!("x{}", "é".repeat(511)));
    }

    #[test]
    fn missing() {
        for text in [
            "",
            " ",
            "{",
            "null",
            "[]",
            "\"no\"",
            "{}",
            r#"{"reason": 1}"#,
            r#"{"reason": ""}"#,
        ] {
            assert!(
                whole(text).starts_with("cancelled without a reason: "),
                "{text}"
            );
        }
        for ending in [Ending::Oversized, Ending::Broken] {
            let body = Body {
                text: r#"{"reason": "x"}"#.to_owned(),
                ending,
            };
            assert!(read(Some(&body)).starts_with("cancelled without a reason: "));
        }
        assert!(read(None).starts_with("cancelled without a reason: "));
    }
}

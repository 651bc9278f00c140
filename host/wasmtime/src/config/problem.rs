//! What is wrong in a configuration, and where.
//!
//! A [`Problem`] holds no confidential text; its line of the file, which may, is only shown masked.

use std::{fmt, ops::Range, sync::Arc};

use rules::sanitize::seen;
use serde_json::json;

use super::source::Span;

/// Characters of a message or path, at most.
const MAX_TEXT: usize = 1000;

/// A warning lets the configuration load, an error does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something to look at.
    Warning,
    /// Something to mend.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Something wrong in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Whether the configuration may be used all the same.
    pub severity: Severity,
    /// The file, as it was named.
    pub file: Arc<str>,
    /// Counts from 1.
    pub line: u32,
    /// In characters, counts from 1.
    pub column: u32,
    /// For people: `webhooks[2].backoff.max_time`. Empty: the file as a whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Bytes of the text, a byte order mark not counted.
    pub span: Range<usize>,
}

impl Problem {
    pub(super) fn new(
        severity: Severity,
        file: &Arc<str>,
        span: Span,
        path: &str,
        message: &str,
    ) -> Self {
        Self {
            severity,
            file: Arc::clone(file),
            line: span.line,
            column: span.column,
            path: printable(path),
            message: printable(message),
            span: span.range(),
        }
    }

    /// The problem for machines: `severity`, `file`, `line`, `column`, `path`, `message`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "severity": self.severity.to_string(),
            "file": &*self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "message": self.message,
        })
    }
}

/// `servo.yaml:12:9: error: webhooks[2].backoff.max_time: message`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            file,
            line,
            column,
            path,
            message,
            ..
        } = self;
        write!(f, "{file}:{line}:{column}: {severity}: ")?;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(message)
    }
}

/// What is not seen could play tricks on a terminal.
fn printable(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_TEXT).map(seen).collect();
    if text.chars().nth(MAX_TEXT).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Problem, Severity};
    use crate::config::source::Span;

    fn problem(path: &str, message: &str) -> Problem {
        let span = Span {
            start: 7,
            end: 9,
            line: 12,
            column: 9,
        };
        Problem::new(Severity::Error, &"servo.yaml".into(), span, path, message)
    }

    #[test]
    fn one_line_says_it_all() {
        assert_eq!(
            problem("webhooks[2].backoff.max_time", "not a duration").to_string(),
            "servo.yaml:12:9: error: webhooks[2].backoff.max_time: not a duration"
        );
        assert_eq!(
            problem("", "empty").to_string(),
            "servo.yaml:12:9: error: empty"
        );
    }

    #[test]
    fn control_characters_are_replaced_and_length_is_bounded() {
        assert_eq!(
            problem("", "a\u{1b}[31m\nb\u{9b}\u{202e}\u{2028}\u{200b}").message,
            "a\u{fffd}[31m\u{fffd}b\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(problem("", &"é".repeat(5000)).message.chars().count(), 1001);
    }

    #[test]
    fn machines_get_every_field() {
        let expected = serde_json::json!({
            "severity": "error", "file": "servo.yaml", "line": 12, "column": 9,
            "path": "webhooks[0].url", "message": "missing",
        });
        assert_eq!(problem("webhooks[0].url", "missing").to_json(), expected);
    }
}

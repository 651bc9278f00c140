//! What is wrong in a configuration, and where.
//!
//! A [`Problem`] holds no confidential text; its line of the file, which may, is only shown masked,
//! by [`Problems::render`].

use std::{cmp::Reverse, collections::HashMap, fmt, ops::Range, sync::Arc};

use rules::foreign::seen;
use serde_json::json;

use super::{
    mask::Mask,
    snippet,
    source::{Source, Span},
};

/// Problems kept, at most: a hostile file has millions.
pub(super) const MAX_PROBLEMS: usize = 1000;
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

/// A file's problems, with the file to show them in. At most 1,000 are kept.
#[derive(Clone)]
pub struct Problems {
    list: Vec<Problem>,
    source: Arc<Source>,
    mask: Arc<Mask>,
}

impl Problems {
    pub(super) fn new(mut list: Vec<Problem>, source: Arc<Source>, mask: Mask) -> Self {
        // Warnings must not crowd out the errors.
        list.sort_by_key(|problem| Reverse(problem.severity));
        list.truncate(MAX_PROBLEMS);
        list.sort_by_key(|problem| (problem.line, problem.column));
        Self {
            list,
            source,
            mask: Arc::new(mask),
        }
    }

    /// One error about a file as a whole, such as that it cannot be opened.
    #[must_use]
    pub fn of_file(name: &str, message: &str) -> Self {
        let span = Span::default();
        let problem = Problem::new(Severity::Error, &name.into(), span, "", message);
        let source = Arc::new(Source {
            text: String::new().into(),
        });
        Self::new(vec![problem], source, Mask::strict())
    }

    /// In document order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    /// The same with every warning as an error.
    #[must_use]
    pub fn strict(mut self) -> Self {
        for problem in &mut self.list {
            problem.severity = Severity::Error;
        }
        self
    }

    /// All of them for a terminal, each with its line of the file, confidential parts masked. What
    /// is said of several places is said once.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let render = |same: &Vec<&Problem>| snippet::render(same, &self.source, &self.mask, color);
        let groups = self.groups();
        groups.iter().map(render).collect::<Vec<_>>().join("\n\n")
    }

    /// Those that say the same, together, in the order of the first of each.
    fn groups(&self) -> Vec<Vec<&Problem>> {
        let mut places = HashMap::new();
        let mut groups: Vec<Vec<&Problem>> = Vec::new();
        for problem in &self.list {
            let place = *places
                .entry((problem.severity, problem.message.as_str()))
                .or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.push(problem),
                None => groups.push(vec![problem]),
            }
        }
        groups
    }

    /// How many different things are said.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.groups().len()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One problem a line.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

impl std::error::Error for Problems {}

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
    use super::{Problem, Problems, Severity};
    use crate::config::{
        mask::Mask,
        source::{Source, Span},
    };

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
    fn a_file_that_cannot_be_opened_is_a_problem() {
        let problems = Problems::of_file("servo.yaml", "cannot be opened");
        assert_eq!(
            problems.to_string(),
            "servo.yaml:1:1: error: cannot be opened"
        );
        assert!(problems.has_errors() && problems.render(false).contains("servo.yaml:1:1"));
    }

    #[test]
    fn equal_problems_are_one_with_their_places() {
        let at = |line: u32, message: &str| {
            let span = Span {
                line,
                ..Span::default()
            };
            let path = format!("webhooks[{line}].secret");
            Problem::new(Severity::Warning, &"f".into(), span, &path, message)
        };
        let mut list: Vec<Problem> = (1..=9).map(|line| at(line, "not set")).collect();
        list.push(at(3, "other"));
        let source = Source {
            text: String::new().into(),
        };
        let problems = Problems::new(list, source.into(), Mask::strict());
        assert_eq!((problems.len(), problems.distinct()), (10, 2));
        let shown = problems.render(false);
        assert_eq!(shown.matches("warning: not set").count(), 1, "{shown}");
        assert!(
            shown.contains("f:1:1") && shown.contains("webhooks[2].secret"),
            "{shown}"
        );
        assert!(
            shown.contains("and at f:6:1, f:7:1, f:8:1, f:9:1"),
            "{shown}"
        );
        let strict = problems.strict();
        assert!(strict.has_errors() && strict.render(false).contains("error: other"));
    }

    #[test]
    fn an_error_survives_thousands_of_warnings() {
        let problem = |severity| Problem::new(severity, &"f".into(), Span::default(), "", "m");
        let mut list = vec![problem(Severity::Warning); 2000];
        list.push(problem(Severity::Error));
        let source = Source {
            text: String::new().into(),
        };
        let problems = Problems::new(list, source.into(), Mask::strict());
        assert_eq!(problems.len(), 1000);
        assert!(problems.has_errors());
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

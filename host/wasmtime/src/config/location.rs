//! Where in the file a problem is that the connector found in the JSON.

use super::{
    document::Document,
    expression,
    node::NodeId,
    path::{self, Step},
    problem::{Problem, Severity},
};

/// The value that a pointer leads to, or the nearest one around it.
struct Location<'a> {
    key: Option<NodeId>,
    value: NodeId,
    /// The way to it.
    steps: Vec<Step<'a>>,
    /// It is the value itself.
    found: bool,
}

impl Document {
    /// A problem at a JSON pointer (RFC 6901) into [`Document::json`], or at the nearest value
    /// around it; at its key, if `at_key`. One of an expression whose message begins with a line
    /// and column of it is placed there.
    ///
    /// It takes time in proportion to the mappings on the way: cap the number of problems of a
    /// component that is not trusted.
    #[must_use]
    pub fn locate(
        &self,
        severity: Severity,
        pointer: &str,
        at_key: bool,
        message: String,
    ) -> Problem {
        let Location {
            key,
            value,
            steps,
            found,
        } = self.follow(pointer);
        let path = path::readable(self.root, &steps);
        let expression = key
            .filter(|_| found && steps.len() == 2)
            .and_then(|key| self.tree.text(key))
            .filter(|key| expression::is_expression(key));
        if expression.is_some()
            && let Some((at, rest)) = expression::split(&message)
            && let Some(span) = expression::place(&self.tree, &self.source.text, value, at)
        {
            return Problem::new(severity, &self.file, span, &path, rest);
        }
        let key_span = key
            .filter(|_| at_key && found)
            .and_then(|key| self.tree.written(key));
        let span = key_span.map_or_else(|| self.tree.place(key, value), |key| key.span);
        Problem::new(severity, &self.file, span, &path, &message)
    }

    fn follow<'a>(&self, pointer: &'a str) -> Location<'a> {
        let (mut key, mut value) = (self.key, self.list);
        let mut steps = Vec::new();
        let mut tokens = path::tokens(pointer).peekable();
        let mut found = true;
        while let Some(token) = tokens.next() {
            let last = tokens.peek().is_none();
            if let Some(items) = self.tree.items(value) {
                let index = token.parse().ok().filter(|index| *index < items.len());
                let item =
                    index.and_then(|index: usize| items.get(index).map(|item| (index, item)));
                let Some((index, item)) = item else {
                    found = false;
                    break;
                };
                steps.push(Step::Index(index));
                (key, value) = (None, *item);
            } else if let Some(entries) = self.tree.entries(value) {
                let entry = entries
                    .iter()
                    .find(|(key, _)| self.tree.text(*key) == Some(&*token));
                let Some((name, child)) = entry else {
                    // Inside a reference there is only the handle; else it is a missing key.
                    if last && token != "handle" {
                        steps.push(Step::Key(token));
                    }
                    found = false;
                    break;
                };
                let stray = self.tree.is_stray(*name, *child);
                steps.push(if stray {
                    Step::Hidden
                } else {
                    Step::Key(token)
                });
                (key, value) = (Some(*name), *child);
            } else {
                found = false;
                break;
            }
        }
        Location {
            key,
            value,
            steps,
            found,
        }
    }
}

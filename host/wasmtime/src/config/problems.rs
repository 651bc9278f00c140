//! All that is wrong in a configuration file, to be shown together.

use std::{cmp::Reverse, collections::HashMap, fmt, sync::Arc};

use super::{
    mask::Mask,
    problem::{Problem, Severity},
    snippet,
    source::{Source, Span},
};

/// Problems kept, at most: a hostile file has millions.
pub(super) const MAX_PROBLEMS: usize = 1000;
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

#[cfg(test)]
mod tests {
    use super::{Problem, Problems, Severity};
    use crate::config::{
        mask::Mask,
        source::{Source, Span},
    };

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
}

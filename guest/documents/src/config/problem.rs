//! What is wrong in a configuration, collected until all has been read.

use super::pointer::escape;
use serde_json::Value as Json;
use std::collections::HashMap;

/// A warning lets the configuration load, an error does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something to look at.
    Warning,
    /// Something to mend.
    Error,
}

/// Something wrong in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it loads all the same.
    pub severity: Severity,
    /// JSON pointer (RFC 6901) into the document.
    pub path: String,
    /// The key is wrong, not its value.
    pub at_key: bool,
    /// What is wrong and what to write; without secrets.
    pub message: String,
}

/// The problems found so far.
#[derive(Debug, Default)]
pub struct Report(Vec<Problem>);

impl Report {
    /// Something to mend.
    pub fn error(&mut self, path: &str, message: String) {
        self.add(Severity::Error, path, false, message);
    }

    /// Something to look at.
    pub fn warning(&mut self, path: &str, message: String) {
        self.add(Severity::Warning, path, false, message);
    }

    /// Something to mend in a key.
    pub fn key_error(&mut self, path: &str, message: String) {
        self.add(Severity::Error, path, true, message);
    }

    fn add(&mut self, severity: Severity, path: &str, at_key: bool, message: String) {
        self.0.push(Problem {
            severity,
            path: path.to_owned(),
            at_key,
            message,
        });
    }

    /// Whether the configuration must not load.
    pub fn has_errors(&self) -> bool {
        self.0
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    /// In the order of the document, which puts what is missing before what is there.
    pub fn into_problems(mut self, document: &Json) -> Vec<Problem> {
        if !self.0.is_empty() {
            let mut places = HashMap::new();
            number(document, String::new(), &mut places);
            self.0
                .sort_by_key(|problem| places.get(&problem.path).copied());
        }
        self.0
    }
}

/// Gives each place of a document its number, in order.
fn number(value: &Json, path: String, places: &mut HashMap<String, usize>) {
    match value {
        Json::Array(items) => {
            places.insert(path.clone(), places.len());
            for (index, item) in items.iter().enumerate() {
                number(item, format!("{path}/{index}"), places);
            }
        }
        Json::Object(members) => {
            places.insert(path.clone(), places.len());
            for (key, member) in members {
                number(member, format!("{path}/{}", escape(key)), places);
            }
        }
        _ => drop(places.insert(path, places.len())),
    }
}

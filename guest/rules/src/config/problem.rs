//! What is wrong in a configuration, collected until all has been read.

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

    /// In the order of the webhooks.
    pub fn into_problems(mut self) -> Vec<Problem> {
        let index = |problem: &Problem| {
            problem
                .path
                .split('/')
                .nth(1)
                .and_then(|index| index.parse::<usize>().ok())
                .unwrap_or(0)
        };
        self.0.sort_by_key(index);
        self.0
    }
}

//! A configuration file that was read: what the connector gets of it, and where things stand.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

#[cfg(not(feature = "yaml"))]
use super::json::compose;
#[cfg(feature = "yaml")]
use super::yaml::compose;
use super::{
    expression,
    extract::{self, Handle, Target},
    mask::Mask,
    node::{NodeId, Tree},
    path::{self, Step},
    problem::{MAX_PROBLEMS, Problem, Problems, Severity},
    reference,
    scalar::Scalar,
    secret::Values,
    source::{self, Source, Span},
    written::Written,
};

/// The key of the list of webhooks in the configuration of a servo.
const KEY: &str = "webhooks";
/// What to write when there is no list.
const HOW: &str = "`servo-webhooks generate` prints a configuration to start from";

/// A configuration file.
///
/// Its list of webhooks may be empty: that is the connector's to remark on.
pub struct Document {
    source: Arc<Source>,
    file: Arc<str>,
    folder: PathBuf,
    tree: Tree,
    key: Option<NodeId>,
    list: NodeId,
    /// The path of the list.
    root: &'static str,
    json: String,
    handles: Vec<Handle>,
    firsts: Vec<u32>,
    voids: HashSet<String>,
    problems: Vec<Problem>,
}

impl Document {
    /// Reads a configuration: YAML 1.2, a mapping with the key `webhooks` or a bare list.
    ///
    /// `name` is how the file is shown to people; files that it refers to are relative to `folder`.
    ///
    /// # Errors
    ///
    /// The problems that leave no list to read: not UTF-8, not YAML, too large, no `webhooks`.
    pub fn parse(name: &str, folder: &Path, text: &[u8]) -> Result<Self, Problems> {
        let file: Arc<str> = name.into();
        let decoded = source::decode(text);
        let text = decoded.as_ref().map_or("", |text| text).to_owned().into();
        let source = Arc::new(Source { text });
        let error = |(span, path, message): (Span, &str, String)| {
            Problem::new(Severity::Error, &file, span, path, &message)
        };
        let fatal =
            |failure| Problems::new(vec![error(failure)], Arc::clone(&source), Mask::strict());
        decoded.map_err(|(span, message)| fatal((span, "", message)))?;
        let tree = compose(&source.text).map_err(|(at, message)| fatal((at, "", message)))?;
        let mut problems: Vec<_> = duplicates(&tree).into_iter().map(&error).collect();
        if let Some(span) = tree.second {
            let message =
                "a second document starts here: a configuration must be a single document";
            problems.push(error((span, "", message.to_owned())));
        }
        let (key, list) = match find(&tree) {
            Ok(found) => found,
            Err(failure) => {
                problems.push(error(failure));
                let mask = Mask::new(&tree, &source.text, None, None);
                return Err(Problems::new(problems, source, mask));
            }
        };
        let root = if key.is_some() { KEY } else { "" };
        let extract = extract::extract(&tree, root, list);
        let findings = extract.findings.into_iter();
        problems
            .extend(findings.map(|f| Problem::new(f.severity, &file, f.span, &f.path, &f.message)));
        Ok(Self {
            source,
            file,
            folder: folder.to_owned(),
            tree,
            key,
            list,
            root,
            json: extract.json,
            handles: extract.handles,
            firsts: extract.firsts,
            voids: extract.voids,
            problems,
        })
    }

    /// The list of webhooks in JSON, for the connector.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The fields of each webhook as they are written.
    #[must_use]
    pub fn written(&self) -> Vec<Written> {
        let list: Vec<serde_json::Value> = serde_json::from_str(&self.json).unwrap_or_default();
        let items = list.into_iter();
        items
            .map(|item| Written::new(item, &self.handles))
            .collect()
    }

    /// What is wrong so far. To be reported together with what the connector finds.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The environment variables that references name.
    #[must_use]
    pub fn variables(&self) -> Vec<String> {
        let named = self
            .handles
            .iter()
            .filter_map(|handle| match &handle.target {
                Target::Env(name) => Some(name.clone()),
                _ => None,
            });
        named.collect()
    }

    /// The handles issued for a webhook, by its place in the list; none past its end.
    #[must_use]
    pub fn webhook_handles(&self, index: usize) -> Range<u32> {
        let end = source::small(self.handles.len());
        let first = |index: usize| self.firsts.get(index).copied().unwrap_or(end);
        first(index)..first(index.saturating_add(1))
    }

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
        let (mut key, mut value) = (self.key, self.list);
        let mut steps: Vec<Step<'_>> = Vec::new();
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

    /// Problems with the file to show them in, in document order.
    ///
    /// Problems of a value that could not be handed on are left out but for the first: what the
    /// connector says of the null in its stead helps nobody.
    #[must_use]
    pub fn report(&self, mut problems: Vec<Problem>) -> Problems {
        let mut seen = HashSet::new();
        problems.retain(|problem| {
            !self.voids.contains(&problem.path) || seen.insert(problem.path.clone())
        });
        let mask = Mask::new(&self.tree, &self.source.text, self.key, Some(self.list));
        Problems::new(problems, Arc::clone(&self.source), mask)
    }

    /// Opens the environment variables and files that the configuration refers to.
    ///
    /// Those that are missing, empty or unusable give a problem of this severity each: an error for
    /// whatever sends, a warning for whatever only looks. A line end in a secret is a warning.
    #[must_use]
    pub fn resolve(&self, severity: Severity) -> (Values, Vec<Problem>) {
        self.resolve_with(severity, |name| std::env::var_os(name))
    }

    pub(super) fn resolve_with(
        &self,
        severity: Severity,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> (Values, Vec<Problem>) {
        let opened = reference::open(&self.handles, &self.folder, variable);
        let missing = opened.missing.into_iter().map(|found| (severity, found));
        let odd = opened.odd.into_iter();
        let odd = odd.map(|found| (Severity::Warning, found));
        let problem = |(severity, (index, message)): (Severity, (usize, String))| {
            let handle = self.handles.get(index)?;
            Some(Problem::new(
                severity,
                &self.file,
                handle.span,
                &handle.path,
                &message,
            ))
        };
        (
            Values::new(opened.values),
            missing
                .chain(odd)
                .filter_map(problem)
                .take(MAX_PROBLEMS)
                .collect(),
        )
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("file", &self.file)
            .field("webhooks", &self.firsts.len())
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

/// Where, at which path, and what.
type Failure = (Span, &'static str, String);

/// The list of webhooks, and its key unless it is the whole document.
fn find(tree: &Tree) -> Result<(Option<NodeId>, NodeId), Failure> {
    let root = match tree.root {
        Some(root) if !matches!(tree.scalar(root), Some(Ok(Scalar::Null))) => root,
        _ => return Err((Span::default(), "", format!("the file is empty: {HOW}"))),
    };
    if tree.items(root).is_some() {
        return Ok((None, root));
    }
    let span = tree.place(None, root);
    let Some(entries) = tree.entries(root) else {
        let message =
            format!("a configuration must be a mapping with the key `{KEY}`, or a list: {HOW}");
        return Err((span, "", message));
    };
    let Some((key, list)) = entries.iter().find(|(key, _)| tree.text(*key) == Some(KEY)) else {
        let message = format!("the key `{KEY}` is missing: add it, with a list; {HOW}");
        return Err((span, KEY, message));
    };
    if tree.items(*list).is_some() {
        return Ok((Some(*key), *list));
    }
    let span = tree.place(Some(*key), *list);
    let message = match tree.scalar(*list) {
        Some(Ok(Scalar::Null)) => {
            format!("`{KEY}` is empty: give it a list, each item starting with `- `; {HOW}")
        }
        _ => format!("`{KEY}` is not a list: start each webhook with `- `; {HOW}"),
    };
    Err((span, KEY, message))
}

/// Keys that stand twice at the top. What is below the keys of others is theirs.
fn duplicates(tree: &Tree) -> Vec<Failure> {
    let mut lines = HashMap::new();
    let mut failures = Vec::new();
    for (key, _) in tree
        .root
        .and_then(|root| tree.entries(root))
        .unwrap_or_default()
    {
        let Some((name, node)) = tree.text(*key).zip(tree.written(*key)) else {
            continue;
        };
        if let Some(line) = lines.get(name) {
            if failures.len() >= MAX_PROBLEMS {
                break;
            }
            let name = path::label(name);
            let message =
                format!("the key `{name}` is given twice, first on line {line}: remove one");
            failures.push((node.span, "", message));
        } else {
            lines.insert(name, node.span.line);
        }
    }
    failures
}

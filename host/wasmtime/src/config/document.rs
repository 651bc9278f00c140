//! A configuration file that was read: what the connector gets of it, and where things stand.

use std::{
    collections::HashSet,
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
    extract,
    handle::{Handle, Target},
    mask::Mask,
    node::{NodeId, Tree},
    problem::{Problem, Severity},
    problems::{MAX_PROBLEMS, Problems},
    reference,
    resolver::Resolver,
    secret::Values,
    source::{self, Source, Span},
    webhook_list::{KEY, duplicates, find},
    written::Written,
};

/// A configuration file.
///
/// Its list of webhooks may be empty: that is the connector's to remark on.
pub struct Document {
    pub(super) source: Arc<Source>,
    pub(super) file: Arc<str>,
    folder: PathBuf,
    pub(super) tree: Tree,
    pub(super) key: Option<NodeId>,
    pub(super) list: NodeId,
    /// The path of the list.
    pub(super) root: &'static str,
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
    pub fn resolve(
        &self,
        severity: Severity,
        resolver: Option<&Resolver>,
    ) -> (Values, Vec<Problem>) {
        self.resolve_with(severity, resolver, |name| std::env::var_os(name))
    }

    pub(super) fn resolve_with(
        &self,
        severity: Severity,
        resolver: Option<&Resolver>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> (Values, Vec<Problem>) {
        let opened = reference::open(&self.handles, &self.folder, resolver, variable);
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

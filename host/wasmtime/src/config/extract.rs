//! Writes the list of webhooks as the JSON that the connector reads.
//!
//! Every reference and every literal secret becomes `{"handle": N}`; whatever JSON or the contract
//! cannot express becomes a problem, and the rest is written all the same, so that all problems
//! of a file are found at once.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use serde_json::Value;

use documents::config::placeholder;

use super::{
    field_kind::FieldKind,
    handle::{Handle, Target},
    node::{Kind, Node, NodeId, ScalarStyle, Tree},
    path::{self, Step},
    problem::Severity,
    problems::MAX_PROBLEMS,
    scalar::Scalar,
    secret::Secret,
    source::{Span, small},
};

/// Something wrong that was found on the way.
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) span: Span,
    pub(super) path: String,
    pub(super) message: String,
}

/// The list in JSON, and what was taken out of it.
#[derive(Default)]
pub(super) struct Extract {
    pub(super) json: String,
    pub(super) handles: Vec<Handle>,
    /// The first handle of each webhook.
    pub(super) firsts: Vec<u32>,
    pub(super) findings: Vec<Finding>,
    /// Paths of values that could not be written, and stand as null.
    pub(super) voids: HashSet<String>,
}

/// Writes the list at `list`, a sequence whose path is `root`.
pub(super) fn extract(tree: &Tree, root: &str, list: NodeId) -> Extract {
    let mut writer = Writer {
        tree,
        root,
        steps: Vec::new(),
        out: Extract::default(),
    };
    writer.value(None, list, FieldKind::List);
    writer.out
}

struct Writer<'t> {
    tree: &'t Tree,
    root: &'t str,
    steps: Vec<Step<'t>>,
    out: Extract,
}

impl<'t> Writer<'t> {
    fn value(&mut self, key: Option<NodeId>, id: NodeId, field: FieldKind) {
        let Some((_, node)) = self.tree.meant(id) else {
            return self.put("null");
        };
        let span = self.tree.place(key, id);
        match &node.kind {
            Kind::Sequence(items) => {
                self.collection_tag(node, "seq", span);
                // A list in a list of secrets is refused by the connector; what it holds could be
                // secret, and stays here.
                let items = if field == FieldKind::SecretItem {
                    &[]
                } else {
                    items.as_slice()
                };
                self.list(items, field);
            }
            Kind::Mapping(entries) => {
                self.collection_tag(node, "map", span);
                if field.takes_reference() {
                    self.reference(entries, span, field);
                } else {
                    self.mapping(entries, field);
                }
            }
            Kind::Scalar { .. } => self.scalar(id, span, field),
            // An alias does not mean an alias.
            Kind::Alias(_) => self.put("null"),
        }
    }

    fn list(&mut self, items: &[NodeId], field: FieldKind) {
        self.put("[");
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.put(",");
            }
            if field == FieldKind::List {
                self.out.firsts.push(small(self.out.handles.len()));
            }
            self.steps.push(Step::Index(index));
            self.value(None, *item, field.item());
            self.steps.pop();
        }
        self.put("]");
    }

    fn mapping(&mut self, entries: &'t [(NodeId, NodeId)], field: FieldKind) {
        let mut lines: HashMap<&str, u32> = HashMap::with_capacity(entries.len());
        self.put("{");
        for (key, value) in entries {
            let span = self
                .tree
                .written(*key)
                .map(|key| key.span)
                .unwrap_or_default();
            let Some(name) = self.key(*key, span) else {
                continue;
            };
            let stray = self.tree.is_stray(*key, *value);
            self.steps.push(if stray {
                Step::Hidden
            } else {
                Step::Key(name.into())
            });
            if let Some(line) = lines.get(name) {
                let message = format!(
                    "the key `{}` is given twice, first on line {line}: remove one",
                    if stray {
                        "…".to_owned()
                    } else {
                        path::label(name)
                    }
                );
                self.report(span, message);
            } else {
                if !lines.is_empty() {
                    self.put(",");
                }
                lines.insert(name, span.line);
                self.put(&Value::from(name).to_string());
                self.put(":");
                self.value(Some(*key), *value, field.entry(name));
            }
            self.steps.pop();
        }
        self.put("}");
    }

    /// The text of a key, unless it is none that JSON could hold.
    fn key(&mut self, id: NodeId, span: Span) -> Option<&'t str> {
        let message = match self.tree.scalar(id) {
            None => "a key must be a string, not a list or a mapping".to_owned(),
            Some(Err(error)) => error.to_string(),
            Some(Ok(Scalar::Text("<<"))) if self.is_plain(id) => {
                "merge keys (`<<`) are not supported: write the keys out".to_owned()
            }
            Some(Ok(Scalar::Text(text))) => return Some(text),
            Some(Ok(Scalar::Number(_))) => "this key is a number: put it in quotes".to_owned(),
            Some(Ok(Scalar::Bool(_))) => "this key is a boolean: put it in quotes".to_owned(),
            Some(Ok(Scalar::Null)) => "a key is missing or null: write a string".to_owned(),
        };
        self.report(span, message);
        None
    }

    fn is_plain(&self, id: NodeId) -> bool {
        let node = self.tree.meant(id).map(|(_, node)| node);
        node.is_some_and(|node| {
            matches!(
                node.kind,
                Kind::Scalar {
                    style: ScalarStyle::Plain,
                    ..
                }
            )
        })
    }

    fn scalar(&mut self, id: NodeId, span: Span, field: FieldKind) {
        let secret = field.is_secret();
        match self.tree.scalar(id) {
            None | Some(Ok(Scalar::Null)) => self.put("null"),
            Some(Ok(Scalar::Bool(_))) if secret => self.put("false"),
            Some(Ok(Scalar::Number(_))) if secret => self.put("0"),
            Some(Ok(Scalar::Bool(bool))) => self.put(if bool { "true" } else { "false" }),
            Some(Ok(Scalar::Number(digits))) => self.put(&digits),
            Some(Ok(Scalar::Text(""))) if secret => {
                let message = "the secret is empty; write {env: NAME} or {file: PATH}";
                self.report(span, message.to_owned());
                self.handle(Target::Invalid, span, field);
            }
            Some(Ok(Scalar::Text(text))) if secret => self.secret(text, span, field),
            Some(Ok(Scalar::Text(text))) => self.put(&Value::from(text).to_string()),
            Some(Err(error)) => {
                self.report(span, error.to_string());
                if field.takes_reference() {
                    self.handle(Target::Invalid, span, field);
                } else {
                    self.out
                        .voids
                        .insert(path::readable(self.root, &self.steps));
                    self.put("null");
                }
            }
        }
    }

    /// A secret that is written out.
    fn secret(&mut self, text: &str, span: Span, field: FieldKind) {
        if let Some(write) = placeholder::instead(text) {
            let message = format!(
                "looks like a placeholder, which is not expanded; write {write} \
                 (if the secret really is this text, put it into a variable or a file)"
            );
            self.report(span, message);
        } else if text.contains(['\n', '\r']) {
            let message = "holds a line end, which is part of the secret; \
                           write it on one line, or begin the block with |-";
            self.add(Severity::Warning, span, message.to_owned());
        }
        self.handle(Target::Literal(Secret::new(text.to_owned())), span, field);
    }

    fn reference(&mut self, entries: &[(NodeId, NodeId)], span: Span, field: FieldKind) {
        let only = match entries {
            [(key, value)] => self.tree.text(*key).zip(self.tree.text(*value)),
            _ => None,
        };
        let target = match only {
            Some(("env", name)) if !name.is_empty() => Target::Env(name.to_owned()),
            Some(("file", path)) if !path.is_empty() => Target::File(path.to_owned()),
            _ => {
                let message = "must be {env: NAME} or {file: PATH}, with nothing else in it";
                self.report(span, message.to_owned());
                Target::Invalid
            }
        };
        self.handle(target, span, field);
    }

    fn handle(&mut self, target: Target, span: Span, field: FieldKind) {
        // Writing to a string cannot fail.
        let _ = write!(self.out.json, "{{\"handle\":{}}}", self.out.handles.len());
        let path = path::readable(self.root, &self.steps);
        self.out.handles.push(Handle {
            target,
            is_secret: field.is_secret(),
            span,
            path,
        });
    }

    fn collection_tag(&mut self, node: &Node, kind: &str, span: Span) {
        let known = match node.tag.as_deref() {
            None | Some("!") => true,
            Some(tag) => tag.strip_prefix("tag:yaml.org,2002:") == Some(kind),
        };
        if !known {
            self.report(span, "unknown tag: remove it".to_owned());
        }
    }

    fn report(&mut self, span: Span, message: String) {
        self.add(Severity::Error, span, message);
    }

    fn add(&mut self, severity: Severity, span: Span, message: String) {
        if self.out.findings.len() < MAX_PROBLEMS {
            let path = path::readable(self.root, &self.steps);
            self.out.findings.push(Finding {
                severity,
                span,
                path,
                message,
            });
        }
    }

    fn put(&mut self, text: &str) {
        self.out.json.push_str(text);
    }
}

#[cfg(all(test, feature = "yaml"))]
mod tests;

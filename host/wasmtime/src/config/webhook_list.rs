//! Where in a configuration its list of webhooks is.

use std::collections::HashMap;

use super::{
    node::{NodeId, Tree},
    path,
    problems::MAX_PROBLEMS,
    scalar::Scalar,
    source::Span,
};
use crate::option_names::OptionNames;

/// The key of the list of webhooks in the configuration of a servo.
pub(super) const KEY: &str = "webhooks";

/// Where, at which path, and what.
pub(super) type Failure = (Span, &'static str, String);

/// The list of webhooks, and its key unless it is the whole document.
pub(super) fn find(tree: &Tree) -> Result<(Option<NodeId>, NodeId), Failure> {
    let how = OptionNames::get().configuration;
    let root = match tree.root {
        Some(root) if !matches!(tree.scalar(root), Some(Ok(Scalar::Null))) => root,
        _ => return Err((Span::default(), "", format!("the file is empty: {how}"))),
    };
    if tree.items(root).is_some() {
        return Ok((None, root));
    }
    let span = tree.place(None, root);
    let Some(entries) = tree.entries(root) else {
        let message =
            format!("a configuration must be a mapping with the key `{KEY}`, or a list: {how}");
        return Err((span, "", message));
    };
    let Some((key, list)) = entries.iter().find(|(key, _)| tree.text(*key) == Some(KEY)) else {
        let message = format!("the key `{KEY}` is missing: add it, with a list; {how}");
        return Err((span, KEY, message));
    };
    if tree.items(*list).is_some() {
        return Ok((Some(*key), *list));
    }
    let span = tree.place(Some(*key), *list);
    let message = match tree.scalar(*list) {
        Some(Ok(Scalar::Null)) => {
            format!("`{KEY}` is empty: give it a list, each item starting with `- `; {how}")
        }
        _ => format!("`{KEY}` is not a list: start each webhook with `- `; {how}"),
    };
    Err((span, KEY, message))
}

/// Keys that stand twice at the top. What is below the keys of others is theirs.
pub(super) fn duplicates(tree: &Tree) -> Vec<Failure> {
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

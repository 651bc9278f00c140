//! Decides which parts of a document people may see.
//!
//! Known fields that are for people are shown, and the origin of a URL; secrets, header values and
//! whatever stands at an unknown key are not.

use super::{
    expression,
    node::{Kind, Node, NodeId, ScalarStyle, Tree},
    path,
    source::{Bytes, Span, small},
};

/// A walk through a document that collects what may be seen.
pub(super) struct Redactor<'t> {
    pub(super) tree: &'t Tree,
    /// What the tree was read from.
    pub(super) text: &'t str,
    pub(super) shown: Vec<Bytes>,
    /// Stronger than `shown`.
    pub(super) hidden: Vec<Bytes>,
}

impl Redactor<'_> {
    /// One webhook.
    pub(super) fn webhook(&mut self, id: NodeId) {
        let Some(entries) = self.tree.entries(id) else {
            return self.hide(id);
        };
        for (key, value) in entries {
            self.entry_key(*key, *value);
            match self.tree.text(*key).unwrap_or_default() {
                "name" | "description" | "enabled" | "response_channel" | "timeout"
                | "http_version" | "on_error" | "format" | "when" | "content_type" => {
                    self.show(*value);
                }
                "payload" => self.payload(*value),
                "events" | "channels" | "signatures" => match self.tree.items(*value) {
                    Some(items) => items.iter().for_each(|item| self.show(*item)),
                    None => self.show(*value),
                },
                "backoff" => match self.tree.entries(*value) {
                    Some(_) => self.mapping(*value, |walk, name, value| match name {
                        "max_tries" | "max_time" => walk.show(value),
                        _ => walk.hide(value),
                    }),
                    None => self.show(*value),
                },
                "url" => self.url(*value),
                "secret" => match self.tree.items(*value) {
                    Some(items) => items.iter().for_each(|item| self.confidential(*item)),
                    None => self.confidential(*value),
                },
                "headers" => self.headers(*value),
                _ => self.hide(*value),
            }
        }
    }

    /// An expression whose strings may be confidential: a key of whoever receives it.
    fn payload(&mut self, id: NodeId) {
        let Some((_, node)) = self.tree.meant(id) else {
            return;
        };
        let raw = self.text.get(node.span.range()).unwrap_or_default();
        match &node.kind {
            // In double quotes its own quotes are escaped: all of it is hidden.
            Kind::Scalar { style, .. } if *style != ScalarStyle::DoubleQuoted => {
                let start = node.span.start;
                let shown = expression::harmless(raw).into_iter();
                self.shown.extend(
                    shown.map(|range| (start + small(range.start), start + small(range.end))),
                );
            }
            _ => self.hide(id),
        }
    }

    fn headers(&mut self, id: NodeId) {
        let Some(items) = self.tree.items(id) else {
            return self.mapping(id, |walk, _, value| walk.confidential(value));
        };
        for item in items {
            self.mapping(*item, |walk, name, value| match name {
                "name" => walk.show(value),
                "value" => walk.confidential(value),
                _ => walk.hide(value),
            });
        }
    }

    fn mapping(&mut self, id: NodeId, each: fn(&mut Self, &str, NodeId)) {
        let Some(entries) = self.tree.entries(id) else {
            return self.hide(id);
        };
        for (key, value) in entries {
            self.entry_key(*key, *value);
            each(self, self.tree.text(*key).unwrap_or_default(), *value);
        }
    }

    /// A value that may be given by reference: only a reference is shown.
    fn confidential(&mut self, id: NodeId) {
        match self.tree.entries(id) {
            Some([(key, value)]) if matches!(self.tree.text(*key), Some("env" | "file")) => {
                self.key(*key);
                self.show(*value);
            }
            _ => self.hide(id),
        }
    }

    fn url(&mut self, id: NodeId) {
        let Some(text) = self.tree.text(id) else {
            return self.confidential(id);
        };
        let Some((
            _,
            Node {
                kind: Kind::Scalar { style, .. },
                span,
                ..
            },
        )) = self.tree.meant(id)
        else {
            return;
        };
        let Span { start, end, .. } = *span;
        // Escapes and folded lines may write it differently: then all of it is hidden.
        let origin = origin(text).unwrap_or_default();
        let length = end.saturating_sub(start) as usize;
        let quotes = match length.checked_sub(text.len()) {
            Some(0) if *style == ScalarStyle::Plain => 0,
            Some(2) if style.is_quoted() => 1,
            _ => return self.hide(id),
        };
        let shown = start + quotes + u32::try_from(origin.len()).unwrap_or(0);
        self.shown.push((start, shown));
        self.hidden.push((shown, end));
    }

    /// A key is shown unless it looks as if a value were part of it.
    pub(super) fn key(&mut self, id: NodeId) {
        match self.tree.text(id) {
            Some(text) if path::label(text) == text => self.show(id),
            _ => self.hide(id),
        }
    }

    fn entry_key(&mut self, key: NodeId, value: NodeId) {
        if self.tree.is_stray(key, value) {
            self.hide(key)
        } else {
            self.key(key)
        }
    }

    fn show(&mut self, id: NodeId) {
        match self.tree.meant(id).map(|(_, node)| (&node.kind, node.span)) {
            Some((Kind::Scalar { .. }, span)) => self.shown.push((span.start, span.end)),
            _ => self.hide(id),
        }
    }

    /// Everything in a value.
    pub(super) fn hide(&mut self, id: NodeId) {
        let Some((_, node)) = self.tree.meant(id) else {
            return;
        };
        match &node.kind {
            Kind::Sequence(items) => items.iter().for_each(|item| self.hide(*item)),
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    self.hide(*key);
                    self.hide(*value);
                }
            }
            _ => self.hidden.push((node.span.start, node.span.end)),
        }
    }
}

/// Scheme, host and port of a URL without credentials.
pub(super) fn origin(url: &str) -> Option<&str> {
    let scheme = ["http://", "https://"].into_iter().find(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let rest = url.get(scheme.len()..)?;
    let host = rest.split(['/', '?', '#', '\\']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    host.chars()
        .all(plain)
        .then(|| url.get(..scheme.len() + host.len()))?
}

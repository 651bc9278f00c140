//! The tree of a document, each node with its place in the text.
//!
//! Nodes live in one list and refer to each other by index; an alias is a node of its own, so that
//! a document costs memory for what is written, not for what it expands to.

use zeroize::Zeroizing;

use super::{
    path,
    scalar::{self, Scalar, ScalarError},
    source::Span,
};

/// Nodes in a document, at most, aliases expanded.
pub(super) const MAX_NODES: u64 = 500_000;
/// Collections in one another, at most, aliases expanded.
pub(super) const MAX_DEPTH: usize = 100;

pub(super) fn too_deep() -> String {
    format!("this is nested too deeply: more than {MAX_DEPTH} levels")
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScalarStyle {
    Plain,
    #[cfg(feature = "yaml")]
    SingleQuoted,
    DoubleQuoted,
    /// In lines of its own.
    #[cfg(feature = "yaml")]
    Block,
}

impl ScalarStyle {
    /// Whether a quote stands at either end.
    pub(super) fn is_quoted(self) -> bool {
        match self {
            Self::DoubleQuoted => true,
            Self::Plain => false,
            #[cfg(feature = "yaml")]
            Self::SingleQuoted => true,
            #[cfg(feature = "yaml")]
            Self::Block => false,
        }
    }
}

/// A node's index in its [`Tree`].
pub(super) type NodeId = u32;

/// What a node is.
pub(super) enum Kind {
    Scalar {
        text: Zeroizing<String>,
        style: ScalarStyle,
    },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    #[cfg_attr(not(feature = "yaml"), allow(dead_code, reason = "JSON has none"))]
    Alias(NodeId),
}

/// A node as written. No `Debug`: it may hold a secret.
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// In full, such as `tag:yaml.org,2002:str`.
    pub(super) tag: Option<Box<str>>,
    /// A collection in `[]` or `{}`.
    pub(super) flow: bool,
    /// A value that is not there, nor a colon before it, as in `{key}`.
    pub(super) absent: bool,
}

/// The first document of a stream.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// None: there is no document, or an empty one.
    pub(super) root: Option<NodeId>,
    /// Where a second document starts.
    pub(super) second: Option<Span>,
}

impl Tree {
    /// The node itself, be it an alias.
    pub(super) fn written(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// The node that is meant: what an alias stands for.
    pub(super) fn meant(&self, id: NodeId) -> Option<(NodeId, &Node)> {
        let node = self.written(id)?;
        match node.kind {
            // An anchor is never on an alias, so one step is enough.
            Kind::Alias(target) => Some((target, self.written(target)?)),
            _ => Some((id, node)),
        }
    }

    /// The meaning of a scalar; none if the node is a collection.
    pub(super) fn scalar(&self, id: NodeId) -> Option<Result<Scalar<'_>, ScalarError>> {
        let (_, node) = self.meant(id)?;
        match &node.kind {
            Kind::Scalar { text, style } => {
                let plain = *style == ScalarStyle::Plain;
                Some(scalar::read(text, plain, node.tag.as_deref()))
            }
            _ => None,
        }
    }

    /// The text of a string; none if the node is anything else.
    pub(super) fn text(&self, id: NodeId) -> Option<&str> {
        match self.scalar(id)? {
            Ok(Scalar::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether a key may in truth be a value that lost its key, as in `{secret, hunter2}`.
    pub(super) fn is_stray(&self, key: NodeId, value: NodeId) -> bool {
        let absent = self.written(value).is_none_or(|value| value.absent);
        absent && !self.text(key).is_some_and(path::is_known)
    }

    /// The items of a sequence.
    pub(super) fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match &self.meant(id)?.1.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping, in document order, duplicates included.
    pub(super) fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match &self.meant(id)?.1.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The place to point at for a value: its key, if the value is empty or fills a block of lines.
    pub(super) fn place(&self, key: Option<NodeId>, value: NodeId) -> Span {
        let Some(node) = self.written(value) else {
            return Span::default();
        };
        let block = match &node.kind {
            Kind::Sequence(_) | Kind::Mapping(_) => !node.flow,
            _ => false,
        };
        let key = key.and_then(|key| self.written(key)).map(|key| key.span);
        match key {
            Some(key) if block || node.span.is_empty() => key,
            _ if block => self.first_leaf(value).unwrap_or(node.span),
            _ => node.span,
        }
    }

    /// The first key or scalar in a collection, without following aliases.
    fn first_leaf(&self, id: NodeId) -> Option<Span> {
        let mut node = self.written(id)?;
        loop {
            let first = match &node.kind {
                Kind::Sequence(items) => items.first().copied(),
                Kind::Mapping(entries) => entries.first().map(|entry| entry.0),
                _ => None,
            };
            match first {
                Some(first) => node = self.written(first)?,
                None => return Some(node.span),
            }
        }
    }
}

//! Composes the tree of a YAML text from the parser's events.
//!
//! Time and memory are bounded by the size of the text: what aliases expand to is only counted,
//! and a document that would expand, nest or branch too far is refused at the place that does it.

use saphyr_parser::{Event, Parser, ScalarStyle as Style, ScanError, Tag};
use zeroize::Zeroizing;

use super::{
    node::{Kind, MAX_DEPTH, MAX_NODES, Node, NodeId, ScalarStyle, Tree, too_deep},
    positions::Positions,
    source::{Span, small},
};

/// Bytes of scalars in a document, at most, aliases expanded.
const MAX_EXPANDED: u64 = 64 * 1024 * 1024;
/// Marks of punctuation in a text, at most: the parser buffers a flow collection whole, at some
/// 350 bytes for each mark in it.
const MAX_PUNCTUATION: usize = 1_000_000;

/// What stops the reading, and where.
pub(super) type Failure = (Span, String);

/// Reads the first document.
pub(super) fn compose(text: &str) -> Result<Tree, Failure> {
    let quotes = text
        .bytes()
        .filter(|byte| matches!(byte, b'"' | b'\''))
        .count();
    let marks = text
        .bytes()
        .filter(|byte| b",:[{!*&?".contains(byte))
        .count();
    if marks + quotes / 2 > MAX_PUNCTUATION {
        let message = format!("the file holds too much: more than {MAX_PUNCTUATION} values");
        return Err((Span::default(), message));
    }
    let mut composer = Composer {
        positions: Positions::new(text),
        ..Composer::default()
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| composer.syntax(&error))?;
        let span = composer.positions.span(span.start, span.end);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = composer.positions.trim_empty(span, &text);
                let text = Zeroizing::new(text.into_owned());
                let extent = Extent {
                    nodes: 1,
                    bytes: text.len() as u64,
                    height: 0,
                };
                let style = written_as(style);
                let id = composer.push(Kind::Scalar { text, style }, span, tag.as_deref())?;
                composer.finish(id, anchor, extent)?;
            }
            Event::Alias(anchor) => composer.alias(anchor, span)?,
            Event::SequenceStart(anchor, tag) => {
                composer.open(Kind::Sequence(Vec::new()), anchor, span, tag.as_deref())?;
            }
            Event::MappingStart(anchor, tag) => {
                composer.open(Kind::Mapping(Vec::new()), anchor, span, tag.as_deref())?;
            }
            Event::SequenceEnd | Event::MappingEnd => composer.close(span)?,
            Event::DocumentStart(_) if composer.ended => {
                composer.tree.second = Some(span);
                break;
            }
            Event::DocumentEnd => composer.ended = true,
            _ => {}
        }
    }
    Ok(composer.tree)
}

/// What a node amounts to when its aliases are expanded.
#[derive(Clone, Copy)]
struct Extent {
    nodes: u64,
    bytes: u64,
    height: usize,
}

/// A collection that is still open.
struct Frame {
    id: NodeId,
    anchor: usize,
    extent: Extent,
    key: Option<NodeId>,
}

#[derive(Default)]
struct Composer<'a> {
    tree: Tree,
    positions: Positions<'a>,
    frames: Vec<Frame>,
    /// By the parser's number of the anchor; none while its collection is open.
    anchors: Vec<Option<(NodeId, Extent)>>,
    ended: bool,
}

impl Composer<'_> {
    fn syntax(&mut self, error: &ScanError) -> Failure {
        let span = self.positions.span(*error.marker(), *error.marker());
        let message = if error.info() == "recursion limit exceeded" {
            too_deep()
        } else if error.info().contains("unknown anchor") {
            "this alias has no anchor: define it above with `&`, or quote a value that starts \
             with `*`"
                .to_owned()
        } else {
            format!("this is not valid YAML: {}", error.info())
        };
        (span, message)
    }

    fn push(&mut self, kind: Kind, span: Span, tag: Option<&Tag>) -> Result<NodeId, Failure> {
        let written = self.positions.text.get(span.range()).unwrap_or_default();
        // Neither an anchor nor a tag can hold a bracket.
        let flow = written.contains(['[', '{']);
        let next = self
            .positions
            .text
            .get(span.start as usize..)
            .unwrap_or_default();
        let absent = span.is_empty() && !next.starts_with(':');
        let tag = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix).into_boxed_str());
        let id = small(self.tree.nodes.len());
        if u64::from(id) >= MAX_NODES {
            return Err((span, too_many()));
        }
        self.tree.nodes.push(Node {
            kind,
            span,
            tag,
            flow,
            absent,
        });
        Ok(id)
    }

    fn open(
        &mut self,
        kind: Kind,
        anchor: usize,
        span: Span,
        tag: Option<&Tag>,
    ) -> Result<(), Failure> {
        if self.frames.len() >= MAX_DEPTH {
            return Err((span, too_deep()));
        }
        let id = self.push(kind, span, tag)?;
        self.remember(anchor, None);
        let extent = Extent {
            nodes: 1,
            bytes: 0,
            height: 1,
        };
        self.frames.push(Frame {
            id,
            anchor,
            extent,
            key: None,
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Failure> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        // A collection of lines ends somewhere before the next token: nobody points at it whole.
        if let Some(node) = self
            .tree
            .nodes
            .get_mut(frame.id as usize)
            .filter(|node| node.flow)
        {
            node.span.end = node.span.end.max(span.end);
        }
        self.finish(frame.id, frame.anchor, frame.extent)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Failure> {
        let Some((target, extent)) = self.anchors.get(anchor).copied().flatten() else {
            let message = "this alias refers to a value that contains it: write the value out";
            return Err((span, message.to_owned()));
        };
        let id = self.push(Kind::Alias(target), span, None)?;
        self.finish(id, 0, extent)
    }

    /// Hands a finished node to the collection around it.
    fn finish(&mut self, id: NodeId, anchor: usize, extent: Extent) -> Result<(), Failure> {
        self.remember(anchor, Some((id, extent)));
        let span = self
            .tree
            .written(id)
            .map(|node| node.span)
            .unwrap_or_default();
        if self.frames.len() + extent.height > MAX_DEPTH {
            return Err((span, too_deep()));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.tree.root.get_or_insert(id);
            return Ok(());
        };
        frame.extent.nodes = frame.extent.nodes.saturating_add(extent.nodes);
        frame.extent.height = frame.extent.height.max(extent.height + 1);
        frame.extent.bytes = frame.extent.bytes.saturating_add(extent.bytes);
        if frame.extent.nodes > MAX_NODES || frame.extent.bytes > MAX_EXPANDED {
            return Err((span, too_many()));
        }
        match self
            .tree
            .nodes
            .get_mut(frame.id as usize)
            .map(|node| &mut node.kind)
        {
            Some(Kind::Sequence(items)) => items.push(id),
            Some(Kind::Mapping(entries)) => match frame.key.take() {
                None => frame.key = Some(id),
                Some(key) => entries.push((key, id)),
            },
            _ => {}
        }
        Ok(())
    }

    fn remember(&mut self, anchor: usize, node: Option<(NodeId, Extent)>) {
        // The parser counts anchors from 1, without gaps; 0 is none.
        if anchor == 0 {
            return;
        }
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        if let Some(slot) = self.anchors.get_mut(anchor) {
            *slot = node;
        }
    }
}

fn written_as(style: Style) -> ScalarStyle {
    match style {
        Style::Plain => ScalarStyle::Plain,
        Style::SingleQuoted => ScalarStyle::SingleQuoted,
        Style::DoubleQuoted => ScalarStyle::DoubleQuoted,
        Style::Literal | Style::Folded => ScalarStyle::Block,
    }
}

fn too_many() -> String {
    format!(
        "this document is too large with its aliases expanded: more than {MAX_NODES} values or 64 MiB"
    )
}

#[cfg(test)]
mod tests;

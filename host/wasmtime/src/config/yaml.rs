//! Composes the tree of a YAML text from the parser's events.
//!
//! Time and memory are bounded by the size of the text: what aliases expand to is only counted,
//! and a document that would expand, nest or branch too far is refused at the place that does it.

use saphyr_parser::{Event, Parser, ScalarStyle as Style, ScanError, Tag};
use zeroize::Zeroizing;

use super::{
    node::{Kind, MAX_DEPTH, MAX_NODES, Node, NodeId, ScalarStyle, Tree, too_deep},
    places::Places,
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
        places: Places::new(text),
        ..Composer::default()
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| composer.syntax(&error))?;
        let span = composer.places.span(span.start, span.end);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = composer.places.trim_empty(span, &text);
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
    places: Places<'a>,
    frames: Vec<Frame>,
    /// By the parser's number of the anchor; none while its collection is open.
    anchors: Vec<Option<(NodeId, Extent)>>,
    ended: bool,
}

impl Composer<'_> {
    fn syntax(&mut self, error: &ScanError) -> Failure {
        let span = self.places.span(*error.marker(), *error.marker());
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
        let written = self.places.text.get(span.range()).unwrap_or_default();
        // Neither an anchor nor a tag can hold a bracket.
        let flow = written.contains(['[', '{']);
        let next = self
            .places
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
mod tests {
    #![allow(clippy::panic)]

    use std::fmt::Write;

    use super::{Kind, Tree, compose};

    /// The text of each scalar as written, with its line and column.
    fn scalars(text: &str) -> Vec<(&str, u32, u32)> {
        let tree = compose(text).unwrap_or_else(|(_, message)| panic!("{message}"));
        let scalar = |kind: &Kind| matches!(kind, Kind::Scalar { .. } | Kind::Alias(_));
        let nodes = tree.nodes.iter().filter(|node| scalar(&node.kind));
        nodes
            .map(|n| (&text[n.span.range()], n.span.line, n.span.column))
            .collect()
    }

    fn failure(text: &str) -> (u32, u32, String) {
        match compose(text) {
            Ok(_) => panic!("composed"),
            Err((span, message)) => (span.line, span.column, message),
        }
    }

    #[test]
    fn places_are_exact() {
        let text = "a: 'b'\nä: [\"ö\", é ]\n  \n- x";
        assert!(compose(text).is_err());
        let text = "a: 'b'\nä: [\"ö\", é ]\n\u{1f600}: y # c\nz:\n- x\n";
        let expected = [
            ("a", 1, 1),
            ("'b'", 1, 4),
            ("ä", 2, 1),
            ("\"ö\"", 2, 5),
            ("é", 2, 10),
            ("\u{1f600}", 3, 1),
            ("y", 3, 4),
            ("z", 4, 1),
            ("x", 5, 3),
        ];
        assert_eq!(scalars(text), expected);
    }

    #[test]
    fn places_survive_crlf_and_block_scalars() {
        let text = "a: |\r\n  one\r\n  two\r\nb: é\r\nc: >-\r\n  x\r\n\r\nd: p\r\n  q\r\ne: 1";
        let scalars = scalars(text);
        assert_eq!(scalars[0], ("a", 1, 1));
        assert_eq!(scalars[1], ("one\r\n  two", 2, 3));
        assert_eq!(scalars[2..4], [("b", 4, 1), ("é", 4, 4)]);
        assert_eq!(scalars[4], ("c", 5, 1));
        assert_eq!(scalars[5], ("x", 6, 3));
        assert_eq!(
            scalars[6..],
            [("d", 8, 1), ("p\r\n  q", 8, 4), ("e", 10, 1), ("1", 10, 4)]
        );
    }

    #[test]
    fn an_alias_bomb_is_refused_where_it_grows_too_large() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let alias = format!("*a{}", level - 1);
            let _ = writeln!(
                text,
                "a{level}: &a{level} [{}]",
                [alias.as_str(); 10].join(", ")
            );
        }
        let (line, _, message) = failure(&text);
        assert_eq!(line, 6);
        assert!(message.contains("too large"), "{message}");
    }

    #[test]
    fn a_bomb_of_one_long_text_is_refused() {
        let text = format!("- &a {}\n- [{}]", "x".repeat(1 << 20), ["*a"; 64].join(","));
        let (line, _, message) = failure(&text);
        assert_eq!(line, 2);
        assert!(message.contains("too large"), "{message}");
    }

    #[test]
    fn depth_counts_through_aliases() {
        let nest = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(compose(&nest(100)).is_ok());
        assert!(failure(&nest(101)).2.contains("too deep"));
        assert!(failure(&nest(100_000)).2.contains("too deep"));
        let chained = |depth| format!("- &a {}\n- [[*a]]", nest(depth));
        assert!(compose(&chained(97)).is_ok());
        let (line, column, message) = failure(&chained(98));
        assert_eq!((line, column), (2, 5));
        assert!(message.contains("too deep"), "{message}");
        assert!(failure(&"- ".repeat(100_000)).2.contains("too deep"));
    }

    #[test]
    fn aliases_need_a_finished_anchor() {
        assert_eq!(failure("a: &a [*a]").0, 1);
        assert!(failure("a: &a [*a]").2.contains("a value that contains it"));
        let (line, column, message) = failure("a: 1\nb: *nowhere");
        assert_eq!((line, column), (2, 4));
        assert!(
            message.contains("no anchor") && !message.contains("nowhere"),
            "{message}"
        );
    }

    #[test]
    fn too_much_punctuation_is_refused_before_parsing() {
        assert!(
            failure(&format!("[{}", "a,".repeat(1_000_001)))
                .2
                .contains("too much")
        );
        assert!(
            failure(&format!("[{}", "''".repeat(1_000_001)))
                .2
                .contains("too much")
        );
    }

    #[test]
    fn only_the_first_document_is_read() {
        let second = |text| compose(text).ok().and_then(|tree: Tree| tree.second);
        assert_eq!(second("a: 1\n---\nb: 2\n").map(|span| span.line), Some(2));
        assert!(second("---\na: 1\n...\n").is_none());
        assert!(compose("# nothing\n").is_ok_and(|tree| tree.root.is_none()));
    }

    #[test]
    fn syntax_errors_have_a_place() {
        let (line, _, message) = failure("a: [1\nb: 2\n");
        assert!(line >= 2, "{line}");
        assert!(message.starts_with("this is not valid YAML: "), "{message}");
        assert_eq!(failure("a:\n\t- b\n").0, 2);
    }
}

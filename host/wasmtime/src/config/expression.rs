//! Places within an expression, as places in the file.
//!
//! The connector sees the text that a scalar means and counts lines and columns in it; the file
//! has quotes, escapes, folded lines and indentation as well. What is not white space comes in
//! the same order in both, so it is walked through in step.

use std::ops::Range;

use super::{
    node::{Kind, Node, NodeId, ScalarStyle, Tree},
    source::{Span, small},
};

/// The fields that hold an expression.
pub(super) fn is_expression(key: &str) -> bool {
    matches!(key, "when" | "payload")
}

/// Line and column, from 1, that a message of the connector begins with, and the rest of it:
/// `line 2, column 7: ..` or `column 7: ..`.
pub(super) fn split(message: &str) -> Option<((usize, usize), &str)> {
    let (place, rest) = message.split_once(": ")?;
    let (line, column) = match place.strip_prefix("line ") {
        Some(place) => place.split_once(", column ")?,
        None => ("1", place.strip_prefix("column ")?),
    };
    Some(((line.parse().ok()?, column.parse().ok()?), rest))
}

/// Where a line and a column of a scalar's meaning stand in the file.
pub(super) fn place(
    tree: &Tree,
    source: &str,
    id: NodeId,
    (line, column): (usize, usize),
) -> Option<Span> {
    let (_, node) = tree.meant(id)?;
    let Kind::Scalar { text, style } = &node.kind else {
        return None;
    };
    // A component that is not trusted may count from 0.
    let (lines, columns) = (line.checked_sub(1)?, column.checked_sub(1)?);
    let before: usize = text.split_inclusive('\n').take(lines).map(str::len).sum();
    let inside = text.get(before..)?.chars();
    let target = before + inside.take(columns).map(char::len_utf8).sum::<usize>();
    let raw = source.get(node.span.range())?;
    let found = align(raw, *style, text, target)?;
    Some(span(node, raw, found))
}

/// Bytes of the raw text that mean the word at a byte of the text, or the place after the last
/// one if it is the end.
fn align(raw: &str, style: ScalarStyle, text: &str, target: usize) -> Option<Range<usize>> {
    let mut at = usize::from(style.is_quoted());
    let mut found: Option<Range<usize>> = None;
    for (place, char) in text
        .char_indices()
        .filter(|(_, char)| !char.is_whitespace())
    {
        let (written, taken) = loop {
            let (meant, length) = read(raw.get(at..)?, style)?;
            at += length;
            if let Some(meant) = meant {
                break (meant, length);
            }
        };
        if written != char {
            return None;
        }
        let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
        match &mut found {
            None if place >= target => found = Some(at - taken..at),
            // The rest of a word belongs to it.
            Some(found) if is_word(char) && found.end == at - taken => {
                let first = text.get(target..).and_then(|rest| rest.chars().next());
                if first.is_some_and(is_word) {
                    found.end = at;
                }
            }
            _ => {}
        }
    }
    // At the end there is nothing to point at: just behind the last of it.
    Some(found.unwrap_or(at..at))
}

/// What the next bytes mean, none for white space, and how many they are.
fn read(raw: &str, style: ScalarStyle) -> Option<(Option<char>, usize)> {
    let first = raw.chars().next()?;
    let one = first.len_utf8();
    match (style, first) {
        (_, char) if char.is_whitespace() => Some((None, one)),
        #[cfg(feature = "yaml")]
        (ScalarStyle::SingleQuoted, '\'') => raw.starts_with("''").then_some((Some('\''), 2)),
        (ScalarStyle::DoubleQuoted, '"') => None,
        (ScalarStyle::DoubleQuoted, '\\') => escape(raw),
        (_, char) => Some((Some(char), one)),
    }
}

/// An escape in double quotes (YAML 1.2.2, section 5.7).
fn escape(raw: &str) -> Option<(Option<char>, usize)> {
    let kind = raw.chars().nth(1)?;
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let code = u32::from_str_radix(raw.get(2..2 + digits)?, 16).ok()?;
        let char = char::from_u32(code)?;
        let meant = (!char.is_whitespace()).then_some(char);
        return Some((meant, 2 + digits));
    }
    let meant = match kind {
        '"' | '\\' | '/' => Some(kind),
        '0' => Some('\0'),
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'e' => Some('\u{1b}'),
        // Tabs, line ends and other white space.
        _ => None,
    };
    Some((meant, 1 + kind.len_utf8()))
}

fn span(node: &Node, raw: &str, found: Range<usize>) -> Span {
    let before = raw.get(..found.start).unwrap_or_default();
    let lines = before.matches('\n').count();
    let last = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count();
    let column = if lines == 0 {
        node.span.column + small(last)
    } else {
        small(last + 1)
    };
    Span {
        start: node.span.start + small(found.start),
        end: node.span.start + small(found.end),
        line: node.span.line + small(lines),
        column,
    }
}

/// Bytes of an expression that may be shown: all but its comments and what stands in quotes,
/// which may be a key of whoever receives it.
pub(super) fn harmless(raw: &str) -> Vec<Range<usize>> {
    let mut shown = Vec::new();
    let mut start = 0;
    // Brackets that are open, for each string that is open around them.
    let mut depths: Vec<usize> = vec![0];
    let mut in_string = false;
    let mut chars = raw.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' if in_string => {
                in_string = false;
                start = at;
            }
            '"' => {
                in_string = true;
                shown.push(start..at + 1);
            }
            '\\' if in_string => {
                let next = chars.next().map(|(_, next)| next);
                if next == Some('(') {
                    in_string = false;
                    depths.push(0);
                    start = at;
                }
            }
            _ if in_string => {}
            '#' => {
                shown.push(start..at);
                start = raw.len();
                for (at, char) in chars.by_ref() {
                    if char == '\n' {
                        start = at;
                        break;
                    }
                }
            }
            '(' => {
                if let Some(depth) = depths.last_mut() {
                    *depth += 1;
                }
            }
            ')' if depths.len() > 1 && depths.last() == Some(&0) => {
                depths.pop();
                in_string = true;
                shown.push(start..at + 1);
            }
            ')' => {
                if let Some(depth) = depths.last_mut() {
                    *depth = depth.saturating_sub(1);
                }
            }
            _ => {}
        }
    }
    if !in_string {
        shown.push(start..raw.len());
    }
    shown
}

/// An expression with `*` for each character of its strings and comments, which may be
/// confidential.
#[must_use]
pub fn without_strings(text: &str) -> String {
    let shown = harmless(text);
    let mask = |(at, char): (usize, char)| {
        let visible = char.is_whitespace() || shown.iter().any(|range| range.contains(&at));
        if visible { char } else { '*' }
    };
    text.char_indices().map(mask).collect()
}

#[cfg(all(test, feature = "yaml"))]
mod tests;

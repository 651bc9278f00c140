//! Turns the parser's places into ours.
//!
//! The parser counts characters; whoever cuts the text needs bytes.

use saphyr_parser::Marker;

use super::source::{Span, small};

/// A cursor in the text: the places come nearly in order, so one that steps both ways is cheap.
#[derive(Default)]
pub(super) struct Positions<'a> {
    pub(super) text: &'a str,
    chars: usize,
    bytes: usize,
}

impl<'a> Positions<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            chars: 0,
            bytes: 0,
        }
    }

    /// Where an event stands.
    pub(super) fn span(&mut self, start: Marker, end: Marker) -> Span {
        let from = self.byte(start.index());
        let to = self.byte(end.index()).max(from);
        // Plain and block scalars may end after the white space that follows them.
        let written = self.text.get(from..to).unwrap_or_default().trim_end();
        Span {
            start: small(from),
            end: small(from + written.len()),
            line: small(start.line()).max(1),
            column: small(start.col() + 1),
        }
    }

    /// The parser places a value that is not there at the token that stands in its stead.
    pub(super) fn trim_empty(&self, span: Span, value: &str) -> Span {
        let written = self.text.get(span.range()).unwrap_or_default();
        if value.is_empty() && !written.starts_with(['&', '!', '\'', '"']) {
            Span {
                end: span.start,
                ..span
            }
        } else {
            span
        }
    }

    fn byte(&mut self, index: usize) -> usize {
        let bytes = self.text.as_bytes();
        let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
        while self.chars < index && self.bytes < bytes.len() {
            self.bytes += 1;
            while continues(self.bytes) {
                self.bytes += 1;
            }
            self.chars += 1;
        }
        while self.chars > index {
            self.bytes -= 1;
            while continues(self.bytes) {
                self.bytes -= 1;
            }
            self.chars -= 1;
        }
        self.bytes
    }
}

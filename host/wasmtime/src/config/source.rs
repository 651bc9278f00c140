//! A file's text, and places in it.
//!
//! Whatever is not UTF-8 text of bounded size is refused here, with the place of the first bad
//! byte where there is one.

use std::ops::Range;

use zeroize::Zeroizing;

/// Bytes, the end exclusive.
pub(super) type Bytes = (u32, u32);

/// Bytes in a configuration file, at most.
pub(super) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A place: line and column count from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Bytes.
    pub(super) start: u32,
    /// Bytes, exclusive.
    pub(super) end: u32,
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            start: 0,
            end: 0,
            line: 1,
            column: 1,
        }
    }
}

impl Span {
    pub(super) fn is_empty(self) -> bool {
        self.start >= self.end
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The text of a file. No `Debug`: it may hold secrets.
pub(super) struct Source {
    /// Without a byte order mark.
    pub(super) text: Zeroizing<String>,
}

impl Source {
    /// The line at a byte offset, without its break: its offset and its text.
    ///
    /// None if the line is longer than `limit` bytes: hostile files have lines of megabytes.
    pub(super) fn line(&self, offset: usize, limit: usize) -> Option<(usize, &str)> {
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let offset = offset.min(self.text.len());
        let bytes = self.text.as_bytes();
        let before = bytes.get(offset.saturating_sub(limit)..offset)?;
        let start = match before.iter().rposition(is_break) {
            Some(at) => offset - before.len() + at + 1,
            None if before.len() == offset => 0,
            None => return None,
        };
        let after = bytes.get(offset..bytes.len().min(offset.saturating_add(limit)))?;
        let end = match after.iter().position(is_break) {
            Some(at) => offset + at,
            None if offset + after.len() == bytes.len() => bytes.len(),
            None => return None,
        };
        Some((start, self.text.get(start..end)?))
    }
}

/// Decodes a file: its text, or what is wrong and where.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, (Span, String)> {
    if bytes.len() > MAX_BYTES {
        let message = "the file is larger than 16 MiB, the most that a configuration may be";
        return Err((Span::default(), message.to_owned()));
    }
    let utf16 = match bytes {
        [0xff, 0xfe, ..] | [1..=0x7f, 0, ..] => Some("little-endian"),
        [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] => Some("big-endian"),
        _ => None,
    };
    if let Some(order) = utf16 {
        let message = format!("the file is in UTF-16 ({order}): save it as UTF-8");
        return Err((Span::default(), message));
    }
    let size = bytes.len();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = error.valid_up_to();
        let nth = size - bytes.len() + good + 1;
        let before = bytes
            .get(..good)
            .and_then(|good| std::str::from_utf8(good).ok());
        let message = format!("byte {nth} of the file is not UTF-8: save it as UTF-8");
        (end_of(before.unwrap_or_default()), message)
    })
}

/// The place just after a text.
fn end_of(text: &str) -> Span {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let last = lines.rsplit('\n').next().unwrap_or_default();
    let at = small(text.len());
    let breaks = lines.bytes().filter(|byte| *byte == b'\n').count();
    Span {
        start: at,
        end: at,
        line: small(breaks + 1),
        column: small(last.chars().count() + 1),
    }
}

/// A count of at most [`MAX_BYTES`], with room to spare.
pub(super) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{MAX_BYTES, Source, decode};

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(decode(b"\xef\xbb\xbf[]"), Ok("[]"));
    }

    #[test]
    fn utf16_is_said_by_name() {
        for bytes in [
            b"\xff\xfea\0".as_slice(),
            b"\xfe\xff\0a",
            b"w\0e\0",
            b"\0w\0e",
        ] {
            let (_, message) = decode(bytes).unwrap_err();
            assert!(message.contains("UTF-16"), "{message}");
        }
    }

    #[test]
    fn bad_bytes_have_a_place() {
        let (span, message) = decode(b"a: b\r\n\xc3\xa9: \xff\n").unwrap_err();
        assert_eq!((span.line, span.column), (2, 4));
        assert!(message.starts_with("byte 11 "), "{message}");
    }

    #[test]
    fn the_size_is_bounded() {
        assert!(decode(&vec![b' '; MAX_BYTES]).is_ok());
        let (_, message) = decode(&vec![b' '; MAX_BYTES + 1]).unwrap_err();
        assert!(message.contains("16 MiB"), "{message}");
    }

    #[test]
    fn lines_are_found_within_the_limit() {
        let text = "one\r\ntwo\nthree".to_owned().into();
        let source = Source { text };
        assert_eq!(source.line(0, 100), Some((0, "one")));
        assert_eq!(source.line(3, 100), Some((0, "one")));
        assert_eq!(source.line(7, 100), Some((5, "two")));
        assert_eq!(source.line(14, 100), Some((9, "three")));
        assert_eq!(source.line(900, 100), Some((9, "three")));
        assert_eq!(source.line(9, 3), None);
        assert_eq!(source.line(14, 3), None);
    }
}

//! JSON texts that are indented in the source and need not be in the component.

use serde_json::Value;

/// How long a JSON text is without the white space between its tokens.
pub const fn length(text: &str) -> usize {
    let (bytes, mut at, mut length) = (text.as_bytes(), 0, 0);
    let (mut quoted, mut escaped) = (false, false);
    while at < bytes.len() {
        if is_kept(bytes[at], &mut quoted, &mut escaped) {
            length += 1;
        }
        at += 1;
    }
    length
}

/// The text without that white space, if it is `N` long.
pub const fn copy<const N: usize>(text: &str) -> [u8; N] {
    let (bytes, mut at, mut length, mut copy) = (text.as_bytes(), 0, 0, [0; N]);
    let (mut quoted, mut escaped) = (false, false);
    while at < bytes.len() {
        if is_kept(bytes[at], &mut quoted, &mut escaped) {
            copy[length] = bytes[at];
            length += 1;
        }
        at += 1;
    }
    copy
}

const fn is_kept(byte: u8, quoted: &mut bool, escaped: &mut bool) -> bool {
    let inside = *quoted;
    if byte == b'"' && !*escaped {
        *quoted = !inside;
    }
    *escaped = inside && byte == b'\\' && !*escaped;
    inside || !byte.is_ascii_whitespace()
}

/// A file of JSON as a text without white space between its tokens.
macro_rules! embedded_json {
    ($file:literal) => {{
        const TEXT: &str = include_str!($file);
        const COMPACT: [u8; $crate::embedded_json::length(TEXT)] =
            $crate::embedded_json::copy(TEXT);
        match str::from_utf8(&COMPACT) {
            Ok(text) => text,
            Err(_) => panic!("white space of one byte was left out of UTF-8"),
        }
    }};
}
pub(crate) use embedded_json;

/// What such a text says.
pub fn value(text: &str) -> Value {
    // Each file is read by a test of the schemas.
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_white_space_between_tokens_is_left_out() {
        const TEXT: &str = "{ \"a b\" : [ 1,\n\t\"c \\\" \\\\\" , \" é\" ] }\n";
        const COMPACT: [u8; super::length(TEXT)] = super::copy(TEXT);
        assert_eq!(
            str::from_utf8(&COMPACT),
            Ok("{\"a b\":[1,\"c \\\" \\\\\",\" é\"]}")
        );
    }
}

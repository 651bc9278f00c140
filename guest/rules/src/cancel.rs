//! Whether a `Content-Type` is that of a cancel.
//!
//! A responder that raised its hand is never overheard: whatever else stands in the
//! header (bytes that a host replaced, broken quotes, a list that a proxy folded) cannot
//! turn a cancel into consent. Only the value of a parameter may hold the text of a
//! cancel's content type without being one.

use std::ops::Range;

/// The content types that cancel an event. servox renamed the class, so there are two.
pub const CONTENT_TYPES: [&str; 2] = [
    "application/vnd.opsani.servo.errors.CancelEventError+json",
    "application/vnd.opsani.servo.errors.EventCancelledError+json",
];

/// Whether a header's value names a cancel, compared without case.
pub fn is_named(value: &str) -> bool {
    let value = value.as_bytes();
    CONTENT_TYPES
        .iter()
        .flat_map(|kind| places(value, kind.as_bytes()))
        .any(|place| !is_quoted(value, &place) && !is_value(value, &place))
}

/// Whether a place is the bare value of a parameter.
fn is_value(value: &[u8], place: &Range<usize>) -> bool {
    value[..place.start].ends_with(b"=")
}

/// Where a content type stands, and not as a part of a longer one.
fn places<'a>(value: &'a [u8], kind: &'static [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
    let ends = |at: usize| value.get(at).is_none_or(|byte| !is_of_type(*byte));
    value
        .windows(kind.len())
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(kind))
        .map(|(start, window)| start..start + window.len())
        .filter(move |place| place.start.checked_sub(1).is_none_or(ends) && ends(place.end))
}

/// Whether a byte may stand in a content type: a character of a token (RFC 9110,
/// section 5.6.2) or the slash.
fn is_of_type(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~/".contains(&byte)
}

/// Whether a place is inside a quoted parameter. One quote that is not as it should be
/// makes all of them doubtful, and in doubt nothing is quoted.
fn is_quoted(value: &[u8], place: &Range<usize>) -> bool {
    let strings = quoted_strings(value).unwrap_or_default();
    // A content type has no quote: where it begins in a string, it ends in it.
    strings.iter().any(|string| string.contains(&place.start))
}

/// The quoted strings of a value, none if it has quotes that are not of one: each follows
/// `=`, is closed, and ends its parameter.
fn quoted_strings(value: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut strings = Vec::new();
    let mut at = 0;
    while let Some(offset) = value[at..].iter().position(|byte| *byte == b'"') {
        let start = at + offset;
        if start == 0 || value[start - 1] != b'=' {
            return None;
        }
        let end = closing(value, start + 1)? + 1;
        if value.get(end).is_some_and(|byte| !b";, \t".contains(byte)) {
            return None;
        }
        strings.push(start..end);
        at = end;
    }
    Some(strings)
}

/// The quote that closes a string, of which `at` is the first byte.
fn closing(value: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match value.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTENT_TYPES, is_named};

    #[test]
    fn a_cancel_in_any_spelling() {
        for kind in CONTENT_TYPES {
            for value in [
                kind.to_owned(),
                kind.to_uppercase(),
                format!(" {kind} ; charset=utf-8"),
                format!("\t{kind}\t"),
                format!("text/html, {kind}"),
                format!("text/html,{kind},text/html"),
                format!("text/html; a=\"b\\\",c\", {kind}; x=y"),
                format!("text/html; a=\"\", {kind}"),
            ] {
                assert!(is_named(&value), "{value}");
            }
        }
    }

    #[test]
    fn nothing_else_in_the_header_hides_it() {
        for kind in CONTENT_TYPES {
            for value in [
                // Bytes above 0x7f, as hosts replace them.
                format!("{kind}; charset=\u{fffd}"),
                format!("{kind}\u{fffd}"),
                format!("\u{fffd}{kind}"),
                format!("???{kind}?"),
                format!("{kind}; a=\"?\u{fffd}"),
                format!("{kind}\0; a=b"),
                format!("\0{kind}"),
                // Quotes that are not closed, or not where they should be.
                format!("text/html; a=\"b, {kind}"),
                format!("text/html; a=\"b\\\", {kind}"),
                format!("text/html; a=\"b\\, {kind}\\"),
                format!("text/html; a=\"b, {kind}, text/html; c=\"d\""),
                format!("text/html; a=\"b, {kind}; c=\"d"),
                format!("text/html\", {kind}, \"x"),
                format!("\"{kind}\""),
                format!("; {kind}"),
                format!("text/html {kind}"),
                format!("text/html; {kind}"),
                format!(",,;{kind};,"),
            ] {
                assert!(is_named(&value), "{value:?}");
            }
        }
    }

    #[test]
    fn what_is_no_cancel() {
        for value in [
            "application/json",
            "",
            "\"",
            "\"\"\\",
            "application/vnd.opsani.servo.errors.CancelEventError",
            "application/vnd.opsani.servo.errors.CancelEventError+jsonx",
            "xapplication/vnd.opsani.servo.errors.CancelEventError+json",
            "application/vnd.opsani.servo.errors.CancelEventError+json/x",
            "text/plain; a=\", application/vnd.opsani.servo.errors.CancelEventError+json\"",
            "text/plain; a=application/vnd.opsani.servo.errors.CancelEventError+json",
            "text/plain; a=application/vnd.opsani.servo.errors.CancelEventError+json; b=c",
            "text/plain; a=\"application/vnd.opsani.servo.errors.CancelEventError+json\"; b=c",
            "text/plain; a=\"\\\"application/vnd.opsani.servo.errors.CancelEventError+json\"",
            "text/plain; a=\"application/vnd.opsani.servo.errors.CancelEventError+json \\\"\"",
        ] {
            assert!(!is_named(value), "{value}");
        }
    }

    #[test]
    fn any_prefix_and_suffix_that_is_not_of_its_name_leaves_it_a_cancel() {
        let pieces = ["\"", "\\", ",", ";", "=", " ", "\u{fffd}", "a", "\0", "\t"];
        let kind = CONTENT_TYPES[0];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    for four in pieces {
                        let (before, after) = (format!("{one}{two}"), format!("{three}{four}"));
                        if before.ends_with('a') || after.starts_with('a') {
                            continue;
                        }
                        // A parameter's value.
                        if before.ends_with('=') {
                            continue;
                        }
                        // A string that opens here would have to be closed there.
                        let quoted = before.contains("=\"") && after.contains('"');
                        let value = format!("{before}{kind}{after}");
                        assert!(quoted || is_named(&value), "{value:?}");
                    }
                }
            }
        }
    }
}

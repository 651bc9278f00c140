//! Texts of somebody else, which end up in logs and on terminals.
//!
//! Controls move the cursor, ends of lines forge lines of a log, and characters that are
//! not seen or turn the direction of writing make a text read as another one.

/// Bytes of such a text that are kept.
const MOST: usize = 1 << 10;

/// The general categories Cf, Zl and Zp of Unicode, and between them only what is not
/// assigned, as ranges in ascending order. Cc is known to `char`.
const UNSEEN: [(u32, u32); 19] = [
    (0xad, 0xad),
    (0x600, 0x605),
    (0x61c, 0x61c),
    (0x6dd, 0x6dd),
    (0x70f, 0x70f),
    (0x890, 0x891),
    (0x8e2, 0x8e2),
    (0x180e, 0x180e),
    (0x200b, 0x200f),
    (0x2028, 0x202e),
    (0x2060, 0x206f),
    (0xfeff, 0xfeff),
    (0xfff9, 0xfffb),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe007f),
];

/// Whether a character does something to a text instead of being seen in it: those of the
/// general categories Cc, Cf, Zl and Zp.
#[must_use]
pub fn is_unseen(char: char) -> bool {
    let code = u32::from(char);
    // Most are ASCII, and the table is long.
    char.is_control()
        || !char.is_ascii()
            && UNSEEN
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&code))
}

/// The character that is shown for another one: itself, or U+FFFD for one that is not seen.
#[must_use]
pub fn seen(char: char) -> char {
    if is_unseen(char) {
        char::REPLACEMENT_CHARACTER
    } else {
        char
    }
}

/// A text of at most 1 KiB, with U+FFFD for each character that is not seen, ends of lines
/// among them.
#[must_use]
pub fn sanitize(text: &str) -> String {
    let mut kept = String::new();
    for char in text.chars().map(seen) {
        if kept.len() + char.len_utf8() > MOST {
            break;
        }
        kept.push(char);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{is_unseen, sanitize};

    #[test]
    fn what_others_say_is_short_and_harmless() {
        assert_eq!(sanitize("a\x1b[2J\nb"), "a\u{fffd}[2J\u{fffd}b");
        assert_eq!(sanitize(&"é".repeat(600)).len(), 1024);
    }

    #[test]
    fn what_is_not_seen_is_replaced() {
        for char in [
            '\0',
            '\t',
            '\n',
            '\r',
            '\x1b',
            '\x7f',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{2066}',
            '\u{feff}',
            '\u{e0001}',
            '\u{e0041}',
        ] {
            assert!(is_unseen(char), "{char:?}");
            assert_eq!(sanitize(&char.to_string()), "\u{fffd}");
        }
        for char in [
            'a', ' ', '\u{a0}', 'é', '\u{301}', 'ع', 'あ', '\u{2027}', '\u{202f}', '😀',
        ] {
            assert!(!is_unseen(char), "{char:?}");
            assert_eq!(sanitize(&char.to_string()), char.to_string());
        }
    }
}

//! Texts of somebody else, which end up in logs and on terminals.

/// Bytes of such a text that are kept.
const MOST: usize = 1 << 10;

/// A text of at most 1 KiB, without control characters.
#[must_use]
pub fn capped(text: &str) -> String {
    let mut kept = String::new();
    for char in text.chars() {
        let char = if char.is_control() { '\u{fffd}' } else { char };
        if kept.len() + char.len_utf8() > MOST {
            break;
        }
        kept.push(char);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::capped;

    #[test]
    fn what_others_say_is_short_and_harmless() {
        assert_eq!(capped("a\x1b[2J\nb"), "a\u{fffd}[2J\u{fffd}b");
        assert_eq!(capped(&"é".repeat(600)).len(), 1024);
    }
}

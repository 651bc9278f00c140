//! JSON for machines that a terminal can show: what is not seen in it is escaped.

use rules::sanitize::is_unseen;
use serde::Serialize;
use std::fmt::Write;

/// A value as one line of JSON, without its end.
///
/// # Errors
/// If it is no JSON.
pub fn line(value: &impl Serialize) -> anyhow::Result<String> {
    let mut text = serde_json::to_vec(value)?;
    escape_unseen(&mut text);
    Ok(String::from_utf8(text)?)
}

/// Writes characters that are not seen as `\u202e`, which means the same to who reads
/// JSON: they can stand in its strings only.
pub fn escape_unseen(json: &mut Vec<u8>) {
    // Nearly always: the control characters of ASCII but one are escaped already.
    if json.iter().all(|byte| *byte < 0x7f) {
        return;
    }
    let Ok(text) = std::str::from_utf8(json) else {
        return;
    };
    if !text.chars().any(is_unseen) {
        return;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if !is_unseen(char) {
            escaped.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    *json = escaped.into_bytes();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_not_seen_is_escaped_and_means_the_same() {
        let text = "a\u{7f}\u{9b}\u{202e}\u{2028}\u{e0041}é\n";
        let line = line(&text).unwrap();
        assert_eq!(line, "\"a\\u007f\\u009b\\u202e\\u2028\\udb40\\udc41é\\n\"");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}

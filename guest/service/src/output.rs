//! Results on standard output, one JSON object a line, as `servo-webhooks run` writes
//! them; warnings on standard error.

use crate::wasi::cli::{stderr, stdout};
use crate::wasi::io::streams::OutputStream;
use serde::Serialize;

/// What one write may hold, by the contract of `wasi:io`.
const CHUNK: usize = 4096;

/// Bytes of a text of somebody else's that are written.
const MOST: usize = 1 << 10;

/// Writes a result.
pub fn line(record: &impl Serialize) {
    // Records are made of texts and numbers: nothing in them fails.
    if let Ok(mut line) = serde_json::to_string(record) {
        line.push('\n');
        write(&stdout::get_stdout(), &line);
    }
}

/// Writes a warning, as one line.
pub fn warn(text: &str) {
    write(&stderr::get_stderr(), &format!("{}\n", capped(text)));
}

/// A text that ends up in logs and on terminals: at most 1 KiB, without control characters.
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

/// Nobody may read it: that is no reason to stop.
fn write(stream: &OutputStream, text: &str) {
    for chunk in text.as_bytes().chunks(CHUNK) {
        if stream.blocking_write_and_flush(chunk).is_err() {
            return;
        }
    }
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

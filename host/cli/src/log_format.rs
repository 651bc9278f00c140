//! Whether the log is text or JSON, and the lines that are written in its form beside it.

use super::{json, records};
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the log is JSON.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// Says whether it is.
pub fn set_json(is_json: bool) {
    IS_JSON.store(is_json, Ordering::Relaxed);
}

/// Whether the log is JSON.
pub fn is_json() -> bool {
    IS_JSON.load(Ordering::Relaxed)
}

/// The variable of `--log-format`.
const FORMAT: &str = "SERVO_WEBHOOKS_LOG_FORMAT";

/// Finds out from arguments that cannot be used as what the log is to be.
pub fn expect(arguments: impl Iterator<Item = OsString>) {
    let mut texts = arguments.map(|argument| argument.to_string_lossy().into_owned());
    let is_wanted = |format: &str| format.trim().eq_ignore_ascii_case("json");
    let mut is_json = std::env::var(FORMAT).is_ok_and(|format| is_wanted(&format));
    while let Some(text) = texts.next() {
        let format = match text.strip_prefix("--log-format") {
            Some("") => texts.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(format) = format {
            is_json = is_wanted(&format);
        }
    }
    set_json(is_json);
}

/// A line of the log that is no event: about the log itself.
pub fn notice(text: &str) -> String {
    if is_json() {
        line("WARN", text, Map::new()) + "\n"
    } else {
        format!(" WARN {text}\n")
    }
}

/// A line of a log that is JSON, without its end.
pub fn line(level: &str, message: &str, fields: Map<String, Value>) -> String {
    let now = records::now();
    let mut record = json!({
        // As the library of the log writes it.
        "timestamp": now.replace("+00:00", "Z"),
        "level": level,
        "message": message,
    });
    if let Some(members) = record.as_object_mut() {
        members.extend(fields);
    }
    // It is made of texts and numbers.
    json::line(&record).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_is_one_object_whatever_is_in_it() {
        let fields = Map::from_iter([("path".to_owned(), json!("webhooks[0].\n\u{202e}"))]);
        let said = line("ERROR", "no \"such\"\n\u{1b}[31mfile", fields);
        assert_eq!(said.lines().count(), 1);
        assert!(!said.chars().any(rules::sanitize::is_unseen), "{said}");
        let read: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(read["level"], "ERROR");
        assert_eq!(read["message"], "no \"such\"\n\u{1b}[31mfile");
        assert!(read["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}

//! What is said on standard error beside the log: text for people or, where the log is
//! JSON, one object a line like those of the log.

use super::{color, json, logging, stdio};
use rules::foreign::capped;
use serde_json::{Map, Value, json};
use servo_webhooks::{Problems, Severity};

/// Something failed.
pub fn error(text: &str) {
    said("ERROR", text, || {
        format!("{}: {text}", color::error("error"))
    });
}

/// Something to look at.
pub fn warning(text: &str) {
    said("WARN", text, || {
        format!("{}: {text}", color::warning("warning"))
    });
}

/// How things are.
pub fn info(text: &str) {
    said("INFO", text, || text.to_owned());
}

/// What can be done about what was just said.
pub fn hint(text: &str) {
    said("INFO", &format!("hint: {text}"), || {
        format!("{}: {text}", color::bold("hint"))
    });
}

/// What is wrong in a configuration: each with its line and a caret, or its place in
/// members of its own.
pub fn problems(problems: &Problems) {
    if !logging::is_json() {
        return stdio::say_line(&problems.render(stdio::error_is_colored()));
    }
    for problem in problems {
        let level = match problem.severity {
            Severity::Warning => "WARN",
            Severity::Error => "ERROR",
        };
        let mut fields = Map::new();
        if let Value::Object(members) = problem.to_json() {
            let known = |name: &str| name != "severity" && name != "message";
            fields.extend(members.into_iter().filter(|(name, _)| known(name)));
        }
        stdio::say_line(&line(level, &problem.message, fields));
    }
}

/// What is wrong with the arguments, as the reader of arguments says it: a message, then
/// what it is about.
pub fn usage(text: &str, most: usize) {
    let lines = text.lines().take(most);
    if logging::is_json() {
        let mut lines = lines.map(capped).filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or_default();
        let message = first.strip_prefix("error:").unwrap_or(&first).trim();
        let rest: Vec<String> = lines.collect();
        let fields = Map::from_iter([("usage".to_owned(), json!(rest.join("\n")))]);
        return stdio::say_line(&line("ERROR", message, fields));
    }
    for line in lines {
        match line.strip_prefix("error:") {
            Some(rest) => stdio::say_line(&format!("{}:{}", color::error("error"), capped(rest))),
            None => stdio::say_line(&capped(line)),
        }
    }
}

/// A thread of this program panicked.
pub fn panic(thread: &str, text: &str) {
    if logging::is_json() {
        let fields = Map::from_iter([("thread".to_owned(), json!(thread))]);
        stdio::say_line(&line("ERROR", text, fields));
    } else {
        stdio::say_line(&format!("thread {thread}: {text}"));
    }
}

fn said(level: &str, message: &str, text: impl FnOnce() -> String) {
    if logging::is_json() {
        stdio::say_line(&line(level, message, Map::new()));
    } else {
        stdio::say_line(&text());
    }
}

/// A line of a log that is JSON, without its end.
pub fn line(level: &str, message: &str, fields: Map<String, Value>) -> String {
    let now = super::records::now();
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
        assert!(!said.chars().any(rules::foreign::is_unseen), "{said}");
        let read: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(read["level"], "ERROR");
        assert_eq!(read["message"], "no \"such\"\n\u{1b}[31mfile");
        assert!(read["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}

//! What is said on standard error beside the log: text for people or, where the log is
//! JSON, one object a line like those of the log.

use super::{color, log_format, stdio};
use log_format::line;
use rules::sanitize::sanitize;
use serde_json::{Map, Value, json};
use servo_webhooks::{Problems, Severity};
use std::net::SocketAddr;

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

/// Where requests are taken. A machine need not cut the address out of a sentence.
pub fn listening(address: SocketAddr) {
    let said = format!("listening on http://{address}");
    if log_format::is_json() {
        let fields = Map::from_iter([("address".to_owned(), json!(address.to_string()))]);
        stdio::say_line(&line("INFO", &said, fields));
    } else {
        stdio::say_line(&format!("{said} (Ctrl-C to end)"));
    }
}

/// Where metrics are served.
pub fn metrics(address: SocketAddr) {
    served("metrics", address, "/metrics");
}

/// Where the page is.
pub fn page(address: SocketAddr) {
    served("page", address, "/");
}

fn served(what: &str, address: SocketAddr, path: &str) {
    let said = format!("{what} at http://{address}{path}");
    if log_format::is_json() {
        let fields = Map::from_iter([(what.to_owned(), json!(address.to_string()))]);
        stdio::say_line(&line("INFO", &said, fields));
    } else {
        stdio::say_line(&said);
    }
}

/// How many problems were said; set off from the last of them.
pub fn sum(text: &str) {
    said("INFO", text, || format!("\n{text}"));
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
    if !log_format::is_json() {
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
    if log_format::is_json() {
        let mut lines = lines.map(sanitize).filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or_default();
        let message = first.strip_prefix("error:").unwrap_or(&first).trim();
        let rest: Vec<String> = lines.collect();
        let fields = Map::from_iter([("usage".to_owned(), json!(rest.join("\n")))]);
        return stdio::say_line(&line("ERROR", message, fields));
    }
    for line in lines {
        match line.strip_prefix("error:") {
            Some(rest) => stdio::say_line(&format!("{}:{}", color::error("error"), sanitize(rest))),
            None => stdio::say_line(&sanitize(line)),
        }
    }
}

/// Panics are said where everything else is: the default would wait for whoever reads.
pub fn say_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("unnamed");
        // On the other screen nobody would read it.
        stdio::give_back();
        self::panic(name, &panic.to_string());
    }));
}

fn panic(thread: &str, text: &str) {
    if log_format::is_json() {
        let fields = Map::from_iter([("thread".to_owned(), json!(thread))]);
        stdio::say_line(&line("ERROR", text, fields));
    } else {
        stdio::say_line(&format!("thread {thread}: {text}"));
    }
}

fn said(level: &str, message: &str, text: impl FnOnce() -> String) {
    if log_format::is_json() {
        stdio::say_line(&line(level, message, Map::new()));
    } else {
        stdio::say_line(&text());
    }
}

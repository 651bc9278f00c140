//! Logs, on standard error.

use super::{json, log_format, stdio};
use clap::{Args, ValueEnum};
use rules::sanitize::{sanitize, seen};
use serde_json::Value;
use std::io::{self, Write};
use tracing::Level;
use tracing_subscriber::fmt;

/// How much is logged, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Logging")]
pub struct Logging {
    /// Log level on standard error
    #[arg(long, global = true, value_name = "LEVEL", default_value = "warn")]
    log_level: LogLevel,
    /// Log as text, or as one JSON object per line
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl LogLevel {
    fn level(self) -> Option<Level> {
        match self {
            Self::Off => None,
            Self::Error => Some(Level::ERROR),
            Self::Warn => Some(Level::WARN),
            Self::Info => Some(Level::INFO),
            Self::Debug => Some(Level::DEBUG),
            Self::Trace => Some(Level::TRACE),
        }
    }
}

/// Bytes of one line of the log.
const LONGEST: usize = 8 << 10;

/// Starts logging. Only this project's own events are logged: what libraries say of
/// requests may hold paths and headers.
pub fn start(logging: &Logging) {
    let is_json = matches!(logging.log_format, LogFormat::Json);
    log_format::set_json(is_json);
    let Some(level) = logging.log_level.level() else {
        return;
    };
    let filter = tracing_subscriber::filter::Targets::new().with_target("servo_webhooks", level);
    let layer = fmt::layer().with_writer(|| Line).with_target(false);
    use tracing_subscriber::layer::{Layer, SubscriberExt};
    use tracing_subscriber::util::SubscriberInitExt;
    let registry = tracing_subscriber::registry();
    if is_json {
        registry
            .with(layer.json().flatten_event(true).with_filter(filter))
            .init();
    } else {
        let color = stdio::error_is_colored();
        registry
            .with(layer.with_ansi(color).with_filter(filter))
            .init();
    }
}

/// Where an event of the log goes: it comes whole, and goes out as one line.
struct Line;

impl Write for Line {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let line = if log_format::is_json() {
            json_line(text)
        } else {
            text_line(text, stdio::error_is_colored())
        };
        stdio::say_line(&line);
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What others said in it can neither end it nor make it endless.
fn text_line(text: &str, colored: bool) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST));
    for char in text.chars() {
        if line.len() >= LONGEST {
            line.push('…');
            if colored {
                line.push_str("\x1b[0m");
            }
            break;
        }
        // The escapes are ours: the library writes those of others as text.
        line.push(if char == '\x1b' && colored {
            char
        } else {
            seen(char)
        });
    }
    line
}

fn json_line(text: &str) -> String {
    let mut line = text.as_bytes().to_vec();
    if text.len() > LONGEST
        && let Ok(mut event) = serde_json::from_str::<Value>(text)
    {
        shorten(&mut event);
        line = event.to_string().into_bytes();
    }
    json::escape_unseen(&mut line);
    String::from_utf8(line).unwrap_or_default()
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => *text = sanitize(text),
        Value::Array(values) => values.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_one_line_of_text_whatever_is_in_it() {
        let forged = "line 1: unknown field `a\n2026-01-01 ERROR forged\u{9b}2J\u{202e}\u{2028}`";
        let line = text_line(forged, false);
        assert_eq!(line.lines().count(), 1);
        assert!(!line.chars().any(rules::sanitize::is_unseen), "{line:?}");
        assert!(text_line(&"x".repeat(900_000), false).len() <= LONGEST + 3);
        assert_eq!(text_line("\x1b[31mred", true), "\x1b[31mred");
        assert_eq!(text_line("\x1b[31mred", false), "\u{fffd}[31mred");
    }

    #[test]
    fn an_event_of_json_stays_json() {
        let event = json!({"message": "x".repeat(900_000), "n": 1, "more": ["\u{9b}\u{e0041}"]});
        let line = json_line(&event.to_string());
        assert!(line.len() < LONGEST, "{line}");
        assert!(!line.chars().any(rules::sanitize::is_unseen), "{line:?}");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["n"], 1);
        assert_eq!(read["message"].as_str().unwrap().len(), 1024);
    }
}

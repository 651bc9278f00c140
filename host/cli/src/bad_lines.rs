//! What is wrong with lines of events; said once where it is the same for many of them.

use super::exit::Exit;
use rules::sanitize::sanitize;
use serde_json::{Map, Value};

/// A byte order mark.
const MARK: char = '\u{feff}';

/// Lines that state no event, in the order in which they are met.
#[derive(Debug, Default)]
pub struct BadLines {
    count: u64,
    spread: Option<Spread>,
}

/// A document of several lines.
#[derive(Debug)]
struct Spread {
    first: u64,
    last: u64,
}

impl BadLines {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// A line is bad; its text is missing if it could not be read.
    pub fn bad(&mut self, line: u64, text: &str, error: &str) {
        self.count += 1;
        if let Some(spread) = &mut self.spread {
            spread.last = line;
            // An object of its own has reasons of its own.
            let text = text.trim_start_matches(MARK);
            if serde_json::from_str::<Map<String, Value>>(text).is_err() {
                return;
            }
        }
        match layout(text) {
            Some(what) => {
                tracing::error!(line, "line {line}: {what}");
                self.spread = Some(Spread {
                    first: line,
                    last: line,
                });
            }
            None => tracing::error!(line, "line {line}: {}", sanitize(error)),
        }
    }

    /// A line is good: what was spread over several has come to an end.
    pub fn good(&mut self) {
        let Some(Spread { first, last }) = self.spread.take() else {
            return;
        };
        if last > first {
            tracing::error!(
                line = first,
                last_line = last,
                "lines {} to {last} skipped: they belong to what begins on line {first}",
                first + 1
            );
        }
    }

    /// There are no more lines; says how a command that only reads them ends.
    pub fn end(&mut self) -> Exit {
        self.good();
        match self.count {
            0 => Exit::Done,
            _ => Exit::Failed,
        }
    }
}

/// What a text is that does not have one object a line, if it begins like that.
fn layout(text: &str) -> Option<&'static str> {
    match text.trim_start_matches(MARK).trim() {
        "{" => Some(
            "an object that spans several lines; one JSON object per line is expected, as `jq -c . FILE` writes it",
        ),
        text => {
            let inside = text.strip_prefix('[')?.trim_start();
            // A log's line may begin with a bracket too.
            (inside.is_empty() || inside.starts_with(['{', '[', ']'])).then_some(
                "a JSON array; one JSON object per line is expected, as `jq -c '.[]' FILE` writes it",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_other_layouts() {
        for (text, hint) in [
            ("[", Some("'.[]'")),
            ("  [{\"event\": \"after:a\"},", Some("'.[]'")),
            ("\u{feff}[", Some("'.[]'")),
            ("{", Some("-c .")),
            ("{\"event\": \"after:a\"", None),
            ("[INFO] start", None),
            ("nonsense", None),
        ] {
            let found = layout(text);
            assert_eq!(found.is_some(), hint.is_some(), "{text}");
            let fits = hint.is_none_or(|hint| found.is_some_and(|found| found.contains(hint)));
            assert!(fits, "{text}: {found:?}");
        }
    }

    #[test]
    fn each_is_counted() {
        let mut lines = BadLines::default();
        for line in 1..=4 {
            lines.bad(line, "[", "");
        }
        assert!(lines.spread.is_some());
        lines.good();
        assert!(lines.spread.is_none());
        lines.bad(6, "nonsense", "why");
        lines.end();
        assert_eq!(lines.count(), 5);
    }
}

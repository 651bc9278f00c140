//! What `--config` and `--catalogue` name: a file, standard input, or the text itself, as
//! it stands in a variable.

use servo_webhooks::__internal::file::{CONFIGURATION, Patient};
use std::io::{self, Read};
use std::path::Path;
use std::sync::OnceLock;

/// Where a text is.
pub enum Source<'a> {
    /// In a file, or in a pipe that has a path.
    File(&'a Path),
    /// Here, under this name for messages.
    Text(&'static str, &'a [u8]),
}

/// Finds what is meant by the value of an option or its variable.
///
/// # Errors
/// If standard input is meant, and cannot be read.
pub fn source<'a>(value: &'a Path, variable: &'static str) -> io::Result<Source<'a>> {
    if value == Path::new("-") {
        return Ok(Source::Text("standard input", standard_input()?));
    }
    // A file may have any name; a variable may hold the text.
    let is_variable = std::env::var_os(variable).is_some_and(|set| set == value.as_os_str());
    match value.to_str() {
        Some(text) if is_variable && is_text(text) => Ok(Source::Text(variable, text.as_bytes())),
        _ => Ok(Source::File(value)),
    }
}

/// Whether a value is the text itself and not a path: it begins as JSON or a list of YAML
/// does, has lines, or members of a mapping. What is taken for a path is shown in messages,
/// and what is written here may hold secrets.
pub fn is_text(value: &str) -> bool {
    let value = value.trim();
    value.starts_with(['[', '{'])
        || value.starts_with("- ")
        || value.contains('\n')
        || value.contains(": ")
}

/// All of standard input, which is kept: a reload resolves its references anew.
fn standard_input() -> io::Result<&'static [u8]> {
    static READ: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
    let read = READ.get_or_init(|| {
        let limit = u64::try_from(CONFIGURATION).unwrap_or(u64::MAX);
        let mut text = Vec::new();
        let read = Patient(io::stdin())
            .take(limit.saturating_add(1))
            .read_to_end(&mut text);
        match read {
            Err(error) => Err(error.to_string()),
            Ok(_) if text.len() > CONFIGURATION => {
                Err(format!("it is longer than {} MiB", CONFIGURATION >> 20))
            }
            Ok(_) => Ok(text),
        }
    });
    match read {
        Ok(text) => Ok(text),
        Err(why) => Err(io::Error::other(why.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::is_text;

    #[test]
    fn a_text_is_told_from_a_path() {
        for text in [
            "[]",
            " {\"webhooks\": []}",
            "\n[",
            "webhooks:\n- a",
            "- a: 1\n  b: 2\n",
            "webhooks: [{secret: s}]",
            "- {events: after:measure}",
        ] {
            assert!(is_text(text), "{text:?}");
        }
        for path in [
            "servo.yaml",
            "/etc/servo.yaml\n",
            "./[a].yaml",
            "a b",
            "",
            "-",
        ] {
            assert!(!is_text(path), "{path:?}");
        }
    }
}

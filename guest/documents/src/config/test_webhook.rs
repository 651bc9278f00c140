//! For the tests: one webhook that is as it should be, with some fields changed.

use super::{Configuration, Problem, Severity, Webhook, parse};
use serde_json::{Value as Json, json};

/// In place of a field's value: the field is left out.
pub const LEFT_OUT: &str = "left out";

/// The webhook as the document has it; the fields of `changes` replace its own.
pub fn with(changes: &Json) -> Json {
    let mut webhook = json!({"events": "after:measure", "url": "https://example.com/a?b=c", "secret": {"handle": 0}});
    let members = webhook.as_object_mut().unwrap();
    for (key, value) in changes.as_object().unwrap() {
        if value == LEFT_OUT {
            members.shift_remove(key);
        } else {
            members.insert(key.clone(), value.clone());
        }
    }
    webhook
}

/// Reads a list of webhooks; the host has one event of its own, `deploy`.
pub fn read(webhooks: &[Json]) -> Configuration {
    parse(&json!(webhooks).to_string(), &["deploy".to_owned()], "")
}

/// Reads the webhook, of which there is nothing to say.
#[track_caller]
pub fn good(changes: &Json) -> Webhook {
    let read = read(&[with(changes)]);
    assert_eq!(read.problems, [], "{changes}");
    read.webhooks.into_iter().next().unwrap()
}

/// The one problem there is.
#[track_caller]
pub fn only(read: Configuration) -> Problem {
    assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
    read.problems.into_iter().next().unwrap()
}

/// The webhook has one error, at `path`, which says `says` among other things.
#[track_caller]
pub fn refuses(changes: &Json, path: &str, says: &str) {
    let read = read(&[with(changes)]);
    assert!(read.webhooks.is_empty(), "{changes}");
    assert_problem(changes, &only(read), Severity::Error, path, says);
}

/// The same with a warning.
#[track_caller]
pub fn warns(changes: &Json, path: &str, says: &str) {
    let read = read(&[with(changes)]);
    assert_eq!(read.webhooks.len(), 1, "{changes}");
    assert_problem(changes, &only(read), Severity::Warning, path, says);
}

#[track_caller]
fn assert_problem(changes: &Json, problem: &Problem, severity: Severity, path: &str, says: &str) {
    let message = &problem.message;
    let found = (problem.severity, problem.path.as_str());
    assert_eq!(found, (severity, path), "{changes}: {message}");
    assert!(message.contains(says), "{changes}: {message}");
    assert_style(message);
}

/// A message starts in lower case, is no sentence, and has two parts: what is wrong, and
/// what to do.
#[track_caller]
fn assert_style(message: &str) {
    let starts = message.starts_with(|char: char| char.is_lowercase() || char == '"');
    // What is expected at a place says what to write there.
    let helps = message.contains("; ") || message.contains(": expected ");
    assert!(starts && !message.ends_with('.') && helps, "{message}");
}

//! A configuration that is refused, with all its problems.

use super::comparison::{difference, excerpt, in_any_order};
use super::story::Story;
use crate::support::program::Finished;
use crate::support::responder::Received;
use serde_json::{Value, json};

/// Nothing is sent, nothing comes out, and every problem is told with its place.
pub fn differences(story: &Story, finished: &Finished, received: &[Received]) -> Vec<String> {
    let mut wrong = Vec::new();
    if finished.code != Some(2) || !finished.stdout.is_empty() {
        let found = format!("exit {:?}, {}", finished.code, excerpt(&finished.stdout));
        wrong.push(difference("refused", "exit 2 and no output", &found));
    }
    if !received.is_empty() {
        wrong.push(difference("requests", "none", &received.len().to_string()));
    }
    let expected: Vec<Value> = story
        .expected_list("refused")
        .iter()
        .map(|problem| json!({"path": problem["path"], "message": format!("~{}", problem["contains"].as_str().unwrap())}))
        .collect();
    wrong.extend(in_any_order(
        "refused",
        &expected,
        &problems(&finished.stderr),
    ));
    wrong
}

/// The errors that a configuration is refused with: the message, and the path under its caret;
/// one for each place of what is said of several.
fn problems(stderr: &str) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let mut is_warning = false;
    for line in stderr.lines() {
        if let Some(message) = line.strip_prefix("error: ") {
            is_warning = false;
            found.push(json!({ "message": message, "path": "" }));
        } else if is_warning || line.starts_with("warning: ") {
            is_warning = true;
        } else if let (Some(problem), Some((_, path))) = (found.last_mut(), line.rsplit_once("^ "))
        {
            if problem["path"] == "" {
                problem["path"] = Value::from(path);
            } else {
                let again = json!({ "message": problem["message"], "path": path });
                found.push(again);
            }
        }
    }
    found
}

//! The configurations of `tests/scenarios`: all are read as they are, or refused with exactly
//! the problems that the scenario names.

use documents::config::{Severity, parse};
use serde_json::{Value, json};

struct Scenario {
    name: String,
    webhooks: Value,
    source: String,
    expected: Value,
}

fn scenarios() -> Vec<Scenario> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for scenario in file["scenarios"].as_array().unwrap() {
            found.push(Scenario {
                name: scenario["name"].as_str().unwrap().to_owned(),
                webhooks: scenario["webhooks"].clone(),
                source: scenario["source"].as_str().unwrap_or_default().to_owned(),
                expected: scenario["expect"].clone(),
            });
        }
    }
    found
}

/// What the host puts in place of secrets and references, and of the responder's origin.
fn as_handed_over(value: &Value, is_secret: bool) -> Value {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| as_handed_over(item, is_secret))
            .collect(),
        Value::Object(members) if members.contains_key("env") || members.contains_key("file") => {
            json!({"handle": 0})
        }
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), as_handed_over(value, key == "secret")))
            .collect(),
        Value::String(_) if is_secret => json!({"handle": 0}),
        Value::String(text) => {
            let origin = "http://127.0.0.1:8080";
            json!(
                text.replace("{responder}", origin)
                    .replace("{nobody}", origin)
            )
        }
        other => other.clone(),
    }
}

/// `webhooks[0].backoff.max_time` as a JSON pointer.
fn pointer(path: &str) -> String {
    let path = path.strip_prefix("webhooks").unwrap();
    path.replace(['[', '.'], "/").replace(']', "")
}

/// The errors, as path and message.
fn errors(scenario: &Scenario) -> Vec<(String, String)> {
    let document = as_handed_over(&scenario.webhooks, false).to_string();
    let read = parse(&document, &[], &scenario.source);
    let webhooks = scenario.webhooks.as_array().unwrap();
    let errors: Vec<_> = read
        .problems
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| (problem.path, problem.message))
        .collect();
    // A wrong configuration loads nothing.
    let loaded = if errors.is_empty() { webhooks.len() } else { 0 };
    assert_eq!(read.webhooks.len(), loaded, "{}", scenario.name);
    errors
}

#[test]
fn every_configuration_of_a_scenario_that_runs_is_read() {
    let mut count = 0;
    for scenario in scenarios() {
        if scenario.expected.get("refused").is_none() {
            assert_eq!(errors(&scenario), [], "{}", scenario.name);
            count += 1;
        }
    }
    assert!(count > 400, "{count}");
}

/// Those of the references, and of secrets as texts, are problems that the host finds.
#[test]
fn every_refused_configuration_has_the_problems_of_its_scenario_and_no_others() {
    let mut count = 0;
    for scenario in scenarios() {
        let hosts = |problem: &&Value| {
            let at = pointer(problem["path"].as_str().unwrap());
            at.ends_with("/secret") && scenario.webhooks.pointer(&at).is_some_and(Value::is_string)
        };
        let Some(refused) = scenario.expected["refused"]
            .as_array()
            .filter(|_| scenario.name.starts_with("refused: "))
        else {
            continue;
        };
        let mut found = errors(&scenario);
        for problem in refused.iter().filter(|problem| !hosts(problem)) {
            let path = pointer(problem["path"].as_str().unwrap());
            let says = problem["contains"].as_str().unwrap();
            let place = found
                .iter()
                .position(|(at, message)| *at == path && message.contains(says));
            let place =
                place.unwrap_or_else(|| panic!("{}: {path} {says}: {found:?}", scenario.name));
            found.remove(place);
            count += 1;
        }
        assert_eq!(found, [], "{}", scenario.name);
    }
    assert!(count > 50, "{count}");
}

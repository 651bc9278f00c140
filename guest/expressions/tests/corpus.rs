//! The expressions of `tests/expressions`, held to what the real jq said of them.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use expressions::{Expression, read, write};
use serde_json::Value;
use std::collections::BTreeMap;

fn data(name: &str) -> Value {
    let path = format!(
        "{}/../../tests/expressions/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// All outputs as one list, or why there are none.
fn outputs(expression: &str, event: &str) -> Result<String, String> {
    let expression = format!("[{expression}]");
    let compiled = Expression::compile(&expression).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        format!("refused: {}", faults.join("; "))
    })?;
    let created = "2026-11-23T11:23:42.5+01:00";
    let mut outputs = compiled.run(read(event)?, created);
    let output = outputs.next().unwrap_or(Err("nothing".to_owned()))?;
    write(&output)
}

/// Equal but for how numbers are written.
fn alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            let mut both = left.iter().zip(right);
            left.len() == right.len() && both.all(|(left, right)| alike(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same = |(key, value)| right.get(key).is_some_and(|right| alike(value, right));
            left.len() == right.len() && left.iter().all(same)
        }
        _ => left == right,
    }
}

fn difference(case: &Value, event: &str) -> Option<String> {
    let found = outputs(case["expression"].as_str().unwrap(), event);
    match (found, case["outputs"].as_array()) {
        (Err(_), None) => None,
        (Ok(found), None) => Some(found),
        (Err(why), Some(_)) => Some(why),
        (Ok(found), Some(expected)) => {
            let expected: Vec<_> = expected.iter().map(|text| text.as_str().unwrap()).collect();
            let expected = serde_json::from_str(&format!("[{}]", expected.join(","))).unwrap();
            let value: Value = serde_json::from_str(&found).unwrap();
            (!alike(&value, &expected)).then_some(found)
        }
    }
}

/// `SHOW_DIFFERENCES=1` prints them all, in the form of `differences.json`.
#[test]
fn agree_with_the_real_jq() {
    let (events, cases) = (data("events.json"), data("expressions.json"));
    let known: BTreeMap<String, String> = serde_json::from_value(data("differences.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() >= 2_000, "{}", cases.len());
    let mut differ = BTreeMap::new();
    for case in cases {
        let event = events[case["event"].as_str().unwrap()].to_string();
        if let Some(found) = difference(case, &event) {
            differ.insert(
                case["expression"].as_str().unwrap(),
                (found, &case["outputs"]),
            );
        }
    }
    if std::env::var_os("SHOW_DIFFERENCES").is_some() {
        for (expression, (found, expected)) in &differ {
            println!("{expression}\n    ours {found}\n    jq   {expected}");
        }
    }
    let new: Vec<_> = differ
        .iter()
        .filter(|(expression, _)| !known.contains_key(**expression))
        .collect();
    assert!(new.is_empty(), "{new:#?}");
    let gone: Vec<_> = known
        .keys()
        .filter(|expression| !differ.contains_key(expression.as_str()))
        .collect();
    assert!(gone.is_empty(), "no longer different: {gone:#?}");
}

//! The vectors of `tests/vectors`, and whether an answer is the one that they expect. The
//! crates of the rules play them too, each those of its own functions.

use super::calls::UnderTest;
use serde_json::Value;

fn of(function: &str) -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors");
    let text = std::fs::read_to_string(format!("{folder}/{function}.json")).unwrap();
    let read: Value = serde_json::from_str(&text).unwrap();
    read["vectors"].as_array().unwrap().clone()
}

/// Whether what is expected is found: objects may hold more than is expected, `null`
/// stands for what is left out, and a text that starts with `~` for any that contains
/// the rest.
pub fn fits(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected
            .iter()
            .all(|(key, value)| fits(value, found.get(key).unwrap_or(&Value::Null))),
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .zip(found)
                    .all(|(expected, found)| fits(expected, found))
        }
        (Value::String(expected), Value::String(found)) => match expected.strip_prefix('~') {
            Some(part) => found.contains(part),
            None => expected == found,
        },
        _ => expected == found,
    }
}

/// Plays the vectors of some functions, of which there are at least so many.
pub fn pass(connector: &impl UnderTest, functions: &[&str], least: usize) {
    let (mut count, mut wrong) = (0, Vec::new());
    for function in functions {
        for vector in of(function) {
            let found = connector.call(function, &vector["input"]);
            let (input, expected) = (&vector["input"], &vector["expected"]);
            if !fits(expected, &found) {
                let why = &vector["why"];
                wrong.push(format!(
                    "{function}: {why}\n  input: {input}\n  expected: {expected}\n  found: {found}"
                ));
            }
            assert!(vector["why"].as_str().is_some_and(|why| !why.is_empty()));
            count += 1;
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= least, "{count} vectors");
}

//! Whether what is expected is found, and if not, what differs.

use serde_json::Value;

/// What differs at a place; nothing if it fits.
///
/// An object may hold more than is expected; `null` stands for null or nothing, `"*"` for
/// any text, a text that starts with `~` for any that contains the rest.
pub fn differences(place: &str, expected: &Value, found: &Value) -> Vec<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected
            .iter()
            .flat_map(|(key, value)| {
                let found = found.get(key).unwrap_or(&Value::Null);
                differences(&format!("{place}.{key}"), value, found)
            })
            .collect(),
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            pairs
                .flat_map(|(at, (expected, found))| {
                    differences(&format!("{place}[{at}]"), expected, found)
                })
                .collect()
        }
        (Value::String(expected), Value::String(found)) if fits(expected, found) => Vec::new(),
        _ if expected == found => Vec::new(),
        _ => vec![difference(place, &short(expected), &short(found))],
    }
}

/// Whether a text is the one that is expected.
pub fn fits(expected: &str, found: &str) -> bool {
    match expected.strip_prefix('~') {
        Some(part) => found.contains(part),
        None => expected == "*" || expected == found,
    }
}

pub fn difference(place: &str, expected: &str, found: &str) -> String {
    format!("  {place}\n    expected: {expected}\n    found:    {found}")
}

fn short(value: &Value) -> String {
    excerpt(&value.to_string())
}

/// Enough of a text to recognise it.
pub fn excerpt(text: &str) -> String {
    const CHARACTERS: usize = 600;
    let count = text.chars().count();
    if count <= CHARACTERS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(CHARACTERS).collect();
    format!("{kept}... ({count} characters)")
}

/// What differs where the order is of no account: items are paired with the first that fits.
pub fn in_any_order(place: &str, expected: &[Value], found: &[Value]) -> Vec<String> {
    let mut left: Vec<&Value> = found.iter().collect();
    let mut missing = Vec::new();
    for item in expected {
        match left
            .iter()
            .position(|found| differences("", item, found).is_empty())
        {
            Some(at) => drop(left.remove(at)),
            None => missing.push(item),
        }
    }
    if let ([missing], [left]) = (&*missing, &*left) {
        return differences(place, missing, left);
    }
    let missing = missing
        .into_iter()
        .map(|item| difference(place, &short(item), "nothing like it"));
    let left = left
        .into_iter()
        .map(|item| difference(place, "nothing more", &short(item)));
    missing.chain(left).collect()
}

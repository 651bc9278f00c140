//! The requests that came, against those that are expected.

use super::comparison::{self, difference, excerpt};
use super::manners;
use super::signatures::standard;
use super::story::Story;
use crate::support::hmac_sha1;
use crate::support::responder::Received;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Version;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock may be off by so many seconds.
const CLOCK: u64 = 120;

/// What differs in all of them: those that are expected, by path, and no others.
pub fn differences(story: &Story, received: &[Received]) -> Vec<String> {
    let expected = story
        .expected("requests")
        .as_object()
        .cloned()
        .unwrap_or_default();
    let mut by_path: BTreeMap<&str, Vec<&Received>> = BTreeMap::new();
    for path in expected.keys() {
        by_path.entry(path).or_default();
    }
    for request in received {
        by_path.entry(&request.path).or_default().push(request);
    }
    let mut wrong = Vec::new();
    for (path, found) in by_path {
        let expected = expected
            .get(path)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        if expected.len() != found.len() {
            let count = |count: usize| format!("{count} requests");
            wrong.push(difference(
                path,
                &count(expected.len()),
                &count(found.len()),
            ));
        }
        for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
            wrong.extend(one(&format!("{path}[{at}]"), expected, found));
        }
    }
    wrong.extend(
        received
            .iter()
            .flat_map(|request| manners::of_each(story, request)),
    );
    wrong.extend(manners::of_deliveries(received));
    wrong
}

/// The value of a header that came once.
pub fn header<'a>(request: &'a Received, name: &str) -> Option<&'a str> {
    let mut named = request
        .headers
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let value = named.next().map(|(_, value)| value.as_str());
    named.next().is_none().then_some(value).flatten()
}

fn one(place: &str, expected: &Value, found: &Received) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        let place = format!("{place} {name}");
        let value_found = header(found, name).map_or(Value::Null, Value::from);
        wrong.extend(comparison::differences(&place, value, &value_found));
    }
    for name in expected["absent"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        if found
            .headers
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            wrong.push(difference(place, &format!("no header {name}"), "one"));
        }
    }
    let body = match (expected["body"].as_str(), expected["body_base64"].as_str()) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(text)) => Some(STANDARD.decode(text).unwrap()),
        (None, None) => None,
    };
    if body.as_ref().is_some_and(|body| *body != found.body) {
        let text = |bytes: &[u8]| excerpt(&String::from_utf8_lossy(bytes));
        wrong.push(difference(
            &format!("{place} body"),
            &text(&body.unwrap()),
            &text(&found.body),
        ));
    }
    if let Some(version) = expected["version"].as_str() {
        let came = if found.version == Version::HTTP_2 {
            "2"
        } else {
            "1.1"
        };
        if came != version {
            wrong.push(difference(&format!("{place} version"), version, came));
        }
    }
    if let Some(secret) = expected["signed_with"].as_str() {
        let made = Value::from(hmac_sha1(secret, &found.body));
        let came = header(found, "x-servo-signature").map_or(Value::Null, Value::from);
        wrong.extend(comparison::differences(
            &format!("{place} X-Servo-Signature"),
            &made,
            &came,
        ));
    }
    if let Some(keys) = expected["standard"].as_array() {
        wrong.extend(signed(place, keys, found));
    }
    wrong
}

/// Held to Standard Webhooks: id, time, and one signature for each key.
fn signed(place: &str, keys: &[Value], found: &Received) -> Vec<String> {
    let came = |name| header(found, name).unwrap_or_default();
    let (id, timestamp) = (came("webhook-id"), came("webhook-timestamp"));
    let made: Vec<_> = keys
        .iter()
        .map(|key| standard(key.as_str().unwrap(), id, timestamp, &found.body))
        .collect();
    let mut wrong = Vec::new();
    let mut hold = |name: &str, expected: &str, came: &str| {
        if expected != came {
            wrong.push(difference(&format!("{place} {name}"), expected, came));
        }
    };
    hold(
        "webhook-signature",
        &made.join(" "),
        came("webhook-signature"),
    );
    hold("webhook-id", came("x-servo-delivery"), id);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    if !timestamp
        .parse::<u64>()
        .is_ok_and(|time| time.abs_diff(now) <= CLOCK)
    {
        wrong.push(difference(
            &format!("{place} webhook-timestamp"),
            &format!("about {now}"),
            timestamp,
        ));
    }
    wrong
}

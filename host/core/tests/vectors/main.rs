//! The vectors of the life cycle, which an independent implementation made and every host
//! plays: `tests/vectors/breaker.json` and `lifecycle.json`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a vector that cannot be read is to fail"
)]

mod breaker;
mod delivery;
mod question;

use lifecycle::{AttemptResult, BreakerLimits, Health, Time, Verdict};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;

fn cases(file: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(document["cases"].take()).unwrap()
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {of}"))
}

fn number(of: &Value, name: &str) -> u64 {
    of[name]
        .as_u64()
        .unwrap_or_else(|| panic!("no {name} in {of}"))
}

/// Vectors count in milliseconds.
fn duration(of: &Value, name: &str) -> Duration {
    Duration::from_millis(number(of, name))
}

fn time(of: &Value, name: &str) -> Time {
    Time::from(duration(of, name))
}

fn milliseconds(time: Time) -> u64 {
    assert_eq!(time.as_nanos() % 1_000_000, 0, "not a whole millisecond");
    time.as_nanos() / 1_000_000
}

fn breaker_limits(settings: &Value) -> BreakerLimits {
    BreakerLimits {
        after: duration(settings, "breaker_after"),
        hold: duration(settings, "breaker_hold"),
    }
}

fn health(step: &Value) -> Option<Health> {
    match text(step, "health") {
        "up" => Some(Health::Up),
        "down" => Some(Health::Down),
        "none" => None,
        other => panic!("unknown health: {other}"),
    }
}

fn result(step: &Value) -> AttemptResult {
    AttemptResult {
        verdict: match text(step, "verdict") {
            "delivered" => Verdict::Delivered,
            "cancel" => Verdict::Cancel,
            "retry" => Verdict::Retry(duration(step, "wait")),
            "failed" => Verdict::Failed,
            "gone" => Verdict::Gone,
            "lacking" => Verdict::Lacking,
            other => panic!("unknown verdict: {other}"),
        },
        health: health(step),
    }
}

/// Compares what a step did with what it must do, in any order.
fn compare(case: &Value, at: usize, mut done: Vec<Value>) {
    let mut expected = case["steps"][at]["expect"].as_array().unwrap().clone();
    for list in [&mut done, &mut expected] {
        list.sort_by_key(Value::to_string);
    }
    assert_eq!(
        done, expected,
        "{}, step {at}: {}",
        case["name"], case["steps"][at]
    );
}

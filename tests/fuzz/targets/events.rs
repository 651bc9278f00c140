//! A line is an event or it is not: what is taken is JSON, and its body carries what it
//! said.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use servo_webhooks::Input;

fuzz_target!(|text: &str| {
    let Ok(input) = Input::parse(text) else {
        return;
    };
    // What is nested deeper than serde_json descends is an event all the same.
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let said = value.get("id").and_then(Value::as_str);
        match input {
            Input::Before(event) | Input::After(event, _) => {
                assert!(said.is_none_or(|said| said == event.id()));
            }
            Input::Message(_) => assert!(value.get("channel").is_some()),
        }
    }
});

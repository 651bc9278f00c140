//! The process that has a store: what was changed is up to it.

use crate::exit::Failure;
use crate::store::opening::unopened;
use rules::sanitize::sanitize;
use serde_json::{Value, json};
use servo_webhooks_store::Owner;
use std::path::Path;

/// The process that has a store, if one has.
pub fn of(directory: &Path) -> Result<Option<Owner>, Failure> {
    servo_webhooks_store::owner(directory).map_err(unopened)
}

/// For people: who sends what waits, which is so many.
pub fn sends(owner: Option<&Owner>, waiting: u64) -> String {
    let them = if waiting == 1 { "it" } else { "them" };
    match owner {
        Some(owner) => format!("{} has the store and sends {them}", process(owner)),
        None => format!("no process has the store: the next `run` or `serve` with it sends {them}"),
    }
}

/// For people.
pub fn process(owner: &Owner) -> String {
    format!("process {}", sanitize(&owner.pid))
}

/// For machines.
pub fn to_json(owner: Option<&Owner>) -> Value {
    match owner {
        Some(owner) => json!({
            "pid": owner.pid.parse::<u32>().ok(),
            "since": owner.since,
        }),
        None => Value::Null,
    }
}

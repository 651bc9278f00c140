//! The records of the commands, with the time at which they are written.

use rules::created;
use rules::record;
use serde::Serialize;
use servo_webhooks::EventOutcome;
use std::time::{SystemTime, UNIX_EPOCH};

pub use rules::record::EventRecord;

/// Now: RFC 3339 in UTC, to the microsecond. A clock before 1970 stands still there.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = since.unwrap_or_default().as_nanos();
    created::at(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// A record of now.
pub fn stamped<R: Serialize>(record: &R) -> impl Serialize {
    record::Stamped::new(record, now())
}

/// What became of an event or a message, of now; `warnings` say why it may not be what was
/// meant.
pub fn event(outcome: &EventOutcome, warnings: Vec<String>) -> EventRecord<'_> {
    EventRecord::new(outcome, warnings, now())
}

//! Times, ids and chance.

use crate::wasi::clocks::{monotonic_clock, wall_clock};
use crate::wasi::random::random;
use lifecycle::Time;
use rules::created;

/// Nanoseconds of a clock that only goes on.
pub fn now() -> u64 {
    monotonic_clock::now()
}

/// The same, as the core counts it.
pub fn moment() -> Time {
    Time::from_nanos(now())
}

/// Nanoseconds since 1970.
pub fn unix() -> u64 {
    let now = wall_clock::now();
    now.seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(now.nanoseconds.into())
}

/// Now, as records have it: RFC 3339 in UTC, to the microsecond.
pub fn time() -> String {
    created::at(unix())
}

/// A UUID of version 7.
pub fn id() -> String {
    let mut chance = [0; 10];
    for (byte, drawn) in chance.iter_mut().zip(random::get_random_bytes(10)) {
        *byte = drawn;
    }
    uuid::Builder::from_unix_timestamp_millis(unix() / 1_000_000, &chance)
        .into_uuid()
        .to_string()
}

/// A number between two, both included.
pub fn between(least: u64, most: u64) -> u64 {
    match most.saturating_sub(least).checked_add(1) {
        Some(span) => least + random::get_random_u64() % span,
        None => random::get_random_u64(),
    }
}

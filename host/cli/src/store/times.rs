//! Times of a store, which counts milliseconds since 1970 in UTC.

use jiff::Timestamp;
use rules::created;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

/// For tables: to the second.
pub fn short(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// For people who look closely: to the millisecond.
pub fn exact(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// For machines, as all records have it.
pub fn record(milliseconds: i64) -> String {
    let nanoseconds = u64::try_from(milliseconds).unwrap_or_default();
    created::at(nanoseconds.saturating_mul(1_000_000))
}

/// A span for people.
pub fn span(milliseconds: i64) -> String {
    let milliseconds = u64::try_from(milliseconds).unwrap_or_default();
    crate::units::duration(Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        let time = 1_795_433_022_243;
        assert_eq!(short(time), "2026-11-23T11:23:42Z");
        assert_eq!(exact(time), "2026-11-23T11:23:42.243Z");
        assert_eq!(record(time), "2026-11-23T11:23:42.243000+00:00");
        assert_eq!(span(1_043), "1.043s");
    }
}

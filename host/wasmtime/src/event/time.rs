//! Times: those that events carry, those in ids, and the clock that attempts are judged by.

use rules::{created, duration};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::{Builder, Uuid};

/// When an event was created: RFC 3339 with its own offset, `+00:00` for UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Created(String);

impl Created {
    /// Now, in UTC, to the microsecond.
    #[must_use]
    pub(crate) fn now() -> Self {
        Self(created::at(unix_nanoseconds()))
    }

    /// Reads RFC 3339; a time without offset is UTC, another offset is kept.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        created::parse(text).map(Self)
    }

    /// As it is sent.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Nanoseconds since 1970, as the connector counts time.
pub(crate) fn unix_nanoseconds() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    nanoseconds(now)
}

/// Milliseconds since 1970, as a store counts time.
pub(crate) fn unix_milliseconds() -> i64 {
    i64::try_from(unix_nanoseconds() / 1_000_000).unwrap_or(i64::MAX)
}

/// How long ago a moment in milliseconds since 1970 was; zero if it is still to come.
#[cfg(feature = "store")]
pub(crate) fn since_unix_milliseconds(then: i64) -> Duration {
    let passed = unix_milliseconds().saturating_sub(then);
    Duration::from_millis(u64::try_from(passed).unwrap_or_default())
}

/// Whether the clock stands at a time that others can read.
pub(crate) fn is_readable(now: SystemTime) -> bool {
    now >= UNIX_EPOCH
}

/// A new UUIDv7.
pub(crate) fn new_id() -> Uuid {
    id_at(SystemTime::now())
}

/// A clock that goes back behind 1970 makes ids of 1970.
fn id_at(now: SystemTime) -> Uuid {
    if is_readable(now) {
        return Uuid::now_v7();
    }
    let random: [u8; 10] = std::array::from_fn(|_| fastrand::u8(..));
    Builder::from_unix_timestamp_millis(0, &random).into_uuid()
}

/// A duration in nanoseconds, as the connector counts it.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A duration for people: `250ms`, `1.5s`, `2m5s`.
pub(crate) fn display(duration: Duration) -> String {
    if duration < Duration::from_millis(1) {
        return duration::format(nanoseconds(duration));
    }
    duration::rough(nanoseconds(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Created::parse(text).map(|created| created.0)
    }

    #[test]
    fn offsets() {
        for (text, expected) in [
            (
                "2026-11-23T11:23:42.243402",
                "2026-11-23T11:23:42.243402+00:00",
            ),
            ("2026-11-23T11:23:42Z", "2026-11-23T11:23:42+00:00"),
            ("2026-11-23t11:23:42z", "2026-11-23T11:23:42+00:00"),
            (
                "2026-11-23T11:23:42.5+05:30",
                "2026-11-23T11:23:42.500000+05:30",
            ),
            (
                "2026-11-23T11:23:42.186090",
                "2026-11-23T11:23:42.186090+00:00",
            ),
            (
                "2026-11-23T11:23:42.1234567Z",
                "2026-11-23T11:23:42.123456700+00:00",
            ),
            ("2026-11-23T11:23:42-08:00", "2026-11-23T11:23:42-08:00"),
            ("2026-11-23 11:23:42+00:00", "2026-11-23T11:23:42+00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn no_times() {
        for text in [
            "",
            "now",
            "2026-11-23",
            "2026-13-01T00:00:00Z",
            "2026-11-23T25:00:00Z",
            "1764000000",
            "-000001-12-31T23:59:59Z",
            "-009999-01-01T00:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn now_can_be_read() {
        let now = Created::now();
        assert!(now.as_str().ends_with("+00:00"));
        assert!(Created::parse(now.as_str()).is_some());
    }

    #[test]
    fn a_clock_before_1970_makes_ids_all_the_same() {
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert!(!is_readable(before) && is_readable(UNIX_EPOCH));
        let (one, other) = (id_at(before), id_at(before));
        assert_ne!(one, other);
        for id in [one, other, id_at(SystemTime::now())] {
            assert_eq!(id.get_version_num(), 7);
        }
    }

    #[test]
    fn for_people() {
        for (milliseconds, expected) in [
            (250, "250ms"),
            (1500, "1.5s"),
            (5000, "5s"),
            (60_000, "1m"),
            (125_000, "2m5s"),
        ] {
            assert_eq!(display(Duration::from_millis(milliseconds)), expected);
        }
    }
}

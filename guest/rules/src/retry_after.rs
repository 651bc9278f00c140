//! `Retry-After` (RFC 9110, section 10.2.3): how long a responder asks to be left alone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The wait that a `Retry-After` asks for, in nanoseconds; none if it cannot be read.
///
/// A date counts from the answer's own `Date`, so that a responder's clock may be
/// wrong; without one it counts from `now`, nanoseconds since 1970. A date in the
/// past is no wait.
#[must_use]
pub fn parse(value: &str, date: Option<&str>, now: u64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // All digits: what does not fit is longer than anything that could be waited for.
        let seconds = value.parse::<u64>().unwrap_or(u64::MAX);
        return Some(seconds.saturating_mul(1_000_000_000));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let from = date
        .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
        .or_else(|| UNIX_EPOCH.checked_add(Duration::from_nanos(now)))?;
    Some(nanoseconds_between(from, until))
}

fn nanoseconds_between(from: SystemTime, until: SystemTime) -> u64 {
    let wait = until.duration_since(from).unwrap_or_default();
    u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    /// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
    const NOW: u64 = 784_111_777 * SECOND;

    #[test]
    fn seconds() {
        assert_eq!(parse("120", None, NOW), Some(120 * SECOND));
        assert_eq!(parse(" 0 ", None, NOW), Some(0));
        assert_eq!(
            parse("99999999999999999999999999", None, NOW),
            Some(u64::MAX)
        );
    }

    #[test]
    fn dates() {
        for date in [
            "Sun, 06 Nov 1994 08:50:37 GMT",
            "Sunday, 06-Nov-94 08:50:37 GMT",
            "Sun Nov  6 08:50:37 1994",
        ] {
            assert_eq!(parse(date, None, NOW), Some(60 * SECOND), "{date}");
        }
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:00 GMT", None, NOW), Some(0));
    }

    #[test]
    fn a_date_counts_from_the_answers_own() {
        let wait = parse(
            "Sun, 06 Nov 1994 08:50:37 GMT",
            Some("Sun, 06 Nov 1994 08:50:07 GMT"),
            0,
        );
        assert_eq!(wait, Some(30 * SECOND));
        let wait = parse("Sun, 06 Nov 1994 08:50:37 GMT", Some("yesterday"), NOW);
        assert_eq!(wait, Some(60 * SECOND));
    }

    #[test]
    fn unreadable() {
        for value in ["", "soon", "-1", "+5", "1.5", "0x10", "1 2"] {
            assert_eq!(parse(value, None, NOW), None, "{value}");
        }
    }
}

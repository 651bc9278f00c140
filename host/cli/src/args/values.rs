//! How the values of options are read.

use jiff::Timestamp;
use rules::created;
use servo_webhooks_store::Uuid;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

/// An address with its port.
pub fn socket(text: &str) -> Result<SocketAddr, String> {
    text.trim().parse().map_err(|_| {
        "must be an address and a port, such as 127.0.0.1:8081, 0.0.0.0:8081 or [::1]:8081"
            .to_owned()
    })
}

/// A number that is not 0.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("must be a whole number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// So many MiB have a number of bytes.
pub fn mebibytes(text: &str) -> Result<usize, String> {
    const MOST: usize = usize::MAX >> 20;
    match at_least_one(text)? {
        number if number > MOST => Err(format!("must be at most {MOST}")),
        number => Ok(number),
    }
}

/// `90` (seconds), `1m30s`, `250ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let refused = || "must be a duration such as 10s, 1m30s or 250ms".to_owned();
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let signed: jiff::SignedDuration = text.parse().map_err(|_| refused())?;
    Duration::try_from(signed).map_err(|_| refused())
}

/// A time that may be as long as days, each of 24 hours.
pub fn days(text: &str) -> Result<Duration, String> {
    if let Ok(short) = duration(text) {
        return Ok(short);
    }
    let refused = || "must be a duration such as 12h, 7d or 90d".to_owned();
    if let Ok(duration) = duration(text) {
        return Ok(duration);
    }
    let span: jiff::Span = text.parse().map_err(|_| refused())?;
    let signed = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
    let signed = signed.map_err(|_| refused())?;
    Duration::try_from(signed).map_err(|_| refused())
}

/// A moment in milliseconds since 1970: `2h` is two hours ago, and a time without an offset
/// is UTC.
pub fn moment(text: &str) -> Result<i64, String> {
    if let Ok(back) = days(text) {
        return Ok(before_now(back));
    }
    let time = created::parse(text).and_then(|time| time.parse::<Timestamp>().ok());
    let time = time.map(Timestamp::as_millisecond);
    time.ok_or_else(|| {
        "must be a duration back from now such as 2h, or a time such as 2026-11-27T22:00:00Z"
            .to_owned()
    })
}

/// So long ago, in milliseconds since 1970.
pub fn before_now(back: Duration) -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let milliseconds = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    milliseconds(now.unwrap_or_default()).saturating_sub(milliseconds(back))
}

/// The id of a delivery.
pub fn delivery(text: &str) -> Result<Uuid, String> {
    let refused = "must be the id of a delivery, such as 01a2097b-4814-72ba-a1ed-4e1ee3ccf15c";
    Uuid::parse_str(text.trim()).map_err(|_| refused.to_owned())
}

/// `10/s`, `30/m` or `10`, in so many a second.
pub fn rate(text: &str) -> Result<f64, String> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    let rate = number.trim().parse::<f64>().unwrap_or(f64::NAN) / seconds;
    if rate.is_finite() && rate > 0.0 {
        Ok(rate)
    } else {
        Err("must be a rate such as 10/s or 30/m".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_times_or_so_long_ago() {
        for text in ["1970-01-01T00:00:02", "1970-01-01T01:00:02+01:00"] {
            assert_eq!(moment(text), Ok(2_000), "{text}");
        }
        for (text, back) in [("2h", 7_200_000), ("1d", 86_400_000), ("90", 90_000)] {
            let earliest = before_now(Duration::ZERO) - back;
            let read = moment(text).unwrap_or_default();
            let latest = before_now(Duration::ZERO) - back;
            assert!((earliest..=latest).contains(&read), "{text}");
        }
        for text in ["", "yesterday", "-2h", "2026-11-27"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_by_the_second_unless_they_say_otherwise() {
        for (text, expected) in [("10", 10.0), ("2.5/s", 2.5), ("30/m", 0.5), ("36/h", 0.01)] {
            let read = rate(text).unwrap_or_default();
            assert!((read - expected).abs() < 1e-9, "{text}: {read}");
        }
        for text in ["", "0/s", "-1/s", "x/s", "1/d", "inf", "1/"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}

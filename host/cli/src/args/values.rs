//! How the values of options are read.

use std::net::SocketAddr;
use std::time::Duration;

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
    let refused = || "must be a duration such as 12h, 7d or 90d".to_owned();
    let span: jiff::Span = text.parse().map_err(|_| refused())?;
    let signed = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
    let signed = signed.map_err(|_| refused())?;
    Duration::try_from(signed).map_err(|_| refused())
}

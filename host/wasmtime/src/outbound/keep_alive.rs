//! How long connections are kept.

use http::{HeaderMap, header};
use std::time::Duration;

/// How long a connection is kept unused. Servers commonly close theirs after 60 or
/// 75 s; to be first leaves no race.
pub(super) const IDLE: Duration = Duration::from_secs(50);

/// How long before a responder's own `Keep-Alive: timeout=N` a connection is given up.
const MARGIN: Duration = Duration::from_secs(1);

/// How long a connection is kept after an answer with these headers: `Keep-Alive:
/// timeout=N` (RFC 2068, 19.7.1.1) says when its server will close it.
pub(super) fn kept_for(headers: &HeaderMap) -> Duration {
    let values = headers.get_all(&KEEP_ALIVE).iter();
    let stated = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|part| part.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"))
        .filter_map(|(_, seconds)| seconds.trim().trim_matches('"').parse().ok())
        .min();
    let Some(seconds) = stated else { return IDLE };
    let stated = Duration::from_secs(seconds);
    let margin = MARGIN.min(stated / 2);
    (stated - margin).min(IDLE)
}

const KEEP_ALIVE: header::HeaderName = header::HeaderName::from_static("keep-alive");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_long_it_keeps_a_connection() {
        let kept = |value: &'static str| {
            let value = http::HeaderValue::from_static(value);
            kept_for(&HeaderMap::from_iter([(KEEP_ALIVE, value)]))
        };
        assert_eq!(kept_for(&HeaderMap::new()), IDLE);
        assert_eq!(kept("timeout=5, max=100"), Duration::from_secs(4));
        assert_eq!(kept("max=3, Timeout = 10"), Duration::from_secs(9));
        assert_eq!(kept("timeout=1"), Duration::from_millis(500));
        assert_eq!(kept("timeout=0"), Duration::ZERO);
        assert_eq!(kept("timeout=3600"), IDLE);
        assert_eq!(kept("timeout=soon"), IDLE);
    }
}

//! Durations as a configuration writes them.

use std::fmt::Write;
use std::time::Duration;

/// From the longest; the configuration's weeks, months and years read worse than days.
const UNITS: [(&str, u128); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1000),
    ("ns", 1),
];

/// `6h`, `1m30s`, `250ms`.
pub fn duration(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    let mut text = String::new();
    for (unit, size) in UNITS {
        if rest >= size {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}{unit}", rest / size);
            rest %= size;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn as_they_are_written() {
        for (nanoseconds, expected) in [
            (0, "0s"),
            (1, "1ns"),
            (250_000_000, "250ms"),
            (5_000_000_000, "5s"),
            (1_500_000_000, "1s500ms"),
            (90_000_000_000, "1m30s"),
            (180_000_000_000, "3m"),
            (21_600_000_000_000, "6h"),
            (86_400_000_000_000, "1d"),
            (5_400_000_000_000, "1h30m"),
        ] {
            let shown = duration(Duration::from_nanos(nanoseconds));
            assert_eq!(shown, expected);
            // The configuration reads it back.
            assert_eq!(rules::duration::parse(&shown), Ok(nanoseconds));
        }
    }
}

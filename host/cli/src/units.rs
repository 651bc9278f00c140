//! Durations for people, as a configuration writes them.

use rules::duration;
use std::time::Duration;

/// Exactly: `6h`, `1m30s`, `250ms`.
pub fn duration(duration: Duration) -> String {
    duration::format(nanoseconds(duration))
}

/// About: `1.2s` of a second and a bit.
pub fn rough(duration: Duration) -> String {
    let nanoseconds = nanoseconds(duration);
    // No finer than a tenth of a second, where there are any.
    let unit = match nanoseconds {
        1_000_000_000.. => 100_000_000,
        _ => 1_000_000,
    };
    duration::rough(nanoseconds - nanoseconds % unit)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{duration, rough};
    use std::time::Duration;

    #[test]
    fn as_they_are_written() {
        for (nanoseconds, expected) in [
            (0, "0s"),
            (1, "1ns"),
            (250_000_000, "250ms"),
            (5_000_000_000, "5s"),
            (1_500_000_000, "1.5s"),
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

    #[test]
    fn no_digit_that_nobody_reads() {
        for (microseconds, expected) in [
            (0, "0s"),
            (900, "0s"),
            (1_025, "1ms"),
            (250_999, "250ms"),
            (1_234_567, "1.2s"),
            (61_900_000, "1m1s"),
        ] {
            assert_eq!(rough(Duration::from_micros(microseconds)), expected);
        }
    }
}

//! Durations as servox writes them: seconds, or a sum such as `1h30m`.

const SECOND: u64 = 1_000_000_000;

/// Units and their nanoseconds. `µ` has two code points, and people type both.
const UNITS: [(&str, u64); 12] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
    ("w", 7 * 86_400 * SECOND),
    // A month is 30 days and a year 365, as in servox.
    ("mm", 30 * 86_400 * SECOND),
    ("y", 365 * 86_400 * SECOND),
];

const HELP: &str = "write seconds, or numbers with units such as 1h30m or 250ms \
                    (units: ns us ms s m h d w mm y)";

/// A duration in nanoseconds, exact to the last digit; what is finer is cut. A JSON number
/// is given as its text.
///
/// # Errors
/// Says what to write. Negative durations and those beyond 584 years are refused.
pub fn parse(text: &str) -> Result<u64, String> {
    if text.starts_with('-') {
        return Err(format!("must not be negative; {HELP}"));
    }
    if let Some(seconds) = scale(text, SECOND) {
        return seconds;
    }
    let mut rest = text;
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|char: char| !char.is_ascii_digit() && char != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|char: char| char.is_ascii_digit() || char == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let nanoseconds = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, size)| *size);
        let part = nanoseconds
            .and_then(|size| scale(number, size))
            .ok_or_else(unreadable)??;
        sum = sum.checked_add(part).ok_or_else(too_long)?;
        rest = tail;
    }
    if text.is_empty() {
        Err(unreadable())
    } else {
        Ok(sum)
    }
}

/// A plain decimal number times a unit; none if it is no number.
fn scale(number: &str, unit: u64) -> Option<Result<u64, String>> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = if whole.is_empty() {
        Ok(0)
    } else {
        whole.parse::<u64>()
    };
    // Eighteen digits are finer than a nanosecond of any unit, and fit.
    let fraction = &fraction[..fraction.len().min(18)];
    let numerator = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<u128>().unwrap_or(0)
    };
    let part =
        numerator * u128::from(unit) / 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let sum = whole.ok().and_then(|whole| {
        whole
            .checked_mul(unit)?
            .checked_add(u64::try_from(part).ok()?)
    });
    Some(sum.ok_or_else(too_long))
}

fn unreadable() -> String {
    format!("is not a duration; {HELP}")
}

fn too_long() -> String {
    "is longer than 584 years; write a shorter duration".to_owned()
}

/// What is left of a time, for people: no digit more than anyone wants to read.
#[must_use]
pub fn rough(nanoseconds: u64) -> String {
    let unit = match nanoseconds / SECOND {
        0..10 => SECOND / 1000,
        _ => SECOND,
    };
    format(nanoseconds - nanoseconds % unit)
}

/// A duration for people: `250ms`, `1.5s`, `3m`, `1h30m`. [`parse`] reads it back.
#[must_use]
pub fn format(nanoseconds: u64) -> String {
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    let mut out = String::new();
    let mut rest = nanoseconds;
    for (unit, size) in [
        ("d", 86_400 * SECOND),
        ("h", 3_600 * SECOND),
        ("m", 60 * SECOND),
    ] {
        if rest >= size {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    let (unit, size, digits) = match rest {
        SECOND.. => ("s", SECOND, 9),
        1_000_000.. => ("ms", 1_000_000, 6),
        1_000.. => ("us", 1_000, 3),
        1.. => ("ns", 1, 0),
        0 => return out,
    };
    let fraction = format!("{:0digits$}", rest % size);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    out.push_str(&format!("{}{point}{fraction}{unit}", rest / size));
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sums_and_seconds() {
        for (text, expected) in [
            ("0", 0),
            ("5", 5 * SECOND),
            ("1.5", SECOND * 3 / 2),
            (".5", SECOND / 2),
            ("0.000000001", 1),
            ("0.0000000019", 1),
            ("1h30m", 5_400 * SECOND),
            ("1.5h", 5_400 * SECOND),
            ("100ms", 100_000_000),
            ("1s500ms", 1_500_000_000),
            ("7us", 7_000),
            ("7\u{b5}s", 7_000),
            ("7\u{3bc}s", 7_000),
            ("3ns", 3),
            ("2d", 172_800 * SECOND),
            ("1w", 604_800 * SECOND),
            ("1mm", 2_592_000 * SECOND),
            ("1y", 31_536_000 * SECOND),
            ("1m1m", 120 * SECOND),
            ("007", 7 * SECOND),
            ("0.9ns", 0),
            // Floats would miss these.
            ("1.1h", 3_960 * SECOND),
            ("16777217.000000001", 16_777_217 * SECOND + 1),
            ("18446744073.709551615", u64::MAX),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nothing_else() {
        for text in [
            "",
            "-1",
            "-1s",
            "1 s",
            " 1s",
            "1s ",
            "1S",
            "1H",
            "1:30",
            "1e3",
            "s",
            "1x",
            "1.2.3s",
            "+1",
            "1h 30m",
            "99999999999y",
            "18446744073.709551616",
            "18446744073s1s",
            "99999999999999999999",
            "inf",
            "nan",
            ".",
            ".s",
            "one",
            "1hm",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn for_people() {
        for text in [
            "0s",
            "3ns",
            "7us",
            "1.5us",
            "250ms",
            "1.000001ms",
            "1.5s",
            "3m",
            "1h30m",
            "2d1h",
            "1m5s",
            "1h20ms",
        ] {
            assert_eq!(parse(text).map(format), Ok(text.to_owned()));
        }
    }

    #[test]
    fn roughly_in_milliseconds_below_ten_seconds_and_in_seconds_from_there() {
        for (nanoseconds, expected) in [
            (0, "0s"),
            (1_999_999, "1ms"),
            (9 * SECOND + 999_999_999, "9.999s"),
            (10 * SECOND, "10s"),
            (10 * SECOND + 999_999_999, "10s"),
            (3_723 * SECOND + 1, "1h2m3s"),
        ] {
            assert_eq!(rough(nanoseconds), expected);
        }
    }

    #[test]
    fn what_is_no_duration_says_what_to_write() {
        for (text, says) in [
            (
                "",
                "is not a duration; write seconds, or numbers with units",
            ),
            (
                "1 s",
                "is not a duration; write seconds, or numbers with units",
            ),
            ("-1", "must not be negative; write seconds"),
            ("585y", "is longer than 584 years; write a shorter"),
            ("584y365d", "is longer than 584 years; write a shorter"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
        assert!(parse("584y").is_ok());
    }
}

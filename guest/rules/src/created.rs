//! When an event was created: RFC 3339 with its own offset, `+00:00` for UTC.

use jiff::Timestamp;
use jiff::fmt::temporal::{DateTimeParser, DateTimePrinter};
use jiff::tz::Offset;

/// What [`parse`] wants, for messages.
pub const EXPECTED: &str =
    "a time such as 2026-11-23T11:23:42+00:00 (RFC 3339), in the years 0000 to 9999";

/// A time in nanoseconds since 1970, in UTC, to the microsecond.
#[must_use]
pub fn at(nanoseconds: u64) -> String {
    static PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    // 64 bits reach the year 2554, a time the year 9999.
    let time = Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or(Timestamp::MAX);
    let mut text = PRINTER.datetime_to_string(&Offset::UTC.to_datetime(time));
    text.push_str("+00:00");
    text
}

/// Reads RFC 3339; a time without offset is UTC, another offset is kept.
///
/// A fraction is written with 6 digits, or 9 where it needs them: there are readers of
/// ISO 8601 that take 3 or 6 digits and nothing else.
#[must_use]
pub fn parse(text: &str) -> Option<String> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let pieces = PARSER.parse_pieces(text).ok()?;
    let time = pieces.time()?;
    if pieces.time_zone_annotation().is_some() {
        return None;
    }
    let seconds = pieces.to_numeric_offset().map_or(0, Offset::seconds);
    if seconds % 60 != 0 {
        return None;
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    let (date, clock) = (pieces.date(), time.strftime("%H:%M:%S"));
    // RFC 3339 has four digits for the year, and no sign.
    if date.year() < 0 {
        return None;
    }
    let fraction = match time.subsec_nanosecond() {
        0 => String::new(),
        nanoseconds if nanoseconds % 1000 == 0 => format!(".{:06}", nanoseconds / 1000),
        nanoseconds => format!(".{nanoseconds:09}"),
    };
    Some(format!(
        "{date}T{clock}{fraction}{sign}{:02}:{:02}",
        minutes / 60,
        minutes % 60
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_to_the_microsecond() {
        for (nanoseconds, expected) in [
            (0, "1970-01-01T00:00:00.000000+00:00"),
            (
                1_795_433_022_243_402_999,
                "2026-11-23T11:23:42.243402+00:00",
            ),
        ] {
            assert_eq!(at(nanoseconds), expected);
            assert!(parse(expected).is_some());
        }
    }

    #[test]
    fn years_have_four_digits() {
        for year in ["0000", "0001", "9999"] {
            let text = format!("{year}-01-01T00:00:00+00:00");
            assert_eq!(parse(&text), Some(text));
        }
        for year in ["-000001", "-009999", "+010000", "10000"] {
            assert_eq!(parse(&format!("{year}-01-01T00:00:00Z")), None, "{year}");
        }
    }

    #[test]
    fn an_offset_is_kept_and_no_offset_is_utc() {
        for (text, expected) in [
            ("2026-11-23T11:23:42", "2026-11-23T11:23:42+00:00"),
            ("2026-11-23T11:23:42Z", "2026-11-23T11:23:42+00:00"),
            ("2026-11-23T11:23:42+00:00", "2026-11-23T11:23:42+00:00"),
            ("2026-11-23T11:23:42+05:45", "2026-11-23T11:23:42+05:45"),
            ("2026-11-23T11:23:42-03:30", "2026-11-23T11:23:42-03:30"),
            ("2026-11-23T11:23:42-00:30", "2026-11-23T11:23:42-00:30"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_rfc_3339_does_not_have_is_refused() {
        for text in [
            "2026-11-23",
            "11:23:42Z",
            "noon",
            "2026-11-23T11:23:42+01:00[Europe/Berlin]",
            "2026-11-23T11:23:42+01:00:30",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_fraction_has_6_digits_or_9() {
        for (fraction, expected) in [
            ("", ""),
            (".0", ""),
            (".5", ".500000"),
            (".000001", ".000001"),
            (".243402", ".243402"),
            (".0000001", ".000000100"),
            (".243402001", ".243402001"),
        ] {
            let text = format!("2026-11-23T11:23:42{fraction}Z");
            let expected = format!("2026-11-23T11:23:42{expected}+00:00");
            assert_eq!(parse(&text), Some(expected));
        }
    }
}

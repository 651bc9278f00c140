//! Times, ids and chance.

use crate::wasi::clocks::{monotonic_clock, wall_clock};
use crate::wasi::random::random;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimeParser;

/// Nanoseconds of a clock that only goes on.
pub fn now() -> u64 {
    monotonic_clock::now()
}

/// Nanoseconds since 1970.
pub fn unix() -> u64 {
    let now = wall_clock::now();
    now.seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(now.nanoseconds.into())
}

/// Now, in UTC, to the microsecond.
pub fn created() -> String {
    Timestamp::from_nanosecond(unix().into()).map_or_else(
        |_| "1970-01-01T00:00:00.000000+00:00".to_owned(),
        |time| time.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string(),
    )
}

/// RFC 3339; a time without offset is UTC, another offset is kept. A fraction has 6
/// digits, or 9 where it needs them.
pub fn parse(text: &str) -> Option<String> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let pieces = PARSER.parse_pieces(text).ok()?;
    let time = pieces.time()?;
    let seconds = pieces
        .to_numeric_offset()
        .map_or(0, jiff::tz::Offset::seconds);
    if pieces.time_zone_annotation().is_some() || seconds % 60 != 0 {
        return None;
    }
    let fraction = match time.subsec_nanosecond() {
        0 => String::new(),
        nanoseconds if nanoseconds % 1000 == 0 => format!(".{:06}", nanoseconds / 1000),
        nanoseconds => format!(".{nanoseconds:09}"),
    };
    let (date, clock) = (pieces.date(), time.strftime("%H:%M:%S"));
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    Some(format!(
        "{date}T{clock}{fraction}{sign}{:02}:{:02}",
        minutes / 60,
        minutes % 60
    ))
}

/// A UUID of version 7.
pub fn id() -> String {
    let mut chance = [0; 10];
    for (byte, drawn) in chance.iter_mut().zip(random::get_random_bytes(10)) {
        *byte = drawn;
    }
    uuid::Builder::from_unix_timestamp_millis(unix() / 1_000_000, &chance)
        .into_uuid()
        .to_string()
}

/// A number between two, both included.
pub fn between(least: u64, most: u64) -> u64 {
    match most.saturating_sub(least).checked_add(1) {
        Some(span) => least + random::get_random_u64() % span,
        None => random::get_random_u64(),
    }
}

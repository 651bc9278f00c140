//! A wait in seconds is that many, and a date is never a wait into the past.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::retry_after::parse;

fuzz_target!(|input: (&str, Option<&str>, u64)| {
    let (value, date, now) = input;
    let parsed = parse(value, date, now);
    let text = value.trim_matches([' ', '\t']);
    if let Ok(seconds) = text.parse::<u32>()
        && text.bytes().all(|byte| byte.is_ascii_digit())
    {
        assert_eq!(parsed, Some(u64::from(seconds) * 1_000_000_000));
    }
});

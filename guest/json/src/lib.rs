//! JSON texts that are passed on as they are: checked, never rewritten.
//!
//! A responder gets the digits a host was given, so values stay text. What is
//! checked here is that the text is JSON and means the same to every reader.
//!
//! A crate of its own because it goes over every byte: it is compiled for speed, while the
//! rules around it are compiled for size.

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// One result of an event, as `results` lists them.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome<'a> {
    #[serde(borrow, rename = "connector")]
    _connector: Cow<'a, str>,
    #[serde(rename = "value")]
    _value: IgnoredAny,
}

/// Checks that a text is one JSON object.
///
/// # Errors
/// Says what is wrong and where in the text, without quoting it.
pub fn check_object(text: &str) -> Result<(), String> {
    if !text.trim_start().starts_with('{') {
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
        return Err("not an object".to_owned());
    }
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
    check_surrogates(text)
}

/// Checks that a text is an array of `{"connector": TEXT, "value": ANY}`.
///
/// # Errors
/// Says what is wrong and where in the text, without quoting it.
pub fn check_results(text: &str) -> Result<(), String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    Results
        .deserialize(&mut reader)
        .map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    check_surrogates(text)
}

/// Appends a text as a JSON string.
pub fn push_string(out: &mut String, text: &str) {
    // Nothing to escape in most ids, names and times: one pass and one copy then.
    if text
        .bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
    {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        // A string can always be written.
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

/// Refuses `\ud800` and its like, which have no meaning outside a pair: readers
/// disagree on them, and UTF-8 cannot hold them (RFC 8259, section 8.2).
///
/// The text is known to be JSON.
fn check_surrogates(text: &str) -> Result<(), String> {
    let mut rest = text.as_bytes();
    let mut high = false;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let alone = high && at > 0;
        rest = &rest[at..];
        let unit = match rest {
            [_, b'u', a, b, c, d, ..] => hex_digits([*a, *b, *c, *d]),
            _ => None,
        };
        let low = matches!(unit, Some(0xdc00..=0xdfff));
        if alone || high != low {
            return Err("a lone surrogate in a string".to_owned());
        }
        high = matches!(unit, Some(0xd800..=0xdbff));
        rest = rest
            .get(if unit.is_some() { 6 } else { 2 }..)
            .unwrap_or_default();
    }
    if high {
        return Err("a lone surrogate in a string".to_owned());
    }
    Ok(())
}

fn hex_digits(digits: [u8; 4]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, digit| {
        Some(sum * 16 + char::from(*digit).to_digit(16)?)
    })
}

struct Results;

impl<'de> DeserializeSeed<'de> for Results {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Results {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an array of {\"connector\", \"value\"}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items
            .next_element::<Outcome<'de>>()
            .map_err(A::Error::custom)?
            .is_some()
        {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn objects() {
        for text in [
            "{}",
            " { } ",
            r#"{"a": 1e999, "b": [1.0, -0]}"#,
            r#"{"a": "\ud83d\ude00"}"#,
        ] {
            assert_eq!(check_object(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "[]",
            "null",
            "{",
            "{}{}",
            "{\"a\": NaN}",
            "{'a': 1}",
            "{\"a\":01}",
        ] {
            assert!(check_object(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lone_surrogates() {
        for text in [
            r#"{"a": "\ud800"}"#,
            r#"{"a": "\udc00"}"#,
            r#"{"a": "\ud800x\udc00"}"#,
            r#"{"a": "\ud800\n"}"#,
            r#"{"a": "\ud800\ud800\udc00"}"#,
            r#"{"a": "\ud800", "b": "\udc00"}"#,
            r#"{"\udfff": 1}"#,
        ] {
            assert!(check_object(text).is_err(), "{text}");
        }
        for text in [
            r#"{"a": "\\ud800"}"#,
            r#"{"a": "\n\u00e9\\"}"#,
            r#"{"a": "\ud800\udc00\ud800\udc00"}"#,
        ] {
            assert_eq!(check_object(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn results() {
        for text in [
            "[]",
            r#"[{"connector": "a", "value": null}, {"value": {"x": 1}, "connector": "\u0062"}]"#,
        ] {
            assert_eq!(check_results(text), Ok(()), "{text}");
        }
        for text in [
            "{}",
            "null",
            "[1]",
            r#"[{"connector": "a"}]"#,
            r#"[{"value": 1}]"#,
            r#"[{"connector": 1, "value": 1}]"#,
            r#"[{"connector": "a", "value": 1, "more": 2}]"#,
            r#"[{"connector": "a", "value": 1, "value": 2}]"#,
            "[] []",
        ] {
            assert!(check_results(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_not_quoted() {
        let why = check_results("{}").unwrap_err();
        assert!(
            why.contains("expected an array of {\"connector\", \"value\"}"),
            "{why}"
        );
        assert_eq!(check_object("[]"), Err("not an object".to_owned()));
        for why in [
            check_object("{\"hunter2\": hunter2}"),
            check_results("[{\"connector\": \"hunter2\", \"value\": hunter2}]"),
        ] {
            let why = why.unwrap_err();
            assert!(
                why.contains("line 1 column") && !why.contains("hunter2"),
                "{why}"
            );
        }
    }

    #[test]
    fn strings() {
        for text in [
            "",
            "plain",
            "q\"uote",
            "\"",
            "back\\slash",
            "\\",
            "line\n",
            "\u{1}",
            "é😀",
            "\u{7f}",
        ] {
            let mut out = String::new();
            push_string(&mut out, text);
            assert_eq!(
                serde_json::from_str::<String>(&out).ok().as_deref(),
                Some(text)
            );
        }
    }
}

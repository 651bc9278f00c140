#![allow(clippy::unwrap_used)]
use super::*;
use crate::value::to_json;

/// As jq 1.8 answers `fromjson | tojson`.
#[test]
fn what_is_read() {
    for (text, json) in [
        (" 5 ", "5"),
        ("+5.43", "5.43"),
        ("-05", "-5"),
        ("nan", "null"),
        ("[nan,-inf]", "[null,-1.7976931348623157e+308]"),
        ("\u{feff}[1]\n", "[1]"),
        ("{\"a\":1,\"b\":[{}],\"a\":2}", "{\"a\":2,\"b\":[{}]}"),
        ("\"\\ud83d\\ude00\\u00e9\\/\"", "\"😀é/\""),
        ("\"\\udc00\"", "\"\u{fffd}\""),
        ("[1.50,1e5]", "[1.50,1E+5]"),
    ] {
        assert_eq!(read(text).map(|value| to_json(&value)), Ok(json.to_owned()));
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(read(&deep).is_ok());
    assert!(read(&"[".repeat(10_001)).is_err());
}

/// The messages of jq 1.8, without the text that they quote.
#[test]
fn what_is_not() {
    for (text, message) in [
        (
            "512Mi",
            "Invalid numeric literal at EOF at line 1, column 5",
        ),
        (
            "[1] x",
            "Invalid numeric literal at EOF at line 1, column 5",
        ),
        ("1 2", "Unexpected extra JSON values"),
        ("[1][2]", "Unexpected extra JSON values"),
        ("", "Expected JSON value"),
        (
            "'a'",
            "Invalid string literal; expected \", but got ' at EOF at line 1, column 3",
        ),
        ("[1,]", "Expected another array element at line 1, column 4"),
        (
            "{\"a\":1,}",
            "Expected another key-value pair at line 1, column 8",
        ),
        (
            "[1 2]",
            "Expected separator between values at line 1, column 5",
        ),
        (
            "{\"a\" 1}",
            "Expected separator between values at line 1, column 7",
        ),
        ("\"a", "Unfinished string at EOF at line 1, column 2"),
        (
            "\"\\ud83d\"",
            "Invalid \\uXXXX\\uXXXX surrogate pair escape at line 1, column 8",
        ),
        ("\"\\x\"", "Invalid escape at line 1, column 4"),
        ("truefalse", "Invalid literal at EOF at line 1, column 9"),
        ("[", "Unfinished JSON term at EOF at line 1, column 1"),
        ("]", "Unmatched ']' at line 1, column 1"),
        ("#a\n1", "Invalid numeric literal at line 2, column 0"),
        ("{a:1}", "Invalid numeric literal at line 1, column 3"),
        ("{1:1}", "Object keys must be strings at line 1, column 3"),
        ("[1:2]", "':' not as part of an object at line 1, column 3"),
        (
            "\"a\tb\"",
            "Invalid string: control characters from U+0000 through U+001F must be escaped at line 1, column 5",
        ),
    ] {
        let message = format!("{message} (while parsing '{text}')");
        assert_eq!(read(text).map(|value| to_json(&value)), Err(message));
    }
}

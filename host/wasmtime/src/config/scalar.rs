//! The core schema of YAML 1.2: what a plain scalar means.
//!
//! Numbers keep their digits and change only as far as JSON's grammar asks for; spellings of YAML
//! 1.1 (`yes`, `1:30`, `1_000`) are strings.
//!
//! Source: <https://yaml.org/spec/1.2.2/#103-core-schema>.

use std::borrow::Cow;

/// A scalar's meaning.
#[derive(Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// In JSON's grammar.
    Number(Cow<'a, str>),
    Text(&'a str),
}

/// Why a scalar has no meaning in JSON.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(super) enum ScalarError {
    #[error("infinity and NaN are not allowed: write a finite number")]
    NotFinite,
    #[error("this number is too large in this notation: write it in decimal")]
    TooLarge,
    #[error("the value does not match its tag: correct it, or remove the tag")]
    Mismatch,
    #[error("unknown tag: remove it, or quote a value that starts with `!`")]
    UnknownTag,
}

/// Reads a scalar. A `tag` is a full name such as `tag:yaml.org,2002:str`, or `!`.
pub(super) fn read<'a>(
    text: &'a str,
    plain: bool,
    tag: Option<&str>,
) -> Result<Scalar<'a>, ScalarError> {
    let Some(tag) = tag else {
        return if plain {
            resolve(text)
        } else {
            Ok(Scalar::Text(text))
        };
    };
    if tag == "!" {
        return Ok(Scalar::Text(text));
    }
    let name = tag
        .strip_prefix("tag:yaml.org,2002:")
        .ok_or(ScalarError::UnknownTag)?;
    let fits = |scalar: &Scalar<'_>| match scalar {
        Scalar::Null => name == "null",
        Scalar::Bool(_) => name == "bool",
        Scalar::Number(digits) => {
            name == "float" || name == "int" && !digits.contains(['.', 'e', 'E'])
        }
        Scalar::Text(_) => false,
    };
    match name {
        "str" => Ok(Scalar::Text(text)),
        "null" | "bool" | "int" | "float" => {
            let scalar = resolve(text)?;
            if fits(&scalar) {
                Ok(scalar)
            } else {
                Err(ScalarError::Mismatch)
            }
        }
        "map" | "seq" => Err(ScalarError::Mismatch),
        _ => Err(ScalarError::UnknownTag),
    }
}

fn resolve(text: &str) -> Result<Scalar<'_>, ScalarError> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Err(ScalarError::NotFinite),
        _ => match text.strip_prefix(['+', '-']).unwrap_or(text) {
            ".inf" | ".Inf" | ".INF" => return Err(ScalarError::NotFinite),
            _ => match based(text)? {
                Some(number) => Scalar::Number(Cow::Owned(number)),
                None => decimal(text).map_or(Scalar::Text(text), Scalar::Number),
            },
        },
    })
}

/// `0o17` and `0xff`, which have no sign.
fn based(text: &str) -> Result<Option<String>, ScalarError> {
    let (digits, radix) = if let Some(digits) = text.strip_prefix("0o") {
        (digits, 8)
    } else if let Some(digits) = text.strip_prefix("0x") {
        (digits, 16)
    } else {
        return Ok(None);
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Ok(None);
    }
    let number = u128::from_str_radix(digits, radix).map_err(|_| ScalarError::TooLarge)?;
    Ok(Some(number.to_string()))
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, in JSON's grammar.
fn decimal(text: &str) -> Option<Cow<'_, str>> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    if let Some(power) = exponent.get(1..)
        && !all_digits(power.strip_prefix(['+', '-']).unwrap_or(power))
    {
        return None;
    }
    let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let valid = match fraction {
        None => all_digits(whole),
        Some("") => all_digits(whole),
        Some(fraction) => (whole.is_empty() || all_digits(whole)) && all_digits(fraction),
    };
    if !valid {
        return None;
    }
    let significant = whole.trim_start_matches('0');
    let significant = if significant.is_empty() {
        "0"
    } else {
        significant
    };
    if significant == whole && fraction != Some("") && !text.starts_with('+') {
        return Some(Cow::Borrowed(text));
    }
    let mut number = String::with_capacity(text.len() + 2);
    if text.starts_with('-') {
        number.push('-');
    }
    number.push_str(significant);
    if let Some(fraction) = fraction {
        number.push('.');
        number.push_str(if fraction.is_empty() { "0" } else { fraction });
    }
    number.push_str(exponent);
    Some(Cow::Owned(number))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Scalar, ScalarError, read};

    fn number(text: &str) -> String {
        match read(text, true, None) {
            Ok(Scalar::Number(number)) => number.into_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        for same in [
            "0",
            "1.0",
            "-1",
            "1e5",
            "1.50E-3",
            "123456789012345678901234567890",
            "-0",
        ] {
            assert_eq!(number(same), same);
        }
    }

    #[test]
    fn numbers_become_json() {
        for (yaml, json) in [
            ("+1", "1"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("1.", "1.0"),
            ("1.e5", "1.0e5"),
            ("007", "7"),
            ("000", "0"),
            ("-00.50", "-0.50"),
            ("0o17", "15"),
            ("0xFf", "255"),
        ] {
            assert_eq!(number(yaml), json, "{yaml}");
            assert!(serde_json::from_str::<serde_json::Value>(json).is_ok());
        }
    }

    #[test]
    fn only_the_core_schema_counts() {
        for text in [
            "yes", "no", "on", "Off", "y", "tRUE", "1:30", "1_000", "0b11", "0o8", "0xg", "-0x1",
            "0x", ".", "+", "-", "1e", "e5", "1.2.3", "+-5", "1 2", "nUll", "NaN", "inf", "12e03x",
            "\u{661}",
        ] {
            assert_eq!(read(text, true, None), Ok(Scalar::Text(text)));
        }
        assert_eq!(read("TRUE", true, None), Ok(Scalar::Bool(true)));
        assert_eq!(read("False", true, None), Ok(Scalar::Bool(false)));
        for null in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(read(null, true, None), Ok(Scalar::Null));
        }
    }

    #[test]
    fn quotes_make_text() {
        assert_eq!(read("1", false, None), Ok(Scalar::Text("1")));
        assert_eq!(read("", false, None), Ok(Scalar::Text("")));
    }

    #[test]
    fn what_json_cannot_hold_is_an_error() {
        for text in [".inf", "-.INF", "+.Inf", ".nan", ".NaN"] {
            assert_eq!(read(text, true, None), Err(ScalarError::NotFinite));
        }
        let huge = format!("0x{}", "f".repeat(33));
        assert_eq!(read(&huge, true, None), Err(ScalarError::TooLarge));
    }

    #[test]
    fn core_tags_are_honoured() {
        let tagged = |text, name: &str| read(text, true, Some(name));
        assert_eq!(tagged("5", "tag:yaml.org,2002:str"), Ok(Scalar::Text("5")));
        assert_eq!(tagged("5", "!"), Ok(Scalar::Text("5")));
        assert_eq!(
            tagged("5", "tag:yaml.org,2002:int"),
            Ok(Scalar::Number("5".into()))
        );
        assert_eq!(
            tagged("5", "tag:yaml.org,2002:float"),
            Ok(Scalar::Number("5".into()))
        );
        assert_eq!(
            tagged("5.5", "tag:yaml.org,2002:int"),
            Err(ScalarError::Mismatch)
        );
        assert_eq!(
            tagged("x", "tag:yaml.org,2002:bool"),
            Err(ScalarError::Mismatch)
        );
        assert_eq!(
            tagged("x", "tag:yaml.org,2002:map"),
            Err(ScalarError::Mismatch)
        );
        assert_eq!(tagged("x", "!mine"), Err(ScalarError::UnknownTag));
        assert_eq!(
            tagged("x", "tag:yaml.org,2002:binary"),
            Err(ScalarError::UnknownTag)
        );
        let quoted = read("true", false, Some("tag:yaml.org,2002:bool"));
        assert_eq!(quoted, Ok(Scalar::Bool(true)));
    }
}

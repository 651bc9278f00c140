//! JSON to the values of expressions and back. Numbers that no arithmetic touches keep
//! their digits.

use jaq_json::{Num, Val, read};

/// The deepest nesting that is written.
const DEPTH_LIMIT: usize = 256;

/// Reads a JSON text.
///
/// # Errors
/// If it is none. What JSON does not know, such as `NaN`, may pass: check a text that
/// comes from elsewhere.
pub fn read(text: &str) -> Result<Val, String> {
    read::parse_single(text.as_bytes()).map_err(|error| error.to_string())
}

/// A text as a value.
#[must_use]
pub fn text(text: &str) -> Val {
    Val::utf8_str(text.to_owned())
}

/// An object with members in this order.
#[must_use]
pub fn object(members: impl IntoIterator<Item = (&'static str, Val)>) -> Val {
    let members = members.into_iter();
    Val::obj(members.map(|(key, value)| (text(key), value)).collect())
}

/// Writes a value as JSON. What JSON cannot hold is written as jq does: `null` for what is
/// not a number, the greatest number for infinity.
///
/// # Errors
/// If a key is no text, or the value is nested too deep.
pub fn write(value: &Val) -> Result<String, String> {
    let mut out = String::new();
    push(&mut out, value, 0)?;
    Ok(out)
}

fn push(out: &mut String, value: &Val, depth: usize) -> Result<(), String> {
    if depth > DEPTH_LIMIT {
        return Err(format!("it is nested more than {DEPTH_LIMIT} deep"));
    }
    match value {
        Val::Null => out.push_str("null"),
        Val::Bool(true) => out.push_str("true"),
        Val::Bool(false) => out.push_str("false"),
        Val::Num(number) => push_number(out, number),
        Val::TStr(bytes) | Val::BStr(bytes) => push_text(out, &String::from_utf8_lossy(bytes)),
        Val::Arr(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push(out, item, depth + 1)?;
            }
            out.push(']');
        }
        Val::Obj(members) => {
            out.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                let Val::TStr(key) = key else {
                    return Err("a key of an object is not a text".to_owned());
                };
                push_text(out, &String::from_utf8_lossy(key));
                out.push(':');
                push(out, member, depth + 1)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn push_number(out: &mut String, number: &Num) {
    use std::fmt::Write as _;
    let Num::Float(float) = number else {
        // Digits, as they were read or as integers are.
        let _ = write!(out, "{number}");
        return;
    };
    // Writing to a string cannot fail.
    let _ = match *float {
        float if float.is_nan() => write!(out, "null"),
        float if float.is_infinite() => write!(out, "{:e}", f64::MAX.copysign(float)),
        float if float.fract() == 0.0 && float.abs() < 1e17 => write!(out, "{float:.0}"),
        float => write!(out, "{float:?}"),
    };
}

fn push_text(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|char: char| char < ' ' || char == '"' || char == '\\') {
        out.push_str(&rest[..at]);
        let byte = rest.as_bytes()[at];
        // Writing to a string cannot fail.
        let _ = match byte {
            b'"' => write!(out, "\\\""),
            b'\\' => write!(out, "\\\\"),
            b'\n' => write!(out, "\\n"),
            b'\r' => write!(out, "\\r"),
            b'\t' => write!(out, "\\t"),
            byte => write!(out, "\\u{byte:04x}"),
        };
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

//! Values as JSON.

use super::number::written;
use super::{Num, Val};
use crate::number::Numeral;

/// The deepest nesting that jq writes.
const DEPTH_LIMIT: usize = 10_000;

/// The deepest nesting of what is sent.
const SENT_DEPTH_LIMIT: usize = 256;

/// Writes a value as JSON. What JSON cannot hold is written as jq does: `null` for what is
/// not a number, the greatest number for infinity.
///
/// # Errors
/// If the value is nested too deep.
pub fn write(value: &Val) -> Result<String, String> {
    let mut writer = Writer {
        out: String::new(),
        depth_limit: SENT_DEPTH_LIMIT,
        length_limit: usize::MAX,
        as_read: true,
    };
    match writer.push(value, 0) {
        true => Ok(writer.out),
        false => Err(format!("it is nested more than {SENT_DEPTH_LIMIT} deep")),
    }
}

/// The JSON of a value as `tojson` gives it.
#[must_use]
pub fn to_json(value: &Val) -> String {
    beginning(value, usize::MAX)
}

/// The JSON of a value, or about this many bytes of it.
pub fn beginning(value: &Val, length_limit: usize) -> String {
    let mut writer = Writer {
        out: String::new(),
        depth_limit: DEPTH_LIMIT,
        length_limit,
        as_read: false,
    };
    writer.push(value, 0);
    writer.out
}

struct Writer {
    out: String,
    depth_limit: usize,
    length_limit: usize,
    /// Digits as they were read, and not in the form that jq gives them.
    as_read: bool,
}

impl Writer {
    /// Whether it was not too deep.
    fn push(&mut self, value: &Val, depth: usize) -> bool {
        if self.out.len() > self.length_limit {
            return true;
        }
        if depth > self.depth_limit {
            self.out.push_str("\"<skipped: too deep>\"");
            return false;
        }
        let mut fits = true;
        match value {
            Val::Null => self.out.push_str("null"),
            Val::Bool(true) => self.out.push_str("true"),
            Val::Bool(false) => self.out.push_str("false"),
            Val::Num(number) => self.push_number(number),
            Val::Str(text) => self.push_text(text),
            Val::Arr(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.out.push(',');
                    }
                    fits &= self.push(item, depth + 1);
                }
                self.out.push(']');
            }
            Val::Obj(members) => {
                self.out.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    if index > 0 {
                        self.out.push(',');
                    }
                    self.push_text(key);
                    self.out.push(':');
                    fits &= self.push(member, depth + 1);
                }
                self.out.push('}');
            }
        }
        fits
    }

    fn push_number(&mut self, number: &Num) {
        use std::fmt::Write as _;
        let value = number.value();
        match number.digits() {
            Some(digits) if self.as_read => self.out.push_str(digits),
            Some(digits) => match Numeral::read(digits) {
                Some(numeral) => self.out.push_str(&numeral.canonical()),
                None => self.out.push_str(digits),
            },
            _ if value.fract() == 0.0 && value.abs() < 1e15 && value != 0.0 => {
                // Writing to a string cannot fail.
                let _ = write!(self.out, "{}", value as i64);
            }
            _ => self.out.push_str(&written(value)),
        }
    }

    fn push_text(&mut self, text: &str) {
        use std::fmt::Write as _;
        let special = |char: char| char < ' ' || matches!(char, '"' | '\\' | '\u{7f}');
        self.out.push('"');
        let mut rest = text;
        while let Some(at) = rest.find(special) {
            self.out.push_str(&rest[..at]);
            match rest.as_bytes()[at] {
                b'"' => self.out.push_str("\\\""),
                b'\\' => self.out.push_str("\\\\"),
                b'\n' => self.out.push_str("\\n"),
                b'\r' => self.out.push_str("\\r"),
                b'\t' => self.out.push_str("\\t"),
                8 => self.out.push_str("\\b"),
                12 => self.out.push_str("\\f"),
                byte => {
                    // Writing to a string cannot fail.
                    let _ = write!(self.out, "\\u{byte:04x}");
                }
            }
            rest = &rest[at + 1..];
        }
        self.out.push_str(rest);
        self.out.push('"');
    }
}

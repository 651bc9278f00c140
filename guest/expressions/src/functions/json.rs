//! JSON as `fromjson` reads it: with what jq takes beyond JSON (`nan`, `+1`), and its
//! messages. It does not call itself, however deep the text is nested.

use super::conversion::of_numeral;
use crate::number::Numeral;
use crate::value::{Map, Val};
use std::rc::Rc;

/// The deepest nesting.
const DEPTH_LIMIT: usize = 10_000;

/// What is open.
enum Open {
    Array(Vec<Val>),
    Object(Map),
    /// The key of a member of the object before.
    Key(Rc<str>),
}

/// The one value in a text.
///
/// # Errors
/// Says what is wrong, where, and quotes the text, as jq does.
pub fn read(text: &str) -> Result<Val, String> {
    let mut reader = Reader::default();
    reader
        .read(text.strip_prefix('\u{feff}').unwrap_or(text))
        .map_err(|message| {
            let quoted = text.split('\0').next().unwrap_or_default();
            format!("{message} (while parsing '{quoted}')")
        })
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    /// A value that has no place yet.
    next: Option<Val>,
    /// The value of the whole text.
    whole: Option<Val>,
}

type Done = Result<(), &'static str>;

impl Reader {
    fn read(&mut self, text: &str) -> Result<Val, String> {
        let (mut line, mut line_start, mut at) = (1, 0, 0);
        let bytes = text.as_bytes();
        while at < bytes.len() {
            let byte = bytes[at];
            let start = at;
            // Where jq stands when it sees what is wrong.
            let mut seen = at + 1;
            let done = match byte {
                b' ' | b'\t' | b'\r' => Ok(()),
                b'\n' => {
                    (line, line_start) = (line + 1, at + 1);
                    Ok(())
                }
                b'"' => {
                    let Some(end) = end_of_string(bytes, at + 1) else {
                        line += text[at..].matches('\n').count();
                        let last = text.rfind('\n').map_or(0, |at| at + 1);
                        let column = text.len() - last;
                        return Err(format!(
                            "Unfinished string at EOF at line {line}, column {column}"
                        ));
                    };
                    at = end;
                    seen = end + 1;
                    unescape(&text[start + 1..end]).and_then(|text| self.value(text.into()))
                }
                b'[' | b']' | b'{' | b'}' | b',' | b':' => self.symbol(byte),
                _ => {
                    let rest = &bytes[at..];
                    let ends = |byte: &u8| b" \t\r\n[{:,]}\"".contains(byte);
                    let length = rest.iter().position(ends).unwrap_or(rest.len());
                    at += length - 1;
                    seen = (start + length + 1).min(text.len());
                    let done = self.literal(&text[start..start + length]);
                    if length == rest.len() {
                        done.map_err(|message| {
                            let column = text.len() - line_start;
                            format!("{message} at EOF at line {line}, column {column}")
                        })?;
                    } else if done.is_err() && bytes[start + length] == b'\n' {
                        // The line's end is what ends the word.
                        (line, line_start) = (line + 1, seen);
                    }
                    done
                }
            };
            if let Err(message) = done.and_then(|()| self.settle()) {
                if message == EXTRA {
                    return Err(message.to_owned());
                }
                let column = seen - line_start;
                return Err(format!("{message} at line {line}, column {column}"));
            }
            at += 1;
        }
        if !self.open.is_empty() {
            let column = text.len() - line_start;
            return Err(format!(
                "Unfinished JSON term at EOF at line {line}, column {column}"
            ));
        }
        self.whole
            .take()
            .ok_or_else(|| "Expected JSON value".to_owned())
    }

    /// Takes a value of the whole text to its place.
    fn settle(&mut self) -> Done {
        if self.open.is_empty() && self.next.is_some() {
            if self.whole.is_some() {
                return Err(EXTRA);
            }
            self.whole = self.next.take();
        }
        Ok(())
    }

    fn value(&mut self, value: Val) -> Done {
        if self.next.is_some() {
            return Err("Expected separator between values");
        }
        self.next = Some(value);
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Done {
        let fixed = match word.as_bytes() {
            [b't', ..] => (word == "true").then_some(Val::Bool(true)),
            [b'f', ..] => (word == "false").then_some(Val::Bool(false)),
            [b'n', b'u', ..] => (word == "null").then_some(Val::Null),
            [b'\'', ..] => return Err("Invalid string literal; expected \", but got '"),
            _ => {
                let numeral = Numeral::read(word).as_ref().and_then(of_numeral);
                return self.value(numeral.ok_or("Invalid numeric literal")?);
            }
        };
        self.value(fixed.ok_or("Invalid literal")?)
    }

    fn symbol(&mut self, symbol: u8) -> Done {
        match symbol {
            b'[' | b'{' => {
                if self.open.len() >= DEPTH_LIMIT {
                    return Err("Exceeds depth limit for parsing");
                }
                if self.next.is_some() {
                    return Err("Expected separator between values");
                }
                self.open.push(match symbol {
                    b'[' => Open::Array(Vec::new()),
                    _ => Open::Object(Map::default()),
                });
                Ok(())
            }
            b':' => {
                if !matches!(self.open.last(), Some(Open::Object(_))) {
                    return Err("':' not as part of an object");
                }
                match self.next.take() {
                    None => Err("Expected string key before ':'"),
                    Some(Val::Str(key)) => {
                        self.open.push(Open::Key(key));
                        Ok(())
                    }
                    Some(_) => Err("Object keys must be strings"),
                }
            }
            b',' => {
                let Some(value) = self.next.take() else {
                    return Err("Expected value before ','");
                };
                self.add(value, "',' not as part of an object or array")
            }
            b']' => {
                let Some(Open::Array(items)) = self.open.last_mut() else {
                    return Err("Unmatched ']'");
                };
                match self.next.take() {
                    Some(value) => items.push(value),
                    None if !items.is_empty() => return Err("Expected another array element"),
                    None => {}
                }
                let items = std::mem::take(items);
                self.open.pop();
                self.next = Some(Val::array(items));
                Ok(())
            }
            _ => self.close_object(),
        }
    }

    fn close_object(&mut self) -> Done {
        if self.open.is_empty() {
            return Err("Unmatched '}'");
        }
        if let Some(value) = self.next.take() {
            if !matches!(self.open.last(), Some(Open::Key(_))) {
                return Err("Objects must consist of key:value pairs");
            }
            self.add(value, "Unmatched '}'")?;
        } else {
            match self.open.last() {
                Some(Open::Object(members)) if members.is_empty() => {}
                Some(Open::Object(_)) => return Err("Expected another key-value pair"),
                _ => return Err("Unmatched '}'"),
            }
        }
        if let Some(Open::Object(members)) = self.open.pop() {
            self.next = Some(Val::Obj(members.into()));
        }
        Ok(())
    }

    /// Puts a value into what is open.
    fn add(&mut self, value: Val, nothing_open: &'static str) -> Done {
        match self.open.last_mut() {
            None => Err(nothing_open),
            Some(Open::Array(items)) => {
                items.push(value);
                Ok(())
            }
            Some(Open::Object(_)) => Err("Objects must consist of key:value pairs"),
            Some(Open::Key(_)) => {
                let Some(Open::Key(key)) = self.open.pop() else {
                    return Ok(());
                };
                if let Some(Open::Object(members)) = self.open.last_mut() {
                    members.insert(key, value);
                }
                Ok(())
            }
        }
    }
}

const EXTRA: &str = "Unexpected extra JSON values";

/// Where the closing quote of a string is.
fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn unescape(text: &str) -> Result<String, &'static str> {
    const CONTROL: &str =
        "Invalid string: control characters from U+0000 through U+001F must be escaped";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|char: char| char == '\\' || char < ' ') {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        if chars.next() != Some('\\') {
            return Err(CONTROL);
        }
        out.push(match chars.next() {
            Some(char @ ('\\' | '"' | '/')) => char,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (char, length) = unicode(chars.as_str())?;
                out.push(char);
                rest = &chars.as_str()[length..];
                continue;
            }
            Some(_) => return Err("Invalid escape"),
            None => return Err("Expected escape character at end of string"),
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
    Ok(out)
}

/// The character of the digits after `\u`, and how long they are.
fn unicode(rest: &str) -> Result<(char, usize), &'static str> {
    let unit = |text: Option<&str>| {
        let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    if rest.len() < 4 {
        return Err("Invalid \\uXXXX escape");
    }
    let high = unit(rest.get(..4)).ok_or("Invalid characters in \\uXXXX escape")?;
    if !(0xd800..0xdc00).contains(&high) {
        let char = char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER);
        return Ok((char, 4));
    }
    let pair = rest[4..].strip_prefix("\\u");
    let low = pair.and_then(|digits| unit(digits.get(..4)));
    let low = low.filter(|low| (0xdc00..0xe000).contains(low));
    let low = low.ok_or("Invalid \\uXXXX\\uXXXX surrogate pair escape")?;
    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    Ok((char, 10))
}

#[cfg(test)]
mod tests {
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
}

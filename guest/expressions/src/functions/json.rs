//! JSON as `fromjson` reads it: with what jq takes beyond JSON (`nan`, `+1`), and its
//! messages. It does not call itself, however deep the text is nested.

mod strings;

use self::strings::{end_of_string, unescape};
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
                let numeral = Numeral::read(word).as_ref().and_then(Val::of_numeral);
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

#[cfg(test)]
mod tests;

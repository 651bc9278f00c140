//! Strings with escapes and interpolations.

use super::lexer::{Kind, Token};
use super::lowering;
use super::parser::Parser;
use crate::Fault;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Math;

impl<'s> Parser<'s> {
    /// The rest of a string after its opening quote; interpolations go through a format.
    pub(super) fn string(
        &mut self,
        open: Token<'s>,
        format: Option<&'s str>,
    ) -> Result<Term<&'s str>, Fault> {
        let mut parts: Vec<Term<&'s str>> = Vec::new();
        let mut text = String::new();
        let start = open.at + 1;
        let mut at = start;
        // Without escapes the text itself serves, without a copy.
        let mut plain = true;
        loop {
            let rest = &self.text[at..];
            let Some(length) = rest.find(['"', '\\']) else {
                let message = "the string has no closing \"".to_owned();
                return Err(Fault::at(self.text, self.text.len(), message));
            };
            text.push_str(&rest[..length]);
            at += length;
            if rest[length..].starts_with('"') {
                break;
            }
            if rest[length..].starts_with("\\(") {
                if !text.is_empty() {
                    parts.push(self.constant(&text));
                    text.clear();
                }
                parts.push(self.interpolation(at + 1, format)?);
                at = self.at;
                plain = false;
                continue;
            }
            at = self.escape(at, &mut text)?;
            plain = false;
        }
        self.go_on(at + 1);
        if plain {
            return Ok(lowering::string(&self.text[start..at]));
        }
        if !text.is_empty() || parts.is_empty() {
            parts.push(self.constant(&text));
        }
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_else(|| lowering::string(""));
        Ok(parts.fold(first, |sum, part| {
            lowering::binary(sum, BinaryOp::Math(Math::Add), part)
        }))
    }

    fn constant(&self, text: &str) -> Term<&'s str> {
        lowering::string(self.arena.alloc(text.to_owned()))
    }

    fn interpolation(
        &mut self,
        open: usize,
        format: Option<&'s str>,
    ) -> Result<Term<&'s str>, Fault> {
        self.go_on(open + 1);
        let inner = self.query()?;
        self.close(")", "(")?;
        let format = Term::Call(format.unwrap_or("@text"), Vec::new());
        Ok(Term::BinOp(
            Box::new(inner),
            BinaryOp::Pipe(None),
            Box::new(format),
        ))
    }

    /// What stands behind the escape at a place.
    fn escape(&self, at: usize, out: &mut String) -> Result<usize, Fault> {
        let rest = &self.text[at + 1..];
        let char = match rest.bytes().next() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(at + 2, out),
            _ => {
                let message = "expected an escape that JSON has (in YAML's double quotes, \\ is \
                               written \\\\)";
                return Err(Fault::at(self.text, at + 1, message.to_owned()));
            }
        };
        out.push(char);
        Ok(at + 2)
    }

    fn unicode(&self, at: usize, out: &mut String) -> Result<usize, Fault> {
        let first = self.unit(at)?;
        let high = (0xd800..0xdc00).contains(&first);
        if high && self.text[at + 4..].starts_with("\\u") {
            let second = self.unit(at + 6)?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(at + 10);
            }
        }
        out.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(at + 4)
    }

    fn unit(&self, at: usize) -> Result<u32, Fault> {
        let digits = self.text[at..]
            .bytes()
            .take_while(u8::is_ascii_hexdigit)
            .count();
        if digits < 4 {
            let message = "expected four hexadecimal digits".to_owned();
            return Err(Fault::at(self.text, at + digits, message));
        }
        Ok(u32::from_str_radix(&self.text[at..at + 4], 16).unwrap_or(0))
    }

    /// A string, perhaps with a format before it; `None` if there is none.
    pub(super) fn maybe_string(&mut self) -> Result<Option<Term<&'s str>>, Fault> {
        let token = self.peek()?;
        match token.kind {
            Kind::Quote => {
                self.next()?;
                self.string(token, None).map(Some)
            }
            Kind::Format => {
                let before = self.at;
                self.next()?;
                let open = self.peek()?;
                if open.kind != Kind::Quote {
                    self.go_on(before);
                    return Ok(None);
                }
                self.next()?;
                self.string(open, Some(token.text)).map(Some)
            }
            _ => Ok(None),
        }
    }
}

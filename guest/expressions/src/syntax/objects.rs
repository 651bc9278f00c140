//! The construction of objects.

use super::lexer::Kind;
use super::lowering;
use super::parser::Parser;
use crate::Fault;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::{Opt, Part};

type Member<'s> = (Term<&'s str>, Term<&'s str>);

impl<'s> Parser<'s> {
    /// The rest of an object after its brace.
    pub(super) fn object(&mut self) -> Result<Term<&'s str>, Fault> {
        let mut members = Vec::new();
        // Keys with interpolations, run once for both key and value.
        let mut bound = Vec::new();
        while !self.take("}")? {
            let member = self.member(&mut bound)?;
            members.push(member);
            let token = self.peek()?;
            if !self.take(",")? && !token.is("}") {
                return Err(match token.kind {
                    Kind::End => {
                        let message = "expected } to close {".to_owned();
                        Fault::at(self.text, token.at, message)
                    }
                    _ => self.unexpected(token, "comma or right brace"),
                });
            }
        }
        let object = lowering::object(members, self.arena);
        Ok(bound.into_iter().rev().fold(object, |object, (name, key)| {
            lowering::bind(key, name, object)
        }))
    }

    fn member(&mut self, bound: &mut Vec<(&'s str, Term<&'s str>)>) -> Result<Member<'s>, Fault> {
        let token = self.peek()?;
        if let Some(key) = self.maybe_string()? {
            if self.take(":")? {
                return Ok((key, self.member_value()?));
            }
            let key = match lowering::is_constant(&key) {
                true => key,
                false => {
                    let name: &'s str = self.arena.alloc(format!("$!key{}", bound.len()));
                    bound.push((name, key));
                    Term::Var(name)
                }
            };
            let value = lowering::index(Term::Id, Part::Index(key.clone()), Opt::Essential);
            return Ok((key, value));
        }
        self.next()?;
        match token.kind {
            Kind::Variable if token.text == "$__loc__" => {
                Ok((lowering::string("__loc__"), self.location(token)))
            }
            Kind::Variable => {
                if self.take(":")? {
                    return Ok((Term::Var(token.text), self.member_value()?));
                }
                Ok((lowering::string(&token.text[1..]), Term::Var(token.text)))
            }
            Kind::Word if !token.text.contains("::") => {
                let key = lowering::string(token.text);
                if self.take(":")? {
                    return Ok((key, self.member_value()?));
                }
                let value = lowering::index(Term::Id, Part::Index(key.clone()), Opt::Essential);
                Ok((key, value))
            }
            Kind::Symbol if token.text == "(" => {
                let key = self.computed_key()?;
                self.expect(":")?;
                Ok((key, self.member_value()?))
            }
            Kind::End => {
                let message = "expected } to close {".to_owned();
                Err(Fault::at(self.text, token.at, message))
            }
            _ => Err(self.unexpected(token, "a key")),
        }
    }

    /// A key in brackets, after the first of them.
    pub(super) fn computed_key(&mut self) -> Result<Term<&'s str>, Fault> {
        let place = self.peek()?.at;
        let key = self.query()?;
        self.close(")", "(")?;
        match lowering::no_key(&key) {
            Some(message) => Err(Fault::at(self.text, place, message)),
            None => Ok(key),
        }
    }

    /// A value: pipes need no brackets, commas do.
    fn member_value(&mut self) -> Result<Term<&'s str>, Fault> {
        self.deeper(|parser| {
            let left = parser.operators(0)?;
            if parser.take("as")? {
                let patterns = parser.patterns()?;
                parser.expect("|")?;
                let body = parser.member_value()?;
                return Ok(patterns.bind(left, body, parser.arena));
            }
            if parser.take("|")? {
                let right = parser.member_value()?;
                return Ok(lowering::operation(left, BinaryOp::Pipe(None), right));
            }
            Ok(left)
        })
    }
}

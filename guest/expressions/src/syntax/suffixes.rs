//! What follows a term: fields, brackets and question marks.

use super::lexer::Kind;
use super::lowering;
use super::parser::Parser;
use crate::Fault;
use jaq_core::load::parse::Term;
use jaq_core::path::{Opt, Part};

impl<'s> Parser<'s> {
    /// A term with what follows it.
    pub(super) fn suffixes(&mut self, mut term: Term<&'s str>) -> Result<Term<&'s str>, Fault> {
        let mut count = 0;
        loop {
            let token = self.peek()?;
            match (token.kind, token.text) {
                (Kind::Field, field) => {
                    self.next()?;
                    let key = Part::Index(lowering::string(&field[1..]));
                    let optional = self.optional()?;
                    term = lowering::index(term, key, optional);
                }
                (Kind::Symbol, ".") => {
                    self.next()?;
                    let next = self.peek()?;
                    let key = match self.maybe_string()? {
                        Some(key) => Part::Index(key),
                        None if next.is("[") => continue,
                        None => return Err(self.unexpected(next, "a field")),
                    };
                    let optional = self.optional()?;
                    term = lowering::index(term, key, optional);
                }
                (Kind::Symbol, "[") => {
                    self.next()?;
                    let part = self.bracket()?;
                    let optional = self.optional()?;
                    term = lowering::index(term, part, optional);
                }
                (Kind::Symbol, "?") => {
                    self.next()?;
                    term = Term::TryCatch(Box::new(term), None);
                }
                (Kind::Symbol, "?//") => {
                    // A question mark, and the operator behind it.
                    self.go_on(token.at + 1);
                    term = Term::TryCatch(Box::new(term), None);
                }
                _ => return Ok(term),
            }
            self.count(&mut count)?;
        }
    }

    /// Whether a question mark follows.
    pub(super) fn optional(&mut self) -> Result<Opt, Fault> {
        let token = self.peek()?;
        if token.is("?//") {
            self.go_on(token.at + 1);
            return Ok(Opt::Optional);
        }
        Ok(match self.take("?")? {
            true => Opt::Optional,
            false => Opt::Essential,
        })
    }

    fn bracket(&mut self) -> Result<Part<Term<&'s str>>, Fault> {
        if self.take("]")? {
            return Ok(Part::Range(None, None));
        }
        if self.take(":")? {
            let to = self.query()?;
            self.close("]", "[")?;
            return Ok(Part::Range(None, Some(to)));
        }
        let from = self.query()?;
        if !self.take(":")? {
            self.close("]", "[")?;
            return Ok(Part::Index(from));
        }
        if self.take("]")? {
            return Ok(Part::Range(Some(from), None));
        }
        let to = self.query()?;
        self.close("]", "[")?;
        Ok(Part::Range(Some(from), Some(to)))
    }
}

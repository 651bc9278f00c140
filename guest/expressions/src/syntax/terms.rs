//! Terms: what operators join.

use super::lexer::{Kind, Token};
use super::lowering;
use super::parser::{Parser, is_keyword};
use super::places;
use crate::Fault;
use jaq_core::load::parse::Term;
use jaq_core::path::Part;

impl<'s> Parser<'s> {
    /// A term with all that follows it: fields, brackets and question marks.
    pub(super) fn term(&mut self) -> Result<Term<&'s str>, Fault> {
        self.deeper(|parser| {
            let first = parser.first()?;
            parser.suffixes(first)
        })
    }

    fn first(&mut self) -> Result<Term<&'s str>, Fault> {
        let token = self.peek()?;
        if let Some(string) = self.maybe_string()? {
            return Ok(string);
        }
        match token.kind {
            // Its name is the first suffix.
            Kind::Field => return Ok(Term::Id),
            Kind::Format => {
                self.next()?;
                return Ok(Term::Call(token.text, Vec::new()));
            }
            Kind::Variable => {
                self.next()?;
                return Ok(match token.text {
                    "$__loc__" => self.location(token),
                    name => Term::Var(name),
                });
            }
            Kind::Number => {
                self.next()?;
                return Ok(Term::Num(self.number(token)));
            }
            Kind::Word => return self.word(token),
            Kind::Symbol | Kind::Quote | Kind::End => {}
        }
        match token.text {
            "." => {
                self.next()?;
                let next = self.peek()?;
                if next.kind == Kind::Word && next.at == token.at + 1 {
                    return Err(self.unexpected(next, "a field"));
                }
                Ok(match self.maybe_string()? {
                    Some(key) => {
                        let optional = self.optional()?;
                        lowering::index(Term::Id, Part::Index(key), optional)
                    }
                    None => Term::Id,
                })
            }
            ".." => {
                self.next()?;
                Ok(Term::Recurse)
            }
            "-" => {
                self.next()?;
                let term = self.term()?;
                Ok(lowering::negation(term, token.at, self.text))
            }
            "(" => {
                self.next()?;
                let term = self.query()?;
                self.close(")", "(")?;
                Ok(term)
            }
            "[" => {
                self.next()?;
                if self.take("]")? {
                    return Ok(Term::Arr(None));
                }
                let items = self.query()?;
                self.close("]", "[")?;
                Ok(Term::Arr(Some(Box::new(items))))
            }
            "{" => {
                self.next()?;
                self.object()
            }
            _ => Err(self.unexpected(token, "a value or a function")),
        }
    }

    /// The digits of a number as JSON has them.
    fn number(&self, token: Token<'s>) -> &'s str {
        let text = token.text;
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let trimmed = whole.trim_start_matches('0');
        if trimmed.len() == whole.len() && (fraction.is_empty() != mantissa.contains('.')) {
            return text;
        }
        let whole = if trimmed.is_empty() { "0" } else { trimmed };
        let dot = if fraction.is_empty() { "" } else { "." };
        self.arena
            .alloc(format!("{whole}{dot}{fraction}{exponent}"))
    }

    pub(super) fn location(&self, token: Token<'s>) -> Term<&'s str> {
        let line = 1 + self.text[..token.at]
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count();
        let line = self.arena.alloc(line.to_string());
        lowering::object(
            vec![
                (lowering::string("file"), lowering::string("<top-level>")),
                (lowering::string("line"), Term::Num(line)),
            ],
            self.arena,
        )
    }

    fn word(&mut self, token: Token<'s>) -> Result<Term<&'s str>, Fault> {
        match token.text {
            "reduce" | "foreach" => {
                self.next()?;
                self.fold(token.text)
            }
            "if" => {
                self.next()?;
                self.condition()
            }
            "try" => {
                self.next()?;
                let tried = self.term()?;
                let caught = match self.take("catch")? {
                    true => Some(Box::new(self.term()?)),
                    false => None,
                };
                Ok(Term::TryCatch(Box::new(tried), caught))
            }
            "break" => {
                self.next()?;
                Ok(Term::Break(self.variable()?))
            }
            // They bind as loosely as queries do, and are welcome where jq asks for brackets.
            "def" | "label" => self.query(),
            word if is_keyword(word) => Err(self.unexpected(token, "a value or a function")),
            _ => {
                self.next()?;
                if token.text.contains("::") {
                    let message = "modules cannot be loaded; write the definition itself";
                    return Err(Fault::at(self.text, token.at, message.to_owned()));
                }
                let call = places::call(token.text, self.arguments()?);
                if self.defined.contains(&token.text) {
                    // No longer the function whose outputs are known.
                    return Ok(Term::Def(Vec::new(), Box::new(call)));
                }
                Ok(call)
            }
        }
    }

    fn arguments(&mut self) -> Result<Vec<Term<&'s str>>, Fault> {
        let mut arguments = Vec::new();
        if self.take("(")? {
            loop {
                arguments.push(self.query()?);
                if !self.take(";")? {
                    break;
                }
            }
            self.close(")", "(")?;
        }
        Ok(arguments)
    }

    fn condition(&mut self) -> Result<Term<&'s str>, Fault> {
        let mut cases = Vec::new();
        loop {
            let condition = self.query()?;
            self.expect("then")?;
            cases.push((condition, self.query()?));
            let token = self.next()?;
            match token.text {
                "elif" => {}
                "else" => {
                    let otherwise = self.query()?;
                    self.expect("end")?;
                    return Ok(Term::IfThenElse(cases, Some(Box::new(otherwise))));
                }
                "end" => return Ok(Term::IfThenElse(cases, None)),
                _ => return Err(self.unexpected(token, "else or end")),
            }
        }
    }

    fn fold(&mut self, name: &'s str) -> Result<Term<&'s str>, Fault> {
        let source = self.operators(0)?;
        self.expect("as")?;
        let patterns = self.patterns()?;
        self.expect("(")?;
        let mut parts = vec![self.query()?];
        while self.take(";")? {
            parts.push(self.query()?);
        }
        let token = self.peek()?;
        self.close(")", "(")?;
        let most = if name == "reduce" { 2 } else { 3 };
        if parts.len() < 2 || parts.len() > most {
            let wanted = if name == "reduce" {
                "two parts"
            } else {
                "two or three parts"
            };
            let message = format!("{name} takes {wanted} in its brackets, not {}", parts.len());
            return Err(Fault::at(self.text, token.at, message));
        }
        let (source, pattern) = patterns.of_fold(source, self.arena);
        Ok(lowering::fold(name, source, pattern, parts))
    }
}

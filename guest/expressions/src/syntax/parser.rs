//! Queries, operators and terms.

use super::lexer::{self, Kind, Mode, Token};
use super::lowering;
use super::operators::{Associativity, operator};
use crate::Fault;
use jaq_core::load::Arena;
use jaq_core::load::parse::{BinaryOp, Def, Term};

const KEYWORDS: [&str; 18] = [
    "as", "import", "include", "module", "def", "if", "then", "else", "elif", "and", "or", "end",
    "reduce", "foreach", "try", "catch", "label", "break",
];

/// Reads one text.
pub struct Parser<'s> {
    pub(super) text: &'s str,
    pub(super) arena: &'s Arena,
    mode: Mode,
    pub(super) at: usize,
    peeked: Option<Token<'s>>,
    pub(super) depth: usize,
    /// Operators in one another, in what was read last.
    pub(super) height: usize,
    /// Names that the text defines, and which mean nothing known any more.
    pub(super) defined: Vec<&'s str>,
}

impl<'s> Parser<'s> {
    /// A parser at the beginning of a text.
    pub fn new(text: &'s str, arena: &'s Arena, mode: Mode) -> Self {
        Self {
            text,
            arena,
            mode,
            at: 0,
            peeked: None,
            depth: 0,
            height: 0,
            defined: Vec::new(),
        }
    }

    /// The whole text as one query.
    pub fn whole(mut self) -> Result<Term<&'s str>, Fault> {
        let token = self.peek()?;
        if token.is("import") || token.is("include") || token.is("module") {
            self.next()?;
            let place = self.peek()?;
            let message = "modules cannot be loaded; write the definition itself".to_owned();
            return Err(Fault::at(
                self.text,
                place.at + usize::from(place.kind == Kind::Quote),
                message,
            ));
        }
        let term = self.query()?;
        let token = self.peek()?;
        if token.kind != Kind::End {
            return Err(self.unexpected(token, "the end or an operator"));
        }
        Ok(term)
    }

    /// The whole text as definitions.
    pub fn definitions(mut self) -> Result<Vec<Def<&'s str>>, Fault> {
        let mut definitions = Vec::new();
        while self.peek()?.kind != Kind::End {
            definitions.push(self.definition()?);
        }
        Ok(definitions)
    }

    pub(super) fn peek(&mut self) -> Result<Token<'s>, Fault> {
        match self.peeked {
            Some(token) => Ok(token),
            None => {
                let token = lexer::token(self.text, self.at, self.mode)?;
                self.peeked = Some(token);
                Ok(token)
            }
        }
    }

    pub(super) fn next(&mut self) -> Result<Token<'s>, Fault> {
        let token = self.peek()?;
        self.go_on(token.at + token.text.len());
        Ok(token)
    }

    /// Goes on reading at a place.
    pub(super) fn go_on(&mut self, at: usize) {
        self.at = at;
        self.peeked = None;
    }

    /// Takes a symbol or keyword, if it is next.
    pub(super) fn take(&mut self, text: &str) -> Result<bool, Fault> {
        let found = self.peek()?.is(text);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<(), Fault> {
        match self.take(text)? {
            true => Ok(()),
            false => {
                let token = self.peek()?;
                Err(self.unexpected(token, text))
            }
        }
    }

    /// Takes what closes a bracket.
    pub(super) fn close(&mut self, close: &str, open: &str) -> Result<(), Fault> {
        let token = self.peek()?;
        if token.kind == Kind::End {
            let message = format!("expected {close} to close {open}");
            return Err(Fault::at(self.text, token.at, message));
        }
        self.expect(close)
    }

    pub(super) fn unexpected(&self, token: Token<'_>, expected: &str) -> Fault {
        let found = match token.kind {
            Kind::End => "the end",
            Kind::Quote => "a string",
            _ => token.text,
        };
        let found: String = found.chars().take(20).collect();
        let message = format!("expected {expected}, found {found}");
        Fault::at(self.text, token.at, message)
    }

    /// What pipes and commas join.
    pub(super) fn query(&mut self) -> Result<Term<&'s str>, Fault> {
        self.deeper(|parser| {
            let mut parts = Vec::new();
            let mut last = parser.commas()?;
            let mut count = 0;
            while parser.take("|")? {
                parts.push(std::mem::replace(&mut last, parser.commas()?));
                parser.count(&mut count)?;
            }
            let parts = parts.into_iter().rev();
            Ok(parts.fold(last, |right, left| {
                lowering::operation(left, BinaryOp::Pipe(None), right)
            }))
        })
    }

    fn commas(&mut self) -> Result<Term<&'s str>, Fault> {
        self.measured(|parser| {
            let mut left = parser.binding()?;
            let mut count = 0;
            while parser.take(",")? {
                let right = parser.binding()?;
                parser.count(&mut count)?;
                left = lowering::operation(left, BinaryOp::Comma, right);
            }
            Ok(left)
        })
    }

    /// A query that binds a name, or an operand of a comma.
    fn binding(&mut self) -> Result<Term<&'s str>, Fault> {
        let token = self.peek()?;
        if token.is("def") {
            let mut definitions = Vec::new();
            while self.peek()?.is("def") {
                definitions.push(self.definition()?);
            }
            let body = self.query()?;
            return Ok(Term::Def(definitions, Box::new(body)));
        }
        if token.is("label") {
            self.next()?;
            let name = self.variable()?;
            self.expect("|")?;
            let body = self.query()?;
            return Ok(Term::Label(name, Box::new(body)));
        }
        let source = self.operators(0)?;
        if self.take("as")? {
            let patterns = self.patterns()?;
            self.expect("|")?;
            let body = self.query()?;
            return Ok(patterns.bind(source, body, self.arena));
        }
        Ok(source)
    }

    pub(super) fn variable(&mut self) -> Result<&'s str, Fault> {
        let token = self.next()?;
        match token.kind {
            Kind::Variable => Ok(token.text),
            _ => Err(self.unexpected(token, "a variable")),
        }
    }

    pub(super) fn definition(&mut self) -> Result<Def<&'s str>, Fault> {
        self.expect("def")?;
        let token = self.next()?;
        if token.kind != Kind::Word || token.text.contains("::") {
            return Err(self.unexpected(token, "a name"));
        }
        let mut args = Vec::new();
        if self.take("(")? {
            loop {
                let arg = self.next()?;
                match arg.kind {
                    Kind::Word | Kind::Variable if !arg.text.contains("::") => args.push(arg.text),
                    _ => return Err(self.unexpected(arg, "an argument")),
                }
                if !self.take(";")? {
                    break;
                }
            }
            self.close(")", "(")?;
        }
        self.expect(":")?;
        if self.mode == Mode::Expression {
            self.defined.push(token.text);
            let args = args.iter().map(|arg: &&str| arg.trim_start_matches('$'));
            self.defined.extend(args);
        }
        let body = self.query()?;
        self.expect(";")?;
        Ok(lowering::definition(token.text, args, body))
    }

    /// Terms and operators that bind at least so tightly.
    pub(super) fn operators(&mut self, least: u8) -> Result<Term<&'s str>, Fault> {
        self.deeper(|parser| {
            let mut left = parser.term()?;
            let mut count = 0;
            let mut most = u8::MAX;
            loop {
                let token = parser.peek()?;
                let Some((operator, precedence, associativity)) = operator(token) else {
                    return Ok(left);
                };
                if precedence < least || precedence > most {
                    return Ok(left);
                }
                parser.next()?;
                let right = parser
                    .operators(precedence + u8::from(associativity != Associativity::Right))?;
                parser.count(&mut count)?;
                left = lowering::binary(left, operator, right);
                // Two that do not associate may not meet.
                most = if associativity == Associativity::Neither {
                    precedence - 1
                } else {
                    precedence
                };
            }
        })
    }
}

/// Whether a word is none that a function can have.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

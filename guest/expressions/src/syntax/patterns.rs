//! Patterns of `as`, and their alternatives.

use super::lexer::Kind;
use super::lowering;
use super::parser::Parser;
use crate::Fault;
use jaq_core::load::Arena;
use jaq_core::load::parse::{self, BinaryOp, Def, Term};
use jaq_core::path::{Opt, Part};

/// What stands behind `as`: one pattern, or several of which the first that fits counts.
pub struct Patterns<'s>(Vec<Pattern<'s>>);

enum Pattern<'s> {
    Variable(&'s str),
    Array(Vec<Self>),
    /// Keys, the variable that takes the value too, and the pattern of the value.
    Object(Vec<(Term<&'s str>, Option<&'s str>, Option<Self>)>),
}

/// The function whose arguments are the variables of alternatives.
const BODY: &str = "!body";

impl<'s> Parser<'s> {
    pub(super) fn patterns(&mut self) -> Result<Patterns<'s>, Fault> {
        let mut patterns = vec![self.pattern()?];
        let mut count = 0;
        while self.take("?//")? {
            patterns.push(self.pattern()?);
            self.count(&mut count)?;
        }
        Ok(Patterns(patterns))
    }

    fn pattern(&mut self) -> Result<Pattern<'s>, Fault> {
        self.deeper(|parser| {
            let token = parser.next()?;
            match (token.kind, token.text) {
                (Kind::Variable, name) => Ok(Pattern::Variable(name)),
                (Kind::Symbol, "[") => parser.items().map(Pattern::Array),
                (Kind::Symbol, "{") => parser.members().map(Pattern::Object),
                _ => Err(parser.unexpected(token, "a pattern")),
            }
        })
    }

    fn items(&mut self) -> Result<Vec<Pattern<'s>>, Fault> {
        let mut items = Vec::new();
        loop {
            items.push(self.pattern()?);
            if !self.take(",")? {
                self.close("]", "[")?;
                return Ok(items);
            }
        }
    }

    #[allow(clippy::type_complexity)]
    fn members(
        &mut self,
    ) -> Result<Vec<(Term<&'s str>, Option<&'s str>, Option<Pattern<'s>>)>, Fault> {
        let mut members = Vec::new();
        loop {
            members.push(self.pattern_member()?);
            if !self.take(",")? {
                self.close("}", "{")?;
                return Ok(members);
            }
        }
    }

    #[allow(clippy::type_complexity)]
    fn pattern_member(
        &mut self,
    ) -> Result<(Term<&'s str>, Option<&'s str>, Option<Pattern<'s>>), Fault> {
        let token = self.peek()?;
        let key = match self.maybe_string()? {
            Some(key) => key,
            None => {
                self.next()?;
                match token.kind {
                    Kind::Variable => {
                        let key = lowering::string(&token.text[1..]);
                        let pattern = match self.take(":")? {
                            true => Some(self.pattern()?),
                            false => None,
                        };
                        return Ok((key, Some(token.text), pattern));
                    }
                    Kind::Word if !token.text.contains("::") => lowering::string(token.text),
                    Kind::Symbol if token.text == "(" => self.computed_key()?,
                    _ => return Err(self.unexpected(token, "a key")),
                }
            }
        };
        self.expect(":")?;
        Ok((key, None, Some(self.pattern()?)))
    }
}

impl<'s> Patterns<'s> {
    /// `source as patterns | body`
    pub fn bind(
        self,
        source: Term<&'s str>,
        body: Term<&'s str>,
        arena: &'s Arena,
    ) -> Term<&'s str> {
        // Computed keys see the variables outside, not those of their pattern: these take
        // their names when all is taken apart.
        let mut body = body;
        let mut this = self;
        if this.0.iter().any(Pattern::computes_keys) {
            for name in this.names() {
                let inner: &'s str = arena.alloc(format!("$!{}", &name[1..]));
                this.0
                    .iter_mut()
                    .for_each(|pattern| pattern.rename(name, inner));
                body = lowering::bind(Term::Var(inner), name, body);
            }
        }
        let Self(mut patterns) = this;
        match patterns.pop() {
            Some(pattern) if patterns.is_empty() => pattern.bind(source, body, 0, arena),
            Some(last) => {
                patterns.push(last);
                alternatives(source, patterns, body, arena)
            }
            None => body,
        }
    }

    /// The source and the pattern of a fold, which is one of lists and variables.
    pub fn of_fold(
        self,
        source: Term<&'s str>,
        arena: &'s Arena,
    ) -> (Term<&'s str>, parse::Pattern<&'s str>) {
        if let [Pattern::Variable(name)] = self.0[..] {
            return (source, parse::Pattern::Var(name));
        }
        let names = self.names();
        let mut items = names.iter().map(|name| Term::Var(*name));
        let first = items.next().unwrap_or_default();
        let list = items.fold(first, |left, right| {
            lowering::operation(left, BinaryOp::Comma, right)
        });
        let source = self.bind(source, Term::Arr(Some(Box::new(list))), arena);
        let names = names.into_iter().map(parse::Pattern::Var).collect();
        (source, parse::Pattern::Arr(names))
    }

    fn names(&self) -> Vec<&'s str> {
        let mut names = Vec::new();
        for pattern in &self.0 {
            pattern.names(&mut names);
        }
        names
    }
}

impl<'s> Pattern<'s> {
    fn names(&self, names: &mut Vec<&'s str>) {
        match self {
            Self::Variable(name) if names.contains(name) => {}
            Self::Variable(name) => names.push(name),
            Self::Array(items) => items.iter().for_each(|item| item.names(names)),
            Self::Object(members) => {
                for (_, name, pattern) in members {
                    if let Some(name) = name
                        && !names.contains(name)
                    {
                        names.push(name);
                    }
                    if let Some(pattern) = pattern {
                        pattern.names(names);
                    }
                }
            }
        }
    }

    /// Whether a key is no constant.
    fn computes_keys(&self) -> bool {
        match self {
            Self::Variable(_) => false,
            Self::Array(items) => items.iter().any(Self::computes_keys),
            Self::Object(members) => members.iter().any(|(key, _, pattern)| {
                !lowering::is_constant(key) || pattern.as_ref().is_some_and(Self::computes_keys)
            }),
        }
    }

    fn rename(&mut self, from: &str, to: &'s str) {
        match self {
            Self::Variable(name) if *name == from => *name = to,
            Self::Variable(_) => {}
            Self::Array(items) => items.iter_mut().for_each(|item| item.rename(from, to)),
            Self::Object(members) => {
                for (_, name, pattern) in members {
                    if let Some(name) = name.as_mut().filter(|name| **name == from) {
                        *name = to;
                    }
                    if let Some(pattern) = pattern {
                        pattern.rename(from, to);
                    }
                }
            }
        }
    }

    /// `source as pattern | body`: one variable after the other.
    fn bind(
        self,
        source: Term<&'s str>,
        body: Term<&'s str>,
        depth: usize,
        arena: &'s Arena,
    ) -> Term<&'s str> {
        if let Self::Variable(name) = self {
            return lowering::bind(source, name, body);
        }
        let whole: &'s str = arena.alloc(format!("$!whole{depth}"));
        let part = |key| lowering::index(Term::Var(whole), Part::Index(key), Opt::Essential);
        let inner = match self {
            Self::Variable(_) => body,
            Self::Array(items) => {
                let items = items.into_iter().enumerate().rev();
                items.fold(body, |body, (index, item)| {
                    let key = Term::Num(&**arena.alloc(index.to_string()));
                    item.bind(part(key), body, depth + 1, arena)
                })
            }
            Self::Object(members) => {
                let members = members.into_iter().rev();
                members.fold(body, |body, (key, name, pattern)| {
                    let constant = lowering::is_constant(&key);
                    let bound: &'s str = arena.alloc(format!("$!key{depth}"));
                    let (key, outer) = match constant {
                        true => (key, None),
                        false => (Term::Var(bound), Some(key)),
                    };
                    let inner = match (name, pattern) {
                        (Some(name), Some(pattern)) => {
                            let body = pattern.bind(Term::Var(name), body, depth + 1, arena);
                            lowering::bind(part(key), name, body)
                        }
                        (Some(name), None) => lowering::bind(part(key), name, body),
                        (None, Some(pattern)) => pattern.bind(part(key), body, depth + 1, arena),
                        (None, None) => body,
                    };
                    match outer {
                        Some(key) => lowering::bind(key, bound, inner),
                        None => inner,
                    }
                })
            }
        };
        lowering::bind(source, whole, inner)
    }
}

/// Each alternative is tried, and the next one if it or the body fails. What it does not
/// bind is null.
fn alternatives<'s>(
    source: Term<&'s str>,
    patterns: Vec<Pattern<'s>>,
    body: Term<&'s str>,
    arena: &'s Arena,
) -> Term<&'s str> {
    const VALUE: &str = "$!alternative";
    const INPUT: &str = "$!input";
    let patterns = Patterns(patterns);
    let names = patterns.names();
    let tries = patterns.0.into_iter().rev().fold(None, |next, pattern| {
        let mut bound = Vec::new();
        pattern.names(&mut bound);
        let arguments = names.iter().map(|name| match bound.contains(name) {
            true => Term::Var(*name),
            false => Term::Call("null", Vec::new()),
        });
        let call = Term::Call(BODY, arguments.collect());
        let tried = pattern.bind(Term::Var(VALUE), call, 0, arena);
        Some(match next {
            None => tried,
            Some(next) => {
                let next = lowering::operation(Term::Var(INPUT), BinaryOp::Pipe(None), next);
                Term::TryCatch(Box::new(tried), Some(Box::new(next)))
            }
        })
    });
    let definition = Def {
        name: BODY,
        args: names,
        body,
    };
    let tries = Term::Def(vec![definition], Box::new(tries.unwrap_or_default()));
    lowering::bind(Term::Id, INPUT, lowering::bind(source, VALUE, tries))
}

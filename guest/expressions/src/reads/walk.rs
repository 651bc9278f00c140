//! A walk through the syntax that follows what comes from the input along paths, pipes,
//! variables and a few functions.

use super::origin::{Origin, extended};
use super::read::{Read, Step};
use crate::fault;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::ops::Cmp;
use jaq_core::path::{Part, Path};

/// A walk through the syntax of an expression.
pub struct Walk<'t> {
    text: &'t str,
    variables: Vec<(&'t str, Origin)>,
    /// Functions that the expression defines itself.
    defined: Vec<&'t str>,
    found: Vec<Read>,
}

impl<'t> Walk<'t> {
    /// The fields that a term reads, which is the whole of a text.
    pub fn whole(text: &'t str, term: &Term<&'t str>) -> Vec<Read> {
        let mut walk = Self {
            text,
            variables: Vec::new(),
            defined: Vec::new(),
            found: Vec::new(),
        };
        walk.term(term, &Origin::Paths(vec![Vec::new()]));
        walk.found
    }

    /// What a term gives for an input.
    fn term(&mut self, term: &Term<&'t str>, input: &Origin) -> Origin {
        match term {
            Term::Id => input.clone(),
            Term::Recurse | Term::Num(_) | Term::Break(_) => Origin::Unknown,
            Term::Var(name) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                known.map_or(Origin::Unknown, |(_, origin)| origin.clone())
            }
            Term::Str(_, parts) => {
                for part in parts {
                    if let StrPart::Term(inner) = part {
                        self.term(inner, input);
                    }
                }
                Origin::Unknown
            }
            Term::Arr(None) => Origin::Unknown,
            Term::Arr(Some(inner)) => Origin::List(Box::new(self.term(inner, input))),
            Term::Obj(members) => {
                for (key, value) in members {
                    match (value, literal(key)) {
                        (Some(value), _) => {
                            self.term(key, input);
                            self.term(value, input);
                        }
                        // `{event}` is `{event: .event}`.
                        (None, Some(name)) => drop(self.field(input, name)),
                        (None, None) => drop(self.term(key, input)),
                    }
                }
                Origin::Unknown
            }
            Term::Neg(inner) => {
                self.term(inner, input);
                Origin::Unknown
            }
            Term::Label(_, inner) => self.term(inner, input),
            Term::TryCatch(tried, caught) => {
                let origin = self.term(tried, input);
                match caught {
                    None => origin,
                    Some(caught) => {
                        self.term(caught, &Origin::Unknown);
                        Origin::Unknown
                    }
                }
            }
            Term::IfThenElse(cases, otherwise) => {
                let mut origin: Option<Origin> = None;
                for (condition, then) in cases {
                    self.term(condition, input);
                    let then = self.term(then, input);
                    origin = Some(origin.map_or(then.clone(), |origin| origin.or(then)));
                }
                let otherwise = match otherwise {
                    Some(term) => self.term(term, input),
                    None => input.clone(),
                };
                origin.map_or(Origin::Unknown, |origin| origin.or(otherwise))
            }
            Term::Def(definitions, body) => {
                let before = self.defined.len();
                self.defined
                    .extend(definitions.iter().map(|definition| definition.name));
                let origin = self.term(body, input);
                self.defined.truncate(before);
                origin
            }
            Term::Fold(_, over, pattern, arguments) => {
                let over = self.term(over, input);
                if let Some(first) = arguments.first() {
                    self.term(first, input);
                }
                let before = self.bind(pattern, over);
                for update in arguments.iter().skip(1) {
                    self.term(update, &Origin::Unknown);
                }
                self.variables.truncate(before);
                Origin::Unknown
            }
            Term::BinOp(left, operator, right) => self.operation(left, operator, right, input),
            Term::Call(name, arguments) => self.call(name, arguments, input),
            Term::Path(of, path) => {
                let start = self.term(of, input);
                self.path(start, path, input)
            }
        }
    }

    fn operation(
        &mut self,
        left: &Term<&'t str>,
        operator: &BinaryOp<&'t str>,
        right: &Term<&'t str>,
        input: &Origin,
    ) -> Origin {
        match operator {
            BinaryOp::Pipe(None) => {
                let between = self.term(left, input);
                self.term(right, &between)
            }
            BinaryOp::Pipe(Some(pattern)) => {
                let bound = self.term(left, input);
                let before = self.bind(pattern, bound);
                let origin = self.term(right, input);
                self.variables.truncate(before);
                origin
            }
            BinaryOp::Comma | BinaryOp::Alt => {
                let origin = self.term(left, input);
                origin.or(self.term(right, input))
            }
            BinaryOp::Or | BinaryOp::And | BinaryOp::Math(_) => {
                self.term(left, input);
                self.term(right, input);
                Origin::Unknown
            }
            BinaryOp::Cmp(comparison) => {
                let (one, other) = (self.term(left, input), self.term(right, input));
                if matches!(comparison, Cmp::Eq) {
                    self.compare(&one, right);
                    self.compare(&other, left);
                }
                Origin::Unknown
            }
            // The left side may make a field that is not there.
            BinaryOp::Assign | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                self.term(right, input);
                Origin::Unknown
            }
            BinaryOp::Update => Origin::Unknown,
        }
    }

    fn compare(&mut self, origin: &Origin, with: &Term<&'t str>) {
        if let (Origin::Paths(paths), Some(text)) = (origin, literal(with)) {
            self.found.push(Read {
                paths: paths.clone(),
                compared: Some(text.to_owned()),
                at: fault::of_part(self.text, text),
            });
        }
    }

    /// Functions that are known to hand parts of their input on.
    fn call(&mut self, name: &str, arguments: &[Term<&'t str>], input: &Origin) -> Origin {
        if self.defined.contains(&name) {
            return Origin::Unknown;
        }
        match (name, arguments) {
            ("select", [one]) => {
                self.term(one, input);
                input.clone()
            }
            ("sort_by" | "unique_by", [one]) => {
                self.term(one, &input.item());
                input.clone()
            }
            ("sort" | "unique" | "reverse", []) => input.clone(),
            ("first" | "last", []) => input.item(),
            ("min_by" | "max_by", [one]) => {
                self.term(one, &input.item());
                input.item()
            }
            ("group_by", [one]) => {
                self.term(one, &input.item());
                Origin::List(Box::new(input.clone()))
            }
            ("map", [one]) => Origin::List(Box::new(self.term(one, &input.item()))),
            ("any" | "all", [one]) => {
                self.term(one, &input.item());
                Origin::Unknown
            }
            ("any" | "all", [over, one]) => {
                let over = self.term(over, input);
                self.term(one, &over);
                Origin::Unknown
            }
            ("first" | "last", [one]) | ("limit", [_, one]) => self.term(one, input),
            ("isempty" | "add", [one]) => {
                self.term(one, input);
                Origin::Unknown
            }
            _ => Origin::Unknown,
        }
    }

    fn path(&mut self, start: Origin, path: &Path<Term<&'t str>>, input: &Origin) -> Origin {
        let mut origin = start;
        for (part, _) in &path.0 {
            origin = match part {
                Part::Index(key) => match (literal(key), key) {
                    (Some(name), _) => self.field(&origin, name),
                    (None, Term::Num(_)) => origin.item(),
                    (None, key) => {
                        self.term(key, input);
                        Origin::Unknown
                    }
                },
                Part::Range(None, None) => origin.item(),
                Part::Range(from, to) => {
                    for bound in from.iter().chain(to) {
                        self.term(bound, input);
                    }
                    origin
                }
            };
        }
        origin
    }

    fn field(&mut self, of: &Origin, name: &'t str) -> Origin {
        let Origin::Paths(paths) = of else {
            return Origin::Unknown;
        };
        let paths = extended(paths, &Step::Field(name.to_owned()));
        self.found.push(Read {
            paths: paths.clone(),
            compared: None,
            at: fault::of_part(self.text, name),
        });
        Origin::Paths(paths)
    }

    /// Binds what a pattern names, and gives how many variables there were before.
    fn bind(&mut self, pattern: &Pattern<&'t str>, origin: Origin) -> usize {
        let before = self.variables.len();
        match pattern {
            Pattern::Var(name) => self.variables.push((name, origin)),
            pattern => self.bind_unknown(pattern),
        }
        before
    }

    fn bind_unknown(&mut self, pattern: &Pattern<&'t str>) {
        match pattern {
            Pattern::Var(name) => self.variables.push((name, Origin::Unknown)),
            Pattern::Arr(items) => items.iter().for_each(|item| self.bind_unknown(item)),
            Pattern::Obj(members) => {
                for (key, value) in members {
                    if let Term::Var(name) = key {
                        self.variables.push((name, Origin::Unknown));
                    }
                    self.bind_unknown(value);
                }
            }
        }
    }
}

/// The text of a string that is written out, without escapes.
fn literal<'t>(term: &Term<&'t str>) -> Option<&'t str> {
    match term {
        Term::Str(None, parts) => match parts.as_slice() {
            [StrPart::Str(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

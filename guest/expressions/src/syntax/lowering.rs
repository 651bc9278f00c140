//! What the evaluator is given for the syntax of jq. Where it does what jq does, its own
//! terms; where it runs operands in another order, takes other states, or has other paths,
//! calls of functions.

use super::outputs::{is_atomic, is_scalar, is_single};
use super::places::path;
use crate::functions::OBJECT;
use jaq_core::load::Arena;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Opt, Part, Path};

/// A text.
pub fn string(text: &str) -> Term<&str> {
    Term::Str(None, vec![StrPart::Str(text)])
}

/// Whether a term is a text or a number.
pub fn is_constant(term: &Term<&str>) -> bool {
    match term {
        Term::Num(_) => true,
        Term::Str(None, parts) => parts.iter().all(|part| matches!(part, StrPart::Str(_))),
        _ => false,
    }
}

/// What a constant is that no object has as key.
pub fn no_key(term: &Term<&str>) -> Option<String> {
    let (kind, text) = match term {
        Term::Num(digits) => ("number", *digits),
        Term::Arr(None) => ("array", "[]"),
        Term::Obj(members) if members.is_empty() => ("object", "{}"),
        Term::Call("null", arguments) if arguments.is_empty() => ("null", "null"),
        Term::Call(word @ ("true" | "false"), arguments) if arguments.is_empty() => {
            ("boolean", *word)
        }
        _ => return None,
    };
    Some(format!("{kind} ({text}) cannot be the key of an object"))
}

/// An operation as the evaluator has it.
pub fn operation<'s>(
    left: Term<&'s str>,
    operator: BinaryOp<&'s str>,
    right: Term<&'s str>,
) -> Term<&'s str> {
    Term::BinOp(Box::new(left), operator, Box::new(right))
}

/// `value as $name | body`
pub fn bind<'s>(value: Term<&'s str>, name: &'s str, body: Term<&'s str>) -> Term<&'s str> {
    operation(value, BinaryOp::Pipe(Some(Pattern::Var(name))), body)
}

/// An operation of jq: its right operand is run first.
pub fn binary<'s>(
    left: Term<&'s str>,
    operator: BinaryOp<&'s str>,
    right: Term<&'s str>,
) -> Term<&'s str> {
    let name = match &operator {
        BinaryOp::Math(operator) => match operator {
            Math::Add => "!+",
            Math::Sub => "!-",
            Math::Mul => "!*",
            Math::Div => "!/",
            Math::Rem => "!%",
        },
        BinaryOp::Cmp(operator) => match operator {
            Cmp::Eq => "!==",
            Cmp::Ne => "!!=",
            Cmp::Lt => "!<",
            Cmp::Le => "!<=",
            Cmp::Gt => "!>",
            Cmp::Ge => "!>=",
        },
        BinaryOp::Assign => return Term::Call("!=", vec![right, path(left, true)]),
        BinaryOp::Update => {
            let name = if is_single(&right) { "!|=" } else { "!|=?" };
            return Term::Call(name, vec![path(left, true), right]);
        }
        BinaryOp::UpdateAlt => return Term::Call("!//=", vec![right, path(left, true)]),
        BinaryOp::UpdateMath(operator) => {
            let name = match operator {
                Math::Add => "!+=",
                Math::Sub => "!-=",
                Math::Mul => "!*=",
                Math::Div => "!/=",
                Math::Rem => "!%=",
            };
            return Term::Call(name, vec![right, path(left, true)]);
        }
        _ => return operation(left, operator, right),
    };
    // In which order constants are run makes no difference. The evaluator's comparison knows
    // no error, which what is nested deep must raise.
    let direct = match &operator {
        BinaryOp::Cmp(_) => is_scalar,
        _ => is_atomic,
    };
    if direct(&left) || direct(&right) {
        return operation(left, operator, right);
    }
    Term::Call(name, vec![right, left])
}

/// `-term`; of a number its digits are kept.
pub fn negation<'s>(term: Term<&'s str>, at: usize, text: &'s str) -> Term<&'s str> {
    match term {
        Term::Num(digits) if text[at + 1..].starts_with(digits) && digits != "0" => {
            Term::Num(&text[at..at + 1 + digits.len()])
        }
        term => Term::Neg(Box::new(term)),
    }
}

/// A part of a term: keys that have several outputs are run before it.
pub fn index<'s>(term: Term<&'s str>, part: Part<Term<&'s str>>, optional: Opt) -> Term<&'s str> {
    match part {
        Part::Index(key) if !is_single(&key) => {
            let part = Part::Index(Term::Var("$!key"));
            bind(key, "$!key", extended(term, part, optional))
        }
        Part::Range(from, to)
            if ![&from, &to]
                .into_iter()
                .flatten()
                .all(|limit| is_single(limit)) =>
        {
            let variable = |limit: &Option<_>, name| limit.as_ref().map(|_| Term::Var(name));
            let part = Part::Range(variable(&from, "$!from"), variable(&to, "$!to"));
            let inner = extended(term, part, optional);
            let inner = match to {
                Some(to) => bind(to, "$!to", inner),
                None => inner,
            };
            match from {
                Some(from) => bind(from, "$!from", inner),
                None => inner,
            }
        }
        part => extended(term, part, optional),
    }
}

fn extended<'s>(term: Term<&'s str>, part: Part<Term<&'s str>>, optional: Opt) -> Term<&'s str> {
    match term {
        // Keys of one path are run before it, so only those whose order does not matter
        // may share one.
        Term::Path(of, mut path) => {
            path.0.push((part, optional));
            Term::Path(of, path)
        }
        term => Term::Path(Box::new(term), Path(vec![(part, optional)])),
    }
}

/// An object from keys and values, the first key run first.
pub fn object<'s>(members: Vec<(Term<&'s str>, Term<&'s str>)>, arena: &'s Arena) -> Term<&'s str> {
    if members.is_empty() {
        return Term::Obj(Vec::new());
    }
    let count: &'s str = arena.alloc(members.len().to_string());
    let parts = members.into_iter().flat_map(|(key, value)| [key, value]);
    Term::Call(OBJECT, parts.chain([Term::Num(count)]).collect())
}

/// A definition. A `$name` among its arguments is a function, too, and has all outputs that
/// the variable takes one after the other.
pub fn definition<'s>(
    name: &'s str,
    mut args: Vec<&'s str>,
    mut body: Term<&'s str>,
) -> Def<&'s str> {
    let mut called = Vec::new();
    super::each_call(&body, &mut |name, arity| {
        if arity == 0 {
            called.push(name);
        }
    });
    let is_called = |arg: &&str| {
        arg.strip_prefix('$')
            .is_some_and(|name| called.contains(&name))
    };
    if args.iter().any(is_called) {
        for arg in args.iter_mut().rev() {
            if let Some(function) = arg.strip_prefix('$') {
                body = bind(Term::Call(function, Vec::new()), arg, body);
                *arg = function;
            }
        }
    }
    Def { name, args, body }
}

/// `reduce` and `foreach`. An update that has not exactly one output leaves the last one as
/// state, or null.
pub fn fold<'s>(
    name: &'s str,
    source: Term<&'s str>,
    pattern: Pattern<&'s str>,
    mut parts: Vec<Term<&'s str>>,
) -> Term<&'s str> {
    let single = parts.get(1).is_some_and(is_single);
    if single {
        return Term::Fold(name, Box::new(source), pattern, parts);
    }
    if name == "reduce" {
        if let Some(update) = parts.get_mut(1) {
            let inner = std::mem::take(update);
            *update = Term::Call("!last", vec![inner]);
        }
        return Term::Fold(name, Box::new(source), pattern, parts);
    }
    let mut parts = parts.into_iter();
    let start = parts.next().unwrap_or_default();
    let item = |index| {
        let part = Part::Index(Term::Num(index));
        extended(Term::Id, part, Opt::Essential)
    };
    let of_pair = |body| {
        let body = operation(item("0"), BinaryOp::Pipe(None), body);
        operation(item("1"), BinaryOp::Pipe(Some(pattern.clone())), body)
    };
    let update = of_pair(parts.next().unwrap_or_default());
    let result = of_pair(parts.next().unwrap_or_default());
    Term::Call("!each", vec![start, source, update, result])
}

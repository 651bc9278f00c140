//! Terms whose paths are wanted. What has none in them is known for such, so that an error
//! says what jq says; the evaluator itself would refuse it in words of its own.

use jaq_core::load::parse::{BinaryOp, Def, Term};
use jaq_core::path::Part;

/// Functions that want the paths of an argument.
const WANT_PATHS: [&str; 11] = [
    "!=", "!|=", "!|=?", "!+=", "!-=", "!*=", "!/=", "!%=", "!//=", "del", "path",
];

/// Whether a call wants paths.
pub fn wants_paths(name: &str) -> bool {
    WANT_PATHS.contains(&name) || matches!(name, "pick" | "paths")
}

/// A call whose arguments are ready for what it wants of them.
pub fn call<'s>(name: &'s str, mut arguments: Vec<Term<&'s str>>) -> Term<&'s str> {
    if matches!(name, "del" | "path" | "pick")
        && let [argument] = &mut arguments[..]
    {
        *argument = path(std::mem::take(argument), true);
    }
    Term::Call(name, arguments)
}

/// Definitions whose paths may be wanted.
pub fn definitions(term: Term<&str>) -> Term<&str> {
    match term {
        Term::Def(definitions, body) => {
            let definitions = definitions.into_iter().map(definition).collect();
            Term::Def(definitions, body)
        }
        other => other,
    }
}

/// A definition whose paths may be wanted.
pub fn definition(definition: Def<&str>) -> Def<&str> {
    Def {
        body: path(definition.body, false),
        ..definition
    }
}

/// A term whose paths are wanted; `placed` if its input surely has one.
pub fn path(term: Term<&str>, placed: bool) -> Term<&str> {
    let boxed = |term: Box<_>| Box::new(path(*term, placed));
    match term {
        Term::Num(_) | Term::Str(..) | Term::Arr(_) | Term::Obj(_) | Term::Neg(_) => {
            Term::Call("!value", vec![term])
        }
        Term::BinOp(left, operator, right) => match operator {
            BinaryOp::Pipe(None) => {
                let right = path(*right, placed && is_place(&left));
                Term::BinOp(boxed(left), operator, Box::new(right))
            }
            BinaryOp::Comma | BinaryOp::Alt => Term::BinOp(boxed(left), operator, boxed(right)),
            BinaryOp::Pipe(Some(_)) => Term::BinOp(left, operator, boxed(right)),
            _ => Term::Call("!value", vec![Term::BinOp(left, operator, right)]),
        },
        Term::IfThenElse(cases, otherwise) => {
            let cases = cases.into_iter();
            let cases = cases.map(|(condition, then)| (condition, path(then, placed)));
            Term::IfThenElse(cases.collect(), otherwise.map(boxed))
        }
        Term::TryCatch(tried, caught) => Term::TryCatch(boxed(tried), caught),
        Term::Label(name, inner) => Term::Label(name, boxed(inner)),
        Term::Def(definitions, body) => {
            let definitions = definitions.into_iter().map(definition).collect();
            Term::Def(definitions, boxed(body))
        }
        Term::Path(of, keys) => {
            let known = placed && is_place(&of);
            let of = path(*of, placed);
            let first = keys.0.first().filter(|_| !known);
            let of = match first.map(|(part, _)| part.clone()) {
                None => of,
                Some(Part::Index(key)) => Term::Call("!element", vec![of, key]),
                Some(Part::Range(None, None)) => Term::Call("!items", vec![of]),
                Some(Part::Range(from, to)) => {
                    let limit =
                        |limit: Option<_>| limit.unwrap_or_else(|| Term::Call("null", Vec::new()));
                    let key = Term::Call("!slice", vec![limit(from), limit(to)]);
                    Term::Call("!element", vec![of, key])
                }
            };
            Term::Path(Box::new(of), keys)
        }
        Term::Call(name, mut arguments) => {
            let inner = match (name, &mut arguments[..]) {
                ("first" | "last", [inner]) | ("limit" | "skip" | "nth", [_, inner]) => {
                    Some((inner, placed))
                }
                ("recurse", [inner]) => Some((inner, false)),
                _ => None,
            };
            if let Some((inner, placed)) = inner {
                *inner = path(std::mem::take(inner), placed);
            }
            Term::Call(name, arguments)
        }
        other => other,
    }
}

/// Whether all its outputs have a place in its input.
fn is_place(term: &Term<&str>) -> bool {
    match term {
        Term::Id | Term::Recurse | Term::Break(_) => true,
        Term::Path(of, _) => is_place(of),
        Term::BinOp(left, operator, right) => match operator {
            BinaryOp::Pipe(None) | BinaryOp::Comma | BinaryOp::Alt => {
                is_place(left) && is_place(right)
            }
            BinaryOp::Pipe(Some(_)) => is_place(right),
            _ => false,
        },
        Term::IfThenElse(cases, otherwise) => {
            cases.iter().all(|(_, then)| is_place(then))
                && otherwise.as_deref().is_none_or(is_place)
        }
        Term::TryCatch(tried, _) | Term::Label(_, tried) => is_place(tried),
        Term::Call(name, arguments) => match (*name, &arguments[..]) {
            ("empty" | "error" | "select" | "getpath" | "recurse" | "values" | "scalars", _) => {
                arguments
                    .iter()
                    .all(|argument| *name != "recurse" || is_place(argument))
            }
            ("first" | "last", [inner]) | ("limit" | "skip" | "nth", [_, inner]) => is_place(inner),
            _ => false,
        },
        _ => false,
    }
}

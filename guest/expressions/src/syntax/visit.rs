//! What a term calls.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::path::Part;

/// Every name that a term calls, with the number of its arguments.
pub fn each_call<'s>(term: &Term<&'s str>, tell: &mut impl FnMut(&'s str, usize)) {
    each_term(term, &mut |term| {
        match term {
            Term::Str(format, _) => format.iter().for_each(|name| tell(name, 0)),
            Term::Call(name, arguments) => tell(name, arguments.len()),
            _ => {}
        }
        true
    });
}

/// A term and the terms in it, as far as those are wanted which are around.
pub fn each_term<'s>(term: &Term<&'s str>, tell: &mut impl FnMut(&Term<&'s str>) -> bool) {
    if !tell(term) {
        return;
    }
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(_, parts) => {
            for part in parts {
                if let StrPart::Term(term) = part {
                    each_term(term, tell);
                }
            }
        }
        Term::Arr(inner) => inner.iter().for_each(|term| each_term(term, tell)),
        Term::Obj(members) => {
            for (key, value) in members {
                each_term(key, tell);
                value.iter().for_each(|term| each_term(term, tell));
            }
        }
        Term::Neg(inner) | Term::Label(_, inner) => each_term(inner, tell),
        Term::BinOp(left, operator, right) => {
            each_term(left, tell);
            if let BinaryOp::Pipe(Some(pattern)) = operator {
                each_in_pattern(pattern, tell);
            }
            each_term(right, tell);
        }
        Term::Fold(_, over, pattern, arguments) => {
            each_term(over, tell);
            each_in_pattern(pattern, tell);
            arguments.iter().for_each(|term| each_term(term, tell));
        }
        Term::TryCatch(tried, caught) => {
            each_term(tried, tell);
            caught.iter().for_each(|term| each_term(term, tell));
        }
        Term::IfThenElse(cases, otherwise) => {
            for (condition, then) in cases {
                each_term(condition, tell);
                each_term(then, tell);
            }
            otherwise.iter().for_each(|term| each_term(term, tell));
        }
        Term::Def(definitions, body) => {
            for definition in definitions {
                each_term(&definition.body, tell);
            }
            each_term(body, tell);
        }
        Term::Call(_, arguments) => arguments.iter().for_each(|term| each_term(term, tell)),
        Term::Path(of, path) => {
            each_term(of, tell);
            for (part, _) in &path.0 {
                match part {
                    Part::Index(term) => each_term(term, tell),
                    Part::Range(from, to) => {
                        from.iter().chain(to).for_each(|term| each_term(term, tell));
                    }
                }
            }
        }
    }
}

fn each_in_pattern<'s>(pattern: &Pattern<&'s str>, tell: &mut impl FnMut(&Term<&'s str>) -> bool) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter().for_each(|item| each_in_pattern(item, tell)),
        Pattern::Obj(members) => {
            for (key, value) in members {
                each_term(key, tell);
                each_in_pattern(value, tell);
            }
        }
    }
}

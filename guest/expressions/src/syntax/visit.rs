//! What a term calls.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::path::Part;

/// Every name that a term calls, with the number of its arguments.
pub fn each_call<'s>(term: &Term<&'s str>, tell: &mut impl FnMut(&'s str, usize)) {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(format, parts) => {
            format.iter().for_each(|name| tell(name, 0));
            for part in parts {
                if let StrPart::Term(term) = part {
                    each_call(term, tell);
                }
            }
        }
        Term::Arr(inner) => inner.iter().for_each(|term| each_call(term, tell)),
        Term::Obj(members) => {
            for (key, value) in members {
                each_call(key, tell);
                value.iter().for_each(|term| each_call(term, tell));
            }
        }
        Term::Neg(inner) | Term::Label(_, inner) => each_call(inner, tell),
        Term::BinOp(left, operator, right) => {
            each_call(left, tell);
            if let BinaryOp::Pipe(Some(pattern)) = operator {
                each_in_pattern(pattern, tell);
            }
            each_call(right, tell);
        }
        Term::Fold(_, over, pattern, arguments) => {
            each_call(over, tell);
            each_in_pattern(pattern, tell);
            arguments.iter().for_each(|term| each_call(term, tell));
        }
        Term::TryCatch(tried, caught) => {
            each_call(tried, tell);
            caught.iter().for_each(|term| each_call(term, tell));
        }
        Term::IfThenElse(cases, otherwise) => {
            for (condition, then) in cases {
                each_call(condition, tell);
                each_call(then, tell);
            }
            otherwise.iter().for_each(|term| each_call(term, tell));
        }
        Term::Def(definitions, body) => {
            for definition in definitions {
                each_call(&definition.body, tell);
            }
            each_call(body, tell);
        }
        Term::Call(name, arguments) => {
            tell(name, arguments.len());
            arguments.iter().for_each(|term| each_call(term, tell));
        }
        Term::Path(of, path) => {
            each_call(of, tell);
            for (part, _) in &path.0 {
                match part {
                    Part::Index(term) => each_call(term, tell),
                    Part::Range(from, to) => {
                        from.iter().chain(to).for_each(|term| each_call(term, tell));
                    }
                }
            }
        }
    }
}

fn each_in_pattern<'s>(pattern: &Pattern<&'s str>, tell: &mut impl FnMut(&'s str, usize)) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter().for_each(|item| each_in_pattern(item, tell)),
        Pattern::Obj(members) => {
            for (key, value) in members {
                each_call(key, tell);
                each_in_pattern(value, tell);
            }
        }
    }
}

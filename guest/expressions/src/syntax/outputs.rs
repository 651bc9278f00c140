//! How many outputs a term has, as far as its shape tells.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::{Opt, Part};

/// Functions of the library and ours that have one output or fail, if their arguments do.
const SINGLE: [&str; 67] = [
    "!|=?",
    "!+",
    "!-",
    "!*",
    "!/",
    "!%",
    "!<",
    "!<=",
    "!>",
    "!>=",
    "!==",
    "!!=",
    "!=",
    "!|=",
    "!+=",
    "!-=",
    "!*=",
    "!/=",
    "!%=",
    "!//=",
    "!object",
    "!last",
    "@base32",
    "@base32d",
    "@base64",
    "@base64d",
    "@csv",
    "@html",
    "@json",
    "@sh",
    "@text",
    "@tsv",
    "@uri",
    "@urid",
    "abs",
    "add",
    "ceil",
    "contains",
    "del",
    "endswith",
    "explode",
    "false",
    "floor",
    "from_entries",
    "fromjson",
    "has",
    "implode",
    "join",
    "keys",
    "length",
    "map",
    "now",
    "null",
    "reverse",
    "round",
    "sort",
    "sort_by",
    "split",
    "startswith",
    "to_entries",
    "tojson",
    "tonumber",
    "tostring",
    "true",
    "type",
    "unique",
    "with_entries",
];

/// Those of them whose arguments are not run for each output.
const OF_CLOSURES: [&str; 9] = [
    "!|=",
    "!|=?",
    "!last",
    "add",
    "del",
    "map",
    "sort_by",
    "with_entries",
    "unique_by",
];

/// Whether it is a constant that contains nothing.
pub fn is_scalar(term: &Term<&str>) -> bool {
    !matches!(term, Term::Id | Term::Var(_) | Term::Obj(_) | Term::Arr(_)) && is_atomic(term)
}

/// Whether it has one output and cannot fail.
pub fn is_atomic(term: &Term<&str>) -> bool {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Arr(None) => true,
        Term::Obj(members) => members.is_empty(),
        Term::Str(None, parts) => parts.iter().all(|part| matches!(part, StrPart::Str(_))),
        Term::Call(name, arguments) => {
            arguments.is_empty() && matches!(*name, "null" | "true" | "false")
        }
        _ => false,
    }
}

/// Whether it has one output or fails.
pub fn is_single(term: &Term<&str>) -> bool {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Arr(_) => true,
        Term::Str(_, parts) => parts.iter().all(|part| match part {
            StrPart::Term(term) => is_single(term),
            StrPart::Str(_) | StrPart::Char(_) => true,
        }),
        Term::Obj(members) => members
            .iter()
            .all(|(key, value)| is_single(key) && value.as_ref().is_none_or(is_single)),
        Term::Neg(inner) => is_single(inner),
        Term::BinOp(left, operator, right) => {
            !matches!(operator, BinaryOp::Comma | BinaryOp::Alt)
                && is_single(left)
                && is_single(right)
        }
        Term::IfThenElse(cases, otherwise) => {
            let single = |(condition, then): &(_, _)| is_single(condition) && is_single(then);
            cases.iter().all(single) && otherwise.as_deref().is_none_or(is_single)
        }
        Term::Fold(name, _, _, parts) => *name == "reduce" && parts.iter().all(is_single),
        Term::Call(name, arguments) => {
            SINGLE.contains(name)
                && (OF_CLOSURES.contains(name)
                    || match (*name, &arguments[..]) {
                        // What an update reaches, it reaches in one output.
                        ("!=" | "!+=" | "!-=" | "!*=" | "!/=" | "!%=" | "!//=", [value, _]) => {
                            is_single(value)
                        }
                        _ => arguments.iter().all(is_single),
                    })
        }
        Term::Path(of, path) => {
            is_single(of)
                && path.0.iter().all(|(part, optional)| {
                    matches!(optional, Opt::Essential)
                        && match part {
                            Part::Index(key) => is_single(key),
                            Part::Range(None, None) => false,
                            Part::Range(from, to) => from.iter().chain(to).all(is_single),
                        }
                })
        }
        Term::Recurse | Term::Label(..) | Term::Break(_) | Term::TryCatch(..) | Term::Def(..) => {
            false
        }
    }
}

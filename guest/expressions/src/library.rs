//! The functions that an expression may call: those of jaq without the ones that reach
//! outside, and what jq 1.8 has beyond them.

use crate::Kind;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::path::Part;
use jaq_json::{Error, Val, ValR};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// What reaches outside the event: environment, clock, time zone of the machine, log, exit.
const LEFT_OUT: [&str; 10] = [
    "env",
    "now",
    "halt",
    "localtime",
    "strflocaltime",
    "debug",
    "debug_empty",
    "halt_error",
    "stderr",
    "stderr_empty",
];

/// What jq 1.8 has and jaq has not, or does otherwise.
const OWN: &str = include_str!("library.jq");

struct Library {
    definitions: Vec<Def<&'static str>>,
    /// The places of the definitions of a name.
    places: HashMap<&'static str, Vec<usize>>,
}

thread_local! {
    // Read once for all expressions of an instance.
    static LIBRARY: Library = Library::read();
}

impl Library {
    fn read() -> Self {
        let own = jaq_core::load::parse(OWN, |parser| parser.defs()).unwrap_or_default();
        let definitions: Vec<_> = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs())
            .filter(|definition| !LEFT_OUT.contains(&definition.name))
            .chain(own)
            .collect();
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for (place, definition) in definitions.iter().enumerate() {
            places.entry(definition.name).or_default().push(place);
        }
        Self {
            definitions,
            places,
        }
    }
}

/// The definitions and native functions whose names a text mentions, and what these need
/// in turn: to compile all of them would take longer than all the rest.
pub fn needed_by(text: &str) -> (Vec<Def<&'static str>>, Vec<Fun<Kind>>) {
    let mut names: HashSet<&str> = words(text).collect();
    let mut wanted: Vec<&str> = names.iter().copied().collect();
    let mut needed = Vec::new();
    LIBRARY.with(|library| {
        while let Some(name) = wanted.pop() {
            for place in library.places.get(name).into_iter().flatten() {
                needed.push(*place);
                each_call(&library.definitions[*place].body, &mut |called| {
                    if names.insert(called) {
                        wanted.push(called);
                    }
                });
            }
        }
        needed.sort_unstable();
        let definitions = needed
            .iter()
            .map(|place| library.definitions[*place].clone())
            .collect();
        let mut functions = functions();
        functions.retain(|(name, ..)| names.contains(name));
        (definitions, functions)
    })
}

fn functions() -> Vec<Fun<Kind>> {
    let now: Fun<Kind> = run(("now", v(0), |cv| bome(now(cv.0.data().created))));
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(|(name, ..)| !LEFT_OUT.contains(name))
        .chain([now])
        .collect()
}

/// Seconds since 1970-01-01T00:00:00Z at the event's time.
fn now(created: &str) -> ValR {
    let timestamp: Timestamp = created
        .parse()
        .map_err(|_| Error::str("now: the event's time is not RFC 3339"))?;
    Ok(Val::from(timestamp.as_nanosecond() as f64 / 1e9))
}

/// Every name there is, for suggestions.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = LIBRARY.with(|library| library.places.keys().copied().collect());
    names.extend(functions().iter().map(|(name, ..)| *name));
    names.sort_unstable();
    names.dedup();
    names
}

/// Whatever could be a name in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !(char.is_ascii_alphanumeric() || "_@".contains(char)))
        .flat_map(|word| {
            // `@base64d` is one name, and `x@y` are two.
            let at = word.find('@').unwrap_or(word.len());
            let (name, format) = word.split_at(at);
            [name, format]
        })
        .filter(|word| !word.is_empty())
}

/// Every name that a term calls.
fn each_call(term: &Term<&'static str>, tell: &mut impl FnMut(&'static str)) {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(format, parts) => {
            format.iter().for_each(|name| tell(name));
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
            tell(name);
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

fn each_in_pattern(pattern: &Pattern<&'static str>, tell: &mut impl FnMut(&'static str)) {
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

//! Functions of regular expressions.

use super::native::{CLOSURE, Call, Function, Native, Outputs, VALUE};
use crate::kind::Surroundings;
use crate::pattern::{Found, Match, Pattern};
use crate::value::{Error, Map, Val, ValR, fail};
use jaq_core::Exn;
use jaq_core::native::v;
use std::rc::Rc;

/// What is looked for.
#[derive(Clone)]
struct Sought {
    pattern: Val,
    flags: Val,
}

impl Sought {
    /// Of the one argument that is a text, or a list of text and flags.
    fn of(argument: &Val) -> Result<Self, Error> {
        let flags = Val::Null;
        match argument {
            Val::Str(_) => Ok(Self {
                pattern: argument.clone(),
                flags,
            }),
            Val::Arr(both) if !both.is_empty() => Ok(Self {
                pattern: both[0].clone(),
                flags: both.get(1).cloned().unwrap_or(flags),
            }),
            other => {
                let kind = other.kind();
                Err(fail(format!("{kind} not a string or array")))
            }
        }
    }

    fn compiled(&self, input: &Val, around: &Surroundings<'_>) -> Result<Rc<Pattern>, Error> {
        if input.as_str().is_none() {
            return Err(input.error("cannot be matched, as it is not a string"));
        }
        let Val::Str(pattern) = &self.pattern else {
            return Err(self.pattern.error("is not a string"));
        };
        let flags = match &self.flags {
            Val::Str(flags) => &**flags,
            Val::Null => "",
            other => return Err(other.error("is not a string")),
        };
        if let Some(known) = around.patterns.get(pattern, flags) {
            return Ok(known);
        }
        around.found.borrow_mut().add(pattern, flags).map_err(fail)
    }

    fn matches(&self, input: &Val, around: &Surroundings<'_>) -> Result<Vec<Match>, Error> {
        let pattern = self.compiled(input, around)?;
        let text = input.as_str().unwrap_or_default();
        pattern.matches(text).map_err(fail)
    }
}

fn object(members: impl IntoIterator<Item = (&'static str, Val)>) -> Val {
    let members = members.into_iter().map(|(key, value)| (key.into(), value));
    Val::Obj(members.collect::<Map>().into())
}

/// A match as jq tells it.
fn told(found: &Match) -> Val {
    let place = |found: &Found| {
        [
            ("offset", Val::from(found.offset)),
            ("length", Val::from(found.length)),
            ("string", Val::text(&found.text)),
        ]
    };
    let groups = found.groups.iter().map(|(name, group)| {
        let name = name.as_deref().map_or(Val::Null, Val::text);
        let members = match group {
            Some(group) => place(group),
            None => [
                ("offset", Val::from(-1.0)),
                ("length", Val::from(0.0)),
                ("string", Val::Null),
            ],
        };
        object(members.into_iter().chain([("name", name)]))
    });
    let groups = Val::array(groups.collect());
    object(
        place(&found.whole)
            .into_iter()
            .chain([("captures", groups)]),
    )
}

fn group_text(group: Option<&Found>) -> Val {
    group.map_or(Val::Null, |group| Val::text(&group.text))
}

/// The named groups of a match.
fn captured(found: &Match) -> Val {
    let mut members = Map::default();
    for (name, group) in &found.groups {
        if let Some(name) = name {
            members.insert(name.as_str().into(), group_text(group.as_ref()));
        }
    }
    Val::Obj(members.into())
}

/// What `scan` gives of a match: the groups, if there are any.
fn scanned(found: &Match) -> Val {
    if found.groups.is_empty() {
        return Val::text(&found.whole.text);
    }
    let groups = found.groups.iter();
    groups
        .map(|(_, group)| group_text(group.as_ref()))
        .collect()
}

/// The parts of a text between matches, the last one included.
fn parts<'t>(text: &'t str, found: &[Match]) -> Vec<&'t str> {
    let mut parts = Vec::with_capacity(found.len() + 1);
    let (mut rest, mut at) = (text, 0);
    for found in found {
        let skip = |text: &str, count: usize| {
            text.char_indices()
                .nth(count)
                .map_or(text.len(), |(at, _)| at)
        };
        let (part, after) = rest.split_at(skip(rest, found.whole.offset.saturating_sub(at)));
        parts.push(part);
        rest = &after[skip(after, found.whole.length)..];
        at = found.whole.offset + found.whole.length;
    }
    parts.push(rest);
    parts
}

/// Several outputs, or an error.
fn stream<'a>(values: Result<Vec<Val>, Error>) -> Outputs<'a> {
    match values {
        Ok(values) => Box::new(values.into_iter().map(Ok)),
        Err(error) => Box::new(std::iter::once(Err(error.into()))),
    }
}

/// Flags and one more: none is no text.
fn with_global(flags: Val, before: bool) -> ValR {
    let global = Val::text("g");
    if before {
        global + flags
    } else {
        flags + global
    }
}

fn find(input: &Val, sought: &Sought, around: &Surroundings<'_>) -> Result<Vec<Val>, Error> {
    Ok(sought.matches(input, around)?.iter().map(told).collect())
}

fn test(input: &Val, sought: &Sought, around: &Surroundings<'_>) -> Result<Vec<Val>, Error> {
    let pattern = sought.compiled(input, around)?;
    let found = pattern.is_match(input.as_str().unwrap_or_default());
    Ok(vec![Val::Bool(found.map_err(fail)?)])
}

fn capture(input: &Val, sought: &Sought, around: &Surroundings<'_>) -> Result<Vec<Val>, Error> {
    Ok(sought
        .matches(input, around)?
        .iter()
        .map(captured)
        .collect())
}

fn scan(input: &Val, sought: &Sought, around: &Surroundings<'_>) -> Result<Vec<Val>, Error> {
    let flags = with_global(sought.flags.clone(), true)?;
    let sought = Sought {
        flags,
        ..sought.clone()
    };
    Ok(sought.matches(input, around)?.iter().map(scanned).collect())
}

fn splits(input: &Val, sought: &Sought, around: &Surroundings<'_>) -> Result<Vec<Val>, Error> {
    let flags = with_global(sought.flags.clone(), false)?;
    let sought = Sought {
        flags,
        ..sought.clone()
    };
    let found = sought.matches(input, around)?;
    let parts = parts(input.as_str().unwrap_or_default(), &found);
    Ok(parts.into_iter().map(Val::text).collect())
}

fn split(input: &Val, sought: &Sought, around: &Surroundings<'_>) -> Result<Vec<Val>, Error> {
    splits(input, sought, around).map(|parts| vec![Val::array(parts)])
}

/// `sub` and `gsub`: as many texts as the replacement has outputs.
fn replace(mut call: Call<'_>, global: bool) -> Outputs<'_> {
    let flags = call.0.pop_var();
    let (replacement, context) = call.0.pop_fun();
    let pattern = call.0.pop_var();
    let around = call.0.data().clone();
    let input = call.1;
    let replaced = move || -> Result<Vec<Val>, Exn<'_, Val>> {
        let flags = if global {
            with_global(flags, false)?
        } else {
            flags
        };
        let found = Sought { pattern, flags }.matches(&input, &around)?;
        let text = input.as_str().unwrap_or_default();
        let parts = parts(text, &found);
        let mut texts: Vec<Val> = Vec::new();
        for (found, part) in found.iter().zip(&parts) {
            let inserts = replacement.run((context.clone(), captured(found)));
            for (index, insert) in inserts.enumerate() {
                let insert = (Val::text(part) + insert?)?;
                match texts.get_mut(index) {
                    Some(text) => *text = (std::mem::replace(text, Val::Null) + insert)?,
                    None => texts.push(insert),
                }
            }
        }
        if texts.is_empty() {
            return Ok(vec![input]);
        }
        let last = parts.last().copied().unwrap_or_default();
        let whole = |text: Val| Ok((text + Val::text(last))?);
        texts.into_iter().map(whole).collect()
    };
    match replaced() {
        Ok(texts) => Box::new(texts.into_iter().map(Ok)),
        Err(error) => Box::new(std::iter::once(Err(error))),
    }
}

/// A function of pattern and flags under two names: with one argument, and with two, whose
/// order is the one in which jq runs them.
macro_rules! of_patterns {
    ($($one:literal, $two:literal => $function:expr),* $(,)?) => {
        [$(
            ($one, v(1), Native::new(|mut call| {
                let argument = call.0.pop_var();
                let found = Sought::of(&argument)
                    .and_then(|sought| $function(&call.1, &sought, call.0.data()));
                stream(found)
            }).with_paths(|mut call| {
                let argument = call.0.pop_var();
                let (value, path) = call.1;
                let found = Sought::of(&argument)
                    .and_then(|sought| $function(&value, &sought, call.0.data()));
                Box::new(stream(found).map(move |value| Ok((value?, path.clone().cons(Val::stray())))))
            })),
            ($two, v(2), Native::new(|mut call| {
                let (pattern, flags) = (call.0.pop_var(), call.0.pop_var());
                stream($function(&call.1, &Sought { pattern, flags }, call.0.data()))
            }).with_paths(|mut call| {
                let (pattern, flags) = (call.0.pop_var(), call.0.pop_var());
                let (value, path) = call.1;
                let found = $function(&value, &Sought { pattern, flags }, call.0.data());
                Box::new(stream(found).map(move |value| Ok((value?, path.clone().cons(Val::stray())))))
            })),
        )*]
    };
}

pub fn functions() -> Vec<Function> {
    let mut all: Vec<Function> = of_patterns!(
        "match", "!match" => find,
        "test", "!test" => test,
        "capture", "!capture" => capture,
        "!scan1", "!scan" => scan,
        "!splits1", "!splits" => splits,
        "!split1", "!split" => split,
    )
    .into();
    let arguments = || [VALUE, CLOSURE, VALUE].into();
    all.push(("sub", arguments(), Native::new(|call| replace(call, false))));
    all.push((
        "!gsub",
        arguments(),
        Native::new(|call| replace(call, true)),
    ));
    all
}

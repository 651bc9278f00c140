//! Functions of lists and objects.

use super::native::{CLOSURE, Call, Function, Native, Outputs, of_input, of_one};
use crate::value::{Error, Map, Val, ValR, compare, equal, fail, index, position, sort_by_key};
use jaq_core::Exn;
use std::cmp::Ordering;

/// The deepest nesting that `contains` looks into.
const CONTAINS_LIMIT: usize = 10_000;

fn length(input: Val) -> ValR {
    match &input {
        Val::Null => Ok(0_usize.into()),
        Val::Bool(_) => Err(input.error("has no length")),
        Val::Num(number) if number.value() < 0.0 => Ok(Val::Num(number.negated())),
        Val::Num(_) => Ok(input),
        Val::Str(text) => Ok(text.chars().count().into()),
        Val::Arr(items) => Ok(items.len().into()),
        Val::Obj(members) => Ok(members.len().into()),
    }
}

fn keys(input: Val) -> ValR {
    match &input {
        Val::Arr(items) => Ok((0..items.len()).map(Val::from).collect()),
        Val::Obj(members) => {
            let keys = members.sorted_keys().into_iter();
            Ok(keys.map(|key| Val::Str(key.clone())).collect())
        }
        _ => Err(input.error("has no keys")),
    }
}

fn keys_unsorted(input: Val) -> ValR {
    match &input {
        Val::Obj(members) => Ok(members.keys().map(|key| Val::Str(key.clone())).collect()),
        _ => keys(input),
    }
}

fn to_entries(input: Val) -> ValR {
    let entry = |key: Val, value: Val| {
        let mut entry = Map::default();
        entry.insert("key".into(), key);
        entry.insert("value".into(), value);
        Val::Obj(entry.into())
    };
    match input {
        Val::Obj(members) => {
            let members = members.into_map().into_iter();
            Ok(members
                .map(|(key, value)| entry(Val::Str(key), value))
                .collect())
        }
        Val::Arr(items) => {
            let items = items.into_vec().into_iter().enumerate();
            Ok(items.map(|(at, value)| entry(at.into(), value)).collect())
        }
        other => Err(other.error("has no keys")),
    }
}

fn has(input: Val, key: Val) -> ValR {
    Ok(Val::Bool(match (&input, &key) {
        (Val::Null, _) => false,
        (Val::Obj(members), Val::Str(key)) => members.contains_key(key),
        (Val::Arr(items), Val::Num(number)) => {
            let number = number.value();
            number > -1.0
                && position(items.len(), number.trunc()).is_some_and(|at| at < items.len())
        }
        _ => {
            let (kind, key) = (input.kind(), key.kind());
            return Err(fail(format!("Cannot check whether {kind} has a {key} key")));
        }
    }))
}

fn contains(input: Val, other: Val) -> ValR {
    if std::mem::discriminant(&input) != std::mem::discriminant(&other)
        || matches!((&input, &other), (Val::Bool(left), Val::Bool(right)) if left != right)
    {
        return Err(input.error_with(&other, "cannot have their containment checked"));
    }
    contains_at(&input, &other, 0).map(Val::Bool)
}

fn contains_at(whole: &Val, part: &Val, depth: usize) -> Result<bool, Error> {
    if depth > CONTAINS_LIMIT {
        return Err(fail("Containment check too deep"));
    }
    match (whole, part) {
        (Val::Obj(whole), Val::Obj(part)) => {
            for (key, part) in part.iter() {
                match whole.get(key) {
                    Some(whole) if contains_at(whole, part, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Val::Arr(whole), Val::Arr(part)) => {
            'parts: for part in part.iter() {
                for item in whole.iter() {
                    if contains_at(item, part, depth + 1)? {
                        continue 'parts;
                    }
                }
                return Ok(false);
            }
            Ok(true)
        }
        (Val::Str(whole), Val::Str(part)) => Ok(whole.contains(&**part)),
        _ => equal(whole, part),
    }
}

/// The sum of values, as `+` adds them one by one.
fn sum<'a>(
    mut outputs: impl Iterator<Item = Result<Val, Exn<'a, Val>>>,
) -> Result<Val, Exn<'a, Val>> {
    let mut total = match outputs.next() {
        None => return Ok(Val::Null),
        Some(first) => first?,
    };
    while let Some(next) = outputs.next() {
        let next = next?;
        // Texts grow in one place: to copy them at each step would take for ever.
        if let (Val::Str(left), Val::Str(right)) = (&total, &next) {
            let mut text = [&**left, &**right].concat();
            let mut after = None;
            for next in outputs.by_ref() {
                match next? {
                    Val::Str(more) => text.push_str(&more),
                    Val::Null => {}
                    other => {
                        after = Some(other);
                        break;
                    }
                }
            }
            total = Val::from(text);
            match after {
                Some(other) => total = (total + other)?,
                None => return Ok(total),
            }
        } else {
            total = (total + next)?;
        }
    }
    Ok(total)
}

fn add(mut call: Call<'_>) -> Outputs<'_> {
    let (closure, context) = call.0.pop_fun();
    Box::new(std::iter::once(sum(closure.run((context, call.1)))))
}

fn add_items(input: Val) -> ValR {
    let values = jaq_core::ValT::values(input);
    let total = sum(values.map(|value| value.map_err(Exn::from)));
    // Values alone raise nothing but errors.
    total.map_err(|raised| raised.get_err().unwrap_or_else(|_| fail("it has no sum")))
}

fn reverse(input: Val) -> ValR {
    match input {
        Val::Arr(items) => {
            let mut items = items.into_vec();
            items.reverse();
            Ok(Val::array(items))
        }
        Val::Null => Ok(Val::array(Vec::new())),
        Val::Str(text) if text.is_empty() => Ok(Val::array(Vec::new())),
        Val::Obj(members) if members.is_empty() => Ok(Val::array(Vec::new())),
        Val::Num(number) if number.value() == 0.0 => Ok(Val::array(Vec::new())),
        Val::Bool(_) => length(input),
        // As jq's own definition: the last of what has no indices.
        other => {
            let last = length(other.clone())?.as_f64().unwrap_or(0.0) - 1.0;
            index(&other, &Val::from(last))
        }
    }
}

fn sorted(input: Val) -> Result<Vec<Val>, Error> {
    match input {
        Val::Arr(items) => {
            let mut items = items.into_vec();
            sort_by_key(&mut items, |item| item)?;
            Ok(items)
        }
        other => Err(other.error("cannot be sorted, as it is not an array")),
    }
}

fn sort(input: Val) -> ValR {
    sorted(input).map(Val::array)
}

fn unique(input: Val) -> ValR {
    let mut kept: Vec<Val> = Vec::new();
    for item in sorted(input)? {
        let known = match kept.last() {
            Some(last) => equal(last, &item)?,
            None => false,
        };
        if !known {
            kept.push(item);
        }
    }
    Ok(Val::array(kept))
}

fn extreme(input: Val, wanted: fn(Ordering) -> bool) -> ValR {
    let Val::Arr(items) = &input else {
        return Err(input.error_with(&input, "cannot be iterated over"));
    };
    let mut best: Option<&Val> = None;
    for item in items.iter() {
        best = match best {
            Some(old) if !wanted(compare(item, old)?) => Some(old),
            _ => Some(item),
        };
    }
    Ok(best.cloned().unwrap_or(Val::Null))
}

fn bsearch(input: Val, target: Val) -> ValR {
    let Val::Arr(items) = &input else {
        return Err(input.error("cannot be searched from"));
    };
    let (mut start, mut end) = (0, items.len());
    while start < end {
        let middle = start + (end - start) / 2;
        match compare(&target, &items[middle])? {
            Ordering::Equal => return Ok(middle.into()),
            Ordering::Less => end = middle,
            Ordering::Greater => start = middle + 1,
        }
    }
    Ok(Val::from(-1.0 - start as f64))
}

fn to_array(input: Val) -> ValR {
    Ok(match input {
        Val::Arr(_) => input,
        other => Val::array(vec![other]),
    })
}

pub fn functions() -> Vec<Function> {
    let mut all = Vec::new();
    all.extend(of_input!(
        "length" => length,
        "keys" => keys,
        "keys_unsorted" => keys_unsorted,
        "to_entries" => to_entries,
        "reverse" => reverse,
        "sort" => sort,
        "unique" => unique,
        "min" => |input| extreme(input, Ordering::is_lt),
        "max" => |input| extreme(input, Ordering::is_ge),
        "add" => add_items,
        "toarray" => to_array,
        "type" => |input: Val| Ok(Val::text(input.kind())),
        "not" => |input: Val| Ok(Val::Bool(!input.is_true())),
        "true" => |_| Ok(Val::Bool(true)),
        "false" => |_| Ok(Val::Bool(false)),
        "null" => |_| Ok(Val::Null),
    ));
    all.extend(of_one!("has" => has, "contains" => contains, "bsearch" => bsearch));
    all.push(("add", [CLOSURE].into(), Native::new(|call| add(call))));
    all
}

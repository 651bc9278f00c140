//! Functions of lists whose items have keys.

use super::native::{CLOSURE, Call, Function, Native, Outputs};
use crate::value::{Error, Val, ValR, compare, equal, fail, sort_by_key};
use jaq_core::Exn;
use std::cmp::Ordering;

/// Of what only a list has.
const UNSORTED: &str = "cannot be sorted, as they are not both arrays";

type Keyed = Vec<(Val, Val)>;

/// The items of a list, each with all outputs of an argument as its key.
fn keyed<'a>(mut call: Call<'a>, complaint: &str) -> Result<Keyed, Exn<'a, Val>> {
    let (closure, context) = call.0.pop_fun();
    let key = |item: Val| -> Result<(Val, Val), Exn<'a, Val>> {
        let key = closure.run((context.clone(), item.clone()));
        Ok((key.collect::<Result<_, _>>()?, item))
    };
    match call.1 {
        Val::Arr(items) => items.into_vec().into_iter().map(key).collect(),
        Val::Obj(members) => {
            let keys = members.values().cloned().map(|value| Ok(key(value)?.0));
            let keys: Val = keys.collect::<Result<_, Exn<'a, Val>>>()?;
            Err(Val::Obj(members).error_with(&keys, complaint).into())
        }
        other => {
            let (kind, quoted) = (other.kind(), other.excerpt());
            Err(fail(format!("Cannot iterate over {kind} ({quoted})")).into())
        }
    }
}

/// A function of a list and its keys.
fn of_keyed<'a>(call: Call<'a>, complaint: &str, function: fn(Keyed) -> ValR) -> Outputs<'a> {
    let result = keyed(call, complaint).and_then(|items| Ok(function(items)?));
    Box::new(std::iter::once(result))
}

fn sort_keyed(mut items: Keyed) -> Result<Keyed, Error> {
    sort_by_key(&mut items, |(key, _)| key)?;
    Ok(items)
}

fn sort_by(items: Keyed) -> ValR {
    Ok(sort_keyed(items)?
        .into_iter()
        .map(|(_, item)| item)
        .collect())
}

fn group(items: Keyed) -> Result<Vec<Vec<Val>>, Error> {
    let mut groups: Vec<(Val, Vec<Val>)> = Vec::new();
    for (key, item) in sort_keyed(items)? {
        match groups.last_mut() {
            Some((last, group)) if equal(last, &key)? => group.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

fn group_by(items: Keyed) -> ValR {
    Ok(group(items)?.into_iter().map(Val::array).collect())
}

fn unique_by(items: Keyed) -> ValR {
    let firsts = group(items)?
        .into_iter()
        .filter_map(|group| group.into_iter().next());
    Ok(firsts.collect())
}

fn extreme_by(items: Keyed, wanted: fn(Ordering) -> bool) -> ValR {
    let mut best: Option<(Val, Val)> = None;
    for (key, item) in items {
        best = match best {
            Some((old, kept)) if !wanted(compare(&key, &old)?) => Some((old, kept)),
            _ => Some((key, item)),
        };
    }
    Ok(best.map_or(Val::Null, |(_, item)| item))
}

pub fn functions() -> Vec<Function> {
    let of_keys: [(&'static str, Native); 5] = [
        (
            "sort_by",
            Native::new(|call| of_keyed(call, UNSORTED, sort_by)),
        ),
        (
            "group_by",
            Native::new(|call| of_keyed(call, UNSORTED, group_by)),
        ),
        (
            "unique_by",
            Native::new(|call| of_keyed(call, UNSORTED, unique_by)),
        ),
        (
            "min_by",
            Native::new(|call| {
                of_keyed(call, "cannot be iterated over", |items| {
                    extreme_by(items, Ordering::is_lt)
                })
            }),
        ),
        (
            "max_by",
            Native::new(|call| {
                of_keyed(call, "cannot be iterated over", |items| {
                    extreme_by(items, Ordering::is_ge)
                })
            }),
        ),
    ];
    let of_keys = of_keys.into_iter();
    of_keys
        .map(|(name, native)| (name, [CLOSURE].into(), native))
        .collect()
}

//! Order and equality, as jq sees them.

use super::{Error, Val, fail};
use std::cmp::Ordering;

/// The deepest nesting that is compared.
const DEPTH_LIMIT: usize = 10_000;

/// The order of two values: null, false, true, numbers, texts, lists, objects.
///
/// # Errors
/// If they are nested too deep.
pub fn compare(left: &Val, right: &Val) -> Result<Ordering, Error> {
    compare_at(left, right, 0, false).ok_or_else(|| fail("Comparison too deep"))
}

/// Whether two values are equal.
///
/// # Errors
/// If they are nested too deep.
pub fn equal(left: &Val, right: &Val) -> Result<bool, Error> {
    equal_at(left, right, 0).ok_or_else(|| fail("Equality check too deep"))
}

/// Sorts by a key, and keeps the order of equals.
///
/// # Errors
/// If keys are nested too deep.
pub fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> &Val) -> Result<(), Error> {
    let mut too_deep = false;
    items.sort_by(|left, right| {
        compare_at(key(left), key(right), 0, true).unwrap_or_else(|| {
            too_deep = true;
            Ordering::Equal
        })
    });
    if too_deep {
        return Err(fail("Comparison too deep"));
    }
    Ok(())
}

fn rank(value: &Val) -> u8 {
    match value {
        Val::Null => 0,
        Val::Bool(false) => 1,
        Val::Bool(true) => 2,
        Val::Num(_) => 3,
        Val::Str(_) => 4,
        Val::Arr(_) => 5,
        Val::Obj(_) => 6,
    }
}

/// What is no number is less than itself, but in a `total` order, without which there is no
/// sorting.
fn compare_at(left: &Val, right: &Val, depth: usize, total: bool) -> Option<Ordering> {
    if depth > DEPTH_LIMIT {
        return None;
    }
    match (left, right) {
        (Val::Num(left), Val::Num(right)) if total && left.is_nan() && right.is_nan() => {
            Some(Ordering::Equal)
        }
        (Val::Num(left), Val::Num(right)) => Some(left.compare(right)),
        (Val::Str(left), Val::Str(right)) => Some(left.cmp(right)),
        (Val::Arr(left), Val::Arr(right)) => {
            for (left, right) in left.iter().zip(right.iter()) {
                let order = compare_at(left, right, depth + 1, total)?;
                if order.is_ne() {
                    return Some(order);
                }
            }
            Some(left.len().cmp(&right.len()))
        }
        (Val::Obj(left), Val::Obj(right)) => {
            let keys = left.sorted_keys();
            let order = keys.cmp(&right.sorted_keys());
            if order.is_ne() {
                return Some(order);
            }
            for key in keys {
                if let (Some(left), Some(right)) = (left.get(key), right.get(key)) {
                    let order = compare_at(left, right, depth + 1, total)?;
                    if order.is_ne() {
                        return Some(order);
                    }
                }
            }
            Some(Ordering::Equal)
        }
        _ => Some(rank(left).cmp(&rank(right))),
    }
}

fn equal_at(left: &Val, right: &Val, depth: usize) -> Option<bool> {
    if depth > DEPTH_LIMIT {
        return None;
    }
    match (left, right) {
        (Val::Null, Val::Null) => Some(true),
        (Val::Bool(left), Val::Bool(right)) => Some(left == right),
        (Val::Num(left), Val::Num(right)) => Some(left.compare(right).is_eq()),
        (Val::Str(left), Val::Str(right)) => Some(left == right),
        (Val::Arr(left), Val::Arr(right)) => {
            if left.len() != right.len() {
                return Some(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal_at(left, right, depth + 1)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        (Val::Obj(left), Val::Obj(right)) => {
            if left.len() != right.len() {
                return Some(false);
            }
            for (key, left) in left.iter() {
                match right.get(key) {
                    Some(right) if equal_at(left, right, depth + 1)? => {}
                    _ => return Some(false),
                }
            }
            Some(true)
        }
        _ => Some(false),
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        equal_at(self, other, 0).unwrap_or(false)
    }
}

impl PartialOrd for Val {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        compare_at(self, other, 0, false)
    }
}

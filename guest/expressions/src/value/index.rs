//! `.[key]` and `.[from:to]`.

use super::{Error, Val, ValR, equal, fail};
use std::ops::Range;

/// What `value[key]` is.
///
/// # Errors
/// If a value of this type has no such keys.
pub fn index(value: &Val, key: &Val) -> ValR {
    match (value, key) {
        (Val::Obj(members), Val::Str(key)) => Ok(members.get(key).cloned().unwrap_or(Val::Null)),
        (Val::Arr(items), Val::Num(key)) => Ok(position(items.len(), key.value())
            .and_then(|at| items.get(at))
            .cloned()
            .unwrap_or(Val::Null)),
        (Val::Arr(_) | Val::Str(_), Val::Obj(_)) => slice(value, key),
        (Val::Arr(items), Val::Arr(sought)) => positions(items, sought),
        (Val::Null, Val::Str(_) | Val::Num(_) | Val::Obj(_)) => Ok(Val::Null),
        _ => Err(cannot_index(value, key)),
    }
}

/// The error of a key that fits no such value.
pub fn cannot_index(value: &Val, key: &Val) -> Error {
    fail(format!(
        "Cannot index {} with {} ({})",
        value.kind(),
        key.kind(),
        key.excerpt()
    ))
}

/// Where an index points to: fractions are cut, negative ones count from the end.
pub fn position(length: usize, index: f64) -> Option<usize> {
    if index.is_nan() {
        return None;
    }
    let index = index.clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i64;
    let at = if index < 0 {
        index + length as i64
    } else {
        index
    };
    usize::try_from(at).ok()
}

/// Where a list stands in another one.
fn positions(items: &[Val], sought: &[Val]) -> ValR {
    let mut found = Vec::new();
    if sought.is_empty() {
        return Ok(Val::Null);
    }
    'starts: for start in 0..items.len() {
        for (offset, item) in sought.iter().enumerate() {
            match items.get(start + offset) {
                Some(other) if equal(other, item)? => {}
                _ => continue 'starts,
            }
        }
        found.push(Val::from(start));
    }
    Ok(Val::array(found))
}

/// The key of a slice.
pub fn slice_key(from: Val, to: Val) -> Val {
    let mut map = super::Map::default();
    map.insert("start".into(), from);
    map.insert("end".into(), to);
    Val::Obj(map.into())
}

/// What `value[from:to]` is, the range as an object.
pub fn slice(value: &Val, key: &Val) -> ValR {
    match value {
        Val::Null => Ok(Val::Null),
        Val::Arr(items) => {
            let range = slice_range(items.len(), key)?;
            if range == (0..items.len()) {
                return Ok(value.clone());
            }
            Ok(Val::array(items[range].to_vec()))
        }
        Val::Str(text) => {
            let range = slice_range(text.chars().count(), key)?;
            let offset = |count| {
                let mut chars = text.char_indices();
                chars.nth(count).map_or(text.len(), |(offset, _)| offset)
            };
            Ok(Val::text(&text[offset(range.start)..offset(range.end)]))
        }
        _ => Err(cannot_index(value, key)),
    }
}

/// The range of a slice: its beginning is rounded down, its end up.
pub fn slice_range(length: usize, key: &Val) -> Result<Range<usize>, Error> {
    let limit = |name: &str, default: f64| match key {
        Val::Obj(members) => match members.get(name) {
            Some(Val::Null) => Ok(default),
            Some(Val::Num(number)) => Ok(number.value()),
            _ => Err(fail("Array/string slice indices must be integers")),
        },
        _ => Err(fail("Array/string slice indices must be integers")),
    };
    let length_f64 = length as f64;
    let (start, end) = (limit("start", 0.0)?, limit("end", length_f64)?);
    let start = if start.is_nan() { 0.0 } else { start };
    let start = if start < 0.0 {
        start + length_f64
    } else {
        start
    };
    let start = start.clamp(0.0, length_f64) as usize;
    let end = if end.is_nan() { length_f64 } else { end };
    let end = if end < 0.0 { end + length_f64 } else { end };
    let end = if end < 0.0 { start as f64 } else { end };
    let end = end.ceil().min(length_f64) as usize;
    Ok(start..end.max(start))
}

//! `getpath`, `setpath` and `delpaths`.

use super::index::{cannot_index, index, position, slice, slice_range};
use super::{Error, Map, Val, ValR, equal, fail, order};

/// The longest path.
const LENGTH_LIMIT: usize = 10_000;

/// The greatest index of a list, as in jq.
const INDEX_LIMIT: usize = (i32::MAX >> 2) as usize;

/// What stands at a path.
///
/// # Errors
/// If a value on the way has no such keys.
pub fn get_path(root: &Val, path: &[Val]) -> ValR {
    check_length(path)?;
    let mut value = root.clone();
    for key in path {
        value = index(&value, key)?;
    }
    Ok(value)
}

/// The value with another one at a path; what is missing on the way is made.
///
/// # Errors
/// If a value on the way has no such keys.
pub fn set_path(root: Val, path: &[Val], value: Val) -> ValR {
    update_path(root, path, |_| Ok(value))
}

/// The value with what stands at a path changed.
///
/// # Errors
/// If a value on the way has no such keys, or the change fails.
pub fn update_path<E: From<Error>>(
    root: Val,
    path: &[Val],
    change: impl FnOnce(Val) -> Result<Val, E>,
) -> Result<Val, E> {
    check_length(path)?;
    update_at(root, path, change)
}

fn check_length(path: &[Val]) -> Result<(), Error> {
    if path.len() > LENGTH_LIMIT {
        return Err(fail("Path too deep"));
    }
    Ok(())
}

fn update_at<E: From<Error>>(
    mut root: Val,
    path: &[Val],
    change: impl FnOnce(Val) -> Result<Val, E>,
) -> Result<Val, E> {
    let Some((key, rest)) = path.split_first() else {
        return change(root);
    };
    if let Val::Obj(_) = key {
        let inner = match &root {
            Val::Obj(_) => return Err(cannot_index(&root, key).into()),
            other => index(other, key)?,
        };
        let inner = update_at(inner, rest, change)?;
        return Ok(set_slice(root, key, inner)?);
    }
    // Taken out of its place, so that it is changed and not copied.
    let inner = take(&mut root, key)?;
    let inner = update_at(inner, rest, change)?;
    put(&mut root, key, inner);
    Ok(root)
}

/// Takes what stands at a key, and leaves null there.
fn take(root: &mut Val, key: &Val) -> Result<Val, Error> {
    match (&mut *root, key) {
        (Val::Null, Val::Str(_)) => {
            *root = Val::Obj(Map::default().into());
            take(root, key)
        }
        (Val::Null, Val::Num(_)) => {
            *root = Val::array(Vec::new());
            take(root, key)
        }
        (Val::Obj(members), Val::Str(key)) => match members.get_mut(key) {
            Some(value) => Ok(std::mem::replace(value, Val::Null)),
            None => {
                members.insert(key.clone(), Val::Null);
                Ok(Val::Null)
            }
        },
        (Val::Arr(items), Val::Num(number)) => {
            if number.value().is_nan() {
                return Err(fail("Cannot set array element at NaN index"));
            }
            let at = position(items.len(), number.value())
                .ok_or_else(|| fail("Out of bounds negative array index"))?;
            if at > INDEX_LIMIT {
                return Err(fail("Array index too large"));
            }
            if at >= items.len() {
                let more = at + 1 - items.len();
                items
                    .try_reserve(more)
                    .map_err(|_| fail("Array index too large"))?;
                items.resize(at + 1, Val::Null);
            }
            Ok(std::mem::replace(&mut items[at], Val::Null))
        }
        (Val::Arr(_), Val::Arr(_)) => Err(fail("Cannot update field at array index of array")),
        (other, key) => Err(cannot_index(other, key)),
    }
}

/// Puts a value where one was taken.
fn put(root: &mut Val, key: &Val, value: Val) {
    match (root, key) {
        (Val::Obj(members), Val::Str(key)) => {
            members.insert(key.clone(), value);
        }
        (Val::Arr(items), Val::Num(number)) => {
            if let Some(at) = position(items.len(), number.value())
                && let Some(place) = items.get_mut(at)
            {
                *place = value;
            }
        }
        _ => {}
    }
}

fn set_slice(root: Val, key: &Val, value: Val) -> ValR {
    let mut items = match root {
        Val::Null => Vec::new(),
        Val::Arr(items) => items.into_vec(),
        Val::Str(_) => return Err(fail("Cannot update string slices")),
        other => {
            let kind = other.kind();
            return Err(fail(format!(
                "Cannot update field at object index of {kind}"
            )));
        }
    };
    let range = slice_range(items.len(), key)?;
    let Val::Arr(inserted) = value else {
        return Err(fail(
            "A slice of an array can only be assigned another array",
        ));
    };
    items.splice(range, inserted.into_vec());
    Ok(Val::array(items))
}

/// The value without what stands at paths, whose order does not matter.
///
/// # Errors
/// If one is no list, or a value on the way has no such keys.
pub fn delete_paths(root: Val, paths: Vec<Val>) -> ValR {
    let mut sorted = paths;
    order::sort_by_key(&mut sorted, |path| path)?;
    let mut paths = Vec::with_capacity(sorted.len());
    for path in &sorted {
        let Val::Arr(items) = path else {
            let kind = path.kind();
            return Err(fail(format!("Path must be specified as array, not {kind}")));
        };
        check_length(items)?;
        paths.push(items.as_slice());
    }
    match paths.first() {
        None => Ok(root),
        Some([]) => Ok(Val::Null),
        Some(_) => delete_sorted(root, &paths, 0),
    }
}

fn delete_sorted(mut root: Val, paths: &[&[Val]], start: usize) -> ValR {
    let mut whole = Vec::new();
    let mut rest = paths;
    while let Some(first) = rest.first() {
        let key = &first[start];
        let mut count = 1;
        while let Some(path) = rest.get(count)
            && equal(&path[start], key)?
        {
            count += 1;
        }
        if first.len() == start + 1 {
            // The shortest comes first, and what is below it goes with it.
            whole.push(key);
        } else {
            let inner = index(&root, key)?;
            if !matches!(inner, Val::Null) {
                let inner = delete_sorted(inner, &rest[..count], start + 1)?;
                root = set_path(root, std::slice::from_ref(key), inner)?;
            }
        }
        rest = &rest[count..];
    }
    delete_keys(root, &whole)
}

fn delete_keys(root: Val, keys: &[&Val]) -> ValR {
    if keys.is_empty() {
        return Ok(root);
    }
    match root {
        Val::Null => Ok(Val::Null),
        Val::Arr(items) => {
            let mut gone = vec![false; items.len()];
            for key in keys {
                match key {
                    Val::Num(number) => {
                        if let Some(at) = position(items.len(), number.value())
                            && let Some(gone) = gone.get_mut(at)
                        {
                            *gone = true;
                        }
                    }
                    Val::Obj(_) => gone[slice_range(items.len(), key)?].fill(true),
                    other => {
                        let kind = other.kind();
                        return Err(fail(format!("Cannot delete {kind} element of array")));
                    }
                }
            }
            let items = items.into_vec().into_iter().zip(gone);
            Ok(items
                .filter(|(_, gone)| !gone)
                .map(|(item, _)| item)
                .collect())
        }
        Val::Obj(mut members) => {
            for key in keys {
                let Val::Str(key) = key else {
                    let kind = key.kind();
                    return Err(fail(format!("Cannot delete {kind} field of object")));
                };
                members.shift_remove(key);
            }
            Ok(Val::Obj(members))
        }
        other => Err(fail(format!("Cannot delete fields from {}", other.kind()))),
    }
}

/// What `value[from:to]` is.
pub fn range(value: &Val, from: Option<&Val>, to: Option<&Val>) -> ValR {
    let limit = |limit: Option<&Val>| limit.cloned().unwrap_or(Val::Null);
    let key = super::index::slice_key(limit(from), limit(to));
    slice(value, &key)
}

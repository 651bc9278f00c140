//! Functions of paths.

use super::native::{CLOSURE, Call, Function, Native, Outputs, VALUE, of_one};
use crate::value::{self, Val, ValR, fail};
use jaq_core::Exn;
use jaq_core::native::{bome, v};

/// The paths of an argument, each from the first key to the last. A macro because the
/// evaluator's list of keys has no name outside.
macro_rules! paths_of {
    ($argument:expr, $input:expr) => {{
        let (closure, context) = $argument;
        closure
            .paths((context, ($input, Default::default())))
            .map(|found| {
                let (value, path) = found?;
                let mut keys: Vec<$crate::value::Val> = path.iter().cloned().collect();
                keys.reverse();
                $crate::functions::paths::checked(value, keys)
            })
    }};
}

/// Changes what stands at each path of an argument.
macro_rules! change_each {
    ($argument:expr, $input:expr, $change:expr) => {{
        // All paths first: the input is then changed in place, and not copied.
        let paths: Vec<_> = paths_of!($argument, $input.clone()).collect();
        Box::new(std::iter::once(change_each($input, paths, $change)))
    }};
}
/// A path, if it is one: what does not stand in the input has none.
pub fn checked<'a>(value: Val, keys: Vec<Val>) -> Result<Vec<Val>, Exn<'a, Val>> {
    if keys.iter().any(Val::is_stray) {
        let quoted = value.excerpt();
        return Err(fail(format!("Invalid path expression with result {quoted}")).into());
    }
    Ok(keys)
}

fn path(mut call: Call<'_>) -> Outputs<'_> {
    let argument = call.0.pop_fun();
    Box::new(paths_of!(argument, call.1).map(|path| path.map(Val::array)))
}

fn get(input: Val, path: Val) -> ValR {
    match &path {
        Val::Arr(keys) => value::get_path(&input, keys),
        _ => Err(fail("Path must be specified as an array")),
    }
}

fn set(mut call: Call<'_>) -> Outputs<'_> {
    let path = call.0.pop_var();
    let value = call.0.pop_var();
    bome(match &path {
        Val::Arr(keys) => value::set_path(call.1, keys, value),
        _ => Err(fail("Path must be specified as an array")),
    })
}

fn delete_all(input: Val, paths: Val) -> ValR {
    match paths {
        Val::Arr(paths) => value::delete_paths(input, paths.into_vec()),
        _ => Err(fail("Paths must be specified as an array")),
    }
}

fn delete_of(mut call: Call<'_>) -> Outputs<'_> {
    let argument = call.0.pop_fun();
    let paths = paths_of!(argument, call.1.clone());
    let paths: Result<Vec<Val>, _> = paths.map(|path| path.map(Val::array)).collect();
    let deleted = paths.and_then(|paths| Ok(value::delete_paths(call.1, paths)?));
    Box::new(std::iter::once(deleted))
}

/// Outputs that must have a place in the input, for one of their elements is wanted.
macro_rules! placed {
    ($call:ident, $element:expr) => {{
        let (of, of_context) = $call.0.pop_fun();
        let outputs = of.paths((of_context, $call.1));
        Box::new(outputs.map(move |found| {
            let (value, path) = found?;
            if path.iter().any(Val::is_stray) {
                let near: String = $element(&value);
                return Err(fail(format!("Invalid path expression near attempt to {near}")).into());
            }
            Ok((value, path))
        }))
    }};
}

/// `path = value`, value first.
fn assign(mut call: Call<'_>) -> Outputs<'_> {
    let argument = call.0.pop_fun();
    let value = call.0.pop_var();
    change_each!(argument, call.1, |_| Ok(value.clone()))
}

/// `path |= change` of a change that has one output.
fn modify(mut call: Call<'_>) -> Outputs<'_> {
    let (change, context) = call.0.pop_fun();
    let argument = call.0.pop_fun();
    change_each!(argument, call.1, |value| {
        let output = change.run((context.clone(), value)).next();
        output.unwrap_or_else(|| Err(fail("the change gave nothing").into()))
    })
}

/// `path |= change`: the first output of the change; without one the path goes.
fn modify_or_delete(mut call: Call<'_>) -> Outputs<'_> {
    let (change, context) = call.0.pop_fun();
    let argument = call.0.pop_fun();
    let paths: Vec<_> = paths_of!(argument, call.1.clone()).collect();
    let mut root = call.1;
    let mut deleted = Vec::new();
    let changed = || {
        for path in paths {
            let path = path?;
            // Left where it is: if it goes, nothing on the way to it may have been made.
            let value = value::get_path(&root, &path)?;
            match change.run((context.clone(), value)).next().transpose()? {
                Some(value) => {
                    let old = std::mem::replace(&mut root, Val::Null);
                    root = value::set_path(old, &path, value)?;
                }
                None => deleted.push(Val::array(path)),
            }
        }
        let root = std::mem::replace(&mut root, Val::Null);
        Ok(value::delete_paths(root, std::mem::take(&mut deleted))?)
    };
    Box::new(std::iter::once(changed()))
}

/// `path op= value`, value first.
fn update(mut call: Call<'_>, operator: fn(Val, Val) -> ValR) -> Outputs<'_> {
    let argument = call.0.pop_fun();
    let value = call.0.pop_var();
    change_each!(argument, call.1, |old| Ok(operator(old, value.clone())?))
}

fn change_each<'a>(
    mut root: Val,
    paths: Vec<Result<Vec<Val>, Exn<'a, Val>>>,
    mut change: impl FnMut(Val) -> Result<Val, Exn<'a, Val>>,
) -> Result<Val, Exn<'a, Val>> {
    for path in paths {
        root = value::update_path(root, &path?, &mut change)?;
    }
    Ok(root)
}

fn alternative(left: Val, right: Val) -> ValR {
    Ok(if left.is_true() { left } else { right })
}

pub fn functions() -> Vec<Function> {
    let closure = || [CLOSURE].into();
    let after_value = || [VALUE, CLOSURE].into();
    let get_path = Native::new(|mut call| {
        let path = call.0.pop_var();
        bome(get(call.1, path))
    })
    .with_paths(|mut call| {
        let path = call.0.pop_var();
        let (value, mut keys) = call.1;
        let found = get(value, path.clone()).map(|value| {
            if let Val::Arr(path) = path {
                for key in path.iter() {
                    keys = std::mem::take(&mut keys).cons(key.clone());
                }
            }
            (value, keys)
        });
        Box::new(std::iter::once(found.map_err(Exn::from)))
    });
    let element = Native::new(|mut call| {
        let _ = call.0.pop_fun();
        let (of, context) = call.0.pop_fun();
        of.run((context, call.1))
    })
    .with_paths(|mut call| {
        let (key, context) = call.0.pop_fun();
        let input = call.1.0.clone();
        placed!(call, |value: &Val| {
            let key = key.run((context.clone(), input.clone())).next();
            let key = key.and_then(Result::ok).unwrap_or(Val::Null);
            format!("access element {} of {}", key.excerpt(), value.excerpt())
        })
    });
    let items = Native::new(|mut call| {
        let (of, context) = call.0.pop_fun();
        of.run((context, call.1))
    })
    .with_paths(|mut call| {
        placed!(call, |value: &Val| format!(
            "iterate through {}",
            value.excerpt()
        ))
    });
    let slice = Native::new(|mut call| {
        let (to, from) = (call.0.pop_var(), call.0.pop_var());
        bome(Ok(value::slice_key(from, to)))
    });
    let path = Native::new(|call| path(call)).with_paths(|call| {
        let (value, keys) = call.1;
        let paths = path((call.0, value));
        Box::new(paths.map(move |path| Ok((path?, keys.clone().cons(Val::stray())))))
    });
    let delete = Native::new(|call| delete_of(call)).with_paths(|call| {
        let (value, keys) = call.1;
        let deleted = delete_of((call.0, value));
        Box::new(deleted.map(move |value| Ok((value?, keys.clone().cons(Val::stray())))))
    });
    let mut all = vec![
        ("!element", [CLOSURE, CLOSURE].into(), element),
        ("!items", closure(), items),
        ("!slice", v(2), slice),
        ("path", closure(), path),
        ("del", closure(), delete),
        ("getpath", v(1), get_path),
        ("!setpath", v(2), Native::new(|call| set(call))),
        ("!=", after_value(), Native::new(|call| assign(call))),
        (
            "!|=",
            [CLOSURE, CLOSURE].into(),
            Native::new(|call| modify(call)),
        ),
        (
            "!|=?",
            [CLOSURE, CLOSURE].into(),
            Native::new(|call| modify_or_delete(call)),
        ),
        (
            "!+=",
            after_value(),
            Native::new(|call| update(call, std::ops::Add::add)),
        ),
        (
            "!-=",
            after_value(),
            Native::new(|call| update(call, std::ops::Sub::sub)),
        ),
        (
            "!*=",
            after_value(),
            Native::new(|call| update(call, std::ops::Mul::mul)),
        ),
        (
            "!/=",
            after_value(),
            Native::new(|call| update(call, std::ops::Div::div)),
        ),
        (
            "!%=",
            after_value(),
            Native::new(|call| update(call, std::ops::Rem::rem)),
        ),
        (
            "!//=",
            after_value(),
            Native::new(|call| update(call, alternative)),
        ),
    ];
    all.extend(of_one!("delpaths" => delete_all));
    all
}

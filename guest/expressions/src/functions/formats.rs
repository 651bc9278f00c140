//! The formats, of whatever they are given.

use super::native::{Function, of_input, of_one};
use crate::format::{self, Undecodable};
use crate::value::{Val, ValR, fail, to_json};
use std::borrow::Cow;

/// The text of a value, as `tostring` has it.
fn text(value: &Val) -> Cow<'_, str> {
    match value {
        Val::Str(text) => Cow::Borrowed(text),
        other => Cow::Owned(to_json(other)),
    }
}

fn decoded(input: &Val, decode: fn(&str) -> Result<String, Undecodable>) -> ValR {
    match decode(&text(input)) {
        Ok(decoded) => Ok(decoded.into()),
        Err(Undecodable(why)) => Err(Val::text(&text(input)).error(why)),
    }
}

/// A row of cells.
fn row(input: &Val, name: &str, separator: char, of_text: fn(&str) -> Cow<'_, str>) -> ValR {
    let Val::Arr(cells) = input else {
        return Err(input.error(&format!("cannot be {name}-formatted, only array")));
    };
    let mut line = String::new();
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            line.push(separator);
        }
        match cell {
            Val::Null => {}
            Val::Num(number) if number.value().is_nan() => {}
            Val::Bool(_) | Val::Num(_) => line.push_str(&to_json(cell)),
            Val::Str(text) => line.push_str(&of_text(text)),
            // Of both formats.
            other => return Err(other.error("is not valid in a csv row")),
        }
    }
    Ok(line.into())
}

fn words(input: &Val) -> ValR {
    let words = match input {
        Val::Arr(words) => &words[..],
        other => std::slice::from_ref(other),
    };
    let mut line = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            line.push(' ');
        }
        match word {
            Val::Str(text) => line.push_str(&format::sh(text)),
            Val::Arr(_) | Val::Obj(_) => return Err(word.error("can not be escaped for shell")),
            other => line.push_str(&to_json(other)),
        }
    }
    Ok(line.into())
}

/// A value in a format.
fn formatted(input: Val, name: &str) -> ValR {
    match name {
        "text" => Ok(match input {
            Val::Str(_) => input,
            other => to_json(&other).into(),
        }),
        "json" => Ok(to_json(&input).into()),
        "html" => Ok(Val::text(&format::html(&text(&input)))),
        "uri" => Ok(format::uri(&text(&input)).into()),
        "urid" => decoded(&input, format::urid),
        "csv" => row(&input, name, ',', |text| format::csv(text).into()),
        "tsv" => row(&input, name, '\t', format::tsv),
        "sh" => words(&input),
        "base64" => Ok(format::base64(&text(&input)).into()),
        "base64d" => decoded(&input, format::base64d),
        "base32" => Ok(format::base32(&text(&input)).into()),
        "base32d" => decoded(&input, format::base32d),
        _ => Err(fail(format!("{name} is not a valid format"))),
    }
}

fn by_name(input: Val, name: Val) -> ValR {
    match &name {
        Val::Str(name) => formatted(input, name),
        _ => Err(name.error("is not a valid format")),
    }
}

pub fn functions() -> Vec<Function> {
    let mut all: Vec<Function> = of_input!(
        "@html" => |input| formatted(input, "html"),
        "@uri" => |input| formatted(input, "uri"),
        "@urid" => |input| formatted(input, "urid"),
        "@csv" => |input| formatted(input, "csv"),
        "@tsv" => |input| formatted(input, "tsv"),
        "@sh" => |input| formatted(input, "sh"),
        "@base64" => |input| formatted(input, "base64"),
        "@base64d" => |input| formatted(input, "base64d"),
        "@base32" => |input| formatted(input, "base32"),
        "@base32d" => |input| formatted(input, "base32d"),
    )
    .into();
    all.extend(of_one!("format" => by_name));
    all
}

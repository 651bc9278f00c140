//! Functions of texts.

use super::native::{Function, of_input, of_one};
use crate::value::{Val, ValR, fail, split, to_json};

fn to_string(input: Val) -> ValR {
    Ok(match input {
        Val::Str(_) => input,
        other => to_json(&other).into(),
    })
}

fn utf8_length(input: Val) -> ValR {
    match &input {
        Val::Str(text) => Ok(text.len().into()),
        _ => Err(input.error("only strings have UTF-8 byte length")),
    }
}

fn starts_with(input: Val, start: Val) -> ValR {
    match (&input, &start) {
        (Val::Str(text), Val::Str(start)) => Ok(Val::Bool(text.starts_with(&**start))),
        _ => Err(fail("startswith() requires string inputs")),
    }
}

fn ends_with(input: Val, end: Val) -> ValR {
    match (&input, &end) {
        (Val::Str(text), Val::Str(end)) => Ok(Val::Bool(text.ends_with(&**end))),
        _ => Err(fail("endswith() requires string inputs")),
    }
}

fn split_at(input: Val, separator: Val) -> ValR {
    match (&input, &separator) {
        (Val::Str(text), Val::Str(separator)) => Ok(split(text, separator)),
        _ => Err(fail("split input and separator must be strings")),
    }
}

fn left_trim(input: Val, start: Val) -> ValR {
    match (&input, &start) {
        (Val::Str(text), Val::Str(start)) => Ok(match text.strip_prefix(&**start) {
            Some(rest) => Val::text(rest),
            None => input,
        }),
        _ => Err(fail("startswith() requires string inputs")),
    }
}

fn right_trim(input: Val, end: Val) -> ValR {
    match (&input, &end) {
        (Val::Str(text), Val::Str(end)) => Ok(match text.strip_suffix(&**end) {
            Some(rest) => Val::text(rest),
            None => input,
        }),
        _ => Err(fail("endswith() requires string inputs")),
    }
}

fn trim(input: Val, trimmed: fn(&str) -> &str) -> ValR {
    match &input {
        Val::Str(text) => Ok(Val::text(trimmed(text))),
        _ => Err(fail("trim input must be a string")),
    }
}

fn explode(input: Val) -> ValR {
    match &input {
        Val::Str(text) => {
            let codes = text
                .chars()
                .map(|char| Val::from(f64::from(u32::from(char))));
            Ok(codes.collect())
        }
        _ => Err(fail("explode input must be a string")),
    }
}

fn implode(input: Val) -> ValR {
    let Val::Arr(codes) = &input else {
        return Err(fail("implode input must be an array"));
    };
    let mut text = String::new();
    for code in codes.iter() {
        match code.as_f64() {
            Some(number) if !number.is_nan() => {
                // Out of range saturates, and is replaced as what is no character.
                let char = u32::try_from(number as i64).ok().and_then(char::from_u32);
                text.push(char.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => {
                let message = "can't be imploded, unicode codepoint needs to be numeric";
                return Err(code.error(message));
            }
        }
    }
    Ok(text.into())
}

fn change_case(input: Val, change: fn(&str) -> String) -> ValR {
    match &input {
        Val::Str(text) => Ok(change(text).into()),
        _ => Err(fail("explode input must be a string")),
    }
}

/// Where a text stands in another one, in characters.
fn indices(input: Val, sought: Val) -> ValR {
    let Val::Str(text) = &input else {
        return Err(input.error("cannot be searched, as it is not a string"));
    };
    let Val::Str(sought) = &sought else {
        return Err(sought.error("is not a string"));
    };
    let mut found = Vec::new();
    if sought.is_empty() {
        return Ok(Val::array(found));
    }
    let (mut from, mut chars) = (0, 0);
    while let Some(at) = text[from..].find(&**sought) {
        chars += text[from..from + at].chars().count();
        found.push(Val::from(chars));
        // Occurrences may overlap.
        let next = text[from + at..].chars().next().map_or(1, char::len_utf8);
        from += at + next;
        chars += 1;
    }
    Ok(Val::array(found))
}

fn join(input: Val, separator: Val) -> ValR {
    let items = jaq_core::ValT::values(input).collect::<Result<Vec<_>, _>>()?;
    join_items(&items, &separator)
}

fn join_items(items: &[Val], separator: &Val) -> ValR {
    if items.is_empty() {
        return Ok(Val::text(""));
    }
    let Val::Str(between) = separator else {
        return join_others(items, separator);
    };
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        match item {
            Val::Null => {}
            Val::Str(item) => text.push_str(item),
            Val::Bool(_) | Val::Num(_) => text.push_str(&to_json(item)),
            other => return Err(Val::from(text).error_with(other, "cannot be added")),
        }
    }
    Ok(text.into())
}

/// With a separator that is no text, as `+` has it.
fn join_others(items: &[Val], separator: &Val) -> ValR {
    let mut sum = Val::text("");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            sum = (sum + separator.clone())?;
        }
        sum = (sum
            + match item {
                Val::Null => Val::text(""),
                Val::Bool(_) | Val::Num(_) => to_json(item).into(),
                other => other.clone(),
            })?;
    }
    Ok(sum)
}

pub fn functions() -> Vec<Function> {
    let mut all = Vec::new();
    all.extend(of_input!(
        "tostring" => to_string,
        "tojson" => |input: Val| Ok(to_json(&input).into()),
        "utf8bytelength" => utf8_length,
        "trim" => |input| trim(input, str::trim),
        "ltrim" => |input| trim(input, str::trim_start),
        "rtrim" => |input| trim(input, str::trim_end),
        "explode" => explode,
        "implode" => implode,
        "ascii_downcase" => |input| change_case(input, str::to_ascii_lowercase),
        "ascii_upcase" => |input| change_case(input, str::to_ascii_uppercase),
        "@text" => to_string,
        "@json" => |input: Val| Ok(to_json(&input).into()),
    ));
    all.extend(of_one!(
        "startswith" => starts_with,
        "endswith" => ends_with,
        "ltrimstr" => left_trim,
        "rtrimstr" => right_trim,
        "split" => split_at,
        "!indices" => indices,
        "join" => join,
    ));
    all
}

//! Texts to numbers, booleans and whatever JSON holds.

use super::json;
use super::native::{Function, of_input};
use crate::number::Numeral;
use crate::value::{Val, ValR, fail};

fn to_number(input: Val) -> ValR {
    let number = match &input {
        Val::Num(_) => return Ok(input),
        Val::Str(text) => Numeral::read(text),
        _ => None,
    };
    let value = number.as_ref().and_then(Val::of_numeral);
    value.ok_or_else(|| input.error("cannot be parsed as a number"))
}

fn to_boolean(input: Val) -> ValR {
    match &input {
        Val::Bool(_) => Ok(input),
        Val::Str(text) if &**text == "true" => Ok(Val::Bool(true)),
        Val::Str(text) if &**text == "false" => Ok(Val::Bool(false)),
        _ => Err(input.error("cannot be parsed as a boolean")),
    }
}

fn from_json(input: Val) -> ValR {
    match &input {
        Val::Str(text) => json::read(text).map_err(fail),
        _ => Err(input.error("only strings can be parsed")),
    }
}

pub fn functions() -> Vec<Function> {
    of_input!(
        "tonumber" => to_number,
        "toboolean" => to_boolean,
        "fromjson" => from_json,
    )
    .into()
}

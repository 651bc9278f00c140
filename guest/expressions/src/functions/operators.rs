//! What operators become. jq runs the right operand first, and for each of its outputs the
//! left one: as arguments of a function they stand in this order.

use super::native::{Call, Function, Native, Outputs};
use crate::value::{self, Val, ValR, compare, equal};
use jaq_core::native::{bome, v};

use std::cmp::Ordering;

/// The function that builds an object from keys, values and their number.
pub const OBJECT: &str = "!object";

type Operator = fn(Val, Val) -> ValR;

fn binary<'a>(mut call: Call<'a>, operator: Operator) -> Outputs<'a> {
    let left = call.0.pop_var();
    let right = call.0.pop_var();
    bome(operator(left, right))
}

fn less(left: Val, right: Val) -> ValR {
    compare(&left, &right).map(|order| Val::Bool(order == Ordering::Less))
}

fn less_or_equal(left: Val, right: Val) -> ValR {
    compare(&left, &right).map(|order| Val::Bool(order != Ordering::Greater))
}

fn greater(left: Val, right: Val) -> ValR {
    compare(&left, &right).map(|order| Val::Bool(order == Ordering::Greater))
}

fn greater_or_equal(left: Val, right: Val) -> ValR {
    compare(&left, &right).map(|order| Val::Bool(order != Ordering::Less))
}

fn is_equal(left: Val, right: Val) -> ValR {
    equal(&left, &right).map(Val::Bool)
}

fn is_not_equal(left: Val, right: Val) -> ValR {
    equal(&left, &right).map(|equal| Val::Bool(!equal))
}

/// The function that builds an object of so many members.
pub fn object(members: usize) -> Function {
    let build = Native::new(|mut call| {
        let count = call.0.pop_var().as_f64().unwrap_or(0.0) as usize;
        let mut pairs = Vec::with_capacity(count);
        for _ in 0..count {
            let value = call.0.pop_var();
            pairs.push((call.0.pop_var(), value));
        }
        bome(value::object(pairs.into_iter().rev()))
    });
    (OBJECT, v(2 * members + 1), build)
}

pub fn functions() -> Vec<Function> {
    let operators: [(&'static str, Native); 11] = [
        ("!+", Native::new(|call| binary(call, std::ops::Add::add))),
        ("!-", Native::new(|call| binary(call, std::ops::Sub::sub))),
        ("!*", Native::new(|call| binary(call, std::ops::Mul::mul))),
        ("!/", Native::new(|call| binary(call, std::ops::Div::div))),
        ("!%", Native::new(|call| binary(call, std::ops::Rem::rem))),
        ("!<", Native::new(|call| binary(call, less))),
        ("!<=", Native::new(|call| binary(call, less_or_equal))),
        ("!>", Native::new(|call| binary(call, greater))),
        ("!>=", Native::new(|call| binary(call, greater_or_equal))),
        ("!==", Native::new(|call| binary(call, is_equal))),
        ("!!=", Native::new(|call| binary(call, is_not_equal))),
    ];
    let operators = operators.into_iter();
    operators
        .map(|(name, native)| (name, v(2), native))
        .collect()
}

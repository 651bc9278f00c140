//! Functions of numbers.

use super::native::{Call, Function, Native, Outputs, of_input};
use crate::value::{Num, Val, ValR};

use jaq_core::native::{bome, v};

fn of_number(input: &Val, function: impl Fn(f64) -> f64) -> ValR {
    match input.as_f64() {
        Some(number) => Ok(function(number).into()),
        None => Err(input.error("number required")),
    }
}

/// Arguments as jq runs them: the last one first, and the first one innermost.
fn of_two(mut call: Call<'_>, function: fn(f64, f64) -> f64) -> Outputs<'_> {
    let (left, right) = (call.0.pop_var(), call.0.pop_var());
    bome(match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => Ok(function(left, right).into()),
        (None, _) => Err(left.error("number required")),
        (_, None) => Err(right.error("number required")),
    })
}

fn fma(mut call: Call<'_>) -> Outputs<'_> {
    let arguments = [call.0.pop_var(), call.0.pop_var(), call.0.pop_var()];
    bome(match arguments.each_ref().map(Val::as_f64) {
        [Some(x), Some(y), Some(z)] => Ok(libm::fma(x, y, z).into()),
        numbers => {
            let wrong = numbers.iter().position(Option::is_none).unwrap_or(0);
            Err(arguments[wrong].error("number required"))
        }
    })
}

fn pair(left: f64, right: f64) -> Val {
    Val::array(vec![left.into(), right.into()])
}

fn frexp(input: Val) -> ValR {
    let number = input
        .as_f64()
        .ok_or_else(|| input.error("number required"))?;
    let (fraction, exponent) = libm::frexp(number);
    let exponent = if number.is_finite() { exponent } else { 0 };
    Ok(pair(fraction, f64::from(exponent)))
}

fn modf(input: Val) -> ValR {
    let number = input
        .as_f64()
        .ok_or_else(|| input.error("number required"))?;
    if number.is_infinite() {
        return Ok(pair(0.0_f64.copysign(number), number));
    }
    let (fraction, whole) = libm::modf(number);
    Ok(pair(fraction, whole))
}

fn lgamma_r(input: Val) -> ValR {
    let number = input
        .as_f64()
        .ok_or_else(|| input.error("number required"))?;
    let (value, sign) = libm::lgamma_r(number);
    Ok(pair(value, f64::from(sign)))
}

fn significand(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    libm::scalbn(number, -libm::ilogb(number))
}

fn logb(number: f64) -> f64 {
    match number {
        0.0 => f64::NEG_INFINITY,
        number if number.is_infinite() => f64::INFINITY,
        number if number.is_nan() => number,
        number => f64::from(libm::ilogb(number)),
    }
}

fn exponent(number: f64) -> i32 {
    // Saturates, which is more than every double bears.
    number as i32
}

fn drem(left: f64, right: f64) -> f64 {
    libm::remainder(left, right)
}

fn is(input: &Val, test: fn(f64) -> bool) -> ValR {
    Ok(Val::Bool(input.as_f64().is_some_and(test)))
}

/// Functions of one number.
macro_rules! numbers {
    ($($name:literal => $function:expr),* $(,)?) => {
        of_input!($($name => |input: Val| of_number(&input, $function)),*)
    };
}

/// Functions of two numbers.
macro_rules! pairs {
    ($($name:literal => $function:expr),* $(,)?) => {{
        let pairs: Vec<Function> =
            vec![$(($name, v(2), Native::new(|call| of_two(call, $function)))),*];
        pairs
    }};
}

pub fn functions() -> Vec<Function> {
    let mut all = Vec::new();
    all.extend(numbers!(
        "acos" => libm::acos, "acosh" => libm::acosh, "asin" => libm::asin,
        "asinh" => libm::asinh, "atan" => libm::atan, "atanh" => libm::atanh,
        "cbrt" => libm::cbrt, "ceil" => libm::ceil, "cos" => libm::cos, "cosh" => libm::cosh,
        "erf" => libm::erf, "erfc" => libm::erfc, "exp" => libm::exp,
        "exp10" => libm::exp10, "exp2" => libm::exp2, "expm1" => libm::expm1,
        "fabs" => libm::fabs, "floor" => libm::floor, "gamma" => libm::lgamma,
        "j0" => libm::j0, "j1" => libm::j1, "lgamma" => libm::lgamma, "log" => libm::log,
        "log10" => libm::log10, "log1p" => libm::log1p, "log2" => libm::log2, "logb" => logb,
        "nearbyint" => libm::rint, "rint" => libm::rint, "round" => libm::round,
        "significand" => significand, "sin" => libm::sin, "sinh" => libm::sinh,
        "sqrt" => libm::sqrt, "tan" => libm::tan, "tanh" => libm::tanh,
        "tgamma" => libm::tgamma, "trunc" => libm::trunc, "y0" => libm::y0, "y1" => libm::y1,
        "pow10" => libm::exp10,
    ));
    all.extend(of_input!(
        "frexp" => frexp,
        "modf" => modf,
        "lgamma_r" => lgamma_r,
        "nan" => |_| Ok(Val::from(f64::NAN)),
        "infinite" => |_| Ok(Val::from(f64::INFINITY)),
        "isinfinite" => |input: Val| is(&input, f64::is_infinite),
        "isnan" => |input: Val| is(&input, f64::is_nan),
        "isnormal" => |input: Val| is(&input, f64::is_normal),
        "!negate" => |input: Val| match &input {
            Val::Num(number) => Ok(Val::Num(Num::negated(number))),
            _ => Err(input.error("cannot be negated")),
        },
    ));
    let pairs = pairs!(
        "!atan2" => libm::atan2, "!copysign" => libm::copysign, "!drem" => drem,
        "!fdim" => libm::fdim, "!fmax" => libm::fmax, "!fmin" => libm::fmin,
        "!fmod" => libm::fmod, "!hypot" => libm::hypot,
        "!jn" => |order, number| libm::jn(exponent(order), number),
        "!ldexp" => |number, power| libm::ldexp(number, exponent(power)),
        "!nextafter" => libm::nextafter, "!nexttoward" => libm::nextafter,
        "!pow" => libm::pow, "!remainder" => drem,
        "!scalb" => |number, power| number * libm::exp2(power),
        "!scalbln" => |number, power| libm::ldexp(number, exponent(power)),
        "!yn" => |order, number| libm::yn(exponent(order), number),
    );
    all.extend(pairs);
    all.push(("!fma", v(3), Native::new(|call| fma(call))));
    all
}

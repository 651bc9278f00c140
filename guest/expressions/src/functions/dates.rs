//! Functions of dates and times. All is UTC.

use super::native::{Function, of_input, of_one};
use crate::time::{self, Broken};
use crate::value::{Error, Val, ValR, fail};

/// A broken-down time as a list, with the fraction of its seconds.
fn list(time: &Broken, fraction: f64) -> Vec<Val> {
    let parts = time.parts().map(|part| part as f64);
    let with_fraction = |(index, part)| match index {
        5 => Val::from(part + fraction),
        _ => Val::from(part),
    };
    parts.into_iter().enumerate().map(with_fraction).collect()
}

/// The time of a list.
fn broken(items: &[Val]) -> Option<Broken> {
    let numbers: Option<Vec<f64>> = items.iter().take(8).map(Val::as_f64).collect();
    Broken::of(&numbers?)
}

fn parts(seconds: f64) -> Result<(Broken, f64), Error> {
    let parts = time::parts(seconds);
    parts.ok_or_else(|| fail("error converting number of seconds since epoch to datetime"))
}

fn gmtime(input: Val) -> ValR {
    let Some(seconds) = input.as_f64() else {
        return Err(fail("gmtime() requires numeric inputs"));
    };
    let (time, fraction) = parts(seconds)?;
    Ok(Val::array(list(&time, fraction)))
}

fn mktime(input: Val) -> ValR {
    let Val::Arr(items) = &input else {
        return Err(fail("mktime requires array inputs"));
    };
    let time = broken(items).ok_or_else(|| fail("mktime requires parsed datetime inputs"))?;
    match time::seconds(&time) {
        Some(seconds) => Ok(Val::from(seconds as f64)),
        None => Err(fail("invalid gmtime representation")),
    }
}

fn write(input: &Val, format: &str) -> ValR {
    let needs_parts = || fail("strftime/1 requires parsed datetime inputs");
    let time = match input {
        Val::Num(number) => parts(number.value())?.0,
        Val::Arr(items) => broken(items).ok_or_else(needs_parts)?.normal(),
        _ => return Err(needs_parts()),
    };
    time::write(&time, format).map(Val::from).map_err(fail)
}

fn strftime(input: Val, format: Val) -> ValR {
    match (&input, &format) {
        (Val::Num(_) | Val::Arr(_), Val::Str(format)) => write(&input, format),
        (Val::Num(_) | Val::Arr(_), _) => Err(fail("strftime/1 requires a string format")),
        _ => Err(fail("strftime/1 requires parsed datetime inputs")),
    }
}

fn read(text: &str, format: &str) -> Result<Vec<Val>, Error> {
    let Some((time, rest)) = time::read(text, format) else {
        let message = format!("date \"{text}\" does not match format \"{format}\"");
        return Err(fail(message));
    };
    let mut parts = list(&time, 0.0);
    if !rest.is_empty() {
        parts.push(Val::text(rest));
    }
    Ok(parts)
}

fn strptime(input: Val, format: Val) -> ValR {
    match (&input, &format) {
        (Val::Str(text), Val::Str(format)) => read(text, format).map(Val::array),
        _ => Err(fail("strptime/1 requires string inputs and arguments")),
    }
}

fn from_date(input: Val) -> ValR {
    mktime(strptime(input, Val::text(time::ISO))?)
}

fn to_date(input: Val) -> ValR {
    strftime(input, Val::text(time::ISO))
}

pub fn functions() -> Vec<Function> {
    let mut all: Vec<Function> = of_input!(
        "gmtime" => gmtime,
        "mktime" => mktime,
        "fromdate" => from_date,
        "fromdateiso8601" => from_date,
        "todate" => to_date,
        "todateiso8601" => to_date,
    )
    .into();
    all.extend(of_one!("strftime" => strftime, "strptime" => strptime));
    all
}

//! Functions of the course of an expression.

use super::native::{CLOSURE, Call, Function, Native, Outputs, VALUE};
use crate::value::{Error, Val, ValR, compare, fail};
use jaq_core::Exn;
use jaq_core::native::v;
use std::cmp::Ordering;

/// How many outputs `limit` and `skip` are about; none, if it is more than every number and
/// yet cannot be counted down.
fn count(number: &Val, name: &str) -> Result<Option<usize>, Error> {
    match compare(number, &Val::from(0.0))? {
        Ordering::Less => Err(fail(format!("{name} doesn't support negative count"))),
        Ordering::Equal => Ok(Some(0)),
        // A fraction is one more.
        Ordering::Greater => Ok(number.as_f64().map(|count| count.ceil() as usize)),
    }
}

fn failed<'a, T: 'a>(error: Error) -> Box<dyn Iterator<Item = Result<T, Exn<'a, Val>>> + 'a> {
    Box::new(std::iter::once(Err(error.into())))
}

/// Outputs of which the first cannot be counted.
fn uncounted<'a, T: 'a>(
    outputs: impl Iterator<Item = Result<T, Exn<'a, Val>>> + 'a,
    number: Val,
) -> Box<dyn Iterator<Item = Result<T, Exn<'a, Val>>> + 'a> {
    let one = Val::from(1.0);
    let outputs = outputs.take(1);
    Box::new(outputs.map(move |output| {
        output.and_then(|_| Err(number.error_with(&one, "cannot be subtracted").into()))
    }))
}

/// A function of the outputs of its argument, for values and for paths alike.
macro_rules! of_outputs {
    ($outputs:ident => $result:expr) => {
        Native::new(|mut call| {
            let (closure, context) = call.0.pop_fun();
            let $outputs = closure.run((context, call.1));
            Box::new($result)
        })
        .with_paths(|mut call| {
            let (closure, context) = call.0.pop_fun();
            let $outputs = closure.paths((context, call.1));
            Box::new($result)
        })
    };
}

/// The same of a count and the outputs.
macro_rules! of_counted {
    ($name:literal, $outputs:ident, $count:ident => $result:expr) => {
        Native::new(|mut call| {
            let (closure, context) = call.0.pop_fun();
            let number = call.0.pop_var();
            match count(&number, $name) {
                Ok(Some($count)) => {
                    let $outputs = closure.run((context, call.1));
                    Box::new($result)
                }
                Ok(None) => uncounted(closure.run((context, call.1)), number),
                Err(error) => failed(error),
            }
        })
        .with_paths(|mut call| {
            let (closure, context) = call.0.pop_fun();
            let number = call.0.pop_var();
            match count(&number, $name) {
                Ok(Some($count)) => {
                    let $outputs = closure.paths((context, call.1));
                    Box::new($result)
                }
                Ok(None) => uncounted(closure.paths((context, call.1)), number),
                Err(error) => failed(error),
            }
        })
    };
}

/// The last output before an error.
fn last<T, E>(outputs: impl Iterator<Item = Result<T, E>>) -> Option<Result<T, E>> {
    let mut last = None;
    for output in outputs {
        match output {
            Ok(value) => last = Some(Ok(value)),
            Err(error) => return Some(Err(error)),
        }
    }
    last
}

/// Skips values, and stops at an error among them.
fn skip<'a, T>(
    mut outputs: impl Iterator<Item = Result<T, Exn<'a, Val>>>,
    mut count: usize,
) -> impl Iterator<Item = Result<T, Exn<'a, Val>>> {
    std::iter::from_fn(move || {
        while count > 0 {
            count -= 1;
            if let Err(error) = outputs.next()? {
                return Some(Err(error));
            }
        }
        outputs.next()
    })
}

/// The state of `reduce` after one item: the last output of its update, or null.
fn last_or_null(mut call: Call<'_>) -> Outputs<'_> {
    let (closure, context) = call.0.pop_fun();
    let output = last(closure.run((context, call.1)));
    Box::new(std::iter::once(output.unwrap_or(Ok(Val::Null))))
}

/// `foreach` of source, start, update and result, where update and result take the state
/// and the item as a list: each output of the update is the state of the next one.
fn each(mut call: Call<'_>) -> Outputs<'_> {
    let (result, result_context) = call.0.pop_fun();
    let (update, update_context) = call.0.pop_fun();
    let (source, source_context) = call.0.pop_fun();
    let mut state = call.0.pop_var();
    let input = call.1;
    let mut items = source.run((source_context, input));
    let mut updates: Option<(Val, Outputs<'_>)> = None;
    let mut results: Option<Outputs<'_>> = None;
    Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(outputs) = &mut results {
                match outputs.next() {
                    Some(output) => return Some(output),
                    None => results = None,
                }
            }
            if let Some((item, outputs)) = &mut updates {
                match outputs.next() {
                    Some(Ok(value)) => {
                        state = value.clone();
                        let pair = Val::array(vec![value, item.clone()]);
                        results = Some(result.run((result_context.clone(), pair)));
                        continue;
                    }
                    Some(Err(error)) => return Some(Err(error)),
                    None => updates = None,
                }
            }
            let item = match items.next()? {
                Ok(item) => item,
                Err(error) => return Some(Err(error)),
            };
            let old = std::mem::replace(&mut state, Val::Null);
            let pair = Val::array(vec![old, item.clone()]);
            updates = Some((item, update.run((update_context.clone(), pair))));
        }
    }))
}

/// A value that is no path: it may be seen, and not changed.
fn astray(mut call: Call<'_>) -> Outputs<'_> {
    let (closure, context) = call.0.pop_fun();
    closure.run((context, call.1))
}

/// Numbers from one to another; without end from what is no number.
fn range(from: f64, to: f64) -> impl Iterator<Item = f64> {
    let mut next = from;
    std::iter::from_fn(move || {
        let stop = next >= to;
        (!stop).then(|| {
            let value = next;
            next += 1.0;
            value
        })
    })
}

/// Values from one to another in steps, whatever `<` and `+` make of them.
fn steps<'a>(from: Val, to: Val, by: Val) -> Outputs<'a> {
    let zero = Val::from(0.0);
    let wanted = match compare(&by, &zero) {
        Ok(Ordering::Greater) => Ordering::Less,
        Ok(Ordering::Less) => Ordering::Greater,
        Ok(Ordering::Equal) => return Box::new(std::iter::empty()),
        Err(error) => return failed(error),
    };
    let mut next = Some(Ok(from));
    Box::new(std::iter::from_fn(move || {
        let value = match next.take()? {
            Ok(value) => value,
            Err(error) => return Some(Err(Exn::from(error))),
        };
        match compare(&value, &to) {
            Ok(order) if order == wanted => {
                next = Some(value.clone() + by.clone());
                Some(Ok(value))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error.into())),
        }
    }))
}

/// Seconds since 1970-01-01T00:00:00Z at the event's time.
fn now(created: &str) -> ValR {
    let timestamp: jiff::Timestamp = created
        .parse()
        .map_err(|_| fail("now: the event's time is not RFC 3339"))?;
    Ok(Val::from(timestamp.as_nanosecond() as f64 / 1e9))
}

pub fn functions() -> Vec<Function> {
    let closure = || [CLOSURE].into();
    let counted = || [VALUE, CLOSURE].into();
    let empty =
        Native::new(|_| Box::new(std::iter::empty())).with_paths(|_| Box::new(std::iter::empty()));
    let error = Native::new(|call| failed(Error::new(call.1)))
        .with_paths(|call| failed(Error::new(call.1.0)));
    let ranges = Native::new(|mut call| {
        let (to, from) = (call.0.pop_var(), call.0.pop_var());
        match (from.as_f64(), to.as_f64()) {
            (Some(from), Some(to)) => Box::new(range(from, to).map(|number| Ok(Val::from(number)))),
            _ => failed(fail("Range bounds must be numeric")),
        }
    });
    let steps = Native::new(|mut call| {
        let (by, to, from) = (call.0.pop_var(), call.0.pop_var(), call.0.pop_var());
        steps(from, to, by)
    });
    let now = Native::new(|call| jaq_core::native::bome(now(call.0.data().created)));
    let astray = Native::new(|call| astray(call)).with_paths(|mut call| {
        let (closure, context) = call.0.pop_fun();
        let (value, keys) = call.1;
        let outputs = closure.run((context, value));
        Box::new(outputs.map(move |output| Ok((output?, keys.clone().cons(Val::stray())))))
    });
    let last_or_null = Native::new(|call| last_or_null(call)).with_paths(|mut call| {
        let (closure, context) = call.0.pop_fun();
        let keys = call.1.1.clone();
        let output = last(closure.paths((context, call.1)));
        let none = || Ok((Val::Null, keys.cons(Val::stray())));
        Box::new(std::iter::once(output.unwrap_or_else(none)))
    });
    vec![
        ("empty", v(0), empty),
        ("error", v(0), error),
        ("range", v(2), ranges),
        ("!range", v(3), steps),
        ("now", v(0), now),
        ("first", closure(), of_outputs!(outputs => outputs.take(1))),
        (
            "last",
            closure(),
            of_outputs!(outputs => last(outputs).into_iter()),
        ),
        (
            "limit",
            counted(),
            of_counted!("limit", outputs, count => outputs.take(count)),
        ),
        (
            "skip",
            counted(),
            of_counted!("skip", outputs, count => skip(outputs, count)),
        ),
        ("!last", closure(), last_or_null),
        ("!value", closure(), astray),
        (
            "!each",
            [VALUE, CLOSURE, CLOSURE, CLOSURE].into(),
            Native::new(|call| each(call)),
        ),
    ]
}

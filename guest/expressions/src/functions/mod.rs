//! The functions that are written in Rust. Those whose names begin with `!` are called by
//! the library and by what the parser makes of operators, never by an expression itself.

mod collections;
mod conversion;
mod dates;
mod flow;
mod formats;
mod json;
mod keyed;
mod math;
mod operators;
mod paths;
mod patterns;
mod text;

use crate::Kind;
use crate::value::{Val, ValR, fail};
use jaq_core::native::Fun;
use jaq_core::{Bind, Cv, ValXs};

/// A function.
pub type Function = Fun<Kind>;

/// Its implementation.
pub type Native = jaq_core::Native<Kind>;

/// What it is called with: arguments and input.
pub type Call<'a> = Cv<'a, Kind>;

/// What it gives.
pub type Outputs<'a> = ValXs<'a, Val>;

/// Every function there is, without those that build objects.
pub fn all() -> Vec<Function> {
    let mut all = Vec::new();
    all.extend(collections::functions());
    all.extend(conversion::functions());
    all.extend(dates::functions());
    all.extend(formats::functions());
    all.extend(flow::functions());
    all.extend(keyed::functions());
    all.extend(math::functions());
    all.extend(operators::functions());
    all.extend(paths::functions());
    all.extend(patterns::functions());
    all.extend(text::functions());
    all
}

pub use operators::{OBJECT, object};

/// An argument that is run where the function wants it.
const CLOSURE: Bind = Bind::Fun(());

/// An argument whose outputs are values.
const VALUE: Bind = Bind::Var(());

/// Functions of their input alone. What they give is no path.
macro_rules! of_input {
    ($($name:literal => $function:expr),* $(,)?) => {
        [$((
            $name,
            jaq_core::native::v(0),
            $crate::functions::Native::new(|call| jaq_core::native::bome($function(call.1)))
                .with_paths(|call| {
                    let (value, path) = call.1;
                    let output: $crate::value::ValR = $function(value);
                    let output = output.map_err(jaq_core::Exn::from);
                    let stray = output.map(|output| (output, path.cons($crate::value::Val::stray())));
                    Box::new(std::iter::once(stray))
                }),
        )),*]
    };
}

/// Functions of their input and one value. What they give is no path.
macro_rules! of_one {
    ($($name:literal => $function:expr),* $(,)?) => {
        [$((
            $name,
            jaq_core::native::v(1),
            $crate::functions::Native::new(|mut call| {
                let argument = call.0.pop_var();
                jaq_core::native::bome($function(call.1, argument))
            })
            .with_paths(|mut call| {
                let argument = call.0.pop_var();
                let (value, path) = call.1;
                let output: $crate::value::ValR = $function(value, argument);
                let output = output.map_err(jaq_core::Exn::from);
                let stray = output.map(|output| (output, path.cons($crate::value::Val::stray())));
                Box::new(std::iter::once(stray))
            }),
        )),*]
    };
}

pub(crate) use {of_input, of_one};

/// Seconds since 1970-01-01T00:00:00Z at the event's time.
fn now(created: &str) -> ValR {
    let timestamp: jiff::Timestamp = created
        .parse()
        .map_err(|_| fail("now: the event's time is not RFC 3339"))?;
    Ok(Val::from(timestamp.as_nanosecond() as f64 / 1e9))
}

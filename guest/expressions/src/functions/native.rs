//! The form of a function that is written in Rust.

use crate::kind::Kind;
use crate::value::Val;
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

/// An argument that is run where the function wants it.
pub const CLOSURE: Bind = Bind::Fun(());

/// An argument whose outputs are values.
pub const VALUE: Bind = Bind::Var(());

/// Functions of their input alone. What they give is no path.
macro_rules! of_input {
    ($($name:literal => $function:expr),* $(,)?) => {
        [$((
            $name,
            jaq_core::native::v(0),
            $crate::functions::native::Native::new(|call| jaq_core::native::bome($function(call.1)))
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
            $crate::functions::native::Native::new(|mut call| {
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

//! The values of expressions, with the semantics of jq.
//!
//! Numbers are doubles; a number that was read and that no arithmetic touched keeps its
//! digits. Objects keep the order of insertion.

mod arithmetic;
mod excerpt;
mod index;
mod jaq_trait;
mod nested;
mod number;
mod order;
mod paths;
mod read;
mod update;
mod write;

pub use arithmetic::{object, split};
pub use index::{index, position, slice_key};
pub use nested::{Items, Map, Members};
pub use number::Num;
pub use order::{compare, equal, sort_by_key};
pub use paths::{delete_paths, get_path, set_path, update_path};
pub use read::read;
pub use write::{to_json, write};

use crate::number::Numeral;
use std::rc::Rc;

/// An error of an expression.
pub type Error = jaq_core::Error<Val>;

/// A value, or what went wrong.
pub type ValR = Result<Val, Error>;

/// A value of JSON.
#[derive(Clone, Debug)]
pub enum Val {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Num(Num),
    /// A text.
    Str(Rc<str>),
    /// A list.
    Arr(Items),
    /// An object.
    Obj(Members),
}

/// An error with a message.
pub fn fail(message: impl Into<String>) -> Error {
    Error::new(Val::from(message.into()))
}

impl Val {
    /// The name of the type, as jq says it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Str(_) => "string",
            Self::Arr(_) => "array",
            Self::Obj(_) => "object",
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Num(number) => Some(number.value()),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Str(text.into())
    }

    /// A list.
    #[must_use]
    pub fn array(items: Vec<Self>) -> Self {
        Self::Arr(items.into())
    }

    /// A key that no value has: what follows it is no path of the input.
    #[must_use]
    pub fn stray() -> Self {
        Self::Num(Num::stray())
    }

    /// Whether it is that key.
    #[must_use]
    pub fn is_stray(&self) -> bool {
        matches!(self, Self::Num(number) if number.is_stray())
    }

    /// A number, with its digits where they matter.
    #[must_use]
    pub fn number(text: &str) -> Option<Self> {
        Num::read(text).map(Self::Num)
    }

    /// A numeral as a value, with its digits.
    #[must_use]
    pub fn of_numeral(numeral: &Numeral) -> Option<Self> {
        match numeral {
            Numeral::Finite { .. } => Self::number(&numeral.canonical()),
            other => Some(Self::from(other.value())),
        }
    }

    /// Whether jq takes it for true: all but `null` and `false`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Val {
    fn from(value: f64) -> Self {
        Self::Num(Num::Float(value))
    }
}

impl From<isize> for Val {
    fn from(value: isize) -> Self {
        // Literals of an expression come this way, and keep their digits.
        if (value.unsigned_abs() as u64) >> f64::MANTISSA_DIGITS == 0 {
            return Self::from(value as f64);
        }
        Self::number(&value.to_string()).unwrap_or(Self::Null)
    }
}

impl From<usize> for Val {
    fn from(value: usize) -> Self {
        Self::from(value as f64)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl FromIterator<Val> for Val {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        Self::array(items.into_iter().collect())
    }
}

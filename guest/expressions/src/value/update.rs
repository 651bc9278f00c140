//! `|=` of jaq's own kind, which the trait asks for. Expressions never get here: their
//! updates are calls of functions over paths.

use super::{Error, Val, fail};
use jaq_core::ValX;

/// The refusal.
pub fn refuse<'a>(value: &Val) -> ValX<'a, Val> {
    let error: Error = fail(format!("{} cannot be updated in this way", value.kind()));
    Err(error.into())
}

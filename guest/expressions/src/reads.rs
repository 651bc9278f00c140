//! The fields that an expression surely reads: for what can be said of it without an
//! event.
//!
//! A walk through the syntax that follows what comes from the input along paths, pipes,
//! variables and a few functions. Where it cannot follow it knows nothing, and says
//! nothing. It reads the syntax with the evaluator's own parser, before operators become
//! calls; what that parser does not know, such as `?//`, is not looked into.

mod origin;
mod read;
mod walk;

pub use read::{Read, Step};

use crate::{fault, syntax};
use jaq_core::load::Arena;
use walk::Walk;

/// The fields that an expression reads; none if it is no expression.
#[must_use]
pub fn reads(text: &str) -> Vec<Read> {
    if fault::check_size(text).is_err() || is_high(text) {
        return Vec::new();
    }
    let Some(term) = jaq_core::load::parse(text, |parser| parser.term()) else {
        return Vec::new();
    };
    Walk::whole(text, &term)
}

/// Whether the evaluator's own parser would call itself too often: it has no limit.
fn is_high(text: &str) -> bool {
    text.len() > syntax::HEIGHT_LIMIT && syntax::expression(text, &Arena::default()).is_err()
}

#[cfg(test)]
mod tests;

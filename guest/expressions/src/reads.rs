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

use crate::fault;
use walk::Walk;

/// The fields that an expression reads; none if it is no expression.
#[must_use]
pub fn reads(text: &str) -> Vec<Read> {
    if fault::check_size(text).is_err() {
        return Vec::new();
    }
    let Some(term) = jaq_core::load::parse(text, |parser| parser.term()) else {
        return Vec::new();
    };
    Walk::whole(text, &term)
}

#[cfg(test)]
mod tests;

//! What the evaluator is told of expressions.

use crate::pattern::Patterns;
use crate::value::Val;
use jaq_core::data::HasLut;
use jaq_core::{DataT, Lut};
use std::cell::RefCell;
use std::rc::Rc;

/// What expressions operate on.
pub struct Kind;

/// What a run is given beside its input.
#[derive(Clone)]
pub struct Surroundings<'a> {
    pub lut: &'a Lut<Kind>,
    /// The event's time, RFC 3339.
    pub created: &'a str,
    pub patterns: &'a Patterns,
    /// Regular expressions that are not literal, of this run alone.
    pub found: Rc<RefCell<Patterns>>,
}

impl DataT for Kind {
    type V<'a> = Val;
    type Data<'a> = Surroundings<'a>;
}

impl<'a> HasLut<'a, Kind> for Surroundings<'a> {
    fn lut(&self) -> &'a Lut<Kind> {
        self.lut
    }
}

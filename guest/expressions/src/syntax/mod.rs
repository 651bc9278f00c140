//! From text to the terms that the evaluator compiles. The syntax is that of jq; what the
//! evaluator would do in another way than jq becomes calls of functions that do it so.

mod height;
mod lexer;
mod lowering;
mod objects;
mod operators;
mod outputs;
mod parser;
mod patterns;
mod places;
mod strings;
mod suffixes;
mod terms;
mod visit;

pub use height::HEIGHT_LIMIT;
pub use lexer::Mode;
pub use parser::Parser;
pub use places::{definition, wants_paths};
pub use visit::{each_call, each_term};

use crate::Fault;
use jaq_core::load::Arena;
use jaq_core::load::parse::{Def, Term};

/// Reads an expression.
///
/// # Errors
/// The first fault of syntax.
pub fn expression<'s>(text: &'s str, arena: &'s Arena) -> Result<Term<&'s str>, Fault> {
    let term = Parser::new(text, arena, Mode::Expression).whole()?;
    let mut paths = false;
    each_call(&term, &mut |name, _| paths |= places::wants_paths(name));
    Ok(if paths {
        places::definitions(term)
    } else {
        term
    })
}

/// Reads definitions of the library.
///
/// # Errors
/// The first fault of syntax.
pub fn library<'s>(text: &'s str, arena: &'s Arena) -> Result<Vec<Def<&'s str>>, Fault> {
    Parser::new(text, arena, Mode::Library).definitions()
}

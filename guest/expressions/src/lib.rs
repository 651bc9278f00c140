//! The jq language for conditions and payloads: compiled once, run on many events.
//!
//! An expression sees its input and nothing else: there is no environment, no clock (`now`
//! is the event's time), no input but the event, no file and no output. It may run for
//! ever or eat memory; to stop it is up to the sandbox.

mod check;
mod fault;
mod format;
mod functions;
mod json;
mod kind;
mod library;
mod number;
mod pattern;
mod reads;
mod syntax;
mod time;
mod value;

pub use fault::{DEPTH_LIMIT, Fault, LIMIT, excerpt};
pub use json::{object, text};
pub use library::names;
pub use reads::{Read, Step, reads};
pub use value::{Val, read, write};

use kind::{Kind, Surroundings};
use pattern::Patterns;

use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars};

/// The name of an expression among the definitions.
const MAIN: &str = "@main";

/// A compiled expression.
pub struct Expression {
    filter: Filter<Kind>,
    patterns: Patterns,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Expression(..)")
    }
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// All that is wrong with it: at most one fault of syntax, or every unknown name.
    pub fn compile(text: &str) -> Result<Self, Vec<Fault>> {
        fault::check_size(text)?;
        let arena = Arena::default();
        let body = syntax::expression(text, &arena).map_err(|fault| vec![fault])?;
        let patterns = check::literals(text, &body)?;
        let (definitions, functions) = library::needed_by(&body);
        // The evaluator takes terms as definitions only: the expression is the last one, under
        // a name that no expression can call.
        let main = Def {
            name: MAIN,
            args: Vec::new(),
            body,
        };
        let file = File {
            code: MAIN,
            path: (),
        };
        let modules = Loader::new(definitions.into_iter().chain([main]))
            .load(&arena, file)
            .map_err(|_| vec![Fault::at(text, 0, "it cannot be compiled".to_owned())])?;
        Compiler::default()
            .with_funs(functions)
            .compile(modules)
            .map(|filter| Self { filter, patterns })
            .map_err(|errors| fault::of_compiling(text, errors))
    }

    /// Runs it on an input; `created` (RFC 3339) is what it takes for `now`. A failure is
    /// the last item.
    pub fn run<'a>(
        &'a self,
        input: Val,
        created: &'a str,
    ) -> impl Iterator<Item = Result<Val, String>> + 'a {
        let surroundings = Surroundings {
            lut: &self.filter.lut,
            created,
            patterns: &self.patterns,
            found: std::rc::Rc::default(),
        };
        let context = Ctx::<Kind>::new(surroundings, Vars::new([]));
        let mut outputs = self.filter.id.run((context, input));
        let mut failed = false;
        std::iter::from_fn(move || {
            if failed {
                return None;
            }
            let output = outputs.next()?.map_err(|exception| {
                match exception.get_err() {
                    Ok(error) => match error.into_val() {
                        Val::Str(message) => fault::excerpt(&message),
                        other => fault::excerpt(&other.to_string()),
                    },
                    // `break` outside its label is a fault of compiling, `halt` is left out.
                    Err(_) => "it ended without a value".to_owned(),
                }
            });
            failed = output.is_err();
            Some(output)
        })
    }
}

#[cfg(test)]
mod tests;

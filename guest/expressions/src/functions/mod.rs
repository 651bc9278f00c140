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
mod native;
mod operators;
mod paths;
mod patterns;
mod text;

pub use native::Function;
pub use operators::{OBJECT, object};

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

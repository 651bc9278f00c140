//! The reading of configuration files, from YAML text to what the connector is given.
//!
//! A [`Document`] keeps where each value stands in the file, so that a problem that the connector
//! finds in the JSON is shown at its line; secrets and references are replaced by handles first, so
//! that the connector never holds them, and masked in whatever is shown.

mod document;
mod exposure;
mod expression;
mod extract;
mod mask;
mod node;
mod path;
mod place;
mod places;
mod problem;
mod reference;
mod scalar;
mod secret;
mod snippet;
mod source;
mod written;
mod yaml;

pub use document::Document;
pub use expression::without_strings;
pub use problem::{Problem, Problems, Severity};
pub use secret::{Secret, Values};
pub use written::Written;

#[cfg(test)]
mod tests;

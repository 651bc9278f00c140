//! Configurations: their files, from YAML text to what the connector is given, and the webhooks that
//! the host makes of its answer. Without the feature `yaml` they are JSON.
//!
//! A [`Document`] keeps where each value stands in the file, so that a problem that the connector
//! finds in the JSON is shown at its line; secrets and references are replaced by handles first, so
//! that the connector never holds them, and masked in whatever is shown.

mod builder;
pub(crate) mod configuration;
mod document;
pub(crate) mod error;
mod expression;
mod extract;
mod field_kind;
mod handle;
#[cfg(any(test, not(feature = "yaml")))]
mod json;
pub(crate) mod load_options;
mod location;
mod mask;
mod node;
mod path;
#[cfg(feature = "yaml")]
mod positions;
mod problem;
mod problems;
mod redact;
mod reference;
mod resolver;
pub(crate) mod retries;
mod scalar;
mod secret;
mod selection;
mod snippet;
mod source;
mod spec;
pub(crate) mod webhook;
mod webhook_list;
mod written;
#[cfg(feature = "yaml")]
mod yaml;

pub use document::Document;
pub use expression::without_strings;
pub use problem::{Problem, Severity};
pub use problems::Problems;
pub use resolver::{Reference, Resolver};
pub(crate) use secret::Secret;
pub use spec::{Text, WebhookSpec};
pub use written::Written;

#[cfg(all(test, feature = "yaml"))]
mod tests;

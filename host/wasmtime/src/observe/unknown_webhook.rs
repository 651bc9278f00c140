//! A name that no webhook has.

/// The configuration has no webhook of this name.
#[derive(Debug, thiserror::Error)]
#[error("no webhook has the name \"{0}\"")]
pub(crate) struct UnknownWebhook(pub String);

//! Handles: what the connector gets in the place of a reference or a secret.

use super::{secret::Secret, source::Span};

/// What a handle stands for.
pub(super) enum Target {
    Literal(Secret),
    Env(String),
    File(String),
    /// Reported already.
    Invalid,
}

/// A handle that was issued, with the place of its value.
pub(super) struct Handle {
    pub(super) target: Target,
    /// It signs.
    pub(super) is_secret: bool,
    pub(super) span: Span,
    pub(super) path: String,
}

//! The fields in a list of webhooks whose value may be confidential.
//!
//! The host knows these and no other fields: what the rest means is the connector's.

/// Which field a value is of, as far as it matters for references.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum FieldKind {
    List,
    Webhook,
    Url,
    Secret,
    SecretItem,
    Headers,
    HeaderItem,
    HeaderValue,
    Other,
}

impl FieldKind {
    /// Whether a mapping here is a reference.
    pub(super) fn takes_reference(self) -> bool {
        matches!(
            self,
            Self::Url | Self::Secret | Self::SecretItem | Self::HeaderValue
        )
    }

    /// Whether a value here signs.
    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretItem)
    }

    /// The kind of an item of a list here.
    pub(super) fn item(self) -> Self {
        match self {
            Self::List => Self::Webhook,
            Self::Secret => Self::SecretItem,
            Self::Headers => Self::HeaderItem,
            _ => Self::Other,
        }
    }

    /// The kind of the value at a key of a mapping here.
    pub(super) fn entry(self, key: &str) -> Self {
        match (self, key) {
            (Self::Webhook, "url") => Self::Url,
            (Self::Webhook, "secret") => Self::Secret,
            (Self::Webhook, "headers") => Self::Headers,
            (Self::Headers, _) | (Self::HeaderItem, "value") => Self::HeaderValue,
            _ => Self::Other,
        }
    }
}

//! The components that this crate holds: none without the feature `builtin`.

use sha2::{Digest, Sha256};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Build {
    /// Without expressions.
    #[cfg(feature = "builtin")]
    Lean,
    /// With everything.
    #[cfg(feature = "builtin")]
    Complete,
    /// The service, which is no connector: it has one inside.
    #[cfg(feature = "builtin")]
    Service,
}

impl Build {
    const ALL: &[Self] = &[
        #[cfg(feature = "builtin")]
        Self::Lean,
        #[cfg(feature = "builtin")]
        Self::Complete,
        #[cfg(feature = "builtin")]
        Self::Service,
    ];

    /// The one with these bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let digest = format!("{:x}", Sha256::digest(bytes));
        let mut all = Self::ALL.iter().copied();
        all.find(|build| build.digest() == digest)
    }

    /// SHA-256 in lower-case hex.
    pub(super) fn digest(self) -> &'static str {
        match self {
            #[cfg(feature = "builtin")]
            Self::Lean => artifact::LEAN.digest,
            #[cfg(feature = "builtin")]
            Self::Complete => artifact::COMPLETE.digest,
            #[cfg(feature = "builtin")]
            Self::Service => artifact::SERVICE.digest,
        }
    }

    /// Whether the complete one serves it with expressions.
    pub(super) fn is_lean(self) -> bool {
        match self {
            #[cfg(feature = "builtin")]
            Self::Lean => true,
            #[cfg(feature = "builtin")]
            Self::Complete | Self::Service => false,
        }
    }

    /// Whether it is a connector.
    pub(super) fn is_connector(self) -> bool {
        match self {
            #[cfg(feature = "builtin")]
            Self::Lean | Self::Complete => true,
            #[cfg(feature = "builtin")]
            Self::Service => false,
        }
    }
}

//! How a configuration is read.

use crate::config::resolver::Resolver;
use crate::event::catalogue::Catalogue;

/// What a configuration is read for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadMode {
    /// To send: a reference that cannot be resolved is an error.
    #[default]
    Send,
    /// To look at: it is a warning.
    Inspect,
}

/// How a configuration is read.
///
/// # Examples
/// ```
/// use servo_webhooks::{LoadMode, LoadOptions};
///
/// let options = LoadOptions::default()
///     .with_mode(LoadMode::Inspect)
///     .with_source("/servos/web");
/// assert_eq!(options.source, "/servos/web");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LoadOptions {
    /// What for.
    pub mode: LoadMode,
    /// Names the servo in the bodies of its events; empty: left out.
    pub source: String,
    /// Events of the host's own.
    pub catalogue: Catalogue,
    /// What resolves references instead of the environment and the files of this machine.
    pub resolver: Option<Resolver>,
}

impl LoadOptions {
    /// With another [`LoadOptions::mode`].
    #[must_use]
    pub fn with_mode(mut self, mode: LoadMode) -> Self {
        self.mode = mode;
        self
    }

    /// With another [`LoadOptions::source`].
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// With another [`LoadOptions::catalogue`].
    #[must_use]
    pub fn with_catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = catalogue;
        self
    }

    /// With another [`LoadOptions::resolver`].
    #[must_use]
    pub fn with_resolver(mut self, resolver: Resolver) -> Self {
        self.resolver = Some(resolver);
        self
    }
}

//! The one error of the library: it says why in words, and answers questions of kind.

use crate::config::Problems;
use crate::config::error::ConfigurationError;
use crate::connector::{CallError, ComponentError};
use crate::event::error::{CatalogueError, EventError, MessageError};
use crate::observe::unknown_webhook::UnknownWebhook;
use crate::outbound::{AllowError, ClientError};
#[cfg(feature = "traces")]
use crate::trace::settings::TracesError;
use crate::webhooks::start_error::StartError;
use rules::envelope::Malformed;
use std::error::Error as _;
use std::fmt;

/// Why something cannot be done.
///
/// What it prints holds no secret, no value of a header and no path of a URL. What caused it
/// is its source; `{:#}` prints both in one line. What a program decides by is asked with
/// the methods below.
///
/// # Examples
/// ```
/// use servo_webhooks::Event;
///
/// let error = Event::new("before:adjust").unwrap_err();
/// assert!(error.is_event() && !error.is_options());
/// ```
pub struct Error {
    kind: Box<Kind>,
}

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) enum Kind {
    Allow(#[from] AllowError),
    Call(#[from] CallError),
    Catalogue(#[from] CatalogueError),
    Client(#[from] ClientError),
    Component(#[from] ComponentError),
    Configuration(#[from] ConfigurationError),
    Event(#[from] EventError),
    Malformed(#[from] Malformed),
    Message(#[from] MessageError),
    Start(#[from] StartError),
    #[cfg(feature = "traces")]
    Traces(#[from] TracesError),
    Undescribed(#[from] Undescribed),
    UnknownWebhook(#[from] UnknownWebhook),
}

/// There is no such event or body to describe.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Undescribed(pub String);

impl<E> From<E> for Error
where
    Kind: From<E>,
{
    fn from(error: E) -> Self {
        let kind = Box::new(Kind::from(error));
        Self { kind }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(out)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(out)?;
        let mut source = self.source().filter(|_| out.alternate());
        while let Some(error) = source {
            write!(out, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}

impl Error {
    /// The configuration is wrong: [`Error::problems`] has everything that is wrong in it.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.problems().is_some()
    }

    /// Everything that is wrong in the configuration, if that is why.
    #[must_use]
    pub fn problems(&self) -> Option<&Problems> {
        match &*self.kind {
            Kind::Configuration(ConfigurationError::Problems(problems)) => Some(problems),
            _ => None,
        }
    }

    /// The same, to keep.
    ///
    /// # Errors
    /// The error itself, if it is another one.
    pub fn into_problems(self) -> Result<Problems, Self> {
        match *self.kind {
            Kind::Configuration(ConfigurationError::Problems(problems)) => Ok(problems),
            other => Err(other.into()),
        }
    }

    /// A file cannot be read, or this machine has no thread left; its source is a
    /// [`std::io::Error`].
    #[must_use]
    pub fn is_io(&self) -> bool {
        let source = self.source();
        source.is_some_and(|source| source.is::<std::io::Error>())
    }

    /// What was handed in is no event and no message, is too large, or is not for these
    /// webhooks: whoever made it has to change it.
    #[must_use]
    pub fn is_event(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Event(_) | Kind::Message(_) | Kind::Malformed(_)
        )
    }

    /// The event or message has more bytes than [`Options`](crate::Options) allow.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(*self.kind, Kind::Event(EventError::TooLarge { .. }))
    }

    /// A component cannot be used as a connector or as a service.
    #[must_use]
    pub fn is_component(&self) -> bool {
        matches!(*self.kind, Kind::Component(_))
    }

    /// A connector that was loaded failed in a call: it trapped, or ran over its limits.
    #[must_use]
    pub fn is_call(&self) -> bool {
        matches!(
            *self.kind,
            Kind::Call(_) | Kind::Configuration(ConfigurationError::Connector { .. })
        )
    }

    /// An option cannot be used: what is allowed, the CA certificates, the proxies, where spans
    /// are exported to, or a bound.
    #[must_use]
    pub fn is_options(&self) -> bool {
        #[cfg(feature = "traces")]
        if matches!(*self.kind, Kind::Traces(_)) {
            return true;
        }
        matches!(
            *self.kind,
            Kind::Allow(_) | Kind::Client(_) | Kind::Start(StartError::Connections)
        )
    }

    /// The configuration has no webhook of this name.
    #[must_use]
    pub fn is_unknown_webhook(&self) -> bool {
        matches!(*self.kind, Kind::UnknownWebhook(_))
    }

    /// Webhooks were to be started outside a tokio runtime.
    #[must_use]
    pub fn is_no_runtime(&self) -> bool {
        matches!(*self.kind, Kind::Start(StartError::Runtime))
    }
}

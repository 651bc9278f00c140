//! Why webhooks cannot be started.

#[cfg(feature = "store")]
use crate::ledger::StoreOpenError;
use std::io;

/// Why webhooks cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StartError {
    /// There is no runtime.
    #[error(
        "webhooks must be started within a tokio runtime, and there is none here; enter one, or start them in a future that it runs"
    )]
    Runtime,
    /// No attempt may be in flight.
    #[error("`connections` is 0, so nothing would ever be sent; use at least 1")]
    Connections,
    /// Signatures, ids and certificates are about times since then.
    #[error("the clock of this machine is set before 1970; set it first")]
    Clock,
    /// The store cannot be used.
    #[cfg(feature = "store")]
    #[error(transparent)]
    Store(#[from] StoreOpenError),
    /// What is kept in a store is kept by the name of its webhook.
    #[cfg(feature = "store")]
    #[error("{0} has no name; with a store each webhook needs one (add `name:`)")]
    Unnamed(String),
    /// The observer has no thread.
    #[error("no thread for the observer")]
    Thread(#[source] io::Error),
}

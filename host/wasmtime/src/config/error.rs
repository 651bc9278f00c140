//! Why a configuration cannot be used.

use crate::config::Problems;
use crate::connector::CallError;
use std::io;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    /// The file cannot be read.
    #[error("{file} cannot be read")]
    Unreadable {
        /// As it was given.
        file: String,
        /// From the system.
        #[source]
        error: io::Error,
    },
    /// It says something wrong: all problems at once.
    #[error("{0}")]
    Problems(Problems),
    /// The connector failed.
    #[error("{file}: {error}")]
    Connector {
        /// As it was given.
        file: String,
        /// How it failed.
        error: CallError,
    },
}

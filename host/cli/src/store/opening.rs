//! Opens a store, or says what to do.

use crate::exit::Failure;
use servo_webhooks_store::{Editor, OpenError, Reader, StoreError};
use std::path::Path;

/// Opens a store to be asked.
pub fn reader(directory: &Path) -> Result<Reader, Failure> {
    Reader::open(directory).map_err(unopened)
}

/// Opens a store to be changed.
pub fn editor(directory: &Path) -> Result<Editor, Failure> {
    Editor::open(directory).map_err(unopened)
}

/// What to say of a store that cannot be opened.
pub fn unopened(error: OpenError) -> Failure {
    let hint = match &error {
        OpenError::Missing { .. } => {
            Some("--store names the directory that `run` or `serve` was given")
        }
        OpenError::Newer { .. } => Some("use the version of servo-webhooks that wrote it"),
        OpenError::InUse { .. } => Some("stop that process first"),
        OpenError::Database {
            error: StoreError::Corrupt(_),
            ..
        } => Some(CORRUPT),
        _ => None,
    };
    let failure = Failure::unusable(error);
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// What to do about a database that is corrupt.
const CORRUPT: &str = "the next `run` or `serve` with this store moves the damaged file aside and saves what can be read";

/// What to say of a store that did not do what it was asked.
pub fn failed(error: StoreError) -> Failure {
    let corrupt = matches!(error, StoreError::Corrupt(_));
    let failure = match error {
        // Standard output says itself what is wrong with it.
        StoreError::Io(error) => Failure::from(error),
        StoreError::Cancelled => Failure::from(anyhow::anyhow!("stopped before the end")),
        error => Failure::from(anyhow::Error::from(error)),
    };
    match corrupt {
        true => failure.with_hint(CORRUPT),
        false => failure,
    }
}

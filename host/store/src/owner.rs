//! Who has a store.

use crate::disk::directory::{Directory, io_error};
use crate::disk::lock::{Lock, Owner};
use crate::error::OpenError;
use std::path::Path;

/// Which process has a store and delivers from it; none if no process has.
///
/// # Errors
/// If there is no store, or it cannot be looked at.
pub fn owner(directory: &Path) -> Result<Option<Owner>, OpenError> {
    let directory = Directory::existing(directory)?;
    Lock::look(&directory).map_err(|error| io_error(&directory.file("lock"), error))
}

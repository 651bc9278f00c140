//! One process owns a store, and others learn which.

use crate::disk::directory::{Directory, io_error, private};
use crate::disk::utc::utc;
use crate::error::OpenError;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};

/// Held for as long as the store is open. The system gives it up with the process, however
/// that ends; the file stays.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it at once or not at all.
    ///
    /// # Errors
    /// The process that has it.
    pub fn take(directory: &Directory, now: i64) -> Result<Self, OpenError> {
        let path = directory.file("lock");
        let failed = |error| io_error(&path, error);
        let mut file = private()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(directory, &mut file)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // What is said here is for people: a full disk must not keep the store from opening.
        let said = format!("{}\n{}\n", std::process::id(), utc(now));
        drop(file.set_len(0).and_then(|()| file.rewind()));
        drop(file.write_all(said.as_bytes()));
        Ok(Self { _file: file })
    }
}

fn in_use(directory: &Directory, file: &mut File) -> OpenError {
    let mut said = String::new();
    drop(file.read_to_string(&mut said));
    let mut lines = said.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_else(|| "unknown".into());
    OpenError::InUse {
        directory: directory.path().into(),
        pid: next(),
        since: next(),
    }
}
